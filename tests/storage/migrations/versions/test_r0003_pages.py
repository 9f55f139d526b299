"""The third form keeps what was shown; guarded like the rest, in both databases."""

import sqlite3
from pathlib import Path

from sqlalchemy import inspect

from amr_monitor.codec import kept_sweep
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.schema import REVISIONS, journal_schema
from tests.storage.migrations.versions.test_r0002_sweeps_and_tombstones import RECORD
from tests.storage.released import make_first_journal
from tests.storage.tampering import connected
from tests.sweep_reports import a_report


def take_back(url: str) -> None:
    """Bring a new journal to the second form."""
    with connected(url) as connection:
        for table in ("pages", "baselines"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA user_version = 2")
        connection.execute(journal_schema.update().values(version_num="0002"))


def shape_of(url: str) -> dict[str, object]:
    """Return the columns of the new tables, and the names of the triggers."""
    with connected(url) as connection:
        found = inspect(connection)
        shape: dict[str, object] = {
            table: [
                (column["name"], str(column["type"]), column["nullable"])
                for column in found.get_columns(table)
            ]
            for table in ("pages", "baselines")
        }
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        if connection.dialect.name == "postgresql":
            query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
        shape["triggers"] = list(connection.exec_driver_sql(query).scalars())
    return shape


def test_a_journal_of_the_second_form_becomes_like_a_new_one(url: str) -> None:
    Journal(url).close()
    new = shape_of(url)
    take_back(url)
    with Journal(url) as journal:
        assert journal.cases() == []
    assert shape_of(url) == new
    with connected(url) as connection:
        assert connection.execute(journal_schema.select()).scalar_one() == REVISIONS[-1]


def test_a_case_of_the_first_form_takes_pages(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    make_first_journal(path, RECORD, n_events=2)
    with Journal.at(path) as journal:
        journal.keep_page("run-1", [kept_sweep(a_report(sample_index=1), seq=2)])
        assert journal.verify("run-1").n_pages == 1
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM pages").fetchone() == (1,)
    connection.close()
