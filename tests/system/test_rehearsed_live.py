"""The whole chain over LSL: simulator, daemon, websocket client, each a process, judged.

The scenarios run at three stimuli a second, three at a time, while other tests go on. All
others go through the same engine without real time (test_rehearsals.py), and over LSL in
`make soak`.
"""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.system.live_runs import MINUTES, Runs
from tests.system.program import Home

pytestmark = pytest.mark.slow


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scenario", MINUTES)
def test_a_scenario_holds_from_the_amplifier_to_the_screen(scenario: str, hil_runs: Runs) -> None:
    done = hil_runs[scenario].result()
    assert done.figures, done.stderr
    assert done.figures["faults"] == []
    assert done.status == 0
    assert done.figures["false_verdicts"] == 0
    assert done.figures["sweeps"]["with_missing_samples"] == 0
    assert not done.figures["events"]["lost"]
    assert done.figures["delay_ms"]["n_events"] > 0
    assert "holds" in done.stdout


def test_what_cannot_be_simulated_is_one_line(home: Home) -> None:
    unknown = home.run("hil", "no_such_scenario")
    assert unknown.status == 2
    assert "no_such_scenario" in unknown.line
    short = home.run("hil", "abrupt_loss", "--minutes", "0.2")
    assert short.status == 2
    assert "too few" in short.line
    without = home.run("hil", "abrupt_loss", "--stream", "amp")
    assert without.status == 2
    assert "--external" in without.line
    none = home.run("hil", "none.truth.json", "--external")
    assert none.status == 2
    assert "no such truth file" in none.line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_no_process_of_it_is_left(home: Home, number: signal.Signals) -> None:
    words = ["hil", "persistent", "--minutes", "3", "--stimulus-rate", "3", "--rate", "2000"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "amr_monitor", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=home.environment | {"TMPDIR": os.fspath(home.path)},
    )
    children: list[psutil.Process] = []
    try:
        while len(children) < 2 and process.poll() is None:
            children = psutil.Process(process.pid).children()
        assert len(children) == 2
    finally:
        process.send_signal(number)
        process.wait(timeout=60)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
