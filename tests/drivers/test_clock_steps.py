"""Where stamps step for good, and the pace between."""

import numpy as np
import numpy.typing as npt
import pytest

from amr_monitor.drivers.clock_steps import ClockBounds, sample_period_s, step_positions

PERIOD_S = 1e-4


def steps_of(stamps: npt.NDArray[np.float64]) -> list[int]:
    indices = np.arange(len(stamps))
    return step_positions(indices, stamps, period_s=PERIOD_S, bounds=ClockBounds())


def test_even_stamps_have_none() -> None:
    assert steps_of(PERIOD_S * np.arange(1000, dtype=np.float64)) == []
    assert steps_of(np.zeros(1)) == []


def test_each_lost_sample_is_one_where_nothing_jitters() -> None:
    taken = np.delete(np.arange(5000), [100, 101, 700, 2500])
    assert steps_of(PERIOD_S * taken.astype(np.float64)) == [100, 698, 2497]


@pytest.mark.parametrize("seed", range(5))
def test_jitter_alone_has_none(seed: int) -> None:
    generator = np.random.default_rng(seed)
    assert steps_of(np.arange(20_000) * PERIOD_S + generator.normal(0.0, 1e-3, 20_000)) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_step_within_jitter_is_one(seed: int) -> None:
    generator = np.random.default_rng(seed)
    stamps = np.arange(40_000) * PERIOD_S + generator.normal(0.0, 2e-4, 40_000)
    stamps[20_000:] += 0.005
    (at,) = steps_of(stamps)
    assert abs(at - 20_000) <= 3


def test_what_comes_back_is_none() -> None:
    stamps = PERIOD_S * np.arange(50_000, dtype=np.float64)
    stamps[20_000:22_000] += np.linspace(0.2, 0.0, 2000)  # 0.2 s late, then caught up
    assert steps_of(stamps) == []


def test_the_pace_is_not_that_of_the_holes() -> None:
    kept = np.flatnonzero(np.arange(60_000) % 50 != 17)
    stamps = kept.astype(np.float64) / 5000.0
    period = sample_period_s(np.arange(len(kept)), stamps, nominal_rate_hz=5000.0)
    assert period == pytest.approx(0.0002, rel=1e-9)


def test_the_pace_drifts_with_the_device() -> None:
    stamps = (1.0 + 8e-5) * PERIOD_S * np.arange(100_000, dtype=np.float64)
    period = sample_period_s(np.arange(100_000), stamps, nominal_rate_hz=10_000.0)
    assert period == pytest.approx(PERIOD_S * (1.0 + 8e-5), rel=1e-7)


def test_without_stamps_the_nominal_rate_is_all_there_is() -> None:
    none = np.empty(0, dtype=np.float64)
    assert sample_period_s(np.empty(0, np.int64), none, nominal_rate_hz=500.0) == 0.002
    assert sample_period_s(np.empty(0, np.int64), none, nominal_rate_hz=0.0) == 0.0
