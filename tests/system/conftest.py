"""A home for each test, and surgeries that are simulated once."""

from pathlib import Path

import pytest

from amr_monitor.simulation import simulate, write_recording
from tests.system.program import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="session")
def surgery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loss after the vessel is moved, four minutes at 2 kHz."""
    path = tmp_path_factory.mktemp("recordings") / "surgery.edf"
    write_recording(simulate("abrupt_loss", seed=3, minutes=4, rate_hz=2000), path)
    return path
