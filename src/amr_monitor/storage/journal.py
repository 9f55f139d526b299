"""The journal: every event is on the disk before anyone sees it."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, delete, insert, select, update

from amr_monitor.codec import entry_from_json, entry_to_json
from amr_monitor.model.errors import ProtocolError, StorageError
from amr_monitor.model.events import CaseClosed, Event, JournalEntry
from amr_monitor.storage.catalog import (
    CaseKind,
    CaseRecord,
    as_text,
    facts_of,
    genesis_hash,
    record_from,
)
from amr_monitor.storage.schema import cases, events, faults_told, open_engine, place_of

LOCK_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether a case stands in the journal as it was written.

    Attributes
    ----------
    n_events : int
        Events found good, from the first on.
    head_hash : str
        Hash of the last good event. Written down elsewhere, it proves later
        that nothing was cut off the end.
    fault : str or None
        The first thing found wrong, in one line; None if all is well.
    """

    case_id: str
    n_events: int
    head_hash: str
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """A whole case as it stands in a journal: its record and its rows of events."""

    record: CaseRecord
    rows: tuple[dict[str, Any], ...]


def utc_of(record: CaseRecord, time_s: float) -> datetime | None:
    """Return the moment of `time_s`: the start of the recording plus it.

    None where the recording has no date, or one that the calendar cannot
    follow, as headers of crashed recordings have.
    """
    if record.start_utc is None:
        return None
    try:
        return record.start_utc + timedelta(seconds=time_s)
    except OverflowError:
        return None


