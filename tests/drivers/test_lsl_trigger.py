"""Stimuli on the trigger channel of a live stream."""

import numpy as np
import pytest

from amr_monitor.drivers.lsl_trigger import LiveTrigger
from amr_monitor.dsp.triggers import TriggerSettings

RATE_HZ = 2000.0


def line(
    seconds: float, stimuli_s: list[float], *, rest: float = 0.0, height: float = 5.0
) -> np.ndarray:
    at_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    high = np.zeros(at_s.size, dtype=bool)
    for onset_s in stimuli_s:
        high |= (at_s >= onset_s) & (at_s < onset_s + 0.004)
    values: np.ndarray = rest + height * high
    return values


def edges(
    samples: np.ndarray, *, n_chunk: int = 40, settings: TriggerSettings | None = None
) -> list[float]:
    trigger = LiveTrigger(rate_hz=RATE_HZ, settings=settings or TriggerSettings())
    found = []
    for first in range(0, len(samples), n_chunk):
        found += trigger.push(first, samples[first : first + n_chunk])
    return [position / RATE_HZ for position in found]


STIMULI_S = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


@pytest.mark.parametrize("n_chunk", [1, 37, 500, 20_000])
def test_edges_are_found_once_levels_are_learnt_whatever_the_chunks(n_chunk: int) -> None:
    found = edges(line(7.0, STIMULI_S), n_chunk=n_chunk)
    np.testing.assert_allclose(found, STIMULI_S, atol=1 / RATE_HZ)


def test_noise_and_hum_are_no_trigger() -> None:
    noise = np.random.default_rng(1).normal(0.0, 1.0, size=40_000)
    assert edges(noise) == []
    assert edges(np.sin(np.arange(40_000) * 2 * np.pi * 50 / RATE_HZ)) == []
    assert edges(np.zeros(40_000)) == []


def test_a_threshold_needs_no_learning_of_the_height() -> None:
    settings = TriggerSettings(threshold=1.0)
    np.testing.assert_allclose(
        edges(line(7.0, STIMULI_S), settings=settings), STIMULI_S, atol=1 / RATE_HZ
    )
    assert edges(line(7.0, STIMULI_S, height=0.9), settings=settings) == []


def test_levels_are_looked_for_anew_where_the_line_has_changed() -> None:
    later_s = [20.0 + k for k in range(6)]
    samples = line(30.0, STIMULI_S) + line(30.0, later_s, height=1.0)
    found = edges(samples)
    assert set(np.round(found).tolist()) >= {1, 2, 3, 4, 5, 6, 23, 24, 25}


def test_after_a_gap_the_levels_are_known() -> None:
    trigger = LiveTrigger(rate_hz=RATE_HZ, settings=TriggerSettings())
    samples = line(7.0, STIMULI_S)
    trigger.push(0, samples)
    assert trigger.has_levels
    trigger.gap(50_000)
    found = trigger.push(50_000, line(1.0, [0.5]))
    np.testing.assert_allclose(found, [51_000], atol=1)


def test_levels_are_learnt_over_gaps() -> None:
    trigger = LiveTrigger(rate_hz=RATE_HZ, settings=TriggerSettings())
    samples = line(7.0, STIMULI_S)
    found = []
    for first in range(0, len(samples), 700):
        if first:
            trigger.gap(first)
        found += trigger.push(first, samples[first : first + 700])
    np.testing.assert_allclose(np.array(found) / RATE_HZ, STIMULI_S, atol=1 / RATE_HZ)
