"""Every scenario through the same engine without real time, judged as over LSL."""

import pytest

from amr_monitor.qa.judgement import FALSE_VERDICTS, FaultKind
from amr_monitor.qa.rehearsal import rehearse
from amr_monitor.simulation import scenario_names, simulate

pytestmark = pytest.mark.slow

MINUTES = 4.0
STIMULUS_HZ = 3.0
RATE_HZ = 5000.0

WITHHELD = {
    "channel_missing": "without its mentalis nothing proves any more that the nerve is reached",
    "trigger_faults": "a doubled trigger looks like a train, and half a minute after it is lost",
    "early_loss_returned": "after a long absence silence is trusted less, and the case is short",
}
"""Where no verdict comes, which is safe, and why."""

ALLOWED = frozenset({FaultKind.WITHHELD_OUTCOME, FaultKind.MISSED_LOSS})


@pytest.mark.parametrize("scenario", scenario_names())
def test_a_scenario_is_told_as_it_was(scenario: str) -> None:
    surgery = simulate(
        scenario, seed=1, minutes=MINUTES, rate_hz=RATE_HZ, stimulus_rate_hz=STIMULUS_HZ
    )
    judgement = rehearse(surgery).judgement()
    assert judgement.n_of(*FALSE_VERDICTS) == 0, judgement.faults
    allowed = ALLOWED if scenario in WITHHELD else frozenset()
    assert [fault for fault in judgement.faults if fault.kind not in allowed] == []


def test_what_is_withheld_is_withheld() -> None:
    # Whoever mends one of these takes it off the list.
    assert set(WITHHELD) <= set(scenario_names())
