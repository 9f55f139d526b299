"""The container image: its own lines, run without an engine."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.project.repository import ROOT

IGNORED = shutil.ignore_patterns("__pycache__")


def instructions() -> list[tuple[str, str]]:
    """Return (word, rest) of every instruction of the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines)
    found = []
    for line in joined.splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            found.append((word, rest.strip()))
    return found


def stages() -> list[list[tuple[str, str]]]:
    """Return the instructions of each stage."""
    parts: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            parts.append([])
        parts[-1].append((word, rest))
    return parts


def all_of(word: str) -> list[str]:
    return [rest for each, rest in stages()[-1] if each == word]


@contextmanager
def health_page(status: int) -> Iterator[str]:
    """Serve one answer on a free port of this machine; yield its address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_last_stage_runs_without_rights_on_a_data_volume() -> None:
    assert all_of("USER") == ["amr-monitor"]
    assert all_of("VOLUME") == ["/data"]
    assert all_of("EXPOSE") == ["8765"]
    assert json.loads(all_of("ENTRYPOINT")[0]) == ["amr-monitor"]


def test_by_itself_it_serves_nobody() -> None:
    # Without a mounted configuration `run` ends with one line; no address is opened by default.
    assert json.loads(all_of("CMD")[0]) == ["run", "--config", "/config/or.toml"]


def test_every_install_is_checked_by_hash_or_comes_from_the_image() -> None:
    installs = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    assert installs
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_everything_that_is_copied_reaches_the_engine() -> None:
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for rest in (rest for word, rest in stages()[0] if word == "COPY"):
        for source in rest.split()[:-1]:
            assert (ROOT / source).exists()
            assert f"!{source}" in let_in


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_follows_the_health_page(status: int, healthy: bool) -> None:  # noqa: FBT001
    check = re.search(r"CMD (\[.*\])$", all_of("HEALTHCHECK")[0])
    assert check
    _, *words = json.loads(check.group(1))
    with health_page(status) as address:
        done = subprocess.run(  # noqa: S603 - the line of our own Dockerfile
            [sys.executable, *words],
            check=False,
            env=os.environ | {"HEALTH_URL": address},
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    assert (done.returncode == 0) is healthy


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_its_install_lines_give_a_program_that_runs(tmp_path: Path) -> None:
    def here(text: str) -> str:
        return re.sub(r"(?<![\w/])/(opt|build)\b", rf"{tmp_path}/\1", text)

    work = tmp_path
    for word, rest in stages()[0]:
        if word == "WORKDIR":
            work = Path(here(rest))
            work.mkdir()
        elif word == "COPY":
            *sources, goal = rest.split()
            for source in sources:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, work / goal, ignore=IGNORED)
                else:
                    shutil.copy(ROOT / source, work / goal)
        elif word == "RUN":
            line = re.sub(r"^python ", f"{sys.executable} ", here(rest))
            subprocess.run(line, check=True, cwd=work, shell=True, timeout=400)  # noqa: S602

    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run(  # noqa: S603 - what the lines above installed
        [tmp_path / "opt" / "amr-monitor" / "bin" / "amr-monitor", "--help"],
        capture_output=True,
        check=True,
        cwd=empty,
        text=True,
        timeout=60,
    )
    assert "demo" in done.stdout
