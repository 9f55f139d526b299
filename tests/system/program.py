"""The program as a person runs it: by subprocess, in an empty home."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LONGEST_S = 110.0
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Home:
    """A place of its own for the journal of one test.

    Attributes
    ----------
    path : Path
        Working folder; the data folder lies in it.
    """

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AMR_MONITOR_")}
        return kept | {
            "XDG_DATA_HOME": str(self.path / "data"),
            "HOME": str(self.path),
            "PYTHONWARNINGS": "error",
        }

    @property
    def journal(self) -> Path:
        return self.path / "data" / "amr-monitor" / "journal.sqlite"

    def run(self, *arguments: object, limit_s: float = LONGEST_S, **variables: str) -> "Ended":
        """Run the program to its end."""
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "amr_monitor", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=limit_s,
            env=self.environment | variables,
            cwd=self.path,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def serving(self, *arguments: object) -> Iterator["Running"]:
        """Run the program until the block ends; it prints its address first."""
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "amr_monitor", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=self.path,
        )
        running = Running(process)
        try:
            yield running
        finally:
            process.kill()
            process.wait(timeout=LONGEST_S)
            running.close()


@dataclass(frozen=True)
class Ended:
    """How a run of the program ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def line(self) -> str:
        """The one line on stderr."""
        (line,) = self.stderr.splitlines()
        return line


class Running:
    """A run of the program that goes on."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._news = threading.Condition()
        self._threads = [
            threading.Thread(target=self._read, args=(name, pipe), daemon=True)
            for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr))
            if pipe is not None
        ]
        for thread in self._threads:
            thread.start()

    @property
    def address(self) -> str:
        """Where the page is; waits until it is told."""
        found = ADDRESS.search(self.wait_for(ADDRESS))
        if found is None:
            raise LookupError("no address was told")
        return found.group()

    def wait_for(self, pattern: "re.Pattern[str] | str") -> str:
        """Return the first line of stdout that matches; fail once the program is silent."""

        def found() -> str | None:
            return next((x for x in self._lines["stdout"] if re.search(pattern, x)), None)

        with self._news:
            self._news.wait_for(
                lambda: found() is not None or self._process.poll() is not None, timeout=LONGEST_S
            )
            line = found()
        if line is None:
            raise LookupError(f"{pattern} was not told: {self._lines}")
        return line

    def end(self, number: signal.Signals) -> Ended:
        """Send a signal and wait for the end."""
        self._process.send_signal(number)
        return self.wait()

    def wait(self) -> Ended:
        """Wait for the end."""
        status = self._process.wait(timeout=LONGEST_S)
        for thread in self._threads:
            thread.join(timeout=LONGEST_S)
        return Ended(status, "".join(self._lines["stdout"]), "".join(self._lines["stderr"]))

    def close(self) -> None:
        for thread in self._threads:
            thread.join(timeout=LONGEST_S)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _read(self, name: str, pipe: IO[str]) -> None:
        for line in pipe:
            with self._news:
                self._lines[name].append(line)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()


def events_in(text: str) -> list[dict[str, object]]:
    """Return the events of lines of JSON."""
    return [json.loads(line) for line in text.splitlines()]


NOT_COMPARED = ("origin", "utc", "case_id", "seq")


def compared(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return what must be the same however a recording is gone through."""
    return [
        {key: value for key, value in event.items() if key not in NOT_COMPARED}
        for event in events
        if event["scope"] == "core"
    ]
