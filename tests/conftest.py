"""What holds for every test: no settings from outside, no chance."""

import os

# Before numpy is imported: on a busy machine its threads wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from tests.lsl import keep_to_own_session

# Before pylsl is imported, so that runs side by side do not see each other's streams.
LSL_SESSION = keep_to_own_session()

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the environment variables that the program reads."""
    for name in [name for name in os.environ if name.startswith("AMR_MONITOR_")]:
        monkeypatch.delenv(name)
