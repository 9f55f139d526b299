"""How a database is addressed, and how its faults are told."""

import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from amr_monitor.model.errors import StorageError
from amr_monitor.storage import database
from amr_monitor.storage.database import (
    journal_address,
    open_engine,
    open_side_engine,
    place_of_address,
)
from tests.storage.postgresql import Server


def open_at(path: Path, *, lock_timeout_s: float = 1.0) -> None:
    open_engine(f"sqlite:///{path}", lock_timeout_s=lock_timeout_s).dispose()


def make_text_file(path: Path) -> None:
    path.write_text("this is a shopping list, not a database, and it is long enough " * 20)


def make_other_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
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
        (make_damaged_journal, "restore it from a backup"),
        (make_folder, "see whether the folder exists and may be written to"),
    ],
)
def test_what_is_no_sound_journal_is_told_in_one_line_with_its_path(
    tmp_path: Path, make: Callable[[Path], None], told: str
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


@pytest.mark.parametrize("url", ["mysql://localhost/cases", "no address"])
def test_only_addresses_of_the_two_databases_are_taken(url: str) -> None:
    with pytest.raises(StorageError, match="sqlite:///PATH or postgresql://"):
        journal_address(url)


def test_a_password_is_never_told() -> None:
    address = journal_address("postgres://amr:secret@db.hospital:5433/amr?sslmode=require")
    assert place_of_address(address) == "postgresql://amr:***@db.hospital:5433/amr"


def test_a_server_that_is_not_there_is_told_in_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql://amr:secret@127.0.0.1:{free.getsockname()[1]}/amr"
        with pytest.raises(StorageError, match="whether the server runs") as refusal:
            open_engine(url, lock_timeout_s=1.0)
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_database_that_is_not_there_is_told_with_what_to_do(server: Server) -> None:
    with pytest.raises(StorageError, match="does not exist; make it first"):
        open_engine(server.url("nowhere"), lock_timeout_s=1.0)


def test_without_its_driver_postgresql_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'psycopg'")

    monkeypatch.setattr(database, "create_engine", refuse)
    with pytest.raises(StorageError, match=r"pip install 'amr-monitor\[postgres\]'"):
        open_engine("postgresql://amr@db.hospital/amr", lock_timeout_s=1.0)


def test_an_event_is_on_the_disk_when_it_is_committed_and_a_sweep_need_not_be(url: str) -> None:
    engine = open_engine(url, lock_timeout_s=1.0)
    side = open_side_engine(engine, lock_timeout_s=1.0)
    asked = "PRAGMA synchronous" if engine.dialect.name == "sqlite" else "SHOW synchronous_commit"
    found = []
    for each in (engine, side):
        with each.connect() as connection:
            found.append(connection.exec_driver_sql(asked).scalar())
        each.dispose()
    assert found in ([2, 1], ["on", "off"])
