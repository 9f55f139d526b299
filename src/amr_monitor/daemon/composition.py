"""Source, monitor, journal and hub put together: `run`, `replay` and `demo` alike.

How cases are kept:

* A **run** is journalled on the disk, event by event, and never removed. Its
  id is its own.
* A **replay** is journalled in memory while it lasts and enters the journal
  whole, in one transaction, when its case is closed. Its id is a hash of
  content and settings, so it takes the place of an earlier replay of the same;
  an interrupted one leaves nothing behind.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import amr_monitor
from amr_monitor.api.live import LiveHub
from amr_monitor.config import Settings
from amr_monitor.daemon.resumption import OpenedAgain, find_open_case, now_utc
from amr_monitor.daemon.session import CaseSession, SessionPlan
from amr_monitor.daemon.showing import EntryListener, ProgressListener, ReportListener
from amr_monitor.daemon.sources import OpenedSource
from amr_monitor.daemon.stores import JointStore, Store
from amr_monitor.daemon.tape import Tape
from amr_monitor.drivers.continued import ContinuedSource, PlayedOnSource
from amr_monitor.drivers.lsl_outlet import EventOutlet
from amr_monitor.model.case import CaseMode
from amr_monitor.model.events import CaseOpened, JournalEntry
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.monitor.engine import Monitor
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recorder import Recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A case that is ready to be gone through.

    Attributes
    ----------
    session : CaseSession
    record : CaseRecord
    journal : Journal
        Where the session's events go.
    catalogue : Journal or None
        Where a replay goes when it has ended; None: nowhere.
    hub : LiveHub
    tape : Tape or None
        What records it.
    outlet : EventOutlet or None
        What tells its events over LSL.
    goes_on : bool
        It was left open, and goes on.
    """

    session: CaseSession
    record: CaseRecord
    journal: Journal
    catalogue: Journal | None
    hub: LiveHub
    tape: Tape | None = None
    outlet: EventOutlet | None = None
    goes_on: bool = False

    @property
    def store(self) -> Store:
        """Every case that can be looked at."""
        if self.catalogue is None:
            return self.journal
        return JointStore(running=self.journal, catalogue=self.catalogue)

    def begin(self) -> None:
        """Enter the case in its journal, unless it stands there; once everything else stands.

        Raises
        ------
        StorageError
        """
        if not self.goes_on:
            self.journal.open_case(self.record)

    def keep(self) -> None:
        """Enter a replay that has come to its end in the catalogue.

        Raises
        ------
        StorageError
        """
        if self.catalogue is not None and self.session.outcome is not None:
            self.catalogue.replace_replay(self.journal.stored(self.record.case_id))

    def close(self) -> None:
        """Let go of recorder, stream of events, and journals."""
        if self.tape is not None:
            self.tape.close()
        if self.outlet is not None:
            self.outlet.close()
        self.journal.close()
        if self.catalogue is not None:
            self.catalogue.close()


