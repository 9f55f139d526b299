"""What the database refuses by itself, and how its faults are told."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from amr_monitor.model.errors import StorageError
from amr_monitor.storage.schema import APPLICATION_ID, SCHEMA_VERSION, open_engine

Opener = Callable[[Path], None]


def open_at(path: Path, *, lock_timeout_s: float = 1.0) -> None:
    open_engine(f"sqlite:///{path}", lock_timeout_s=lock_timeout_s).dispose()


@pytest.fixture
def journal_file(tmp_path: Path) -> Path:
    path = tmp_path / "journal.sqlite"
    open_at(path)
    with sqlite3.connect(path) as connection:
        for kind in ("run", "replay"):
            connection.execute(
                "INSERT INTO cases VALUES (?, ?, 'device', 'f', NULL, '', NULL, '', 's', 'v', 't',"
                " NULL, NULL)",
                (f"case-{kind}", kind),
            )
            connection.execute(
                "INSERT INTO events VALUES (?, 1, 'gap', 'core', 0, 0.0, '{}', 't', '', 'v', 's',"
                " 'h')",
                (f"case-{kind}",),
            )
    connection.close()
    return path


def statement_refused(path: Path, statement: str) -> str:
    connection = sqlite3.connect(path)
    try:
        with pytest.raises(sqlite3.IntegrityError) as refusal:
            connection.execute(statement)
    finally:
        connection.close()
    return str(refusal.value)


def test_a_journal_is_wal_and_marked_as_a_journal(journal_file: Path) -> None:
    connection = sqlite3.connect(journal_file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    connection.close()


def test_opening_a_journal_again_keeps_what_it_holds(journal_file: Path) -> None:
    open_at(journal_file)
    connection = sqlite3.connect(journal_file)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (2,)
    connection.close()


def test_an_event_is_never_altered_by_any_program(journal_file: Path) -> None:
    assert statement_refused(journal_file, "UPDATE events SET json = '[]'") == (
        "an event is never altered"
    )


def test_a_seq_is_never_left_out_by_any_program(journal_file: Path) -> None:
    statement = (
        "INSERT INTO events SELECT case_id, 3, type, scope, 0, 0.0, json, 't', '', 'v', 's', 'h'"
        " FROM events WHERE case_id = 'case-run'"
    )
    assert statement_refused(journal_file, statement) == "seq goes up by one"


def test_events_of_a_run_are_never_removed_by_any_program(journal_file: Path) -> None:
    statement = "DELETE FROM events WHERE case_id = 'case-run'"
    assert statement_refused(journal_file, statement) == "events of a run are never removed"
    statement = "DELETE FROM cases WHERE case_id = 'case-run'"
    assert statement_refused(journal_file, statement) == "a run is never removed"


def test_a_replay_may_be_removed(journal_file: Path) -> None:
    connection = sqlite3.connect(journal_file)
    connection.execute("DELETE FROM events WHERE case_id = 'case-replay'")
    connection.execute("DELETE FROM cases WHERE case_id = 'case-replay'")
    connection.commit()
    assert connection.execute("SELECT case_id FROM cases").fetchall() == [("case-run",)]
    connection.close()


@pytest.mark.parametrize("fact", ["kind = 'replay'", "side = 'left'", "origin = 'simulated'"])
def test_the_facts_of_a_case_are_never_altered_by_any_program(
    journal_file: Path, fact: str
) -> None:
    statement = f"UPDATE cases SET {fact} WHERE case_id = 'case-run'"  # noqa: S608 - fixed words
    assert statement_refused(journal_file, statement) == "the facts of a case are never altered"


def make_text_file(path: Path) -> None:
    path.write_text("this is a shopping list, not a database, and it is long enough " * 20)


def make_other_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
    connection.close()


def make_newer_journal(path: Path) -> None:
    open_at(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()


def make_damaged_journal(path: Path) -> None:
    open_at(path)
    content = bytearray(path.read_bytes())
    content[100:2048] = b"\xff" * 1948
    path.write_bytes(bytes(content))


def make_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (make_text_file, "file is not a database; move that file away"),
        (make_other_database, "no journal of amr-monitor; choose another folder"),
        (make_newer_journal, "made by a newer version"),
        (make_damaged_journal, "restore it from a backup"),
        (make_folder, "see whether the folder exists and may be written to"),
    ],
)
def test_what_is_no_sound_journal_is_told_in_one_line_with_its_path(
    tmp_path: Path, make: Opener, told: str
) -> None:
    path = tmp_path / "journal.sqlite"
    make(path)
    with pytest.raises(StorageError) as refusal:
        open_at(path)
    message = str(refusal.value)
    assert told in message
    assert str(path) in message
    assert "\n" not in message


def test_a_journal_held_by_another_program_is_told_as_locked(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode = WAL")
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="another program holds it"):
        open_at(path, lock_timeout_s=0.0)
    holder.close()


@pytest.mark.parametrize("url", ["postgresql://localhost/cases", "no address"])
def test_only_sqlite_addresses_are_taken(url: str) -> None:
    with pytest.raises(StorageError, match="sqlite:///PATH"):
        open_engine(url, lock_timeout_s=1.0)
