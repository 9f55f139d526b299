"""A journal as the first version made it, with a case in it."""

import sqlite3
from pathlib import Path

from amr_monitor.codec import entry_to_json
from amr_monitor.model.events import GapReceived, JournalEntry
from amr_monitor.storage.catalog import CaseRecord, as_text, facts_of, genesis_hash
from amr_monitor.storage.chain import chain_hash

CASE = "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
SCHEMA = Path(__file__).with_name("released_0001.sql")


def make_first_journal(path: Path, record: CaseRecord, *, n_events: int) -> None:
    """Make it, with a case of so many events, hashed as they were then."""
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    facts = {**facts_of(record), "closed_at": None, "outcome": None}
    connection.execute(CASE, tuple(facts.values()))
    previous = genesis_hash(record)
    for seq in range(1, n_events + 1):
        gap = GapReceived(sample_index=seq, time_s=float(seq), missing_s=None, reason="cable")
        entry = JournalEntry(
            seq=seq, case_id=record.case_id, utc=None, origin=record.origin, event=gap
        )
        row = {
            "case_id": record.case_id,
            "seq": seq,
            "type": "gap",
            "scope": "core",
            "sample_index": seq,
            "time_s": float(seq),
            "json": entry_to_json(entry),
            "committed_at": as_text(record.opened_at),
            "user": "Kim",
            "software_version": record.software_version,
            "settings_hash": record.settings_hash,
        }
        previous = row["chain_hash"] = chain_hash(previous, {**row, "role": None, "reason": None})
        connection.execute(EVENT, tuple(row.values()))
    connection.commit()
    connection.close()
