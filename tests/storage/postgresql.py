"""A real PostgreSQL for the tests: started once, on a free port, in a temporary folder."""

import os
import shutil
import socket
import subprocess
import tempfile
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
    """Give a server; it is ended, and its folder removed, whatever happens."""
    # Not in pytest's own folder, which the unprivileged user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="amr-postgresql-"))
    data = folder / "data"
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED)
        as_user = [
            "setpriv",
            f"--reuid={UNPRIVILEGED}",
            f"--regid={UNPRIVILEGED}",
            "--clear-groups",
        ]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    seconds = str(START_TIMEOUT_S)

    def run(name: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - programs of the package
            [*as_user, binary(name), *arguments],
            check=True,
            timeout=START_TIMEOUT_S + 10,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )

    try:
        # Nothing of it outlasts the tests, so nothing of it need be on the disk.
        run("initdb", "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        quick = " -c fsync=off -c shared_buffers=32MB -c max_connections=50"
        log = str(folder / "log")
        run(
            "pg_ctl",
            "start",
            "-w",
            "-t",
            seconds,
            "-D",
            str(data),
            "-l",
            log,
            "-o",
            options + quick,
        )
        yield Server(port=port)
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "stop", "-m", "immediate", "-w", "-t", seconds, "-D", str(data))
        shutil.rmtree(folder, ignore_errors=True)
