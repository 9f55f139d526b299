"""The journal in both databases: every test that takes `url` runs on each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.postgresql import Server, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give a PostgreSQL that lasts as long as the tests."""
    with running_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a journal that is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite'}"
    running: Server = request.getfixturevalue("server")
    return running.new_database()
