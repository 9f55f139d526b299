"""A journal of an earlier version is brought up to date in place; a newer one is refused."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, update

from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import GapReceived
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.evolution import MIGRATIONS
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.schema import (
    APPLICATION_ID,
    REVISIONS,
    SCHEMA_VERSION,
    VERSION_TABLE,
    journal_schema,
)
from tests.storage.released import make_first_journal
from tests.storage.tampering import alter, connected

RECORD = CaseRecord(
    case_id="run-1",
    kind=CaseKind.RUN,
    origin=Origin.DEVICE,
    source_name="theatre 3",
    settings_hash="5e",
    software_version="0.1.0",
    opened_at=datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
)
GAP = GapReceived(sample_index=9, time_s=9.0, missing_s=None, reason="cable")


def shape_of(path: Path) -> tuple[dict[str, object], dict[str, str]]:
    """Return the columns of every table, and what every trigger does."""
    connection = sqlite3.connect(path)
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if name != VERSION_TABLE
    ]
    columns: dict[str, object] = {
        name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in tables
    }
    triggers = {
        name: " ".join(sql.split())
        for name, sql in connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        )
    }
    connection.close()
    return columns, triggers


def test_a_journal_of_the_first_version_is_brought_up_to_date_in_place(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    make_first_journal(path, RECORD, n_events=3)
    with Journal.at(path) as journal:
        assert journal.verify("run-1").fault is None
        (entry,) = journal.append("run-1", [GAP], by="Kim", role="operator")
        assert entry.seq == 4
        assert journal.verify("run-1").n_events == 4
        assert journal.case("run-1") == RECORD
    with Journal.at(path) as again:
        assert again.verify("run-1").n_events == 4


def test_what_an_earlier_version_wrote_is_still_proven(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    make_first_journal(path, RECORD, n_events=3)
    Journal.at(path).close()
    alter(f"sqlite:///{path}", "UPDATE events SET role = 'viewer', reason = '' WHERE seq = 2")
    with Journal.at(path) as journal:
        assert "event 2 was altered" in str(journal.verify("run-1").fault)


def test_a_journal_brought_up_to_date_is_like_a_new_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    make_first_journal(old, RECORD, n_events=1)
    for path in (old, new):
        Journal.at(path).close()
    assert shape_of(old) == shape_of(new)


def test_an_update_that_fails_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    make_first_journal(path, RECORD, n_events=1)
    # A table of that name is in the way.
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE tombstones (x)")
    connection.commit()
    connection.close()
    before = shape_of(path)
    with pytest.raises(StorageError, match="already exists"):
        Journal.at(path)
    assert shape_of(path) == before
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


def test_every_revision_has_its_script() -> None:
    scripts = sorted(path.name for path in (MIGRATIONS / "versions").glob("r*.py"))
    assert [name[1:5] for name in scripts] == list(REVISIONS)


def test_a_journal_made_by_a_newer_version_is_refused_in_one_line(url: str) -> None:
    Journal(url).close()
    with connected(url) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        else:
            connection.execute(update(journal_schema).values(version_num="0099"))
    with pytest.raises(StorageError, match="made by a newer version") as told:
        Journal(url)
    assert "update amr-monitor" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_database_of_another_program_is_refused(url: str) -> None:
    with connected(url) as connection:
        connection.exec_driver_sql("CREATE TABLE events (name TEXT)")
    with pytest.raises(StorageError, match="no journal of amr-monitor; choose another"):
        Journal(url)
    with connected(url) as connection:
        assert inspect(connection).get_table_names() == ["events"]


def test_opening_a_journal_again_keeps_what_it_holds(url: str) -> None:
    with Journal(url) as journal:
        journal.open_case(RECORD)
        journal.append("run-1", [GAP])
    with Journal(url) as again:
        assert again.verify("run-1").n_events == 1
        again.open_case(replace(RECORD, case_id="run-2"))


def test_a_journal_file_tells_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    Journal.at(path).close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    connection.close()
