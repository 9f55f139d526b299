from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.simulation.confounders import (
    Anaesthesia,
    Cautery,
    CurrentChanged,
    ElectrodeForm,
    Fault,
    LeadElectrodeOff,
    MissedPulses,
    Neurotonic,
    Relaxant,
    StimulusLost,
)
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.faults import PlacedFaults, place_faults
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.scenario import Scenario
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import draw_timeline

STREAMS = RandomStreams(seed=3)
PLAIN = Scenario(name="x", description="")
TIMELINE = draw_timeline(PLAIN, STREAMS, 20.0)
DURA_S = TIMELINE.starts_s[PhaseName.DURA_OPENED]
LEAD, OTHER = Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS


def placed(*faults: Fault) -> PlacedFaults:
    return place_faults(replace(PLAIN, faults=faults), TIMELINE, STREAMS)


def at(*after_dura_s: float) -> np.ndarray:
    return DURA_S + np.array(after_dura_s)


def test_a_fault_that_comes_again_has_its_own_times_and_values() -> None:
    found = placed(
        Cautery(after=PhaseName.DURA_OPENED, times=3, every_s=fixed(30.0), mark="cautery")
    )
    starts = [fault.start_s - DURA_S for fault in found.faults]
    assert starts == pytest.approx([0.0, 30.0, 60.0], abs=1e-3)
    assert len({fault.values["recovery_s"] for fault in found.faults}) == 3
    assert [text for _, text in found.marks()] == ["cautery"] * 3


def test_a_fault_without_an_end_lasts_to_the_end_of_the_surgery() -> None:
    (fault,) = placed(LeadElectrodeOff(after=PhaseName.DURA_OPENED)).faults
    assert fault.end_s == pytest.approx(TIMELINE.end_s)


def test_a_lost_stimulus_reaches_neither_nerve_nor_amplifier() -> None:
    found = placed(StimulusLost(after=PhaseName.DURA_OPENED, lasting_s=fixed(10.0)))
    time_s = at(-1.0, 5.0, 11.0)
    nobody = np.zeros(3, dtype=bool)
    assert found.nerve_reached(time_s, nobody).tolist() == [True, False, True]
    assert found.artifact_factor(LEAD, time_s).tolist() == [1.0, 0.0, 1.0]


def test_missed_pulses_are_single_ones() -> None:
    found = placed(MissedPulses(after=PhaseName.DURA_OPENED, probability=fixed(0.2)))
    missed = found.missed(DURA_S + np.arange(500.0), STREAMS)
    assert 0.1 < np.mean(missed[: int(TIMELINE.end_s - DURA_S)]) < 0.3


def test_an_electrode_that_is_off_concerns_its_muscle_alone() -> None:
    found = placed(
        LeadElectrodeOff(after=PhaseName.DURA_OPENED, artifact_fraction=fixed(0.2)),
    )
    time_s = at(-1.0, 5.0)
    assert found.electrode_on(LEAD, time_s).tolist() == [1.0, 0.0]
    assert found.electrode_on(OTHER, time_s).tolist() == [1.0, 1.0]
    assert found.artifact_factor(LEAD, time_s).tolist() == [1.0, 0.2]
    assert found.electrode_form(LEAD, ElectrodeForm.QUIET, time_s).tolist() == [False, True]


def test_a_relaxant_comes_on_stays_below_its_block_and_wears_off() -> None:
    found = placed(
        Relaxant(
            after=PhaseName.DURA_OPENED,
            block=fixed(0.8),
            onset_minutes=fixed(3.0),
            recovery_minutes=fixed(20.0),
        )
    )
    share = found.unblocked(DURA_S + np.arange(0.0, 600.0), TIMELINE)
    assert share[0] == pytest.approx(1.0)
    assert share.min() == pytest.approx(0.2, abs=0.01)
    assert share[-1] > 0.9


def test_anaesthesia_takes_43_percent_at_1_mac() -> None:
    found = placed(
        Anaesthesia(after=PhaseName.DURA_OPENED, mac=fixed(1.0), time_constant_minutes=fixed(10.0))
    )
    share = found.excitability(np.array([DURA_S - 1.0, TIMELINE.end_s]), TIMELINE)
    assert share[0] == 1.0
    assert share[1] == pytest.approx(0.57, abs=0.03)


def test_the_current_is_changed_while_the_fault_lasts() -> None:
    found = placed(
        CurrentChanged(after=PhaseName.DURA_OPENED, lasting_s=fixed(5.0), factor=fixed(0.5))
    )
    assert found.current_factor(at(-1.0, 1.0, 6.0)).tolist() == [1.0, 0.5, 1.0]


def test_neurotonic_bursts_lie_inside_and_differ_between_muscles() -> None:
    found = placed(Neurotonic(after=PhaseName.DURA_OPENED, lasting_s=fixed(20.0)))
    lead, other = (found.neurotonic_train(muscle, STREAMS) for muscle in (LEAD, OTHER))
    assert lead.time_s.size > 20
    assert lead.time_s.min() >= DURA_S
    assert lead.time_s.max() < DURA_S + 20.0
    assert not np.array_equal(lead.time_s[:10], other.time_s[:10])


def test_neurotonic_emg_of_one_muscle_leaves_the_others_quiet() -> None:
    found = placed(Neurotonic(after=PhaseName.DURA_OPENED, muscle=LEAD))
    assert found.neurotonic_train(OTHER, STREAMS).time_s.size == 0
