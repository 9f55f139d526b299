from pathlib import Path

import numpy as np
import pytest

from amr_monitor.model.errors import StorageError
from amr_monitor.simulation import Surgery
from amr_monitor.simulation.pre_cut import (
    HALF_KERNEL,
    locked_samples_uv,
    nerve_pulses,
    shifted,
    write_truth,
)


def test_nothing_is_shifted_by_nothing() -> None:
    samples = np.random.default_rng(1).standard_normal((2, 100))
    inner = samples[:, HALF_KERNEL:-HALF_KERNEL]
    np.testing.assert_allclose(shifted(samples, 0.0), inner, atol=1e-12)


def test_a_wave_is_shifted_by_a_fraction_of_a_sample() -> None:
    at = np.arange(200.0)[None, :]
    for fraction in (0.25, 0.5, 0.9):
        wave, wanted = np.sin(0.3 * at), np.sin(0.3 * (at + fraction))
        inner = wanted[:, HALF_KERNEL:-HALF_KERNEL]
        np.testing.assert_allclose(shifted(wave, fraction), inner, atol=1e-3)


def test_on_a_sample_they_are_the_samples_of_the_surgery(lost: Surgery) -> None:
    samples = locked_samples_uv(lost, 1.5, 200)
    np.testing.assert_allclose(samples, lost.samples_uv(3000, 3200), atol=1e-9)


def test_every_pulse_of_the_nerve_starts_a_sweep(lost: Surgery) -> None:
    numbers = nerve_pulses(lost)
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= lost.pulses.time_s.size - 1
    last_s = float(lost.pulses.time_s[numbers[-1]])
    assert locked_samples_uv(lost, last_s, 400).shape == (2, 400)


def test_a_truth_that_cannot_be_written_is_told(lost: Surgery, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the truth cannot be written"):
        write_truth(lost, tmp_path, lost.marks)
