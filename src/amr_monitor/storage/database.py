"""How a connection to the journal is made: SQLite by default, PostgreSQL by URL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from amr_monitor.model.errors import StorageError
from amr_monitor.storage.evolution import bring_up_to_date

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

CONNECT_TIMEOUT_S = 5
"""Of a PostgreSQL server that does not answer."""


def open_engine(url: str, *, lock_timeout_s: float) -> Engine:
    """Return an engine on the journal at `url`, made, brought up to date or checked.

    Raises
    ------
    StorageError
        No address of a journal, not a journal, made by a newer version, or not
        to be opened.
    """
    address = journal_address(url)
    engine = _engine(address, lock_timeout_s=lock_timeout_s)
    try:
        with faults_told(place_of(engine)):
            bring_up_to_date(engine, place=place_of(engine))
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_side_engine(engine: Engine, *, lock_timeout_s: float) -> Engine:
    """Return an engine on the same journal for what need not be on the disk at once.

    Its transactions wait for no disk, so that they hold up no event. In memory
    it is the same engine.
    """
    if is_in_memory(engine):
        return engine
    return _engine(engine.url, lock_timeout_s=lock_timeout_s, is_durable=False)


def journal_address(url: str) -> URL:
    """Return the address that a text gives.

    Raises
    ------
    StorageError
        It is none of SQLite or PostgreSQL. A password in it is not told.
    """
    forms = "sqlite:///PATH or postgresql://USER@HOST/DATABASE"
    try:
        # libpq's own short form, which SQLAlchemy does not know.
        address = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError) as fault:
        raise StorageError(f"journal address: not to be understood; write {forms}") from fault
    backend = address.get_backend_name()
    if backend == POSTGRESQL:
        return address.set(drivername="postgresql+psycopg")
    if backend != SQLITE:
        raise StorageError(f"journal address: {backend} is not known; write {forms}")
    return address


def place_of(engine: Engine) -> str:
    """Return what a person calls the database: its path, or its address without password."""
    return place_of_address(engine.url)


def place_of_address(address: URL) -> str:
    """Return the same of an address."""
    if address.get_backend_name() == SQLITE:
        return address.database or "in memory"
    shown = address.set(drivername=POSTGRESQL, query={})
    return shown.render_as_string(hide_password=True)


def is_in_memory(engine: Engine) -> bool:
    """Return whether all threads share the one connection."""
    return engine.dialect.name == SQLITE and engine.url.database in (None, "", ":memory:")


def lock_case(connection: Connection, case_id: str) -> None:
    """Wait until no other writer is at this case; until the end of the transaction.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == POSTGRESQL:
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (case_id,)
        )


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
        reason = " ".join(str(fault.orig).split())
        raise StorageError(f"journal {place}: {reason}; {_remedy(reason)}") from fault


def _engine(address: URL, *, lock_timeout_s: float, is_durable: bool = True) -> Engine:
    if address.get_backend_name() == POSTGRESQL:
        return _postgresql_engine(address, lock_timeout_s=lock_timeout_s, is_durable=is_durable)
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
    event.listen(engine, "connect", _prepare_sqlite if is_durable else _prepare_sqlite_side)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(address: URL, *, lock_timeout_s: float, is_durable: bool) -> Engine:
    # 0 would mean to wait for ever.
    lock_timeout_ms = max(1, round(1000.0 * lock_timeout_s))
    options = (
        f"-c lock_timeout={lock_timeout_ms}"
        f" -c synchronous_commit={'on' if is_durable else 'off'}"
        " -c default_transaction_isolation=read\\ committed -c client_min_messages=warning"
    )
    try:
        return create_engine(
            address,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "options": options,
                "application_name": "amr-monitor",
                # A server whose network went away is noticed.
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "tcp_user_timeout": 10_000,
            },
            max_overflow=-1,
            # After a restart of the server the next write connects anew.
            pool_pre_ping=True,
        )
    except ImportError as fault:
        raise StorageError(
            "journal in PostgreSQL: its driver psycopg is not installed;"
            " install it with: pip install 'amr-monitor[postgres]'"
        ) from fault


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions are begun by `_begin`: the driver's own way would begin them too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # An event is on the disk before anyone sees it, even if the power goes.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _prepare_sqlite_side(connection: sqlite3.Connection, _record: object) -> None:
    _prepare_sqlite(connection, _record)
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    # It tidies the write-ahead log up before an event would have to.
    cursor.execute("PRAGMA wal_autocheckpoint = 500")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: upgrading a reader's can fail without waiting.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _remedy(reason: str) -> str:
    for sign, remedy in _REMEDIES:
        if sign in reason:
            return remedy
    return "see whether the disk is sound, or choose another folder"


_REMEDIES = (
    ("database or disk is full", "free some space"),
    ("No space left on device", "free some space on the server"),
    ("database is locked", "another program holds it: end it, or try again"),
    ("lock timeout", "another program holds it: end it, or try again"),
    ("file is not a database", "move that file away, or choose another folder"),
    ("malformed", "it is damaged: move it away and restore it from a backup"),
    ("unable to open database file", "see whether the folder exists and may be written to"),
    ("readonly database", "see whether you may write to it"),
    ("read-only", "see whether you may write to it"),
    ("permission denied", "see whether that user may write to it"),
    ("disk I/O error", "see whether the disk is full or failing"),
    ("password", "give it in the environment (PGPASSWORD) or in ~/.pgpass"),
    ("does not exist", "make it first: createuser, createdb"),
    ("resolve host", "see [storage] journal: no such host"),
    ("connection", "see whether the server runs and [storage] journal names it"),
)
