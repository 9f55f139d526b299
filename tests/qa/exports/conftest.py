from pathlib import Path

import pytest

from amr_monitor.storage.journal import Journal
from tests.qa.exports.cases import Home, replayed
from tests.storage.exported import enter_case


@pytest.fixture(scope="session")
def disappeared(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A case with 16 bits, a slower trigger and marks."""
    return replayed("disappeared.edf", tmp_path_factory.mktemp("exports") / "home")


@pytest.fixture(scope="session")
def with_a_hole(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A case whose recording has a hole."""
    return replayed("discontinuous.edf", tmp_path_factory.mktemp("exports") / "home")


@pytest.fixture(scope="session")
def of_24_bits(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A case of a BDF+ file."""
    return replayed("bdf_24_bit.bdf", tmp_path_factory.mktemp("exports") / "home")


@pytest.fixture
def recorded(tmp_path: Path) -> Home:
    """A case of a run, with a recording of its own that ends inside a record."""
    folder = tmp_path / "home"
    with Journal.at(folder / "journal.sqlite") as journal:
        enter_case(journal, folder / "recordings")
    return Home(folder=folder, file=None)
