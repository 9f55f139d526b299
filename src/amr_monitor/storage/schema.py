"""The tables of the journal, and how a connection to them is made.

What must never happen is refused by the database itself, so that it holds for
every program that opens the file: an event is never altered, a `seq` is never
left out, and a case that was run is never removed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    REAL,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from amr_monitor.model.errors import StorageError

SCHEMA_VERSION = 1
APPLICATION_ID = 0x414D524A
"""'AMRJ': tells a journal from any other SQLite database."""

metadata = MetaData()

cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("source_name", Text, nullable=False),
    Column("side", Text),
    Column("pseudonym", Text, nullable=False),
    Column("start_utc", Text),
    Column("content_hash", Text, nullable=False),
    Column("settings_hash", Text, nullable=False),
    Column("software_version", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("outcome", Text),
    sqlite_strict=True,
)

events = Table(
    "events",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True, nullable=False),
    Column("seq", Integer, primary_key=True, nullable=False, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sample_index", Integer, nullable=False),
    Column("time_s", REAL, nullable=False),
    Column("json", Text, nullable=False),
    Column("committed_at", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("software_version", Text, nullable=False),
    Column("settings_hash", Text, nullable=False),
    Column("chain_hash", Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

_GUARDS = (
    """CREATE TRIGGER events_are_never_altered BEFORE UPDATE ON events
       BEGIN SELECT RAISE(ABORT, 'an event is never altered'); END""",
    """CREATE TRIGGER events_have_no_holes BEFORE INSERT ON events
       WHEN NEW.seq IS NOT
         (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE case_id = NEW.case_id)
       BEGIN SELECT RAISE(ABORT, 'seq goes up by one'); END""",
    """CREATE TRIGGER events_of_a_run_are_kept BEFORE DELETE ON events
       WHEN (SELECT kind FROM cases WHERE case_id = OLD.case_id) IS NOT 'replay'
       BEGIN SELECT RAISE(ABORT, 'events of a run are never removed'); END""",
    """CREATE TRIGGER runs_are_kept BEFORE DELETE ON cases WHEN OLD.kind IS NOT 'replay'
       BEGIN SELECT RAISE(ABORT, 'a run is never removed'); END""",
    """CREATE TRIGGER facts_of_a_case_stand BEFORE UPDATE OF case_id, kind, origin, source_name,
         side, pseudonym, start_utc, content_hash, settings_hash, software_version, opened_at
         ON cases
       BEGIN SELECT RAISE(ABORT, 'the facts of a case are never altered'); END""",
)


def open_engine(url: str, *, lock_timeout_s: float) -> Engine:
    """Return an engine on the journal at `url`, made or checked.

    Raises
    ------
    StorageError
        Not a SQLite address, not a journal, made by a newer version, or not
        to be opened.
    """
    address = _sqlite_address(url)
    arguments: dict[str, Any] = {
        "connect_args": {"timeout": lock_timeout_s, "check_same_thread": False}
    }
    if address.database in (None, "", ":memory:"):
        # One connection for all threads, or each would see a database of its own.
        arguments["poolclass"] = StaticPool
    else:
        # A writer must never wait until a reader hands a connection back.
        arguments["max_overflow"] = -1
    engine = create_engine(address, **arguments)
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    try:
        with faults_told(place_of(engine)):
            _create_or_check(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def place_of(engine: Engine) -> str:
    """Return what a person calls the database: its path."""
    return engine.url.database or "in memory"


@contextmanager
def faults_told(place: str) -> Iterator[None]:
    """Turn any fault of the database into one line that says how to mend it.

    Raises
    ------
    StorageError
    """
    try:
        yield
    except DBAPIError as fault:
        reason = str(fault.orig)
        raise StorageError(f"journal {place}: {reason}; {_remedy(reason)}") from fault


def _sqlite_address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as fault:
        raise StorageError(f"journal address {url!r} is no sqlite:///PATH") from fault
    if address.get_backend_name() != "sqlite":
        raise StorageError(
            f"journal address {url!r}: the journal is a SQLite file, as in sqlite:///PATH"
        )
    return address


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions are begun by `_begin`: the driver's own way would begin them too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # An event is on the disk before anyone sees it, even if the power goes.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer takes its lock at once: upgrading a reader's can fail without waiting.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _create_or_check(engine: Engine) -> None:
    with engine.connect().execution_options(reads=True) as connection, connection.begin():
        version = _scalar(connection, "PRAGMA user_version")
        application = _scalar(connection, "PRAGMA application_id")
        n_tables = _scalar(connection, "SELECT count(*) FROM sqlite_master")
    if application == APPLICATION_ID and version == SCHEMA_VERSION:
        return
    if application == APPLICATION_ID and version > SCHEMA_VERSION:
        raise StorageError(
            f"journal {place_of(engine)}: made by a newer version (schema {version},"
            f" this one knows {SCHEMA_VERSION}); update amr-monitor"
        )
    if n_tables:
        raise StorageError(
            f"journal {place_of(engine)}: a SQLite database, but no journal of amr-monitor;"
            " choose another folder"
        )
    with engine.begin() as connection:
        # Another program may have made it since it was looked at.
        if _scalar(connection, "SELECT count(*) FROM sqlite_master"):
            return
        metadata.create_all(connection)
        for guard in _GUARDS:
            connection.exec_driver_sql(guard)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _scalar(connection: Connection, query: str) -> int:
    return int(connection.exec_driver_sql(query).scalar_one())


def _remedy(reason: str) -> str:
    for sign, remedy in _REMEDIES:
        if sign in reason:
            return remedy
    return "see whether the disk is sound, or choose another folder"


_REMEDIES = (
    ("database or disk is full", "free some space"),
    ("database is locked", "another program holds it: end it, or try again"),
    ("file is not a database", "move that file away, or choose another folder"),
    ("malformed", "it is damaged: move it away and restore it from a backup"),
    ("unable to open database file", "see whether the folder exists and may be written to"),
    ("readonly database", "see whether you may write to it"),
    ("read-only", "see whether you may write to it"),
    ("disk I/O error", "see whether the disk is full or failing"),
)
