"""A case that a crash left open, found again, and held against what was told of it.

Whatever an event rests on is recorded before the event is told. So the case is
rebuilt by replaying its own recording through a new monitor: what was told is
told again, and what was recorded but not told any more is told now.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import amr_monitor
from amr_monitor.codec import entry_to_json
from amr_monitor.config import Settings
from amr_monitor.daemon.sources import OpenedSource
from amr_monitor.drivers.chained import ChainedSource
from amr_monitor.drivers.continued import RecordedUpTo
from amr_monitor.drivers.edf_recording import open_edf
from amr_monitor.drivers.replay import ReplaySource
from amr_monitor.model.errors import AmrMonitorError, StorageError
from amr_monitor.model.events import (
    CaseOpened,
    Event,
    JournalEntry,
    MonitorFailed,
    RecorderFileClosed,
)
from amr_monitor.model.source import Origin, SampleSource, SourceInfo
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.monitor.annotations import opens_case
from amr_monitor.storage.catalog import CaseKind, CaseQuery, CaseRecord
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recorder import as_recorded, lock_folder
from amr_monitor.storage.recorder_writer import RecordedText
from amr_monitor.storage.recovery import logged_texts

BLOCK_SAMPLES = 20_000
LOOKED_AT = 50
"""Of the newest cases, those that may have been left open."""

NOT_REBUILT = "the case goes on in its recording alone, which could not be read"
"""A fault of the monitor that begins so ends the case at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedAgain:
    """A case that goes on.

    Attributes
    ----------
    record : CaseRecord
    folder : Path
        Of its recording.
    entries : tuple of JournalEntry
        What was told of it.
    recorded : SampleSource or None
        Its recording; None where it had no samples yet.
    first_info : SourceInfo
        The source as it was when the case was opened.
    is_other : bool
        The source is another than the recording's last one.
    texts : tuple of RecordedText
        What no file holds yet.
    left : RecordedUpTo
    """

    record: CaseRecord
    folder: Path
    entries: tuple[JournalEntry, ...]
    recorded: SampleSource | None
    first_info: SourceInfo
    is_other: bool
    texts: tuple[RecordedText, ...]
    left: RecordedUpTo

    @property
    def is_marked(self) -> bool:
        """Whether what was told of its opening is recorded."""
        was_told = any(isinstance(entry.event, CaseOpened) for entry in self.entries)
        if self.recorded is not None:
            return self.recorded.info.case_is_marked
        return not was_told or any(opens_case(text.text) for text in self.texts)

    @property
    def faults(self) -> tuple[MonitorFailed, ...]:
        """Faults of the monitor that were told."""
        return tuple(e.event for e in self.entries if isinstance(e.event, MonitorFailed))

    @property
    def closed(self) -> tuple[RecorderFileClosed, ...]:
        """What was told of its files."""
        return tuple(e.event for e in self.entries if isinstance(e.event, RecorderFileClosed))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOpen:
    """A case that was left open and does not go on.

    Attributes
    ----------
    record : CaseRecord
    why : str
    """

    record: CaseRecord
    why: str

    @property
    def message(self) -> str:
        """What a person is told."""
        return (
            f"case {self.record.case_id} was left open and is not gone on with: {self.why};"
            f" this is another case (`amr-monitor show {self.record.case_id}` tells that one)"
        )


def now_utc() -> datetime:
    """Return the date and time now."""
    return datetime.now(UTC)


def find_open_case(
    journal: Journal,
    opened: OpenedSource,
    settings: Settings,
    *,
    wants_new: bool = False,
    utc: Callable[[], datetime] = now_utc,
) -> OpenedAgain | LeftOpen | None:
    """Return the case that this machine left open, if it goes on; why it does not; or None.

    Parameters
    ----------
    journal : Journal
    opened : OpenedSource
        What would go on.
    settings : Settings
    wants_new : bool
        A person wants a new case.
    utc : callable
        Gives the date and time now.

    Raises
    ------
    StorageError
        The journal cannot be read.
    """
    record = _left_open(journal, settings)
    if record is None:
        return None
    folder = settings.storage.recordings_folder() / record.case_id
    why = "a new case was asked for" if wants_new else _refusal(record, opened, settings)
    if why is not None:
        return LeftOpen(record=record, why=why)
    try:
        found = journal.verify(record.case_id)
        if found.fault is not None:
            return LeftOpen(record=record, why=f"it was altered: {found.fault}")
        again = _opened_again(record, folder, opened, settings, journal.entries(record.case_id))
    except (AmrMonitorError, OSError) as fault:
        return LeftOpen(record=record, why=f"it cannot be read: {fault}")
    if any(fault.message.startswith(NOT_REBUILT) for fault in again.faults):
        _close(again)
        return LeftOpen(record=record, why="its recording cannot be read")
    if not again.is_marked:
        _close(again)
        return LeftOpen(record=record, why="how it was opened is not recorded")
    away_s = (utc() - _left_at(again)).total_seconds()
    if away_s > settings.storage.resume_within_min * 60.0:
        _close(again)
        return LeftOpen(
            record=record,
            why=f"it was left {away_s / 60.0:.0f} min ago, and more than"
            f" {settings.storage.resume_within_min:g} min are for another patient",
        )
    if not again.left.index:
        # Samples would count from when it was opened, however much later they come.
        _close(again)
        return LeftOpen(record=record, why="no sample of it was recorded")
    return again


