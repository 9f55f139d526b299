"""A live stream that is ended, replaced, stopped, thinned out: no gap reaches the detector.

Each simulator counts from its own first sample, and so does its truth; a gap
event says where on the axis of the case that first sample stands.
"""

import signal
from pathlib import Path

import pytest

from tests.system.live import LiveChain, gaps_of, off_the_stimuli_ms, sweeps_across
from tests.system.program import Home, compared, events_in

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    # They take minutes: begun here, judged by tests that come later.
    pytest.mark.usefixtures("hil_runs", "crashed"),
]

CLOSE_MS = 5.0
"""Sweeps lie so near the true stimuli: where the first sample was is known to 2 ms."""

VERDICTS = {"disappeared", "reappeared", "persistent"}


def false_changes(told: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return changes of a response that truly stays as it was."""
    return [
        event
        for event in told
        if event["type"] == "amr_state_changed"
        and event["to"] in VERDICTS
        and event["certainty"] != "provisional"
    ]


@pytest.mark.parametrize("source_id", ["same", "other"])
def test_a_simulator_that_is_killed_and_started_again_is_monitored_again(
    tmp_path: Path, home: Home, source_id: str
) -> None:
    with LiveChain(tmp_path) as chain:
        first = chain.simulator("persistent", 1, source_id="same")
        chain.start_daemon()
        chain.wait_for_event("amr_state_changed", to="present")
        first.process.send_signal(signal.SIGKILL)
        lost = chain.wait_for_event("source_lost")
        chain.simulator("persistent", 2, source_id=source_id)
        gap = chain.wait_for_event("gap", after_seq=lost["seq"])
        chain.wait_for_event("source_recovered", after_seq=lost["seq"])
        since = chain.wait_for_judged(since_s=gap["time_s"], n_sweeps=30)
        lead = chain.lead()
        before = [at for at in chain.operator.sweep_times_s() if at < gap["time_s"]]
        told = chain.close()
        gaps = gaps_of(told)
        assert sweeps_across(gaps, before + since) == []
        after_s = [at - gap["time_s"] for at in since]
        assert off_the_stimuli_ms(after_s, chain.stimuli_s(2)) < CLOSE_MS
        # Its first stimuli have no half second of samples before them.
        assert min(after_s) > 0.5
        assert lead["state"] in ("present", "attenuated")
        assert lead["indeterminate"] is None
        assert false_changes(told) == []
        case = chain.case_folder()
        replayed = home.run("replay", case, "--events", "-", "--config", tmp_path / "or.toml")
    assert replayed.status == 0, replayed.stderr
    assert compared(events_in(replayed.stdout)) == compared(told)


def test_a_simulator_that_hangs_for_ten_seconds_is_monitored_again(tmp_path: Path) -> None:
    with LiveChain(tmp_path) as chain:
        simulator = chain.simulator("persistent", 1, source_id="same")
        chain.start_daemon()
        present = chain.wait_for_event("amr_state_changed", to="present")
        chain.pause(simulator, 10.0)
        lost = chain.wait_for_event("source_lost", after_seq=present["seq"])
        chain.wait_for_event("source_recovered", after_seq=lost["seq"])
        sweeps_s = chain.wait_for_judged(since_s=present["time_s"] + 14.0, n_sweeps=30)
        lead = chain.lead()
        sweeps_s = chain.operator.sweep_times_s()
        told = chain.close()
        assert sweeps_across(gaps_of(told), sweeps_s) == []
        assert lead["state"] in ("present", "attenuated")
        assert lead["indeterminate"] is None
        assert false_changes(told) == []
