"""The sweeps that stand beside verdicts, so that an expert can look at the raw signal.

They are written after the event that they belong to, over a connection of their
own that does not wait for the disk: an event never waits for them for more than
the moment that one such transaction takes.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from amr_monitor.codec import (
    SweepRecord,
    sweep_record_from_row,
    sweep_record_to_row,
)
from amr_monitor.model.errors import ProtocolError, StorageError
from amr_monitor.storage.chain import indices_of, sweep_hash, verdict_hash
from amr_monitor.storage.schema import events, sweeps, verdicts

MOST_SWEEPS = 10_000
"""Of one case. What comes beyond is not kept, and told."""

MOST_AT_ONCE = 200
"""Sweeps that one reading gives."""


def keep_sweeps(
    connection: Connection, case_id: str, seq: int, records: Sequence[SweepRecord]
) -> None:
    """Put sweeps beside an event; those that stand there for another are not doubled.

    Raises
    ------
    StorageError
        No such event, or the case has too many sweeps.
    """
    event_hash = connection.execute(
        select(events.c.chain_hash).where(events.c.case_id == case_id, events.c.seq == seq)
    ).scalar()
    if event_hash is None:
        raise StorageError(f"case {case_id}: no event {seq} to put sweeps beside")
    wanted = {record.header.sample_index: _row(case_id, record) for record in records}
    standing = select(sweeps.c.sample_index, sweeps.c.sha256).where(sweeps.c.case_id == case_id)
    hashes: dict[int, str] = {row.sample_index: row.sha256 for row in connection.execute(standing)}
    new = [row for index, row in sorted(wanted.items()) if index not in hashes]
    if len(hashes) + len(new) > MOST_SWEEPS:
        raise StorageError(
            f"case {case_id}: {MOST_SWEEPS} sweeps stand beside its verdicts;"
            f" those of event {seq} are in the recording alone"
        )
    if new:
        connection.execute(insert(sweeps), new)
    hashes |= {row["sample_index"]: row["sha256"] for row in new}
    beside = sorted(wanted)
    connection.execute(
        insert(verdicts).values(
            case_id=case_id,
            seq=seq,
            sample_indices=json.dumps(beside),
            sha256=verdict_hash(event_hash, [hashes[index] for index in beside]),
        )
    )


def read_sweeps(
    connection: Connection,
    case_id: str,
    *,
    seq: int | None,
    start_s: float,
    end_s: float,
    limit: int,
) -> list[SweepRecord]:
    """Return the newest `limit` sweeps beside one event, or beside any; oldest first.

    Raises
    ------
    StorageError
        What is kept is no sweep.
    """
    query = (
        select(sweeps.c.header, sweeps.c.samples)
        .where(sweeps.c.case_id == case_id, sweeps.c.time_s >= start_s)
        .order_by(sweeps.c.sample_index.desc())
        .limit(min(limit, MOST_AT_ONCE))
    )
    if end_s < float("inf"):
        query = query.where(sweeps.c.time_s < end_s)
    if seq is not None:
        named = select(verdicts).where(verdicts.c.case_id == case_id, verdicts.c.seq == seq)
        verdict = connection.execute(named).mappings().first()
        indices = [] if verdict is None else indices_of(dict(verdict))
        query = query.where(sweeps.c.sample_index.in_(indices))
    found = connection.execute(query).all()
    try:
        return [sweep_record_from_row(row.header, bytes(row.samples)) for row in reversed(found)]
    except ProtocolError as fault:
        raise StorageError(f"case {case_id}: {fault}; `amr-monitor verify {case_id}`") from fault


def _row(case_id: str, record: SweepRecord) -> dict[str, Any]:
    header, samples = sweep_record_to_row(record)
    row: dict[str, Any] = {
        "case_id": case_id,
        "sample_index": record.header.sample_index,
        "time_s": record.header.time_s,
        "header": header,
        "samples": samples,
    }
    row["sha256"] = sweep_hash(row)
    return row