class Journal:
    """Events and cases in one SQLite file (WAL, synchronous = FULL).

    Safe from several threads, and from several programs on one file. An
    append that fails leaves nothing behind, so `seq` has no holes.

    Parameters
    ----------
    url : str
        `sqlite:///PATH`, or `sqlite://` for one in memory.
    lock_timeout_s : float
        How long a write waits while another program holds the file.
    clock : callable
        Gives the wall time of a commit, aware.

    Raises
    ------
    StorageError
        It cannot be opened, or is no journal.
    """

    def __init__(
        self,
        url: str,
        *,
        lock_timeout_s: float = LOCK_TIMEOUT_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = open_engine(url, lock_timeout_s=lock_timeout_s)
        self._clock = clock
        self._lock = threading.Lock()
        # In memory readers share the writer's connection; in a file they have their own.
        self._reader_lock: AbstractContextManager[object] = (
            self._lock if self._engine.url.database is None else nullcontext()
        )
        self._records: dict[str, CaseRecord] = {}

    @classmethod
    def at(cls, path: Path, *, lock_timeout_s: float = LOCK_TIMEOUT_S) -> Self:
        """Open the journal file at `path`; its folder is made if missing.

        Raises
        ------
        StorageError
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise StorageError(
                f"cannot make the folder {path.parent}: {fault.strerror};"
                " choose another with [storage] folder or AMR_MONITOR_STORAGE_FOLDER"
            ) from fault
        return cls(f"sqlite:///{path}", lock_timeout_s=lock_timeout_s)

    @classmethod
    def in_memory(cls) -> Self:
        """Open a journal that lives as long as this object."""
        return cls("sqlite://")

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ writing

    def open_case(self, record: CaseRecord) -> None:
        """Enter a new case.

        Raises
        ------
        StorageError
            A case of that id is there already, or it cannot be written.
        """
        with self._writing() as connection:
            if _find(connection, record.case_id) is not None:
                raise StorageError(f"case {record.case_id} is in the journal already")
            connection.execute(insert(cases).values(_row_of(record)))
        self._records[record.case_id] = record

    def append(
        self, case_id: str, new_events: Sequence[Event], *, by: str = ""
    ) -> tuple[JournalEntry, ...]:
        """Commit events at the end of a case, all or none.

        Parameters
        ----------
        case_id : str
        new_events : sequence of Event
        by : str
            The user whose command caused them; a column, not an event field.

        Returns
        -------
        tuple of JournalEntry
            With their `seq`, now on the disk.

        Raises
        ------
        StorageError
            No such case, or nothing could be written; nothing was.
        """
        if not new_events:
            return ()
        with self._writing() as connection:
            record = self._known(connection, case_id)
            seq, previous = _head(connection, record)
            committed_at = self._clock()
            entries = []
            rows = []
            for event in new_events:
                seq += 1
                entry = JournalEntry(
                    seq=seq,
                    case_id=case_id,
                    utc=utc_of(record, event.time_s),
                    origin=record.origin,
                    event=event,
                )
                row = _event_row(entry, record=record, committed_at=committed_at, by=by)
                previous = row["chain_hash"] = chain_hash(previous, row)
                entries.append(entry)
                rows.append(row)
            connection.execute(insert(events), rows)
            _close_where_told(connection, case_id, new_events, committed_at)
        return tuple(entries)

    def replace_replay(self, replay: StoredCase) -> None:
        """Enter a whole replay from another journal, in one transaction.

        An earlier replay of the same content and settings, which has the same
        id, gives way to it; a run never does.

        Raises
        ------
        StorageError
            The case is no replay, or cannot be written; the old one stands.
        """
        case_id = replay.record.case_id
        with self._writing() as connection:
            old = _find(connection, case_id)
            if any(record.kind is CaseKind.RUN for record in (replay.record, old) if record):
                raise StorageError(f"case {case_id} was run, not replayed: it is never replaced")
            connection.execute(delete(events).where(events.c.case_id == case_id))
            connection.execute(delete(cases).where(cases.c.case_id == case_id))
            connection.execute(insert(cases).values(_row_of(replay.record)))
            if replay.rows:
                connection.execute(insert(events), replay.rows)
        self._records[case_id] = replay.record

    # ------------------------------------------------------------ reading

    def entries(
        self, case_id: str, *, since: int = 0, limit: int | None = None
    ) -> list[JournalEntry]:
        """Return the events of a case after `since`, in order, at most `limit`.

        Raises
        ------
        StorageError
            The file cannot be read, or what it holds is no event.
        """
        lines = self.lines(case_id, since=since, limit=limit)
        try:
            return [entry_from_json(line) for line in lines]
        except ProtocolError as fault:
            raise StorageError(
                f"journal {place_of(self._engine)}, case {case_id}: {fault};"
                f" `amr-monitor verify {case_id}` names the event"
            ) from fault

    def lines(self, case_id: str, *, since: int = 0, limit: int | None = None) -> list[str]:
        """Return the same events as the JSON text that was committed."""
        query = (
            select(events.c.json)
            .where(events.c.case_id == case_id, events.c.seq > since)
            .order_by(events.c.seq)
            .limit(limit)
        )
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def cases(self) -> list[CaseRecord]:
        """Return all cases, the newest first."""
        query = select(cases).order_by(cases.c.opened_at.desc(), cases.c.case_id)
        with self._reading() as connection:
            return [record_from(dict(row)) for row in connection.execute(query).mappings()]

    def case(self, case_id: str) -> CaseRecord | None:
        """Return one case, or None."""
        with self._reading() as connection:
            return _find(connection, case_id)

    def stored(self, case_id: str) -> StoredCase:
        """Return a whole case as it stands.

        Raises
        ------
        StorageError
            No such case, or the file cannot be read.
        """
        query = select(events).where(events.c.case_id == case_id).order_by(events.c.seq)
        with self._reading() as connection:
            record = self._known(connection, case_id, fresh=True)
            rows = tuple(dict(row) for row in connection.execute(query).mappings())
        return StoredCase(record=record, rows=rows)

    def verify(self, case_id: str) -> Verification:
        """Recompute the chain of hashes of a case from its first event.

        Raises
        ------
        StorageError
            No such case, or the file cannot be read.
        """
        stored = self.stored(case_id)
        previous = genesis_hash(stored.record)
        for n_good, row in enumerate(stored.rows):
            fault = _fault_in(row, expected_seq=n_good + 1, previous=previous)
            if fault is not None:
                return Verification(
                    case_id=case_id, n_events=n_good, head_hash=previous, fault=fault
                )
            previous = row["chain_hash"]
        return Verification(
            case_id=case_id,
            n_events=len(stored.rows),
            head_hash=previous,
            fault=_fault_at_end(stored),
        )

    # ------------------------------------------------------------ inside

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._lock, faults_told(place_of(self._engine)), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with (
            self._reader_lock,
            faults_told(place_of(self._engine)),
            self._engine.connect().execution_options(reads=True) as connection,
            connection.begin(),
        ):
            yield connection

    def _known(self, connection: Connection, case_id: str, *, fresh: bool = False) -> CaseRecord:
        record = None if fresh else self._records.get(case_id)
        if record is None:
            record = _find(connection, case_id)
            if record is None:
                raise StorageError(f"no case {case_id} in journal {place_of(self._engine)}")
            self._records[case_id] = record
        return record


def chain_hash(previous: str, row: Mapping[str, Any]) -> str:
    """Return SHA-256 over the hash before, who, when, with what, and the event."""
    parts = (
        previous,
        row["committed_at"],
        row["user"],
        row["software_version"],
        row["settings_hash"],
        row["json"],
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _row_of(record: CaseRecord) -> dict[str, str | None]:
    return {
        **facts_of(record),
        "closed_at": as_text(record.closed_at),
        "outcome": None if record.outcome is None else record.outcome.value,
    }


def _event_row(
    entry: JournalEntry, *, record: CaseRecord, committed_at: datetime, by: str
) -> dict[str, Any]:
    return {
        "case_id": entry.case_id,
        "seq": entry.seq,
        "type": entry.event.type,
        "scope": entry.event.scope,
        "sample_index": entry.event.sample_index,
        "time_s": entry.event.time_s,
        "json": entry_to_json(entry),
        "committed_at": as_text(committed_at),
        # A line break in a name would shift the parts of the chain.
        "user": " ".join(by.split()),
        "software_version": record.software_version,
        "settings_hash": record.settings_hash,
    }


def _find(connection: Connection, case_id: str) -> CaseRecord | None:
    row = connection.execute(select(cases).where(cases.c.case_id == case_id)).mappings().first()
    return None if row is None else record_from(dict(row))


def _head(connection: Connection, record: CaseRecord) -> tuple[int, str]:
    row = connection.execute(
        select(events.c.seq, events.c.chain_hash)
        .where(events.c.case_id == record.case_id)
        .order_by(events.c.seq.desc())
        .limit(1)
    ).first()
    return (0, genesis_hash(record)) if row is None else (row.seq, row.chain_hash)


def _close_where_told(
    connection: Connection, case_id: str, new_events: Sequence[Event], committed_at: datetime
) -> None:
    for event in new_events:
        if isinstance(event, CaseClosed):
            connection.execute(
                update(cases)
                .where(cases.c.case_id == case_id)
                .values(closed_at=as_text(committed_at), outcome=event.outcome.value)
            )


def _fault_in(row: Mapping[str, Any], *, expected_seq: int, previous: str) -> str | None:
    if row["seq"] != expected_seq:
        return f"event {expected_seq} is missing"
    if chain_hash(previous, row) != row["chain_hash"]:
        return f"event {expected_seq} was altered, or one before it"
    try:
        entry = entry_from_json(row["json"])
    except ProtocolError as fault:
        return f"event {expected_seq}: {fault}"
    told = (entry.seq, entry.case_id, entry.event.type, entry.event.scope)
    place = (entry.event.sample_index, entry.event.time_s)
    if told + place != tuple(row[name] for name in _MIRRORED):
        return f"event {expected_seq}: its columns differ from its text"
    return None


def _fault_at_end(stored: StoredCase) -> str | None:
    """Hold the catalogue against the event that closed the case."""
    closings = [row for row in stored.rows if row["type"] == CaseClosed.type]
    outcome = None
    if closings:
        event = entry_from_json(closings[-1]["json"]).event
        outcome = event.outcome if isinstance(event, CaseClosed) else None
    if outcome is not stored.record.outcome:
        return (
            f"the catalogue gives the outcome as {stored.record.outcome},"
            f" the last event case_closed as {outcome}"
        )
    return None


_MIRRORED = ("seq", "case_id", "type", "scope", "sample_index", "time_s")
"""Columns that repeat what stands in the text of the event."""
