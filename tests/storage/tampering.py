"""What someone does who knows the database and is allowed everything in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine

from amr_monitor.storage.database import journal_address


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Give a connection past the journal; what is done over it stays."""
    engine = create_engine(journal_address(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def alter(url: str, *statements: str) -> None:
    """Take the guards off, then do as told."""
    with connected(url) as connection:
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type='trigger'"
            )
            for name in found.scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement)
