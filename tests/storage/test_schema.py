"""The tables are those that the scripts of the migrations end at."""

from sqlalchemy import create_engine, inspect

from amr_monitor.storage.journal import Journal
from amr_monitor.storage.schema import REVISIONS, SCHEMA_VERSION, metadata


def test_the_tables_are_in_the_database_as_they_are_declared(url: str) -> None:
    Journal(url).close()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    found = inspect(engine)
    for name, table in metadata.tables.items():
        columns = [column["name"] for column in found.get_columns(name)]
        assert columns == [column.name for column in table.columns]
    engine.dispose()


def test_revisions_go_up() -> None:
    assert list(REVISIONS) == [f"{number:04}" for number in range(1, SCHEMA_VERSION + 1)]
