"""A journal is made, brought up to date from an earlier version, or refused."""

from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, text

from amr_monitor.model.errors import StorageError
from amr_monitor.storage.guards import set_guards
from amr_monitor.storage.schema import (
    APPLICATION_ID,
    REVISIONS,
    SCHEMA_VERSION,
    VERSION_TABLE,
    journal_schema,
    metadata,
)

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(engine: Engine, *, place: str) -> None:
    """See to it that the database is a journal of the present form.

    A new one is made so at once. An older one is brought there in one
    transaction: it stays as it was, or is whole in the new form.

    Raises
    ------
    StorageError
        It is none, or made by a newer version.
    """
    with engine.connect().execution_options(reads=True) as connection, connection.begin():
        revision = _revision(connection, place)
    if revision == REVISIONS[-1]:
        return
    with engine.begin() as connection:
        if not _is_sqlite(connection):
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (APPLICATION_ID,))
        # Another program may have done it since it was looked at.
        revision = _revision(connection, place)
        if revision is None:
            _make(connection)
        elif revision != REVISIONS[-1]:
            _upgrade(connection, revision)


def _revision(connection: Connection, place: str) -> str | None:
    """Return the revision of a journal; None where the database is empty.

    Raises
    ------
    StorageError
    """
    if _is_sqlite(connection):
        return _sqlite_revision(connection, place)
    inspector = inspect(connection)
    if inspector.has_table(VERSION_TABLE):
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
        return _known(str(found.scalar_one()), place)
    taken = sorted(set(inspector.get_table_names()) & set(metadata.tables))
    if taken:
        raise StorageError(
            f"journal {place}: has a table {taken[0]}, but is no journal of amr-monitor;"
            " choose another database"
        )
    return None


def _sqlite_revision(connection: Connection, place: str) -> str | None:
    # Two pragmas tell it, so that looking into a journal costs next to nothing.
    version = _scalar(connection, "PRAGMA user_version")
    if _scalar(connection, "PRAGMA application_id") == APPLICATION_ID and version:
        return _known(f"{version:04}", place)
    if _scalar(connection, "SELECT count(*) FROM sqlite_master"):
        raise StorageError(
            f"journal {place}: a SQLite database, but no journal of amr-monitor;"
            " choose another folder"
        )
    return None


def _known(revision: str, place: str) -> str:
    if revision not in REVISIONS:
        raise StorageError(
            f"journal {place}: made by a newer version (schema {revision.lstrip('0')},"
            f" this one knows {SCHEMA_VERSION}); update amr-monitor"
        )
    return revision


def _make(connection: Connection) -> None:
    metadata.create_all(connection)
    set_guards(connection)
    connection.execute(insert(journal_schema).values(version_num=REVISIONS[-1]))
    _sign(connection)


def _upgrade(connection: Connection, revision: str) -> None:
    # Imported where it is needed: a journal is looked into often and upgraded once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if _is_sqlite(connection) and not inspect(connection).has_table(VERSION_TABLE):
        # The first version knew no Alembic: its revision stands in the file's header alone.
        command.stamp(config, revision)
    command.upgrade(config, "head")
    _sign(connection)


def _sign(connection: Connection) -> None:
    """Tell in the header of the file what it is: an older program refuses it by that."""
    if _is_sqlite(connection):
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _scalar(connection: Connection, query: str) -> int:
    return int(connection.exec_driver_sql(query).scalar_one())
