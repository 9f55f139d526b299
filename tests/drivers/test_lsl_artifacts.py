"""Stimuli by their artifacts alone."""

import numpy as np

from amr_monitor.drivers.lsl_artifacts import FEWEST_TO_LEARN, LiveArtifacts
from amr_monitor.drivers.lsl_recent import RecentSamples
from tests.drivers.lsl_fakes import RATE_HZ, sent


def found_s(stimuli_s: list[float], *, seconds: float, n_chunk: int = 40) -> list[float]:
    values = sent(seconds=seconds, stimuli_s=stimuli_s, n_channels=2).values.T
    recent = RecentSamples(n_channels=2, n_samples=round(4 * RATE_HZ))
    artifacts = LiveArtifacts(rate_hz=RATE_HZ, refractory_ms=5.0, recent=recent)
    found: list[float] = []
    for first in range(0, values.shape[1], n_chunk):
        recent.push(first, values[:, first : first + n_chunk])
        found += artifacts.advance()
    return [position / RATE_HZ for position in found]


def test_the_first_ones_teach_and_the_others_are_found() -> None:
    stimuli_s = [0.7 + 0.4 * k for k in range(30)]
    found = found_s(stimuli_s, seconds=13.5)
    assert len(found) >= len(stimuli_s) - FEWEST_TO_LEARN
    np.testing.assert_allclose(found, stimuli_s[-len(found) :], atol=0.51 / RATE_HZ)
    assert found_s(stimuli_s, seconds=13.5, n_chunk=7) == found


def test_noise_has_none() -> None:
    assert found_s([], seconds=10.0) == []


def test_a_gap_is_not_looked_over() -> None:
    recent = RecentSamples(n_channels=2, n_samples=8000)
    artifacts = LiveArtifacts(rate_hz=RATE_HZ, refractory_ms=5.0, recent=recent)
    recent.gap(5000)
    artifacts.gap(5000)
    assert artifacts.next_index == 5000
    assert artifacts.advance() == []
