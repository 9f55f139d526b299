"""Child processes that end with their parent, whatever happens to it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

PROGRAM = (sys.executable, "-m", "amr_monitor")
SAYS = "amr-monitor: "
PATIENCE_S = 10.0
"""For a child to end by itself once it was asked to."""

LOOK_EVERY_S = 0.02
_PR_SET_PDEATHSIG = 1


class Child:
    """One process of the program, with its output in files.

    Parameters
    ----------
    arguments : sequence of str
        Verb and options of `amr-monitor`.
    folder : Path
        For its output; its working folder too.
    environment : mapping
        In place of the parent's.
    """

    def __init__(
        self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self.verb = arguments[0]
        self._stdout = folder / f"{self.verb}.stdout"
        self._stderr = folder / f"{self.verb}.stderr"
        with self._stdout.open("wb") as out, self._stderr.open("wb") as errors:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [*PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                env=dict(environment),
                cwd=folder,
                # Ctrl-C reaches the parent alone, which then ends its children in order.
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self.process.pid

    @property
    def status(self) -> int | None:
        """Exit status; None while it runs."""
        return self.process.poll()

    @property
    def said(self) -> str:
        """What it has written to stdout."""
        return self._stdout.read_text(encoding="utf-8", errors="replace")

    @property
    def complaint(self) -> str:
        """The last line that the program itself wrote to its stderr."""
        lines = self._stderr.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        own = [line for line in lines if line.startswith(SAYS)] or lines
        return own[-1].removeprefix(SAYS) if own else ""

    def wait_for(self, text: str, *, timeout_s: float) -> bool:
        """Return whether it said `text` before it ended or the time was over."""
        until_s = time.monotonic() + timeout_s
        while text not in self.said:
            if self.status is not None or time.monotonic() > until_s:
                return text in self.said
            time.sleep(LOOK_EVERY_S)
        return True

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and see to it that it does."""
        if self.status is not None:
            return
        self.process.send_signal(number)
        # A stopped process does not hear it.
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=PATIENCE_S)


class Children:
    """The processes of one run: leaving the block ends them all, the newest first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    def start(self, *arguments: object, environment: Mapping[str, str] | None = None) -> Child:
        """Start `amr-monitor` with these arguments."""
        child = Child(
            [str(word) for word in arguments],
            folder=self._folder,
            environment=os.environ if environment is None else environment,
        )
        self._children.append(child)
        return child

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children):
            child.end()


def die_with_parent() -> None:
    """Have the kernel end this process with the one that made it, even if that is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
