"""Every scenario through the same engine without real time, judged as over LSL."""

import pytest

from amr_monitor.qa.rehearsal import rehearse
from amr_monitor.simulation import scenario_names, simulate

pytestmark = pytest.mark.slow

MINUTES = 4.0
STIMULUS_HZ = 3.0
RATE_HZ = 5000.0


@pytest.mark.parametrize("scenario", scenario_names())
def test_a_scenario_is_told_as_it_was(scenario: str) -> None:
    surgery = simulate(
        scenario, seed=1, minutes=MINUTES, rate_hz=RATE_HZ, stimulus_rate_hz=STIMULUS_HZ
    )
    assert rehearse(surgery).judgement().faults == ()
