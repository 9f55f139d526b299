"""The journal: every event is on the disk before anyone sees it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, delete, false, insert, select

from amr_monitor.codec import SweepRecord, entry_from_json
from amr_monitor.model.errors import ProtocolError, StorageError
from amr_monitor.model.events import Event, JournalEntry
from amr_monitor.storage.catalog import (
    CaseKind,
    CaseQuery,
    CaseRecord,
    Tombstone,
    record_from,
    row_of,
    tombstone_from,
    tombstone_row,
)
from amr_monitor.storage.chain import StoredCase, Verification, chain_hash, verify_chain
from amr_monitor.storage.database import (
    faults_told,
    is_in_memory,
    lock_case,
    open_engine,
    open_side_engine,
    place_of,
)
from amr_monitor.storage.pages import KeepsPages
from amr_monitor.storage.schema import (
    baselines,
    cases,
    events,
    pages,
    sweeps,
    tombstones,
    verdicts,
)
from amr_monitor.storage.settings import StorageSettings
from amr_monitor.storage.statements import (
    chain_head,
    close_where_told,
    enter_case,
    event_row,
    find_case,
    in_one_line,
    refuse_known,
    remove_case,
    rows_of,
    search,
)
from amr_monitor.storage.verdict_sweeps import MOST_AT_ONCE, keep_sweeps, read_sweeps

LOCK_TIMEOUT_S = 2.0


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


class Journal(KeepsPages):
    """Events and cases in SQLite (WAL, synchronous = FULL) or PostgreSQL.

    Safe from several threads, and from several programs on one database. An
    append that fails leaves nothing behind, so `seq` has no holes.

    Parameters
    ----------
    url : str
        `sqlite:///PATH`, `sqlite://` for one in memory, or
        `postgresql://USER@HOST/DATABASE`.
    lock_timeout_s : float
        How long a write waits while another program holds the journal.
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
        self._side_engine = open_side_engine(self._engine, lock_timeout_s=lock_timeout_s)
        self._clock = clock
        self._lock = threading.Lock()
        # In memory all share the writer's connection; elsewhere they have their own.
        self._reader_lock: AbstractContextManager[object] = (
            self._lock if is_in_memory(self._engine) else nullcontext()
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
    def of(cls, settings: StorageSettings) -> Self:
        """Open the journal that the settings name.

        Raises
        ------
        StorageError
        """
        if settings.journal:
            return cls(settings.journal, lock_timeout_s=settings.lock_timeout_s)
        return cls.at(settings.journal_path(), lock_timeout_s=settings.lock_timeout_s)

    @classmethod
    def in_memory(cls) -> Self:
        """Open a journal that lives as long as this object."""
        return cls("sqlite://")

    @property
    def place(self) -> str:
        """What a person calls it: its path, or its address without password."""
        return place_of(self._engine)

    def close(self) -> None:
        """Let go of the database."""
        self._side_engine.dispose()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ writing

    def try_writing(self) -> None:
        """Begin to write, and leave nothing behind.

        Raises
        ------
        StorageError
            Nothing could be written.
        """
        with self._writing() as connection:
            connection.execute(delete(cases).where(false()))

    def open_case(self, record: CaseRecord) -> None:
        """Enter a new case.

        Raises
        ------
        StorageError
            A case of that id is there already, or it cannot be written.
        """
        with self._writing() as connection:
            lock_case(connection, record.case_id)
            refuse_known(connection, record)
            connection.execute(insert(cases).values(row_of(record)))
        self._records[record.case_id] = record

    def append(
        self,
        case_id: str,
        new_events: Sequence[Event],
        *,
        by: str = "",
        role: str = "",
        reason: str = "",
    ) -> tuple[JournalEntry, ...]:
        """Commit events at the end of a case, all or none.

        Parameters
        ----------
        case_id : str
        new_events : sequence of Event
        by : str
            The user whose command caused them; a column, not an event field.
        role, reason : str
            In which role, and why, where they said so; columns, too.

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
            lock_case(connection, case_id)
            record = self._known(connection, case_id)
            seq, previous = chain_head(connection, record)
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
                row = {
                    **event_row(entry, record=record, committed_at=committed_at),
                    "user": in_one_line(by),
                    "role": in_one_line(role),
                    "reason": in_one_line(reason),
                }
                previous = row["chain_hash"] = chain_hash(previous, row)
                entries.append(entry)
                rows.append(row)
            connection.execute(insert(events), rows)
            close_where_told(connection, case_id, new_events, committed_at)
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
            lock_case(connection, case_id)
            old = find_case(connection, case_id)
            if any(record.kind is CaseKind.RUN for record in (replay.record, old) if record):
                raise StorageError(f"case {case_id} was run, not replayed: it is never replaced")
            remove_case(connection, case_id)
            enter_case(connection, replay)
        self._records[case_id] = replay.record

    def enter_import(self, case: StoredCase) -> None:
        """Enter a whole case that came from another machine, in one transaction.

        Raises
        ------
        StorageError
            Something in it was altered, it is here already or was deleted
            here, or it cannot be written.
        """
        found = verify_chain(case)
        if found.fault is not None:
            raise StorageError(f"case {case.record.case_id}: altered: {found.fault}")
        record = replace(case.record, imported_at=self._clock())
        with self._writing() as connection:
            lock_case(connection, record.case_id)
            refuse_known(connection, record)
            enter_case(connection, replace(case, record=record))
        self._records[record.case_id] = record

    def delete_case(self, case_id: str, *, by: str, reason: str) -> Tombstone:
        """Remove a case with its events and sweeps; a tombstone stays for ever.

        Raises
        ------
        StorageError
            No such case, no reason, or it cannot be written.
        """
        if not reason.strip():
            raise StorageError(f"case {case_id}: a case is deleted for a reason; give it")
        with self._writing() as connection:
            lock_case(connection, case_id)
            record = self._known(connection, case_id, fresh=True)
            n_events, head_hash = chain_head(connection, record)
            tombstone = Tombstone(
                case_id=case_id,
                deleted_at=self._clock(),
                user=in_one_line(by),
                reason=in_one_line(reason),
                kind=record.kind,
                origin=record.origin,
                opened_at=record.opened_at,
                outcome=record.outcome,
                n_events=n_events,
                head_hash=head_hash,
            )
            # First, for the database lets a run go by nothing else.
            connection.execute(insert(tombstones).values(tombstone_row(tombstone)))
            remove_case(connection, case_id)
        self._records.pop(case_id, None)
        return tombstone

    def keep_sweeps(self, case_id: str, seq: int, records: Sequence[SweepRecord]) -> None:
        """Put sweeps beside a committed event, without waiting for the disk.

        Raises
        ------
        StorageError
            No such event, too many sweeps in the case, or they cannot be written.
        """
        if not records:
            return
        with self._writing_beside() as connection:
            keep_sweeps(connection, case_id, seq, records)

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

    def sweeps(
        self,
        case_id: str,
        *,
        seq: int | None = None,
        start_s: float = 0.0,
        end_s: float = float("inf"),
        limit: int = MOST_AT_ONCE,
    ) -> list[SweepRecord]:
        """Return the sweeps beside one event, or the newest beside any; oldest first.

        Raises
        ------
        StorageError
        """
        with self._reading() as connection:
            return read_sweeps(
                connection, case_id, seq=seq, start_s=start_s, end_s=end_s, limit=limit
            )

    def cases(self, query: CaseQuery | None = None) -> list[CaseRecord]:
        """Return the cases that are looked for (else all), the newest first."""
        found = search(query or CaseQuery())
        with self._reading() as connection:
            return [record_from(dict(row)) for row in connection.execute(found).mappings()]

    def head(self, case_id: str) -> tuple[int, str]:
        """Return the number of events of a case, and the hash of the last one.

        Raises
        ------
        StorageError
            No such case.
        """
        with self._reading() as connection:
            return chain_head(connection, self._known(connection, case_id, fresh=True))

    def tombstones(self) -> list[Tombstone]:
        """Return what remains of deleted cases, the newest deletion first."""
        query = select(tombstones).order_by(tombstones.c.deleted_at.desc())
        with self._reading() as connection:
            return [tombstone_from(dict(row)) for row in connection.execute(query).mappings()]

    def case(self, case_id: str) -> CaseRecord | None:
        """Return one case, or None."""
        with self._reading() as connection:
            return find_case(connection, case_id)

    def stored(self, case_id: str) -> StoredCase:
        """Return a whole case as it stands.

        Raises
        ------
        StorageError
            No such case, or the file cannot be read.
        """
        with self._reading() as connection:
            return StoredCase(
                record=self._known(connection, case_id, fresh=True),
                rows=rows_of(connection, events, case_id, events.c.seq),
                verdicts=rows_of(connection, verdicts, case_id, verdicts.c.seq),
                sweeps=rows_of(connection, sweeps, case_id, sweeps.c.sample_index),
                pages=rows_of(connection, pages, case_id, pages.c.sample_index),
                baselines=rows_of(connection, baselines, case_id, baselines.c.seq),
            )

    def verify(self, case_id: str) -> Verification:
        """Recompute the chain of hashes of a case from its first event.

        Raises
        ------
        StorageError
            No such case, or the database cannot be read.
        """
        return verify_chain(self.stored(case_id))

    # ------------------------------------------------------------ inside

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._lock, faults_told(place_of(self._engine)), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing_beside(self) -> Iterator[Connection]:
        with (
            self._reader_lock,
            faults_told(place_of(self._engine)),
            self._side_engine.begin() as connection,
        ):
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
            record = find_case(connection, case_id)
            if record is None:
                raise StorageError(f"no case {case_id} in journal {place_of(self._engine)}")
            self._records[case_id] = record
        return record
