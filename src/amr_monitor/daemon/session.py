"""One case, from its opening to its end: what the acquisition thread does.

::

    source -> tape (recorded) -> Monitor -> journal (committed) -> listeners, live clients

Commands of people come over a queue and are carried out between two reads.
Nothing here waits for a client: what is to be shown is laid down in the hub.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from amr_monitor.api.live import LiveHub
from amr_monitor.api.seams import ReplayControl
from amr_monitor.daemon.authors import NOBODY, PROGRAM, Author, author_of
from amr_monitor.daemon.commands import CommandDesk, CommandMaker, CommandResult
from amr_monitor.daemon.guarded_monitor import GuardedMonitor, MonitorItem
from amr_monitor.daemon.ledger import Ledger
from amr_monitor.daemon.proving import LateProofs
from amr_monitor.daemon.rebuilding import (
    ACKNOWLEDGED,
    begin_resumed_alarm,
    rebuild,
    restore_alarms,
)
from amr_monitor.daemon.resumption import NOT_REBUILT, OpenedAgain
from amr_monitor.daemon.shell_alarms import ShellAlarms
from amr_monitor.daemon.showing import (
    EntryListener,
    ProgressListener,
    ReportListener,
    Showing,
    breakdown_alarms,
)
from amr_monitor.daemon.sweep_shelf import SweepShelf
from amr_monitor.daemon.tape import Tape
from amr_monitor.daemon.watchdog import Watchdog, tell_delivery
from amr_monitor.model.case import CaseInfo, CaseMode
from amr_monitor.model.errors import AmrMonitorError, CommandRefused, SourceError
from amr_monitor.model.events import (
    AlarmPriority,
    CaseClosed,
    Event,
    JournalEntry,
    MonitorFailed,
    SourceWarned,
)
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.source import (
    Annotation,
    SampleSource,
    SourceInfo,
    SourceItem,
    SourceWarning,
    WarningCourse,
)
from amr_monitor.model.status import AlarmStatus, Delivery, RecordingStatus
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.model.sweep import Sweep
from amr_monitor.monitor.annotations import command_from_annotation
from amr_monitor.monitor.commands import AcknowledgeAlarm, CloseCase, Command, OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.storage.journal import Journal

READ_TIMEOUT_S = 0.05
"""How long a command can wait for a source that delivers nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """How a case is to be gone through.

    Attributes
    ----------
    case_id : str
    case : CaseInfo
    is_live : bool
        Silence of the source is told, and a fault of the journal is outlasted.
        Of a recording nothing can be lost: there the fault ends the session.
    batch_sweeps : int or None
        At most so many sweeps go to the monitor at once; None: what a read gives.
    again : OpenedAgain or None
        The case was left open and goes on; None: it begins.
    left_open : str
        What is told of another case that was left open; "" of none.
    """

    case_id: str
    case: CaseInfo
    is_live: bool
    batch_sweeps: int | None = None
    again: OpenedAgain | None = None
    left_open: str = ""


