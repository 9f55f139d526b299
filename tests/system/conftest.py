"""A home for each test, surgeries that are simulated once, and runs in real time beside them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from amr_monitor.simulation import simulate, write_recording
from tests.system.live_runs import AT_ONCE, Runs, begun
from tests.system.program import Home


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ask last for what runs in real time: until then it runs beside other tests."""
    items.sort(key=lambda item: "hil_runs" in getattr(item, "fixturenames", ()) and _asks(item))


def _asks(item: pytest.Item) -> bool:
    return item.path.name == "test_rehearsed_live.py"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="session")
def surgery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loss after the vessel is moved, four minutes at 2 kHz."""
    path = tmp_path_factory.mktemp("recordings") / "surgery.edf"
    write_recording(simulate("abrupt_loss", seed=3, minutes=4, rate_hz=2000), path)
    return path


@pytest.fixture(scope="session")
def hil_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Scenarios over LSL, in real time: begun by the first test that names them."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield begun(pool, tmp_path_factory.mktemp("hil"))
        pool.shutdown(cancel_futures=True)
