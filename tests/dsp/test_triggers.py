import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.dsp.triggers import (
    EdgeDetector,
    TriggerLevels,
    levels_of,
    pulse_levels,
    stands_at_two_levels,
)

RATE_HZ = 10_000.0
FIVE_VOLTS = TriggerLevels(low=0.0, high=5.0)


def pulses(
    onsets: list[float],
    n_samples: int,
    *,
    width: float = 50.0,
    rise: float = 2.0,
    low: float = 0.0,
    high: float = 5.0,
) -> np.ndarray:
    """Return a line with ramps of `rise` samples whose middles are the onsets."""
    columns = np.arange(n_samples)
    level = np.zeros(n_samples)
    for onset in onsets:
        up = np.clip((columns - onset) / rise + 0.5, 0.0, 1.0)
        down = np.clip((columns - onset - width) / rise + 0.5, 0.0, 1.0)
        level = np.maximum(level, up - down)
    return low + (high - low) * level


def edges(samples: np.ndarray, levels: TriggerLevels, *, refractory: float = 50.0) -> np.ndarray:
    return EdgeDetector(levels, refractory_samples=refractory).push(samples)


@given(st.floats(100.0, 9000.0), st.floats(2.0, 8.0))
def test_the_onset_is_found_to_a_fraction_of_a_sample(onset: float, rise: float) -> None:
    line = pulses([onset], 10_000, rise=rise)
    np.testing.assert_allclose(edges(line, FIVE_VOLTS), [onset], atol=1e-6)


def test_an_edge_of_one_step_lies_in_the_middle_whatever_the_noise() -> None:
    rng = np.random.default_rng(1)
    line = np.where(np.arange(50_000) % 1000 < 20, 5.0, 0.0)
    found = edges(line + rng.normal(0, 0.05, line.size), FIVE_VOLTS)
    np.testing.assert_array_equal(found, np.arange(1, 50) * 1000 - 0.5)


def test_integers_and_floats_give_the_same_edges() -> None:
    line = pulses([700.3, 1700.8, 2700.1], 4000)
    whole = np.round(line * 1000).astype(np.int16)
    levels = TriggerLevels(low=0.0, high=5000.0)
    np.testing.assert_array_equal(edges(whole, levels), edges(whole.astype(float), levels))


NOISY = pulses([300.2, 1300.4, 2300.9, 2340.0, 3300.5], 4000, width=30.0) + np.random.default_rng(
    2
).normal(0, 0.4, 4000)


@given(st.lists(st.integers(1, 900), max_size=40))
def test_the_same_edges_come_whatever_the_chunking(sizes: list[int]) -> None:
    detector = EdgeDetector(FIVE_VOLTS, refractory_samples=20.0)
    found = []
    at = 0
    for size in [*sizes, 4000]:
        found.append(detector.push(NOISY[at : at + size]))
        at += size
    np.testing.assert_array_equal(np.concatenate(found), edges(NOISY, FIVE_VOLTS, refractory=20.0))


def test_noise_near_half_height_makes_no_second_edge() -> None:
    slow = pulses([500.0], 2000, rise=400.0, width=600.0)
    rng = np.random.default_rng(3)
    assert len(edges(slow + rng.normal(0, 0.2, 2000), FIVE_VOLTS, refractory=0.0)) == 1


def test_bounces_inside_the_refractory_time_do_not_double_a_stimulus() -> None:
    line = pulses([500.0, 510.0, 520.0, 1500.0], 2000, width=5.0)
    np.testing.assert_allclose(edges(line, FIVE_VOLTS, refractory=50.0), [500.0, 1500.0])
    assert len(edges(line, FIVE_VOLTS, refractory=1.0)) == 4


def test_the_refractory_time_counts_from_the_edge_that_was_kept() -> None:
    line = pulses([500.0, 540.0, 580.0], 2000, width=5.0)
    np.testing.assert_allclose(edges(line, FIVE_VOLTS, refractory=50.0), [500.0, 580.0])


