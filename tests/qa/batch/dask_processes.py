"""A Dask scheduler and workers as processes of their own, on this machine alone."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from tests.project.repository import ROOT

LOCAL = ("--host", "127.0.0.1", "--no-dashboard")
PATIENCE_S = 60.0


class DaskProcesses:
    """A scheduler with some workers; leaving the block ends them.

    Parameters
    ----------
    folder : Path
        For what they write.
    n_workers : int
    deaths_allowed : int
        So many workers may die of a job before it is given up.
    """

    def __init__(self, folder: Path, *, n_workers: int, deaths_allowed: int = 3) -> None:
        self._folder = folder
        self._environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(deaths_allowed),
            # Nobody is waited for who is dead.
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s",
        }
        self._n_workers = n_workers
        self.workers: list[subprocess.Popen[bytes]] = []
        self._scheduler: subprocess.Popen[bytes] | None = None
        self.address = ""

    def __enter__(self) -> Self:
        told = self._folder / "scheduler.json"
        self._scheduler = self._start(
            "dask_scheduler", *LOCAL, "--port", "0", "--scheduler-file", str(told)
        )
        until_s = time.monotonic() + PATIENCE_S
        while not self.address:
            if self._scheduler.poll() is not None or time.monotonic() > until_s:
                raise RuntimeError((self._folder / "dask_scheduler.log").read_text())
            if told.is_file():
                self.address = json.loads(told.read_text() or "{}").get("address", "")
            time.sleep(0.05)
        self.workers = [
            self._start(
                "dask_worker",
                self.address,
                *LOCAL,
                "--no-nanny",
                "--nthreads",
                "1",
                "--local-directory",
                str(self._folder / f"worker-{number}"),
                "--death-timeout",
                "60",
            )
            for number in range(self._n_workers)
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers, self._scheduler):
            if process is not None:
                process.kill()
                process.wait()

    def _start(self, program: str, *options: str) -> "subprocess.Popen[bytes]":
        with (self._folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - a program that we depend on
                [sys.executable, "-m", f"distributed.cli.{program}", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=self._environment,
            )
