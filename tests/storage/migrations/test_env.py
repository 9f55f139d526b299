"""The environment of the migrations goes over the connection that it is given."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.schema import REVISIONS, VERSION_TABLE
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


def test_the_revision_stands_in_a_table_of_our_own(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    make_first_journal(path, RECORD, n_events=1)
    Journal.at(path).close()
    connection = sqlite3.connect(path)
    found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall()  # noqa: S608
    connection.close()
    assert found == [(REVISIONS[-1],)]
