"""Patients that several tests of the DSP share."""

import numpy as np
import pytest

from amr_monitor.dsp.conditioning import Array
from tests.dsp.calibrated import Calibrated, calibrated
from tests.sweeps import OCULI, Recording


@pytest.fixture(scope="session")
def patient() -> Calibrated:
    """Response of 100 uV in the first 130 sweeps, none in the 90 after them."""
    recording = Recording(220, seed=5)
    recording.amr[OCULI][130:] = 0.0
    return calibrated(recording)


@pytest.fixture(scope="session")
def noise() -> Array:
    """Coloured noise without anything else, shape (200, 500), at 5 kHz."""
    white = np.random.default_rng(1).standard_normal((200, 502))
    return np.asarray(4.0 * (white[:, 2:] + 0.8 * white[:, 1:-1] + 0.3 * white[:, :-2]))
