import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation.fault_kinds import FAULTS
from amr_monitor.simulation.phases import DEFAULT_PHASES, PhaseName
from amr_monitor.simulation.scenario import Scenario, Stimulation, Trajectory


def test_every_phase_has_a_usual_length() -> None:
    assert set(DEFAULT_PHASES) == set(PhaseName)


def test_faults_are_found_by_the_names_of_the_confounders() -> None:
    assert {"stimulus_lost", "lead_electrode_off", "cautery", "drill", "neurotonic"} <= set(FAULTS)
    assert all(FAULTS[kind].kind == kind for kind in FAULTS)


def test_a_muscle_without_a_trajectory_follows_the_first() -> None:
    own = Trajectory(muscle=Muscle.ORBICULARIS_OCULI, elicited=False)
    scenario = Scenario(name="x", description="", trajectories=(own,))
    assert scenario.trajectory(Muscle.MENTALIS) is own
    assert scenario.trajectory(Muscle.ORBICULARIS_OCULI) is own


def test_without_any_trajectory_the_amr_stays() -> None:
    trajectory = Scenario(name="x", description="").trajectory(Muscle.MENTALIS)
    assert trajectory.elicited
    assert trajectory.steps == ()


def test_a_muscle_is_recorded_once() -> None:
    with pytest.raises(ValueError, match="once"):
        Scenario(name="x", description="", muscles=(Muscle.MENTALIS, Muscle.MENTALIS))


def test_a_rate_that_is_no_amr_stimulation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.5 to 3"):
        Stimulation(rate_hz=20.0)


def test_faster_stimuli_need_shorter_phases_and_slower_ones_no_longer() -> None:
    usual = Scenario(name="x", description="")
    fast, slow = usual.stimulated_at(3.0), usual.stimulated_at(0.5)
    assert fast.stimulation.rate_hz == 3.0
    assert fast.phases[PhaseName.BEFORE_DURA].least_s == pytest.approx(67.0 / 3.0)
    assert fast.phases[PhaseName.VESSEL_MOVED] == usual.phases[PhaseName.VESSEL_MOVED]
    assert slow.phases == usual.phases
    with pytest.raises(ConfigError, match="stimulus rate"):
        usual.stimulated_at(5.0)
