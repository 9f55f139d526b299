"""A real PostgreSQL for the tests: started once, on a free port, in a temporary folder."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine

USER = "amr"
UNPRIVILEGED = "postgres"
"""The package's own user: a server refuses to run as root."""

START_TIMEOUT_S = 60
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that runs."""

    port: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Return the address of an empty database."""
        name = f"journal_{next(_numbers)}"
        engine = create_engine(
            self.url().replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return self.url(name)


def binary(name: str) -> str:
    """Return a program of the newest PostgreSQL that is installed."""
    versions = Path("/usr/lib/postgresql")
    found = sorted(versions.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which(name)
    if not found and on_path is None:
        raise RuntimeError(f"{name} is missing: `make postgresql` installs PostgreSQL")
    return str(found[-1]) if found else str(on_path)


@contextmanager
def running_server() -> Iterator[Server]:
    """Give a server; it ends with the tests, however they end."""
    # Not in pytest's own folder, which the unprivileged user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="amr-postgresql-"))
    data = folder / "data"
    as_user = ["setpriv", "--pdeathsig=QUIT"]
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED)
        ids = [f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}"]
        as_user += [*ids, "--clear-groups"]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server: subprocess.Popen[bytes] | None = None
    try:
        # Nothing of it outlasts the tests, so nothing of it need be on the disk.
        made = [binary("initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8"]
        subprocess.run(  # noqa: S603 - a program of the package
            [*as_user, *made, "--no-sync"],
            check=True,
            timeout=START_TIMEOUT_S,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
        )
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "shared_buffers": "32MB",
            "max_connections": "50",
        }
        started = [binary("postgres"), "-D", str(data), "-p", str(port)]
        for name, value in options.items():
            started += ["-c", f"{name}={value}"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603 - a program of the package
                [*as_user, *started], stdout=log, stderr=log, cwd=folder, env=environment
            )
        _wait_until_ready(server, port, folder / "log")
        yield Server(port=port)
    finally:
        if server is not None:
            # It drops whoever is still connected and ends at once.
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=START_TIMEOUT_S)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    asked = [binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
    end = time.monotonic() + START_TIMEOUT_S
    while subprocess.run(asked, check=False, timeout=START_TIMEOUT_S).returncode != 0:  # noqa: S603
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"PostgreSQL does not start: {log.read_text(errors='replace')}")
        time.sleep(0.05)