class CaseSession:
    """Take a source through the monitor into the journal and out to whoever looks.

    `run` is the acquisition thread's; everything else that is public may be
    used from any thread.

    Parameters
    ----------
    source : SampleSource
        Closed when the session ends.
    monitor : Monitor
    journal : Journal
        The case stands in it already, without events.
    plan : SessionPlan
    hub : LiveHub or None
        None where nobody can look. It follows a case that goes on already.
    replay : ReplayControl or None
        Paces the source; None where its pace is the patient's.
    tape : Tape or None
        Records everything before the monitor has it; None: nothing is recorded.
    on_entries : callable or None
        Called with committed events, in order.
    on_progress : callable or None
        Called now and then with the time of the newest sample.
    on_reports : callable or None
        Called with judged sweeps, in order.
    clock : callable
        Monotonic seconds.
    """

    def __init__(
        self,
        *,
        source: SampleSource,
        monitor: Monitor,
        journal: Journal,
        plan: SessionPlan,
        hub: LiveHub | None = None,
        replay: ReplayControl | None = None,
        tape: Tape | None = None,
        on_entries: EntryListener | None = None,
        on_progress: ProgressListener | None = None,
        on_reports: ReportListener | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._monitor = GuardedMonitor(monitor, on_fault=self._take_fault)
        self._plan = plan
        self._hub = hub
        self._replay = replay
        self._tape = tape
        self._clock = clock
        self._ledger = Ledger(
            journal=journal,
            case_id=plan.case_id,
            outlasts_faults=plan.is_live,
            on_entries=self._let_out,
            clock=clock,
        )
        self._shelf = SweepShelf(journal, plan.case_id, writes_at_once=not plan.is_live)
        self._alarms = ShellAlarms()
        self._watchdog = Watchdog(
            started_s=clock(),
            gives_sweeps=source.info.trigger_quality is TriggerQuality.SWEEP_LOCKED,
        )
        self._stopping = threading.Event()
        self._desk = CommandDesk()
        self._showing = Showing(
            monitor=self._monitor,
            shelf=self._shelf,
            alarms=self._alarms,
            standing=self._standing_alarms,
            hub=hub,
            on_entries=on_entries,
            on_progress=on_progress,
            on_reports=on_reports,
            clock=clock,
        )
        self._outcome: CaseClosed | None = None
        self._fault: str | None = None
        self._held: list[SourceWarning] = []
        self._proofs = LateProofs(place=lambda: self._monitor.place)
        self._told_faults: frozenset[str] = frozenset()
        self._last_sample_s: float | None = None

    # ------------------------------------------------ from any thread

    @property
    def source(self) -> SourceInfo:
        """What delivers the samples."""
        return self._source.info

    @property
    def last_sample_age_s(self) -> float | None:
        """Seconds since samples last came; None before the first."""
        last_s = self._last_sample_s
        return None if last_s is None else max(0.0, self._clock() - last_s)

    @property
    def delivery(self) -> Delivery | None:
        """How the source delivers; None of a recording, which cannot fall silent."""
        return self._showing.delivery(self._watchdog.delivery) if self._plan.is_live else None

    @property
    def recording(self) -> RecordingStatus | None:
        """How the recording is; None where nothing is recorded."""
        return None if self._tape is None else self._tape.status

    @property
    def replay(self) -> ReplayControl | None:
        """The way to pace it; None where its pace is the patient's."""
        return self._replay

    @property
    def outcome(self) -> CaseClosed | None:
        """The end of the case; None until it is closed."""
        return self._outcome

    @property
    def fault(self) -> str | None:
        """What is wrong with monitor, source or journal, in one line."""
        return self._fault or self._ledger.fault

    def submit(self, make: CommandMaker) -> CommandResult:
        """Have a command stamped with its sample index, made, and carried out.

        Returns
        -------
        Future
            The journalled events, or `CommandRefused`.
        """
        return self._desk.submit(make)

    def stop(self) -> None:
        """Have `run` return soon; the case stays as it is."""
        self._stopping.set()

    # ------------------------------------------------ the acquisition thread

    def run(self) -> None:
        """Go through the case to its end, or until `stop`.

        Raises
        ------
        AmrMonitorError
            The source broke, or a recording's events could not be journalled.
        """
        try:
            self._open()
            while not self._stopping.is_set() and self._outcome is None:
                self._carry_out_commands()
                items = self._source.read(timeout_s=READ_TIMEOUT_S)
                if items is None:
                    self._close()
                    break
                self._watch(items)
                self._take(items)
                self._commit(() if self._tape is None else self._tape.take_events(self._alarms))
                self._commit(self._proofs.take())
                self._showing.show()
        except AmrMonitorError as fault:
            self._fault = str(fault)
            raise
        finally:
            self._desk.close()
            self._source.close()
            self._shelf.close()
            self._show_sweeps(())
            self._commit(self._proofs.finish())
            if self._tape is not None:
                self._tape.close()
                self._commit(self._tape.take_events(self._alarms))
            self._showing.show(at_once=True)

    def _open(self) -> None:
        info, again = self._source.info, self._plan.again
        if again is not None:
            self._go_on(again)
        elif self._hub is not None:
            self._hub.follow_case(
                self._plan.case_id,
                muscles=info.montage.muscles,
                in_shadow=self._plan.case.mode is CaseMode.SHADOW,
            )
        is_open = self._monitor.status.is_open or self._outcome is not None
        is_open |= self._monitor.is_gone
        if not info.case_is_marked and not is_open:
            index = self._monitor.command_index()
            self._carry_out(OpenCase(sample_index=index, by=PROGRAM, case=self._plan.case))
        if self._plan.left_open:
            self._warn("case_left_open", self._plan.left_open)
        for warning in info.warnings:
            self._warn(warning.code, warning.message)
        self._showing.show(at_once=True)

    def _go_on(self, again: OpenedAgain) -> None:
        """Bring the monitor to where the case was left, and tell what nobody was told of it."""
        restore_alarms(self._alarms, again.entries)
        self._showing.begin_rebuilding()
        for event in again.faults:
            self._fault = f"the monitor failed: {event.message}"
        self._told_faults = frozenset(event.message for event in again.faults)
        try:
            rebuilt = rebuild(
                self._monitor, again, on_told=self._show_again, is_stopping=self._stopping.is_set
            )
        except SourceError as fault:
            # What comes is recorded all the same; the next start begins a new case.
            self._monitor.give_up(f"{NOT_REBUILT}: {fault}; start the program again")
            self._showing.end_rebuilding()
            return
        self._told_faults = frozenset()
        if self._stopping.is_set():
            return
        if self._tape is not None:
            for command in rebuilt.commands:
                self._tape.take_command(command)
        self._tell(rebuilt.new)
        self._showing.end_rebuilding()
        self._proofs.begin(again.folder, again.closed)
        message = begin_resumed_alarm(
            self._alarms, n_unlike=rebuilt.n_unlike, time_s=self._monitor.place[1]
        )
        self._warn("resumed", message)

    def _show_again(self, events: Sequence[Event], entries: Sequence[JournalEntry]) -> None:
        self._showing.let_out_again(entries)
        self._show_sweeps(events)

    def _close(self) -> None:
        """End the case with its source."""
        self._flush()
        for warning in self._held:
            self._warn(warning.code, warning.message)
        if self._outcome is None and not self._monitor.is_gone:
            index = self._monitor.command_index()
            self._carry_out(CloseCase(sample_index=index, by=PROGRAM))
            self._flush()

    def _take(self, items: Iterable[SourceItem]) -> None:
        """Give the monitor what was read, annotations as the commands that they are."""
        batch: list[MonitorItem] = []
        n_sweeps = 0
        for given in items:
            item = given
            if self._tape is not None:
                item = self._tape.take(given, settled_index=self._monitor.settled_index)
            if isinstance(item, SourceWarning):
                self._take_warning(item)
                continue
            if isinstance(item, Annotation):
                batch.append(command_from_annotation(item))
                continue
            batch.append(item)
            n_sweeps += isinstance(item, Sweep)
            if n_sweeps == self._plan.batch_sweeps:
                self._feed(batch)
                batch, n_sweeps = [], 0
        self._feed(batch)

    def _feed(self, batch: Sequence[MonitorItem]) -> None:
        if batch and self._outcome is None:
            self._tell(self._monitor.receive_recorded(*batch))

    def _take_warning(self, warning: SourceWarning) -> None:
        """Tell a warning at once where it is live.

        Of a recording it is told at the end: where it stands among the events
        must not depend on how much is read at once.
        """
        if not self._plan.is_live:
            self._held.append(warning)
            return
        self._warn(warning.code, warning.message)
        if warning.course is WarningCourse.BEGINS:
            self._alarms.begin(
                warning.code,
                priority=AlarmPriority.MEDIUM,
                message=warning.message,
                time_s=self._monitor.newest.time_s,
            )
        elif warning.course is WarningCourse.ENDS:
            self._alarms.end(warning.code)

    def _carry_out(self, command: Command) -> tuple[JournalEntry, ...]:
        """Give the monitor a command; record it, then commit what it says, and show it.

        Raises
        ------
        CommandRefused
            It makes no sense now; nothing changed.
        StorageError
            A recording's events cannot be journalled.
        """
        events = self._monitor.receive(command)
        if self._tape is not None:
            self._tape.take_command(command)
        return self._tell(events, by=author_of(command))

    def _tell(self, events: Sequence[Event], *, by: Author = NOBODY) -> tuple[JournalEntry, ...]:
        """Commit what the monitor says, and show it with its sweeps.

        What it rests on is recorded first: after a crash the recording tells the same.
        """
        if events and self._tape is not None:
            self._tape.write_ahead()
        entries = self._commit(events, by=by)
        self._show_sweeps(events)
        return entries

    def _flush(self) -> None:
        """Have the monitor do what waits for samples that do not come."""
        self._tell(self._monitor.flush())

    def _take_fault(self, failed: MonitorFailed) -> None:
        """Tell a fault that escaped the monitor like any other, and none twice."""
        if failed.message not in self._told_faults:
            self._commit((failed,))

    def _commit(self, events: Sequence[Event], *, by: Author = NOBODY) -> tuple[JournalEntry, ...]:
        for event in events:
            if isinstance(event, CaseClosed):
                self._outcome = event
            elif isinstance(event, MonitorFailed):
                self._fault = f"the monitor failed: {event.message}"
        return self._ledger.commit(events, by=by)

    def _warn(self, code: str, message: str) -> None:
        index, time_s = self._monitor.place
        warned = SourceWarned(sample_index=index, time_s=time_s, code=code, message=message)
        self._commit((warned,))

    def _watch(self, items: Sequence[SourceItem]) -> None:
        """Take note of samples or of their absence, where a silence means something."""
        now_s = self._clock()
        came = any(isinstance(item, SampleBlock | Sweep) for item in items)
        if came:
            self._last_sample_s = now_s
        if self._plan.is_live:
            watch = self._watchdog.samples_came if came else self._watchdog.nothing_came
            told = watch(now_s=now_s, place=lambda: self._monitor.place)
            if told:
                tell_delivery(self._alarms, told)
                self._commit(told)
                self._showing.show(at_once=True)

    # ------------------------------------------------ commands

    def _carry_out_commands(self) -> None:
        """Do what people asked for since the last read."""
        while self._outcome is None and (given := self._desk.next()) is not None:
            try:
                command = given.make(self._monitor.command_index())
            except Exception as fault:  # of whoever asked: nothing that ends a case
                given.result.set_exception(fault)
                continue
            if isinstance(command, AcknowledgeAlarm) and self._alarms.acknowledge(command.alarm_id):
                given.result.set_result(self._note_acknowledged(command))
                continue
            try:
                entries = self._carry_out(command)
            except CommandRefused as refusal:
                given.result.set_exception(refusal)
                continue
            except AmrMonitorError as fault:
                given.result.set_exception(fault)
                raise
            if entries or self._monitor.is_gone:
                given.result.set_result(entries)
            else:
                self._desk.await_events(
                    given, sample_index=command.sample_index, now_s=self._clock()
                )
        if self._desk.is_impatient(now_s=self._clock()):
            self._flush()
            self._desk.answer_rest()

    def _note_acknowledged(self, command: AcknowledgeAlarm) -> tuple[JournalEntry, ...]:
        """Journal who has seen an alarm that is not the monitor's."""
        index, time_s = self._monitor.place
        message = f"alarm {command.alarm_id} acknowledged by {command.by or 'somebody'}"
        noted = SourceWarned(sample_index=index, time_s=time_s, code=ACKNOWLEDGED, message=message)
        entries = self._commit((noted,), by=author_of(command))
        self._showing.show(at_once=True)
        return entries

    # ------------------------------------------------ what is shown

    def _let_out(self, entries: Sequence[JournalEntry]) -> None:
        """Show committed events, and answer the commands that they come from."""
        self._showing.let_out(entries)
        self._desk.answer(entries)

    def _show_sweeps(self, events: Sequence[Event]) -> None:
        for fault in self._showing.show_sweeps(events):
            index = self._monitor.newest.sample_index
            self._take_warning(SourceWarning(sample_index=index, code="sweeps", message=fault))

    def _standing_alarms(self, time_s: float) -> tuple[AlarmStatus, ...]:
        """Return what is wrong with session, journal and recorder now."""
        broken = breakdown_alarms(time_s, session=self._fault, journal=self._ledger.fault)
        return broken if self._tape is None else broken + self._tape.alarms(time_s)