def test_a_train_of_tetanus_keeps_every_stimulus() -> None:
    onsets = (500.0 + 200.0 * np.arange(20)).tolist()
    np.testing.assert_allclose(edges(pulses(onsets, 5000), FIVE_VOLTS), onsets)


def test_a_line_that_begins_high_has_no_edge_until_it_falls_and_rises() -> None:
    line = np.concatenate([np.full(500, 5.0), np.zeros(500), np.full(10, 5.0)])
    np.testing.assert_array_equal(edges(line, FIVE_VOLTS), [999.5])


def test_a_gap_is_forgotten_with_what_was_before_it() -> None:
    detector = EdgeDetector(FIVE_VOLTS, refractory_samples=50.0)
    detector.push(np.zeros(100))
    detector.reset(sample_index=100)
    assert len(detector.push(np.full(100, 5.0))) == 0
    assert len(detector.push(np.zeros(100))) == 0
    np.testing.assert_array_equal(detector.push(np.full(9, 5.0)), [299.5])


def test_nothing_pushed_gives_nothing() -> None:
    assert len(edges(np.empty(0), FIVE_VOLTS)) == 0


ONE_A_SECOND = [1000.0 + 10_000.0 * k for k in range(30)]


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 5.0), (-2.5, 2.5), (100.0, 101.0), (-5000.0, 5000.0), (0.0, 1.0)]
)
def test_levels_are_found_wherever_they_lie(low: float, high: float) -> None:
    rng = np.random.default_rng(4)
    line = pulses(ONE_A_SECOND, 300_000, low=low, high=high)
    found = levels_of(line + rng.normal(0, 0.01 * (high - low), line.size), rate_hz=RATE_HZ)
    assert found is not None
    assert found.threshold == pytest.approx(0.5 * (low + high), abs=0.05 * (high - low))


def test_long_rest_and_a_few_spikes_do_not_change_the_levels() -> None:
    rng = np.random.default_rng(5)
    line = pulses(ONE_A_SECOND[:5], 300_000) + rng.normal(0, 0.05, 300_000)
    line[200_500] = 80.0
    line[250_500] = 60.0
    found = levels_of(line, rate_hz=RATE_HZ)
    assert found is not None
    assert found.threshold == pytest.approx(2.5, abs=0.2)


def test_a_square_wave_and_short_recordings_have_levels() -> None:
    square = np.where(np.arange(40_000) % 10_000 < 5000, 5.0, 0.0)
    assert levels_of(square, rate_hz=RATE_HZ) == FIVE_VOLTS
    assert levels_of(square[:5500], rate_hz=RATE_HZ) == FIVE_VOLTS
    one = np.zeros(200_000)
    one[100_000:100_050] = 5.0
    assert levels_of(one, rate_hz=RATE_HZ) == FIVE_VOLTS


@pytest.mark.parametrize("kind", ["flat", "high", "noise", "hum", "last_bit", "drift", "nothing"])
def test_a_line_that_is_no_trigger_has_no_levels(kind: str) -> None:
    rng = np.random.default_rng(6)
    columns = np.arange(100_000)
    line = {
        "flat": np.zeros(100_000),
        "high": np.full(100_000, 5.0),
        "noise": rng.normal(0, 1, 100_000),
        "hum": np.sin(2 * np.pi * 50 * columns / RATE_HZ),
        "last_bit": rng.integers(0, 2, 100_000).astype(float),
        "drift": columns / 100_000,
        "nothing": np.empty(0),
    }[kind]
    assert levels_of(line, rate_hz=RATE_HZ) is None


def test_levels_must_rise() -> None:
    with pytest.raises(ValueError, match="rises"):
        TriggerLevels(low=1.0, high=1.0)
    assert pulse_levels(np.empty(0), np.empty(0)) is None
    assert not stands_at_two_levels([], FIVE_VOLTS, rate_hz=RATE_HZ)