def _left_open(journal: Journal, settings: Settings) -> CaseRecord | None:
    """Return the newest case that was run here if it is open and nobody runs it."""
    for record in journal.cases(CaseQuery(limit=LOOKED_AT)):
        folder = settings.storage.recordings_folder() / record.case_id
        is_ours = record.kind is CaseKind.RUN and record.imported_at is None
        # Several rooms may write into one journal: what was recorded elsewhere is theirs.
        if not is_ours or not folder.is_dir():
            continue
        if _is_run(folder):
            continue
        return record if record.closed_at is None else None
    return None


def _is_run(folder: Path) -> bool:
    try:
        os.close(lock_folder(folder))
    except StorageError:
        return True
    return False


def _refusal(record: CaseRecord, opened: OpenedSource, settings: Settings) -> str | None:
    info = opened.source.info
    if not settings.storage.resume_within_min:
        return "[storage] resume_within_min is 0"
    goes_on = opened.is_live or (opened.is_simulated and opened.replay is not None)
    if not goes_on or info.trigger_quality is TriggerQuality.SWEEP_LOCKED:
        return "its source begins anew"
    if record.settings_hash != settings.verdict_hash:
        return "the settings of case, montage, trigger or monitor are others now"
    if record.software_version != amr_monitor.__version__:
        return f"version {record.software_version} of the program judged it"
    if record.origin is not info.origin or record.source_name != info.name:
        return f"it is of another source, {record.source_name!r} ({record.origin})"
    if record.side is not info.side:
        return "it is of the other side"
    return None


def _opened_again(
    record: CaseRecord,
    folder: Path,
    opened: OpenedSource,
    settings: Settings,
    entries: Sequence[JournalEntry],
) -> OpenedAgain:
    now = replace(as_recorded(opened.source.info), start_utc=record.start_utc)
    paths = sorted(folder.glob("segment-*.bdf"))
    if not paths:
        texts = tuple(text for text, _ in logged_texts(folder))
        left = RecordedUpTo(index=0, time_s=now.first_time_s, start_utc=record.start_utc)
        return OpenedAgain(
            record=record,
            folder=folder,
            entries=tuple(entries),
            recorded=None,
            first_info=now,
            is_other=False,
            texts=texts,
            left=left,
        )
    recordings = open_edf(paths, settings.recording)
    recorded: SampleSource = (
        ReplaySource(recordings[0], block_samples=BLOCK_SAMPLES)
        if len(recordings) == 1
        else ChainedSource(recordings, block_samples=BLOCK_SAMPLES)
    )
    axis = recordings[-1].axis
    first = recordings[0].info
    return OpenedAgain(
        record=record,
        folder=folder,
        entries=tuple(entries),
        recorded=recorded,
        first_info=replace(
            now,
            montage=first.montage,
            sampling_rate_hz=first.sampling_rate_hz,
            first_time_s=first.first_time_s,
        ),
        is_other=not is_same(now, recordings[-1].info),
        texts=(),
        left=RecordedUpTo(
            index=axis.n_samples,
            time_s=round(axis.end_s, 6),
            start_utc=record.start_utc,
            last_text_s=max((text.time_s for text in recordings[-1].annotations), default=0.0),
        ),
    )


def is_same(info: SourceInfo, other: SourceInfo) -> bool:
    """Tell whether a recording can go on with a source: the same rows at the same rate."""

    def rows(each: SourceInfo) -> list[tuple[object, ...]]:
        return [
            (c.muscle, c.side, c.label, None if c.rail_uv is None else round(c.rail_uv, 3))
            for c in each.montage.channels
        ]

    return info.sampling_rate_hz == other.sampling_rate_hz and rows(info) == rows(other)


def _left_at(again: OpenedAgain) -> datetime:
    """Return when its last sample was recorded."""
    record = again.record
    start = record.start_utc if record.start_utc is not None else record.opened_at
    return start + timedelta(seconds=again.left.time_s)


def _close(again: OpenedAgain) -> None:
    if again.recorded is not None:
        again.recorded.close()


class ToldBefore:
    """Hold what a replay tells against what was told; the journal stays as it is.

    Parameters
    ----------
    entries : sequence of JournalEntry
        Of the journal.
    """

    def __init__(self, entries: Sequence[JournalEntry]) -> None:
        self._told = [entry for entry in entries if entry.event.scope == "core"]
        self._texts = [_text(entry.event) for entry in self._told]
        self._at = 0
        self._new: list[tuple[int, Event]] = []
        self.not_told_again: list[JournalEntry] = []

    def take(self, events: Sequence[Event]) -> list[JournalEntry]:
        """Take what the replay tells; return the entries that told it, with these very events."""
        found = []
        for event in events:
            try:
                at = self._texts.index(_text(event), self._at)
            except ValueError:
                self._new.append((self._at, event))
                continue
            self.not_told_again += self._told[self._at : at]
            self._at = at + 1
            found.append(replace(self._told[at], event=event))
        return found

    def finish(self) -> tuple[tuple[Event, ...], int]:
        """Return what is to be told now, and how many events of before and now do not fit.

        What the replay tells behind all that was told is new. What it tells
        between, and what it does not tell again, does not fit.
        """
        last = self._at
        self.not_told_again += self._told[self._at :]
        self._at = len(self._told)
        is_whole = last == len(self._told)
        new = tuple(event for at, event in self._new if is_whole and at == last)
        return new, len(self.not_told_again) + len(self._new) - len(new)


def _text(event: Event) -> str:
    entry = JournalEntry(seq=0, case_id="", utc=None, origin=Origin.REPLAY, event=event)
    return entry_to_json(entry)