def compose_replay(
    opened: OpenedSource,
    settings: Settings,
    *,
    keeps: bool,
    serves: bool,
    batch_sweeps: int | None = None,
    on_entries: EntryListener | None = None,
    on_progress: ProgressListener | None = None,
    on_reports: ReportListener | None = None,
) -> Composed:
    """Return a replay that is ready to go.

    The baseline is accepted by itself unless the recording says when it was.

    Parameters
    ----------
    opened : OpenedSource
    settings : Settings
    keeps : bool
        Whether it enters the journal at its end.
    serves : bool
        Whether somebody will look: sweeps are laid down for display.
    batch_sweeps : int or None
        At most so many sweeps at once; None: what a read gives.
    on_entries : callable or None
        Called with committed events, in order.
    on_progress : callable or None
        Called now and then with the time of the newest sample.
    on_reports : callable or None
        Called with judged sweeps, in order.

    Raises
    ------
    StorageError
        The journal cannot be opened.
    """
    info = opened.source.info
    baseline = settings.monitor.baseline
    if not info.case_is_marked:
        # What a case of ours did not accept, its replay does not accept either.
        baseline = replace(baseline, auto_accept=not info.baseline_is_marked)
    effective = replace(settings, monitor=replace(settings.monitor, baseline=baseline))
    identity = f"{info.content_hash} {effective.verdict_hash}"
    record = _record(
        opened,
        effective,
        kind=CaseKind.REPLAY,
        case_id=hashlib.sha256(identity.encode()).hexdigest()[:16],
    )
    catalogue = Journal.of(settings.storage) if keeps else None
    journal = Journal.in_memory()
    hub = LiveHub()
    session = CaseSession(
        source=opened.source,
        monitor=_monitor(opened, effective, shows_sweeps=serves or keeps or on_reports is not None),
        journal=journal,
        plan=_plan(opened, effective, record, batch_sweeps=batch_sweeps),
        hub=hub if serves else None,
        replay=opened.replay,
        on_entries=on_entries,
        on_progress=on_progress,
        on_reports=on_reports,
    )
    return Composed(session=session, record=record, journal=journal, catalogue=catalogue, hub=hub)


def compose_run(
    opened: OpenedSource,
    settings: Settings,
    *,
    wants_new: bool = False,
    on_entries: EntryListener | None = None,
    utc: Callable[[], datetime] = now_utc,
) -> Composed:
    """Return a run that is ready to go: of the case that was left open, or of a new one.

    Parameters
    ----------
    opened : OpenedSource
    settings : Settings
    wants_new : bool
        A case that was left open is not gone on with.
    on_entries : callable or None
        Called with committed events, in order.
    utc : callable
        Gives the date and time now, aware.

    Raises
    ------
    StorageError
        The journal cannot be opened.
    """
    journal = Journal.of(settings.storage)
    found = find_open_case(journal, opened, settings, wants_new=wants_new, utc=utc)
    if isinstance(found, OpenedAgain):
        return _compose_again(found, opened, settings, journal, on_entries=on_entries, utc=utc)
    record = _record(
        opened,
        settings,
        kind=CaseKind.RUN,
        case_id=f"{utc():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
    )
    tape = _tape(opened, settings, case_id=record.case_id)
    outlet = _outlet(opened, settings, record, mode=settings.case.mode)
    hub = LiveHub()
    session = CaseSession(
        source=opened.source,
        monitor=_monitor(opened, settings, shows_sweeps=True, tape=tape),
        journal=journal,
        plan=replace(
            _plan(opened, settings, record, batch_sweeps=None),
            left_open="" if found is None else found.message,
        ),
        hub=hub,
        replay=opened.replay,
        tape=tape,
        on_entries=_told_to(on_entries, None if outlet is None else outlet.publish),
    )
    return Composed(
        session=session,
        record=record,
        journal=journal,
        catalogue=None,
        hub=hub,
        tape=tape,
        outlet=outlet,
    )


def _compose_again(
    again: OpenedAgain,
    opened: OpenedSource,
    settings: Settings,
    journal: Journal,
    *,
    on_entries: EntryListener | None,
    utc: Callable[[], datetime],
) -> Composed:
    """Return a run of a case that was left open."""
    record, left = again.record, again.left
    source = _continued(again, opened, utc=utc)
    recorder = Recorder(
        folder=again.folder,
        info=replace(source.info, first_time_s=left.time_s),
        settings=settings.storage.recorder,
        first_index=left.index,
        ahead=again.texts,
    )
    tape = Tape(recorder)
    mode = _mode_of(again.entries, otherwise=settings.case.mode)
    outlet = _outlet(opened, settings, record, mode=mode)
    hub = LiveHub()
    # Before anyone can connect: a client that comes again goes on where it was.
    hub.follow_case(
        record.case_id,
        muscles=again.first_info.montage.muscles,
        in_shadow=mode is CaseMode.SHADOW,
    )
    hub.publish_entries(again.entries)
    session = CaseSession(
        source=source,
        monitor=Monitor(info=again.first_info, settings=settings.monitor),
        journal=journal,
        plan=replace(_plan(opened, settings, record, batch_sweeps=None), again=again),
        hub=hub,
        replay=opened.replay,
        tape=tape,
        on_entries=_told_to(on_entries, None if outlet is None else outlet.publish),
    )
    return Composed(
        session=session,
        record=record,
        journal=journal,
        catalogue=None,
        hub=hub,
        tape=tape,
        outlet=outlet,
        goes_on=True,
    )


