"""Monitor and alarms of a case that goes on are as they were."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from amr_monitor.daemon.guarded_monitor import GuardedMonitor
from amr_monitor.daemon.rebuilding import (
    ACKNOWLEDGED,
    RESUMED_ALARM,
    begin_resumed_alarm,
    rebuild,
    restore_alarms,
)
from amr_monitor.daemon.resumption import OpenedAgain
from amr_monitor.daemon.shell_alarms import ShellAlarms
from amr_monitor.drivers.continued import RecordedUpTo
from amr_monitor.model.case import CaseInfo, MarkName, Phase
from amr_monitor.model.events import (
    AlarmPriority,
    CaseOpened,
    Event,
    JournalEntry,
    PhaseMarked,
    RecorderLost,
    SourceRecovered,
    SourceWarned,
    SourceWentLost,
)
from amr_monitor.model.source import Annotation, Origin, ReceivedUpTo, SourceItem, SourceWarning
from amr_monitor.monitor.annotations import annotation_text
from amr_monitor.monitor.commands import MarkCommand, OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.recorder_writer import RecordedText
from tests.daemon.scripted import START, Read, ScriptedSource, block, source_info

RECORD = CaseRecord(
    case_id="c",
    kind=CaseKind.RUN,
    origin=Origin.DEVICE,
    source_name="scripted",
    settings_hash="",
    software_version="",
    opened_at=START,
)
OPENING = annotation_text(OpenCase(sample_index=0, case=CaseInfo()))


def entries_of(events: Sequence[Event]) -> tuple[JournalEntry, ...]:
    return tuple(
        JournalEntry(seq=n, case_id="c", utc=None, origin=Origin.DEVICE, event=event)
        for n, event in enumerate(events, start=1)
    )


def left_with(
    script: Sequence[Read] | None,
    *,
    told: Sequence[Event] = (),
    texts: Sequence[str] = (),
    index: int = 300,
) -> OpenedAgain:
    return OpenedAgain(
        record=RECORD,
        folder=Path(),
        entries=entries_of(told),
        recorded=None if script is None else ScriptedSource(script),
        first_info=source_info(),
        is_other=False,
        texts=tuple(RecordedText(sample_index=0, text=text) for text in texts),
        left=RecordedUpTo(index=index, time_s=index / 1000.0, start_utc=START),
    )


def rebuilt_from(
    again: OpenedAgain,
) -> tuple[tuple[Event, ...], int, list[Event], list[JournalEntry]]:
    told: list[Event] = []
    known: list[JournalEntry] = []

    def take(events: Sequence[Event], entries: Sequence[JournalEntry]) -> None:
        told.extend(events)
        known.extend(entries)

    monitor = GuardedMonitor(Monitor(info=source_info()), on_fault=lambda _: None)
    rebuilt = rebuild(monitor, again, on_told=take, is_stopping=lambda: False)
    return rebuilt.new, rebuilt.n_unlike, told, known


def opening() -> Annotation:
    return Annotation(sample_index=0, time_s=0.0, text=OPENING)


def test_what_was_told_is_told_again_and_the_rest_is_new() -> None:
    dura = Annotation(sample_index=200, time_s=0.2, text="dura opened")
    warning = SourceWarning(sample_index=0, code="x", message="y")
    script: list[Read] = [
        [opening(), block(0, 100)],
        [warning, block(100, 50)],
        [dura, block(150, 150)],
        [ReceivedUpTo(sample_index=300)],
    ]
    _, _, first, _ = rebuilt_from(left_with(script))
    new, n_unlike, told, known = rebuilt_from(left_with(script, told=first[:1]))
    assert [event.type for event in told] == ["case_opened", "phase_marked"]
    assert [entry.seq for entry in known] == [1]
    assert known[0].event is told[0]
    assert isinstance(told[0], CaseOpened)
    assert (new, n_unlike) == ((told[1],), 0)


def test_a_text_behind_the_last_sample_counts_at_the_end() -> None:
    late = Annotation(sample_index=950, time_s=0.95, text="dura opened")
    script: list[Read] = [[opening(), block(0, 300)], [late, ReceivedUpTo(sample_index=300)]]
    new, *_ = rebuilt_from(left_with(script))
    assert isinstance(new[-1], PhaseMarked)
    assert new[-1].sample_index == 300


def test_before_the_first_sample_the_texts_alone_say_what_was_done() -> None:
    new, n_unlike, _, _ = rebuilt_from(left_with(None, texts=[OPENING], index=0))
    assert [event.type for event in new] == ["case_opened"]
    assert n_unlike == 0


def test_who_stops_is_not_kept_waiting() -> None:
    def read() -> list[SourceItem]:
        pytest.fail("nothing is read any more")

    again = left_with([[opening(), block(0, 9)], read])
    monitor = GuardedMonitor(Monitor(info=source_info()), on_fault=lambda _: None)
    rebuilt = rebuild(monitor, again, on_told=lambda *_: None, is_stopping=lambda: True)
    assert rebuilt.new == ()


# ---------------------------------------------------------------- alarms


def shell(*events: Event) -> ShellAlarms:
    alarms = ShellAlarms()
    restore_alarms(alarms, entries_of(events))
    return alarms


def lost(index: int) -> SourceWentLost:
    return SourceWentLost(sample_index=index, time_s=index / 1000.0, message="no samples")


def seen(alarm_id: str) -> SourceWarned:
    return SourceWarned(
        sample_index=9,
        time_s=0.009,
        code=ACKNOWLEDGED,
        message=f"alarm {alarm_id} acknowledged by K",
    )


def test_latched_alarms_stand_until_they_were_acknowledged() -> None:
    recovered = SourceRecovered(sample_index=5, time_s=0.005, silent_s=4.0)
    missing = RecorderLost(sample_index=7, time_s=0.007, n_samples=9, message="9 samples")
    alarms = shell(lost(5), recovered, missing)
    assert {alarm.alarm_id for alarm in alarms.shown()} == {"source_lost", "recorder_lost"}
    alarms = shell(lost(5), recovered, missing, seen("source_lost"))
    assert {alarm.alarm_id for alarm in alarms.shown()} == {"recorder_lost"}


def test_a_source_that_was_lost_at_the_end_is_there_again_and_stays_to_be_seen() -> None:
    alarms = shell(lost(5))
    (alarm,) = alarms.shown()
    assert alarm.alarm_id == "source_lost"
    assert alarms.acknowledge("source_lost")
    assert alarms.shown() == ()


@pytest.mark.parametrize(
    ("n_unlike", "priority"), [(0, AlarmPriority.MEDIUM), (2, AlarmPriority.HIGH)]
)
def test_a_restart_is_an_alarm_until_a_person_has_seen_it(
    n_unlike: int, priority: AlarmPriority
) -> None:
    alarms = ShellAlarms()
    message = begin_resumed_alarm(alarms, n_unlike=n_unlike, time_s=1.0)
    (alarm,) = alarms.shown()
    assert replace(alarm, message="") == replace(alarm, message="", priority=priority, latched=True)
    assert alarm.message == message
    assert ("do not fit" in message) is bool(n_unlike)
    assert alarms.acknowledge(RESUMED_ALARM)
    assert alarms.shown() == ()


def test_a_mark_that_the_recording_lost_is_made_again_from_the_journal() -> None:
    dura = Annotation(sample_index=200, time_s=0.2, text="dura opened")
    _, _, told, _ = rebuilt_from(left_with([[opening(), dura, block(0, 300)]]))
    assert [event.type for event in told] == ["case_opened", "phase_marked"]
    again = left_with([[opening(), block(0, 100)]], told=told, index=100)
    monitor = GuardedMonitor(Monitor(info=source_info()), on_fault=lambda _: None)
    rebuilt = rebuild(monitor, again, on_told=lambda *_: None, is_stopping=lambda: False)
    (command,) = rebuilt.commands
    assert isinstance(command, MarkCommand)
    assert (command.mark, command.sample_index) == (MarkName.DURA_OPENED, 100)
    assert (rebuilt.new, rebuilt.n_unlike) == ((), 1)
    assert monitor.status.phase is Phase.DURA_OPEN
