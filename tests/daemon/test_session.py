"""A case goes from its source to the journal and to whoever looks, and its faults are seen."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from amr_monitor.api.live import LiveHub
from amr_monitor.daemon.commands import CommandMaker, CommandResult
from amr_monitor.daemon.session import CaseSession, SessionPlan
from amr_monitor.model.case import CaseInfo, MarkName, Outcome
from amr_monitor.model.errors import CommandRefused, SourceError, StorageError
from amr_monitor.model.events import (
    CaseClosed,
    Event,
    JournalEntry,
    MonitorFailed,
    PhaseMarked,
)
from amr_monitor.model.source import Annotation, ReceivedUpTo, SourceItem, SourceWarning
from amr_monitor.model.status import CaseStatus, Delivery
from amr_monitor.monitor.commands import AcceptBaseline, CloseCase, Command, MarkCommand
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.simulation import SimulatedSource, simulate
from amr_monitor.storage.journal import Journal
from tests.daemon.scripted import Clock, Read, ScriptedSource, Shelf, block, source_info

RECORDED_PLAN = SessionPlan(case_id="case", case=CaseInfo(), is_live=False)
LIVE_PLAN = SessionPlan(case_id="case", case=CaseInfo(), is_live=True)


class BrokenMonitor(Monitor):
    """A monitor with a fault that escapes it at the first samples."""

    def receive_recorded(self, *items: object) -> tuple[Event, ...]:
        if items and isinstance(items[0], type(block(0, 1))):
            raise ZeroDivisionError("no reason")
        return super().receive_recorded(*items)  # type: ignore[arg-type]


def session_on(
    script: Sequence[Read],
    shelf: Shelf,
    *,
    plan: SessionPlan = RECORDED_PLAN,
    clock: Clock | None = None,
    hub: LiveHub | None = None,
    warnings: tuple[SourceWarning, ...] = (),
    monitor: type[Monitor] = Monitor,
    entries: list[JournalEntry] | None = None,
) -> tuple[CaseSession, ScriptedSource]:
    info = source_info(warnings=warnings)
    source = ScriptedSource(script, info=info)
    session = CaseSession(
        source=source,
        monitor=monitor(info=info, settings=MonitorSettings()),
        journal=shelf.journal,
        plan=plan,
        hub=hub,
        on_entries=None if entries is None else entries.extend,
        clock=clock or Clock(),
    )
    return session, source


def mark(name: MarkName) -> Command:
    return MarkCommand(sample_index=0, by="local", mark=name)


def given_at(sessions: list[CaseSession], make: CommandMaker, answers: list[CommandResult]) -> Read:
    """Return an entry of a script: a person gives a command while nothing comes."""

    def give() -> list[SourceItem]:
        answers.append(sessions[0].submit(make))
        return []

    return give


# ---------------------------------------------------------------- from opening to end


def test_the_end_of_the_source_closes_the_case() -> None:
    shelf = Shelf()
    session, source = session_on([[block(0, 500)], [block(500, 500)]], shelf)
    session.run()
    assert shelf.types() == ["case_opened", "case_closed"]
    assert session.outcome is not None
    assert session.outcome.outcome is Outcome.INDETERMINATE
    assert session.fault is None
    assert source.n_closed >= 1


def test_what_is_told_is_committed_before_it_is_seen() -> None:
    shelf = Shelf()
    seen: list[JournalEntry] = []
    hub = LiveHub()
    session, _ = session_on([[block(0, 500)]], shelf, entries=seen, hub=hub)
    session.run()
    assert seen == shelf.journal.entries("case")
    view = hub.view(cursor=0, limit=10)
    assert list(view.lines or ()) == shelf.journal.lines("case")
    assert view.status is not None
    assert not view.status.status.is_open


def test_warnings_of_the_source_come_right_after_the_opening() -> None:
    shelf = Shelf()
    warning = SourceWarning(sample_index=0, code="cut", message="the last record is cut short")
    session, _ = session_on([[block(0, 500)]], shelf, warnings=(warning,))
    session.run()
    assert shelf.types() == ["case_opened", "source_warned", "case_closed"]


@pytest.mark.parametrize("block_samples", [1, 7, 400])
def test_a_warning_within_a_recording_stands_at_the_same_place_whatever_the_blocks(
    block_samples: int,
) -> None:
    shelf = Shelf()
    note = Annotation(sample_index=200, time_s=0.2, text="dura opened")
    warning = SourceWarning(sample_index=100, code="odd", message="an odd record")
    script: list[Read] = [[warning, note]]
    script += [[block(first, block_samples)] for first in range(0, 400, block_samples)]
    session, _ = session_on(script, shelf)
    session.run()
    assert shelf.types() == ["case_opened", "phase_marked", "source_warned", "case_closed"]


def test_annotations_are_carried_out_at_their_own_sample() -> None:
    shelf = Shelf()
    note = Annotation(sample_index=300, time_s=0.3, text="vessel moved: AICA")
    session, _ = session_on([[note, block(0, 400)]], shelf)
    session.run()
    marked = shelf.journal.entries("case")[1].event
    assert isinstance(marked, PhaseMarked)
    assert (marked.sample_index, marked.mark, marked.vessel) == (300, "vessel_moved", "AICA")


def test_a_recorded_command_of_a_person_that_is_refused_is_told() -> None:
    shelf = Shelf()
    amend = Annotation(sample_index=0, time_s=0.0, text="cmd: amend_mark by=anna mark_id=9")
    session, _ = session_on([[amend, block(0, 400)]], shelf)
    session.run()
    note = shelf.journal.entries("case")[1].event
    assert isinstance(note, PhaseMarked)
    assert note.mark == "note"
    assert "no mark 9" in note.text


@pytest.mark.parametrize("block_samples", [1, 8, 400])
def test_a_refused_recorded_command_is_told_alike_whatever_the_blocks(block_samples: int) -> None:
    shelf = Shelf()
    amend = Annotation(sample_index=250, time_s=0.25, text="cmd: amend_mark by=anna mark_id=9")
    script: list[Read] = [[amend]]
    script += [[block(first, block_samples)] for first in range(0, 400, block_samples)]
    session, _ = session_on(script, shelf)
    session.run()
    told = [entry.event for entry in shelf.journal.entries("case")]
    assert [(event.type, event.sample_index) for event in told] == [
        ("case_opened", 0),
        ("phase_marked", 250),
        ("case_closed", 400),
    ]


def test_a_recording_that_closes_its_case_is_not_read_further() -> None:
    shelf = Shelf()
    close = Annotation(sample_index=100, time_s=0.1, text="cmd: close_case by=anna")
    session, _ = session_on([[block(0, 100), close], [block(100, 100)], [block(200, 9)]], shelf)
    session.run()
    assert shelf.types() == ["case_opened", "case_closed"]
    assert session.outcome is not None
    assert session.outcome.by == "anna"


def test_a_stopped_session_leaves_the_case_open() -> None:
    shelf = Shelf()
    sessions: list[CaseSession] = []

    def stop() -> list[SourceItem]:
        sessions[0].stop()
        return [block(0, 100)]

    session, source = session_on([stop, [block(100, 100)]], shelf)
    sessions.append(session)
    session.run()
    assert shelf.types() == ["case_opened"]
    assert session.outcome is None
    assert source.n_closed >= 1


def test_the_age_of_the_last_sample_is_that_of_samples() -> None:
    clock = Clock()
    shelf = Shelf()
    ages: list[float | None] = []
    sessions: list[CaseSession] = []

    def look() -> list[SourceItem]:
        ages.append(sessions[0].last_sample_age_s)
        return []

    session, _ = session_on([look, [block(0, 100)], clock.passes(3.0), look], shelf, clock=clock)
    sessions.append(session)
    session.run()
    assert ages == [None, 3.0]


def test_events_do_not_depend_on_blocks_or_batches() -> None:
    def replayed(block_samples: int) -> list[str]:
        shelf = Shelf()
        source = SimulatedSource(
            simulate("abrupt_loss", seed=2, minutes=4, rate_hz=2000), block_samples=block_samples
        )
        session = CaseSession(
            source=source,
            monitor=Monitor(info=source.info, settings=MonitorSettings()),
            journal=shelf.journal,
            plan=RECORDED_PLAN,
        )
        session.run()
        return shelf.journal.lines("case")

    lines = replayed(2000)
    assert len(lines) > 10
    assert replayed(333) == lines
    assert replayed(480_000) == lines


# ---------------------------------------------------------------- people


def test_a_command_is_stamped_and_carried_out_between_reads() -> None:
    shelf = Shelf()
    sessions: list[CaseSession] = []
    answers: list[CommandResult] = []

    def dura(index: int) -> Command:
        return MarkCommand(sample_index=index, by="local", mark=MarkName.DURA_OPENED)

    script: list[Read] = [[block(0, 250)], given_at(sessions, dura, answers), [block(250, 250)]]
    session, _ = session_on(script, shelf)
    sessions.append(session)
    session.run()
    (entry,) = answers[0].result(timeout=0)
    assert entry.event.type == "phase_marked"
    assert entry.event.sample_index == 250
    assert shelf.types() == ["case_opened", "phase_marked", "case_closed"]


def test_a_refused_command_changes_nothing_and_tells_why() -> None:
    shelf = Shelf()
    sessions: list[CaseSession] = []
    answers: list[CommandResult] = []

    def accept(index: int) -> Command:
        return AcceptBaseline(sample_index=index, by="local")

    script: list[Read] = [[block(0, 250)], given_at(sessions, accept, answers), [block(250, 250)]]
    session, _ = session_on(script, shelf)
    sessions.append(session)
    session.run()
    with pytest.raises(CommandRefused):
        answers[0].result(timeout=0)
    assert shelf.types() == ["case_opened", "case_closed"]


def test_a_command_that_cannot_even_be_made_does_not_end_the_case() -> None:
    shelf = Shelf()
    sessions: list[CaseSession] = []
    answers: list[CommandResult] = []

    def impossible(index: int) -> Command:
        raise LookupError(f"at {index}")

    script: list[Read] = [
        [block(0, 250)],
        given_at(sessions, impossible, answers),
        [block(250, 250)],
    ]
    session, _ = session_on(script, shelf)
    sessions.append(session)
    session.run()
    with pytest.raises(LookupError):
        answers[0].result(timeout=0)
    assert shelf.types() == ["case_opened", "case_closed"]


def test_a_person_can_close_the_case() -> None:
    shelf = Shelf()
    sessions: list[CaseSession] = []
    answers: list[CommandResult] = []

    def close(index: int) -> Command:
        return CloseCase(sample_index=index, by="local")

    script: list[Read] = [[block(0, 250)], given_at(sessions, close, answers), [block(250, 250)]]
    session, _ = session_on(script, shelf)
    sessions.append(session)
    session.run()
    assert session.outcome is not None
    assert session.outcome.by == "local"
    assert shelf.types() == ["case_opened", "case_closed"]


def test_after_the_end_commands_are_refused() -> None:
    session, _ = session_on([[block(0, 100)]], Shelf())
    session.run()
    result = session.submit(lambda _: mark(MarkName.NOTE))
    with pytest.raises(CommandRefused, match="the case is over"):
        result.result(timeout=0)


# ---------------------------------------------------------------- faults


def test_the_silence_of_a_live_source_is_told_and_stands_on_the_screen() -> None:
    clock = Clock()
    shelf = Shelf()
    hub = LiveHub()
    sessions: list[CaseSession] = []
    alarms: list[str] = []

    def look() -> list[SourceItem]:
        clock.now_s += 1.0
        view = hub.view(cursor=0, limit=0)
        assert view.status is not None
        alarms.extend(alarm.alarm_id for alarm in view.status.status.alarms)
        return []

    script: list[Read] = [
        [block(0, 100)],
        clock.passes(0.6),
        clock.passes(2.0),
        look,
        [block(100, 50)],
    ]
    session, _ = session_on(script, shelf, plan=LIVE_PLAN, clock=clock, hub=hub)
    sessions.append(session)
    session.run()
    assert shelf.types() == [
        *("case_opened", "source_stalled", "source_lost", "source_recovered", "case_closed")
    ]
    assert alarms == ["source_lost"]
    assert session.delivery is Delivery.LIVE


def test_a_pause_of_a_recording_is_no_stall() -> None:
    clock = Clock()
    shelf = Shelf()
    session, _ = session_on([[block(0, 100)], clock.passes(60.0)], shelf, clock=clock)
    session.run()
    assert shelf.types() == ["case_opened", "case_closed"]
    assert session.delivery is None
    assert session.recording is None


def test_a_source_that_breaks_ends_the_session_with_its_line() -> None:
    shelf = Shelf()
    session, source = session_on([[block(0, 100)], SourceError("the disk went away")], shelf)
    with pytest.raises(SourceError, match="went away"):
        session.run()
    assert session.fault == "the disk went away"
    assert session.outcome is None
    assert source.n_closed >= 1


def test_a_fault_that_escapes_the_monitor_is_an_event_and_stands_on_the_screen() -> None:
    shelf = Shelf()
    hub = LiveHub()
    session, _ = session_on([[block(0, 9)], [block(9, 9)]], shelf, hub=hub, monitor=BrokenMonitor)
    session.run()
    assert shelf.types() == ["case_opened", "monitor_failed"]
    failed = shelf.journal.entries("case")[1].event
    assert isinstance(failed, MonitorFailed)
    assert failed.message == "ZeroDivisionError: no reason"
    assert session.fault == "the monitor failed: ZeroDivisionError: no reason"
    view = hub.view(cursor=0, limit=0)
    assert view.status is not None
    assert view.status.status.failed
    assert [alarm.alarm_id for alarm in view.status.status.alarms] == ["session"]


class BlindMonitor(Monitor):
    """A monitor that cannot say how it stands once there are samples."""

    @property
    def status(self) -> CaseStatus:
        if self.command_index():
            raise ZeroDivisionError("no reason")
        return super().status


def test_a_monitor_that_cannot_say_how_it_stands_has_failed() -> None:
    shelf = Shelf()
    hub = LiveHub()
    clock = Clock()
    script: list[Read] = [[block(0, 9)], clock.passes(1.0), [block(9, 9)]]
    session, _ = session_on(script, shelf, hub=hub, clock=clock, monitor=BlindMonitor)
    session.run()
    assert shelf.types() == ["case_opened", "monitor_failed"]
    view = hub.view(cursor=0, limit=0)
    assert view.status is not None
    assert view.status.status.failed


def test_a_recording_whose_events_cannot_be_kept_ends_with_the_reason(tmp_path: Path) -> None:
    journal = Journal.at(tmp_path / "journal.sqlite")
    shelf = Shelf(journal=journal)

    def lose_the_journal() -> list[SourceItem]:
        for path in tmp_path.iterdir():
            path.write_bytes(b"no database any more" * 1000)
        return [Annotation(sample_index=0, time_s=0.0, text="dura opened"), block(0, 100)]

    session, _ = session_on([lose_the_journal], shelf)
    with pytest.raises(StorageError):
        session.run()
    assert session.fault is not None
    journal.close()


def test_a_sweep_source_ends_with_what_was_received() -> None:
    shelf = Shelf()
    note = Annotation(sample_index=900, time_s=0.9, text="dura closed")
    session, _ = session_on([[note], [ReceivedUpTo(sample_index=1000)]], shelf)
    session.run()
    closing = shelf.journal.entries("case")[-1].event
    assert isinstance(closing, CaseClosed)
    assert closing.sample_index == 1000
    assert shelf.types() == ["case_opened", "phase_marked", "case_closed"]
