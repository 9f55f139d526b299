"""What the room tells, in a case: gates, notes, and what is shown."""

import numpy as np
import pytest

from amr_monitor.model.case import AmrState, IndeterminateClass, MarkName, Reason
from amr_monitor.model.events import (
    AlarmRaised,
    BaselineAccepted,
    ContextChanged,
    IndeterminateEnded,
    IndeterminateStarted,
    PhaseMarked,
    StimulationChanged,
)
from amr_monitor.monitor.commands import AcknowledgeAlarm, SetContext
from tests.feeding import Told, run, surgery
from tests.sweeps import OCULI, Recording


def told_at(r: Recording, time_s: float, name: str, value: str) -> SetContext:
    return SetContext(sample_index=r.index(time_s), name=name, value=value)


def fading(*room: tuple[float, str, str]) -> Told:
    """Return a case whose M wave and response fade over minutes, with values from the room."""
    r = Recording(260, rate_hz=2000.0, seed=90)
    fall = np.interp(np.arange(260), [80, 200], [1.0, 0.1])
    r.m_wave *= fall
    r.amr[OCULI] *= fall
    return run(r, [*surgery(r, dura=65), *(told_at(r, *each) for each in room)])


def started(told: Told) -> list[IndeterminateStarted]:
    return [event for event in told.of(IndeterminateStarted) if event.muscle is OCULI]


def test_a_fading_m_wave_with_a_tof_that_falls_is_a_relaxant() -> None:
    told = fading((10.0, "TOF_count", "4"), (130.0, "TOF_count", "2"))
    first = started(told)[0]
    assert Reason.RELAXANT in first.reasons
    assert first.indeterminate_class is IndeterminateClass.PHYSIOLOGICAL
    assert first.note == "TOF_count 4 -> 2"
    assert AmrState.DISAPPEARED not in [state for state, _ in told.path()]


def test_without_a_tof_it_is_a_low_m_wave_and_no_more() -> None:
    first = started(fading())[0]
    assert Reason.M_WAVE_LOW in first.reasons
    assert Reason.RELAXANT not in first.reasons
    assert first.note == ""


def test_a_tof_that_stays_blames_no_relaxant() -> None:
    first = started(fading((10.0, "TOF_count", "4"), (130.0, "TOF_count", "4")))[0]
    assert Reason.RELAXANT not in first.reasons
    assert first.note == "TOF_count 4 as at the baseline"


@pytest.fixture(scope="module")
def deepening() -> Told:
    """Return a slow fall while MAC rises, accepted by a person."""
    r = Recording(760, rate_hz=2000.0, seed=15)
    r.amr[OCULI] *= np.interp(np.arange(760), [80, 560], [1.0, 0.0])
    return run(
        r,
        [
            *surgery(r, dura=70),
            told_at(r, 20.0, "MAC", "0.5"),
            told_at(r, 400.0, "MAC", "0.9"),
            AcknowledgeAlarm(sample_index=r.index(700.0), alarm_id="slow_fall"),
        ],
    )


def test_a_rise_of_mac_is_noted_as_what_may_explain_a_slow_fall(deepening: Told) -> None:
    slow = next(event for event in started(deepening) if Reason.SLOW_FALL in event.reasons)
    assert slow.note == "deeper since the baseline: MAC 0.5 -> 0.9"
    alarm = next(e for e in deepening.of(AlarmRaised) if e.alarm_id == "slow_fall")
    assert alarm.message == (
        "orbicularis oculi: slow fall: anaesthesia? (deeper since the baseline: MAC 0.5 -> 0.9)"
    )


def test_a_value_of_anaesthesia_counts_as_entered_where_a_person_accepts(deepening: Told) -> None:
    ended = [event for event in deepening.of(IndeterminateEnded) if event.muscle is OCULI][-1]
    assert ended.time_s == pytest.approx(700.0, abs=2.0)


def test_values_stand_on_the_timeline_and_in_the_status(deepening: Told) -> None:
    assert [(event.time_s, event.value) for event in deepening.of(ContextChanged)] == [
        (20.0, "0.5"),
        (400.0, "0.9"),
    ]
    assert [value.words for value in deepening.monitor.status.context] == ["MAC 0.9"]


def test_a_recorded_value_that_makes_no_sense_becomes_a_note() -> None:
    r = Recording(5, rate_hz=2000.0)
    told = run(r, [told_at(r, 2.0, "MCA", "0.9")])
    (note,) = told.of(PhaseMarked)
    assert note.mark is MarkName.NOTE
    assert note.text == ("not carried out: context MCA 0.9: 'MCA' is not known; did you mean MAC?")
    assert told.of(ContextChanged) == []


def test_a_current_that_a_person_tells_is_that_of_stimuli_that_carry_none() -> None:
    r = Recording(75, rate_hz=2000.0, seed=91, current_ma=None)
    told = run(r, [told_at(r, 30.0, "current", "8 mA")])
    accepted = told.one(BaselineAccepted)
    assert (accepted.reference_current_ma, accepted.valid_sweeps) == (8.0, 60)
    assert "current unknown" not in accepted.hints
    (changed,) = told.of(StimulationChanged)
    assert changed.message == "current unknown -> 8 mA"


def test_a_current_that_a_stimulus_carries_is_believed_before_a_person() -> None:
    r = Recording(75, rate_hz=2000.0, seed=91)
    told = run(r, [told_at(r, 30.0, "current", "8 mA")])
    assert told.one(BaselineAccepted).reference_current_ma == 10.0
    assert told.of(StimulationChanged) == []
