"""What is asked of the tables of the journal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from amr_monitor.codec import entry_to_json
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import CaseClosed, Event, JournalEntry
from amr_monitor.storage.catalog import (
    CaseKind,
    CaseQuery,
    CaseRecord,
    as_text,
    genesis_hash,
    record_from,
    row_of,
)
from amr_monitor.storage.chain import StoredCase
from amr_monitor.storage.schema import (
    baselines,
    cases,
    events,
    pages,
    sweeps,
    tombstones,
    verdicts,
)


def event_row(entry: JournalEntry, *, record: CaseRecord, committed_at: datetime) -> dict[str, Any]:
    """Return the row of an event, but for who, why and the chain."""
    return {
        "case_id": entry.case_id,
        "seq": entry.seq,
        "type": entry.event.type,
        "scope": entry.event.scope,
        "sample_index": entry.event.sample_index,
        "time_s": entry.event.time_s,
        "json": entry_to_json(entry),
        "committed_at": as_text(committed_at),
        "software_version": record.software_version,
        "settings_hash": record.settings_hash,
    }


def in_one_line(text: str) -> str:
    """Return a text without line breaks, which would shift the parts of the chain."""
    # PostgreSQL takes no NUL.
    return " ".join(text.replace("\0", " ").split())


def find_case(connection: Connection, case_id: str) -> CaseRecord | None:
    """Return the record of a case, or None."""
    row = connection.execute(select(cases).where(cases.c.case_id == case_id)).mappings().first()
    return None if row is None else record_from(dict(row))


def chain_head(connection: Connection, record: CaseRecord) -> tuple[int, str]:
    """Return the number of events of a case, and the hash that the next one follows."""
    row = connection.execute(
        select(events.c.seq, events.c.chain_hash)
        .where(events.c.case_id == record.case_id)
        .order_by(events.c.seq.desc())
        .limit(1)
    ).first()
    return (0, genesis_hash(record)) if row is None else (row.seq, row.chain_hash)


def close_where_told(
    connection: Connection, case_id: str, new_events: Sequence[Event], committed_at: datetime
) -> None:
    """Keep the outcome in the catalogue where an event tells it."""
    for event in new_events:
        if isinstance(event, CaseClosed):
            connection.execute(
                update(cases)
                .where(cases.c.case_id == case_id)
                .values(closed_at=as_text(committed_at), outcome=event.outcome.value)
            )


def search(query: CaseQuery) -> Select[Any]:
    """Return the query of the cases that are looked for, the newest first."""
    # A replay is of the day on which it was recorded, not replayed.
    moment = func.coalesce(cases.c.start_utc, cases.c.opened_at)
    found = select(cases).order_by(cases.c.opened_at.desc(), cases.c.case_id).limit(query.limit)
    if query.since is not None:
        found = found.where(moment >= as_text(query.since))
    if query.until is not None:
        found = found.where(moment < as_text(query.until))
    if query.origin is not None:
        found = found.where(cases.c.origin == query.origin.value)
    if query.outcomes:
        named = [outcome.value for outcome in query.outcomes if outcome is not None]
        is_open = None in query.outcomes
        fits = cases.c.outcome.in_(named)
        found = found.where(or_(fits, cases.c.outcome.is_(None)) if is_open else fits)
    return found


def rows_of(
    connection: Connection, table: Table, case_id: str, order: ColumnElement[Any]
) -> tuple[dict[str, Any], ...]:
    """Return the rows of a case in a table."""
    query = select(table).where(table.c.case_id == case_id).order_by(order)
    return tuple(dict(row) for row in connection.execute(query).mappings())


def remove_case(connection: Connection, case_id: str) -> None:
    """Take everything of a case out."""
    for table in (baselines, pages, verdicts, sweeps, events, cases):
        connection.execute(delete(table).where(table.c.case_id == case_id))


def enter_case(connection: Connection, case: StoredCase) -> None:
    """Put everything of a case in."""
    connection.execute(insert(cases).values(row_of(case.record)))
    parts = (
        (events, case.rows),
        (sweeps, case.sweeps),
        (verdicts, case.verdicts),
        (pages, case.pages),
        (baselines, case.baselines),
    )
    for table, rows in parts:
        if rows:
            connection.execute(insert(table), rows)


def refuse_known(connection: Connection, record: CaseRecord) -> None:
    """Refuse a case that is here already, or a run that was deleted here.

    Raises
    ------
    StorageError
    """
    if find_case(connection, record.case_id) is not None:
        raise StorageError(f"case {record.case_id} is in the journal already")
    if record.kind is CaseKind.RUN and _was_deleted(connection, record.case_id):
        raise StorageError(
            f"case {record.case_id} was deleted from this journal; it is not entered again"
        )


def _was_deleted(connection: Connection, case_id: str) -> bool:
    query = select(tombstones.c.case_id).where(tombstones.c.case_id == case_id).limit(1)
    return connection.execute(query).first() is not None
