"""What counted, what did not, and why."""

from amr_monitor.model.events import AlarmPriority, AlarmRaised, ContextChanged
from amr_monitor.qa.report.course import course_of
from amr_monitor.qa.report.quality import alarms_section, quality_section, room_section
from tests.qa.report.prose import prose
from tests.reports import FakeStore, opened, replayed


def test_rejected_sweeps_are_counted_by_their_reason() -> None:
    history = replayed("stimulator_failed.edf").history
    text = prose(quality_section(history, course_of(history)))
    assert "rejected\n61 (27 %)" in text
    assert "  for: no stimulus artifact\n60\n60" in text
    assert "1:29\n1:00\norbicularis oculi\ntechnical\nno stimulus artifact" in text


def test_a_case_without_sweeps_gives_no_counts() -> None:
    history = FakeStore([opened()]).history
    text = prose(quality_section(history, course_of(history)))
    assert "There was no time in which the monitor could not tell." in text


def test_alarms_are_told_with_their_end() -> None:
    course = course_of(replayed("stimulator_failed.edf").history)
    text = prose(alarms_section(course))
    assert "1:39\n2:29\nmedium\norbicularis oculi: no stimulus artifact" in text
    raised = AlarmRaised(
        sample_index=1,
        time_s=1.0,
        alarm_id="a",
        priority=AlarmPriority.HIGH,
        latched=True,
        message="no\nstimuli",
    )
    text = prose(alarms_section(course_of(FakeStore([opened(), raised]).history)))
    assert "0:01\nstands\nhigh\nno stimuli\nno" in text
    assert "No alarm was raised." in prose(alarms_section(course_of(FakeStore([opened()]).history)))


def test_what_was_told_of_the_room_is_told_again() -> None:
    told = ContextChanged(
        sample_index=1, time_s=61.0, name="TOF_ratio", value="92", unit="%", by="Kim"
    )
    text = prose(room_section(FakeStore([opened(), told]).history))
    assert "1:01\nTOF ratio\n92 %\nKim" in text
    assert "neither depth nor train of four is known" in prose(
        room_section(FakeStore([opened()]).history)
    )