def _continued(
    again: OpenedAgain, opened: OpenedSource, *, utc: Callable[[], datetime]
) -> ContinuedSource:
    left = again.left
    if not opened.is_simulated or opened.replay is None or not left.index:
        return ContinuedSource(opened.source, left, is_other=again.is_other, utc=utc)
    return PlayedOnSource(
        opened.source,
        replace(left, start_utc=again.record.opened_at),
        is_other=again.is_other,
        utc=utc,
        seek=opened.replay.seek,
    )


def _mode_of(entries: Sequence[JournalEntry], *, otherwise: CaseMode) -> CaseMode:
    """Return how a case was opened that was left open."""
    modes = [e.event.mode for e in entries if isinstance(e.event, CaseOpened)]
    return modes[-1] if modes else otherwise


def _outlet(
    opened: OpenedSource, settings: Settings, record: CaseRecord, *, mode: CaseMode
) -> EventOutlet | None:
    if not (opened.is_live and settings.lsl.publish_events):
        return None
    return EventOutlet(
        case_id=record.case_id,
        origin=record.origin,
        config_file=settings.lsl.config_file,
        is_silent=mode is CaseMode.SHADOW,
    )


def _told_to(*listeners: EntryListener | None) -> EntryListener:
    """Return one listener that tells several."""
    told = [listener for listener in listeners if listener is not None]

    def tell(entries: Sequence[JournalEntry]) -> None:
        for listener in told:
            listener(entries)

    return tell


def _tape(opened: OpenedSource, settings: Settings, *, case_id: str) -> Tape | None:
    """Return the recorder of a run; None where nothing is to be recorded.

    Sweeps that another recorder has cut are a recording already.
    """
    info = opened.source.info
    if not settings.storage.record or info.trigger_quality is TriggerQuality.SWEEP_LOCKED:
        return None
    folder = settings.storage.recordings_folder() / case_id
    return Tape(Recorder(folder=folder, info=info, settings=settings.storage.recorder))


def _monitor(
    opened: OpenedSource, settings: Settings, *, shows_sweeps: bool, tape: Tape | None = None
) -> Monitor:
    monitor = settings.monitor if shows_sweeps else replace(settings.monitor, kept_reports=0)
    return Monitor(info=opened.source.info if tape is None else tape.info, settings=monitor)


def _plan(
    opened: OpenedSource, settings: Settings, record: CaseRecord, *, batch_sweeps: int | None
) -> SessionPlan:
    return SessionPlan(
        case_id=record.case_id,
        case=settings.case.info(side=record.side),
        is_live=opened.is_live,
        batch_sweeps=batch_sweeps,
    )


def _record(
    opened: OpenedSource, settings: Settings, *, kind: CaseKind, case_id: str
) -> CaseRecord:
    info = opened.source.info
    return CaseRecord(
        case_id=case_id,
        kind=kind,
        origin=info.origin,
        source_name=info.name,
        side=info.side,
        pseudonym=settings.case.pseudonym,
        start_utc=info.start_utc,
        content_hash=info.content_hash,
        settings_hash=settings.verdict_hash,
        software_version=amr_monitor.__version__,
        opened_at=datetime.now(UTC),
        settings=settings.verdict_text,
    )
