"""The second form keeps sweeps, deletions, and in which role and why something was done."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from tests.storage.released import make_first_journal

RECORD = CaseRecord(
    case_id="run-1",
    kind=CaseKind.RUN,
    origin=Origin.DEVICE,
    source_name="theatre 3",
    settings_hash="5e",
    software_version="0.1.0",
    opened_at=datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
)


def test_a_run_of_the_first_form_is_deleted_with_a_tombstone_and_not_without(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.sqlite"
    make_first_journal(path, RECORD, n_events=2)
    with Journal.at(path) as journal:
        connection = sqlite3.connect(path)
        with pytest.raises(sqlite3.IntegrityError, match="never removed"):
            connection.execute("DELETE FROM events")
        connection.close()
        assert journal.delete_case("run-1", by="Kim", reason="test").n_events == 2
