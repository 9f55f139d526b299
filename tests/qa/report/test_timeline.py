"""What happened when."""

from dataclasses import replace
from datetime import UTC, datetime

from amr_monitor.model.case import AmrState, MarkName, Reading, Vessel
from amr_monitor.model.events import GapReceived, MarkAmended, MonitorFailed, ReadingEntered
from amr_monitor.qa.report.course import course_of
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.timeline import MOST_ROWS, marks_section, timeline_section
from tests.qa.report.prose import prose
from tests.reports import OCULI, RECORD, FakeStore, changed, marked, opened, replayed


def told(history: CaseHistory) -> str:
    return prose(timeline_section(history, course_of(history)))


def test_marks_and_changes_stand_in_the_order_of_time() -> None:
    text = told(replayed("disappeared.edf").history)
    moved = text.index("MARK  vessel moved AICA")
    lost = text.index("orbicularis oculi (lead): present to disappeared (provisional 1:33")
    sustained = text.index("DISAPPEARED: no response for 1:02, 60 sweeps (sustained)")
    assert moved < lost < sustained < text.index("case closed: AMR DISAPPEARED")
    assert "08:01:24" in text


def test_phases_count_their_sweeps() -> None:
    assert "decompressed\n1:34\n1:10\n67\n3\n0.0" in told(replayed("disappeared.edf").history)


def test_a_time_that_could_not_be_known_is_told() -> None:
    text = told(replayed("stimulator_failed.edf").history)
    assert "orbicularis oculi: cannot tell for 1:00 (technical: no stimulus artifact" in text


def test_gaps_and_faults_are_told() -> None:
    text = told(
        FakeStore(
            [
                opened(),
                GapReceived(sample_index=1, time_s=1.0, missing_s=4.0, reason="cable"),
                MonitorFailed(sample_index=2, time_s=2.0, message="a bug"),
            ]
        ).history
    )
    assert "gap of 4 s: cable" in text
    assert "THE MONITOR FAILED: a bug" in text


def test_a_recording_without_a_date_has_no_time_of_day() -> None:
    store = FakeStore([opened()], record=replace(RECORD, start_utc=None))
    assert "0:00\n\u2013\ncase opened" in told(store.history)


def test_a_date_beyond_the_calendar_is_no_fault() -> None:
    record = replace(RECORD, start_utc=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    store = FakeStore([opened()], record=record)
    history = replace(
        store.history, entries=(replace(store.told[0], event=changed(90.0, AmrState.PRESENT)),)
    )
    assert "1:30\n\u2013\n" in told(history)


def test_a_long_timeline_says_that_it_is_cut() -> None:
    marks = [marked(n, float(n), MarkName.NOTE, text=str(n)) for n in range(1, MOST_ROWS + 10)]
    text = told(FakeStore([opened(), *marks]).history)
    assert f"the first {MOST_ROWS} of {MOST_ROWS + 10} entries" in text


def test_marks_stand_as_they_were_made_and_as_they_were_amended() -> None:
    amended = MarkAmended(
        sample_index=90_000,
        time_s=90.0,
        mark_id=1,
        mark=MarkName.VESSEL_MOVED,
        vessel=Vessel.VA,
        effective_time_s=15.0,
        voided=False,
        reason="wrong\nkey",
        by="Lee",
        provisional_outcome=None,
    )
    made = marked(1, 20.0, MarkName.VESSEL_MOVED, vessel=Vessel.AICA)
    text = prose(marks_section(course_of(FakeStore([opened(), made, amended]).history)))
    assert "1\n0:20\n0:20\nvessel moved AICA\nKim" in text
    assert "1\n1:30\n0:15\nvessel moved VA: wrong key\nLee" in text


def test_a_person_who_disagrees_is_heard() -> None:
    reading = ReadingEntered(
        sample_index=5,
        time_s=5.0,
        muscle=OCULI,
        reading=Reading.PRESENT,
        monitor_reading=Reading.ABSENT,
        monitor_state=AmrState.DISAPPEARED,
        monitor_words="DISAPPEARED",
        text="small but there",
        by="Kim",
    )
    history = FakeStore([opened(), reading]).history
    assert "DISAGREES with the monitor: DISAPPEARED" in told(history)
    assert "present\nabsent\nsmall but there\nKim" in prose(marks_section(course_of(history)))
