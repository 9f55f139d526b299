"""When a monitor must say that it cannot know."""

import numpy as np

from amr_monitor.model.case import Muscle, Reason
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation import simulate
from amr_monitor.simulation.confounders import (
    Cautery,
    CurrentChanged,
    Drill,
    Fault,
    ForeignStimuli,
    LeadElectrodeOff,
    Relaxant,
    StimulusLost,
    Tetanus,
)
from amr_monitor.simulation.crossing import crossed
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.expectations import Expectation, expected_indeterminate
from amr_monitor.simulation.stream import InvalidSamples
from tests.simulation.short import short_surgery

LEAD, DIRECT = Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS


def expected(*faults: Fault) -> list[Expectation]:
    return list(expected_indeterminate(short_surgery(*faults, phase_s=10.0)))


def at(kind: type[Fault], lasting_s: float = 5.0, **values: object) -> Fault:
    return kind(seconds=fixed(5.0), lasting_s=fixed(lasting_s), **values)  # type: ignore[arg-type]


def test_nothing_is_expected_where_nothing_disturbs() -> None:
    assert expected() == []


def test_a_stimulus_that_fails_concerns_every_muscle() -> None:
    spans = expected(at(StimulusLost))
    assert {span.muscle for span in spans} == {LEAD, DIRECT}
    assert {(span.start_s, span.end_s) for span in spans} == {(5.0, 10.0)}
    assert Reason.STIMULUS_FAILED in spans[0].reasons


def test_an_electrode_concerns_its_muscle_and_the_stimulated_one_all() -> None:
    assert [span.muscle for span in expected(at(LeadElectrodeOff))] == [LEAD]
    of_direct = expected(at(LeadElectrodeOff, muscle=DIRECT))
    assert {span.muscle for span in of_direct} == {LEAD, DIRECT}
    assert Reason.M_WAVE_MISSING in next(s for s in of_direct if s.muscle is LEAD).reasons


def test_cautery_lasts_until_the_amplifier_begins_to_recover() -> None:
    spans = expected(at(Cautery, recovery_s=fixed(3.0)))
    assert {(span.start_s, span.end_s) for span in spans} == {(5.0, 11.0)}
    assert all(span.clear_s >= 13.0 for span in spans)


def test_of_a_muscle_that_never_answered_nothing_is_expected() -> None:
    assert not expected_indeterminate(
        simulate(crossed("not_elicited", "cautery"), seed=1, minutes=4, rate_hz=1000)
    )


def test_only_a_loud_drill_must_be_told() -> None:
    assert expected(at(Drill, amplitude_uv=fixed(1000.0), frequency_hz=fixed(250.0)))
    assert not expected(at(Drill, amplitude_uv=fixed(5.0), frequency_hz=fixed(250.0)))
    # What the amplifier does not let through disturbs nobody.
    assert not expected(at(Drill, amplitude_uv=fixed(1000.0), frequency_hz=fixed(1900.0)))


def test_stimuli_that_follow_each_other_quickly_leave_no_sweep_alone() -> None:
    zlr = StimulusClass.ZLR
    spans = expected(at(ForeignStimuli, stimulus_class=zlr, rate_hz=fixed(10.0)))
    assert {span.reasons[0] for span in spans} == {Reason.OTHER_STIMULUS}
    assert not expected(at(ForeignStimuli, stimulus_class=zlr, rate_hz=fixed(1.3)))
    # A click in the ear reaches no electrode.
    assert not expected(at(ForeignStimuli))


def test_after_a_tetanus_nothing_counts_for_half_a_minute() -> None:
    spans = expected(at(Tetanus, 2.0))
    assert {(span.start_s, span.end_s) for span in spans} == {(5.0, 37.0)}


def test_a_current_that_nobody_tells_of_cannot_be_told() -> None:
    assert {s.reasons for s in expected(at(CurrentChanged))} == {(Reason.BELOW_REFERENCE,)}
    assert not expected(at(CurrentChanged, told=False))
    assert not expected(at(CurrentChanged, factor=fixed(1.3)))


def test_a_relaxant_is_expected_where_little_of_the_m_wave_is_left() -> None:
    fault = Relaxant(
        block=fixed(0.9), onset_minutes=fixed(0.1), recovery_minutes=fixed(0.5), seconds=fixed(5.0)
    )
    surgery = short_surgery(fault, phase_s=10.0)
    spans = expected_indeterminate(surgery)
    assert {span.muscle for span in spans} == {LEAD, DIRECT}
    (low, *_) = [span for span in spans if span.muscle is LEAD]
    inside_s = np.arange(low.start_s + 0.1, low.end_s - 1.0, 0.5)
    assert (surgery.faults.unblocked(inside_s, surgery.timeline) < 0.5).all()


def test_invalid_samples_of_the_stimulated_muscle_concern_all() -> None:
    assert [s.muscle for s in expected(at(InvalidSamples, muscle=LEAD))] == [LEAD]
    assert len(expected(at(InvalidSamples, muscle=DIRECT))) == 2
