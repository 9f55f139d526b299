"""Marks, phases, changes, losses and alarms, folded from events."""

from amr_monitor.model.case import (
    AmrState,
    Certainty,
    IndeterminateClass,
    MarkName,
    Phase,
    Reason,
    Vessel,
)
from amr_monitor.model.events import (
    AlarmAcknowledged,
    AlarmEnded,
    AlarmPriority,
    AlarmRaised,
    Event,
    IndeterminateEnded,
    IndeterminateStarted,
    MarkAmended,
)
from amr_monitor.qa.report.course import Course, course_of
from tests.reports import OCULI, FakeStore, changed, marked, opened, replayed

GONE = AmrState.DISAPPEARED


def of(*events: Event) -> Course:
    return course_of(FakeStore([opened(), *events]).history)


def amended(
    mark_id: int, at_s: float, vessel: Vessel | None = Vessel.VA, *, voided: bool = False
) -> MarkAmended:
    return MarkAmended(
        sample_index=90_000,
        time_s=90.0,
        mark_id=mark_id,
        mark=MarkName.VESSEL_MOVED,
        vessel=vessel,
        effective_time_s=at_s,
        voided=voided,
        reason="wrong key",
        by="Kim",
        provisional_outcome=None,
    )


def test_a_change_gathers_its_certainties() -> None:
    course = of(
        changed(10.0, GONE, Certainty.PROVISIONAL),
        changed(13.0, GONE),
        changed(70.0, GONE, Certainty.SUSTAINED),
    )
    (change,) = course.changes
    told = (change.provisional_s, change.confirmed_s, change.sustained_s)
    assert told == (10.0, 13.0, 70.0)
    assert len(course.losses) == 1


def test_a_provisional_change_that_is_withdrawn_is_no_loss() -> None:
    course = of(
        changed(10.0, GONE, Certainty.PROVISIONAL),
        changed(14.0, AmrState.PRESENT, from_state=AmrState.PRESENT),
    )
    assert [change.is_withdrawal for change in course.changes] == [False, True]
    assert course.losses == ()


def test_a_loss_ends_with_the_return() -> None:
    course = of(
        changed(13.0, GONE),
        changed(50.0, AmrState.REAPPEARED, from_state=GONE),
        changed(80.0, GONE),
    )
    assert [loss.returned_s for loss in course.losses] == [50.0, None]
    assert course.losses[0].watched_s == 37.0


def test_the_last_response_is_that_of_the_sweep_which_confirmed_the_loss() -> None:
    course = course_of(replayed("disappeared.edf").history)
    (loss,) = course.losses_of(OCULI)
    assert loss.after_mark is not None
    assert loss.after_mark.vessel is Vessel.AICA
    assert loss.after_mark.seconds == 2.8
    assert loss.last_response_s is not None
    assert abs(loss.last_response_s - 86.8) < 0.1
    assert loss.watched_valid == 77


def test_amended_marks_count_as_they_stand() -> None:
    moved = marked(1, 20.0, MarkName.VESSEL_MOVED, vessel=Vessel.AICA)
    (mark,) = of(moved, amended(1, 15.0)).marks
    assert (mark.vessel, mark.effective_time_s) == (Vessel.VA, 15.0)
    assert of(moved, amended(1, 15.0, voided=True)).marks == ()


def test_phases_follow_the_marks() -> None:
    course = of(
        marked(1, 20.0, MarkName.DURA_OPENED),
        marked(2, 30.0, MarkName.VESSEL_MOVED, vessel=Vessel.AICA),
        marked(3, 40.0, MarkName.DECOMPRESSION_COMPLETE),
        marked(4, 60.0, MarkName.NOTE, text="quiet"),
    )
    assert [(each.phase, each.start_s, each.end_s) for each in course.phases] == [
        (Phase.BEFORE_DURA, 0.0, 20.0),
        (Phase.DURA_OPEN, 20.0, 30.0),
        (Phase.DECOMPRESSION, 30.0, 40.0),
        (Phase.DECOMPRESSED, 40.0, 60.0),
    ]


def test_where_the_monitor_could_not_tell_is_known_at_any_time() -> None:
    started = IndeterminateStarted(
        sample_index=10_000,
        time_s=10.0,
        muscle=OCULI,
        indeterminate_class=IndeterminateClass.TECHNICAL,
        reasons=(Reason.M_WAVE_LOW,),
        last_state=AmrState.PRESENT,
        last_state_age_s=1.0,
    )
    ended = IndeterminateEnded(
        sample_index=20_000,
        time_s=20.0,
        muscle=OCULI,
        indeterminate_class=IndeterminateClass.TECHNICAL,
        reasons=(Reason.M_WAVE_LOW,),
        last_state=AmrState.PRESENT,
        last_state_age_s=1.0,
    )
    course = of(started, ended)
    assert course.unknown_at(OCULI, 15.0) is not None
    assert course.unknown_at(OCULI, 25.0) is None
    assert of(started).unknown_at(OCULI, 99.0) is not None


def test_an_alarm_goes_from_its_beginning_to_its_end() -> None:
    (alarm,) = of(
        AlarmRaised(
            sample_index=1,
            time_s=1.0,
            alarm_id="a",
            priority=AlarmPriority.HIGH,
            latched=True,
            message="no stimuli",
        ),
        AlarmAcknowledged(sample_index=2, time_s=2.0, alarm_id="a", by="Kim"),
        AlarmEnded(sample_index=3, time_s=3.0, alarm_id="a"),
    ).alarms
    assert (alarm.acknowledged_s, alarm.acknowledged_by, alarm.ended_s) == (2.0, "Kim", 3.0)


def test_without_a_baseline_there_is_none_at_any_time() -> None:
    assert of().baseline_at(5.0) is None
    course = course_of(replayed("disappeared.edf").history)
    assert course.baseline_at(0.0) is course.baseline_at(100.0)
