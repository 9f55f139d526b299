"""A home for each test, surgeries that are simulated once, and runs in real time beside them."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from amr_monitor.simulation import simulate, write_recording
from benchmarks.crashes import Verdict, gone_through
from tests.system.live_runs import AT_ONCE, Runs, begun
from tests.system.program import Home

FAULTS = ("kill", "no_room", "kill", "stop", "kill")
"""That come in the middle of a surgery, in this order."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ask last for what runs in real time: until then it runs beside other tests."""
    items.sort(key=_asks)


def _asks(item: pytest.Item) -> bool:
    asked_for = {"test_rehearsed_live.py": "hil_runs", "test_crashes.py": "crashed"}
    return asked_for.get(item.path.name) in getattr(item, "fixturenames", ())


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


@pytest.fixture(scope="session")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Future[Verdict]"]:
    """Give what became of a surgery with faults in it; it begins as `hil_runs` does."""
    folder = tmp_path_factory.mktemp("crashed")
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(
            gone_through, folder, FAULTS, minutes=2.1, seed=7, lasts_s=4.0, rate_hz=2000
        )
