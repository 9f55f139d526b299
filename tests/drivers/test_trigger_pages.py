"""A trigger channel is the same whether it is read or remembered."""

import numpy as np
import pytest

from amr_monitor.drivers import trigger_pages
from amr_monitor.drivers.trigger_pages import PAGE_SAMPLES, TriggerPages
from amr_monitor.dsp.triggers import IntOrFloatArray

N_SAMPLES = 3 * PAGE_SAMPLES + 1000


class Channel:
    """Counts what is read from the disk."""

    def __init__(self, samples: IntOrFloatArray) -> None:
        self.samples = samples
        self.n_read = 0

    def read(self, first: int, n_samples: int) -> IntOrFloatArray:
        self.n_read += n_samples
        return self.samples[first : first + n_samples]


def pulses() -> IntOrFloatArray:
    level = np.zeros(N_SAMPLES, dtype=np.float32)
    for at in range(700, N_SAMPLES - 100, 20_000):
        level[at : at + 80] = 5.0
        level[at - 1] = 2.2
    return level


def same(pages: TriggerPages, samples: IntOrFloatArray) -> None:
    for first, n in ((0, N_SAMPLES), (PAGE_SAMPLES - 5, 10), (699, 3), (N_SAMPLES - 1, 1), (5, 0)):
        np.testing.assert_array_equal(pages.read(first, n) if n else [], samples[first : first + n])


def test_a_channel_that_rests_is_read_once() -> None:
    channel = Channel(pulses())
    pages = TriggerPages(channel.read, N_SAMPLES)
    same(pages, channel.samples)
    same(pages, channel.samples)
    assert channel.n_read <= N_SAMPLES + 4 * 1000


def test_a_channel_that_rests_nowhere_is_read_again() -> None:
    noise = np.random.default_rng(1).normal(0.0, 1.0, N_SAMPLES)
    channel = Channel(noise)
    pages = TriggerPages(channel.read, N_SAMPLES)
    same(pages, noise)
    same(pages, noise)
    assert channel.n_read > 2 * N_SAMPLES


def test_no_more_is_remembered_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trigger_pages, "MOST_BYTES", 1)
    channel = Channel(pulses().astype(np.int64))
    pages = TriggerPages(channel.read, N_SAMPLES)
    same(pages, channel.samples)
    same(pages, channel.samples)
    assert channel.n_read > N_SAMPLES + PAGE_SAMPLES
