from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import Outcome
from amr_monitor.qa.rehearsal import Rehearsal, rehearse
from amr_monitor.simulation import load_scenario, simulate


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    """A loss at three stimuli a second, three minutes."""
    scenario = load_scenario("abrupt_loss")
    quick = replace(scenario, stimulation=replace(scenario.stimulation, rate_hz=3.0))
    return rehearse(simulate(quick, seed=1, minutes=3.2, rate_hz=2000))


def test_a_rehearsal_is_judged_on_the_axis_of_its_truth(rehearsal: Rehearsal) -> None:
    judgement = rehearsal.judgement()
    assert judgement.outcome_true is judgement.outcome_told is Outcome.DISAPPEARED
    assert judgement.holds, judgement.faults
    assert len(judgement.loss_delays) == 1


def test_every_sweep_that_the_detector_took_is_known(rehearsal: Rehearsal) -> None:
    times_s = np.array(rehearsal.sweep_times_s)
    true_s = rehearsal.truth.time_s
    assert times_s.size == pytest.approx(true_s.size, abs=2)
    nearest = true_s[np.abs(true_s[:, None] - times_s).argmin(axis=0)]
    assert np.abs(nearest - times_s).max() < 1e-3
