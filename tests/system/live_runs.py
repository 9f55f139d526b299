"""Scenarios that run over LSL in processes of their own while other tests go on."""

import json
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.system.program import Home

MINUTES = {
    "transient_return": 3.0,
    "stimulus_lost": 3.0,
    "stream_faults": 3.0,
    "abrupt_loss": 2.2,
    "lost_samples": 2.2,
    "clock_jump": 2.2,
    "persistent": 2.1,
    "lead_electrode_off": 2.1,
}
"""Long enough for 60 stimuli of baseline, and for a loss to be sustained."""

AT_ONCE = 3
RATE_HZ = 5000
LONGEST_S = 400.0


@dataclass(frozen=True)
class Run:
    """One run of `amr-monitor hil`, ended."""

    status: int
    figures: dict[str, Any]
    stdout: str
    stderr: str


Runs = dict[str, "Future[Run]"]


def begun(pool: ThreadPoolExecutor, folder: Path) -> Runs:
    """Begin all of them; who wants one waits for it."""
    return {
        scenario: pool.submit(run, scenario, minutes, folder)
        for scenario, minutes in MINUTES.items()
    }


def run(scenario: str, minutes: float, folder: Path) -> Run:
    figures = folder / f"{scenario}.json"
    words = ["hil", scenario, "--minutes", str(minutes), "--stimulus-rate", "3"]
    words += ["--rate", str(RATE_HZ), "--json", str(figures)]
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "amr_monitor", *words],
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        env=Home(folder).environment,
        check=False,
    )
    document = json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else {}
    return Run(done.returncode, document, done.stdout, done.stderr)
