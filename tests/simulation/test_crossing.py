"""Every trajectory with every confounder."""

import pytest

from amr_monitor.model.case import Outcome
from amr_monitor.simulation import simulate, truth_of
from amr_monitor.simulation.crossing import (
    TRAJECTORIES,
    confounder_names,
    crossed,
    is_decidable,
)
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.scenario_file import load_scenario, scenario_names


def test_each_shipped_scenario_is_a_trajectory_or_a_confounder() -> None:
    assert set(TRAJECTORIES) <= set(scenario_names())
    assert {*TRAJECTORIES, *confounder_names()} == set(scenario_names())
    assert "cautery" in confounder_names()


@pytest.mark.parametrize("trajectory", TRAJECTORIES)
def test_a_trajectory_can_be_crossed_with_every_confounder(trajectory: str) -> None:
    course = load_scenario(trajectory)
    for confounder in confounder_names():
        other = load_scenario(confounder)
        both = crossed(trajectory, confounder)
        assert both.trajectories == course.trajectories
        assert both.faults == other.faults
        assert both.stream == other.stream
        for phase in PhaseName:
            assert both.phases[phase].least_s == max(
                course.phases[phase].least_s, other.phases[phase].least_s
            )


def test_the_confounder_alone_leaves_the_response_where_it_was() -> None:
    surgery = simulate(crossed("persistent", "neurotonic"), seed=1, minutes=4, rate_hz=2000)
    truth = truth_of(surgery)
    assert truth.outcome is Outcome.PERSISTENT
    assert truth.of(truth.lead).gain.min() == 1.0
    assert any("neurotonic" in names for names in truth.of(truth.lead).confounders)


def test_patients_of_both_are_joined() -> None:
    both = crossed("abrupt_loss", "blink_reflex")
    assert both.patient.blink_uv == load_scenario("blink_reflex").patient.blink_uv
    assert not is_decidable("abrupt_loss", "blink_reflex")
    assert is_decidable("persistent", "blink_reflex")
    assert is_decidable("abrupt_loss", "cautery")
