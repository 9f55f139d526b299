"""Surgeries that several tests look at; made once, never changed."""

import pytest

from amr_monitor.simulation import Surgery, simulate


@pytest.fixture(scope="session")
def lost() -> Surgery:
    """Return a surgery in which the AMR is lost after the vessel is moved."""
    return simulate("abrupt_loss", seed=5, minutes=3.2, rate_hz=2000)
