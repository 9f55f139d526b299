"""Sample index -> time, one fit per stretch without a hole."""

import numpy as np
import numpy.typing as npt
import pytest

from amr_monitor.drivers import sample_clock
from amr_monitor.drivers.sample_clock import ClockSegment, SampleClock, clock_segments

Floats = npt.NDArray[np.float64]


def segments_of(
    stamps_s: Floats,
    rate_hz: float,
    *,
    every: int = 1,
    nominal_hz: float | None = None,
) -> tuple[ClockSegment, ...]:
    """Fit stamps of which only every so many-th is the sample's own."""
    indices = np.arange(0, len(stamps_s), every)
    return clock_segments(
        indices,
        stamps_s[indices],
        n_samples=len(stamps_s),
        nominal_rate_hz=rate_hz if nominal_hz is None else nominal_hz,
    )


def pushed(times_s: Floats, *, chunk: int, lateness_s: Floats, rate_hz: float) -> Floats:
    """Return stamps as a sender makes them: one late stamp per chunk, the others deduced."""
    stamps = np.empty_like(times_s)
    for number, first in enumerate(range(0, len(times_s), chunk)):
        columns = np.arange(first, min(first + chunk, len(times_s)))
        last = columns[-1]
        stamps[columns] = times_s[last] + lateness_s[number] - (last - columns) / rate_hz
    return stamps


def test_even_stamps_are_one_segment_on_their_own_pace() -> None:
    times = 1234.5 + np.arange(50_000) / 10_000.0 * (1.0 + 1e-4)
    (segment,) = segments_of(times, 10_000.0)
    assert (segment.first_index, segment.n_samples) == (0, 50_000)
    assert segment.onset_s == pytest.approx(1234.5, abs=1e-9)
    np.testing.assert_allclose(segment.time_s(np.arange(50_000)), times, atol=1e-6)
    np.testing.assert_allclose(segment.index(times[::1000]), np.arange(0, 50_000, 1000), atol=0.02)


@pytest.mark.parametrize("lost", [1, 3, 200, 50_000])
def test_lost_samples_begin_a_segment_at_the_right_sample_and_time(lost: int) -> None:
    rate = 20_000.0
    taken = np.delete(np.arange(160_000), slice(50_000, 50_000 + lost))
    first, second = segments_of(100.0 + taken / rate, rate)
    assert (first.n_samples, second.first_index) == (50_000, 50_000)
    assert second.onset_s - first.end_s == pytest.approx(lost / rate, abs=1e-8)


def test_one_sample_in_a_hundred_lost_at_random() -> None:
    rate = 5000.0
    kept = np.random.default_rng(3).random(60_000) > 0.01
    kept[0] = True
    taken = np.flatnonzero(kept)
    segments = segments_of(7.0 + taken / rate, rate)
    wanted = np.flatnonzero(np.diff(taken) > 1) + 1
    assert [s.first_index for s in segments] == [0, *wanted.tolist()]
    onsets = [s.onset_s for s in segments]
    np.testing.assert_allclose(onsets, 7.0 + taken[[0, *wanted]] / rate, atol=1e-7)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_late_stamps_are_no_holes(seed: int) -> None:
    rate = 10_000.0
    times = 50.0 + np.arange(300_000) / rate
    late = np.random.default_rng(seed).exponential(0.001, 15_000)
    late[4000:4025] += np.linspace(0.05, 0.002, 25)  # the sender's computer was busy
    (segment,) = segments_of(pushed(times, chunk=20, lateness_s=late, rate_hz=rate), rate)
    departure = segment.time_s(np.arange(300_000)) - times
    assert np.ptp(departure) < 2e-4
    assert 0.0 < departure.mean() < 0.001


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_hole_between_late_stamps_is_found_where_it_is(seed: int) -> None:
    rate = 10_000.0
    taken = np.delete(np.arange(300_000), slice(120_000, 120_100))
    late = np.random.default_rng(seed).exponential(0.001, 15_000)
    stamps = pushed(taken / rate, chunk=20, lateness_s=late, rate_hz=rate)
    first, second = segments_of(stamps, rate)
    assert abs(second.first_index - 120_000) <= 20
    assert second.onset_s - first.end_s == pytest.approx(0.01, abs=3e-4)


def test_two_holes_close_to_each_other() -> None:
    rate = 10_000.0
    taken = np.delete(np.arange(200_000), np.r_[100_000:100_300, 105_000:105_200])
    late = np.random.default_rng(5).exponential(0.0005, 10_000)
    stamps = pushed(taken / rate, chunk=20, lateness_s=late, rate_hz=rate)
    assert len(segments_of(stamps, rate)) == 3


def test_one_wrong_stamp_is_no_hole_and_no_number_is_left_out() -> None:
    times = np.arange(20_000) / 1000.0
    times[7000] += 1e6
    times[9000] = np.nan
    times[9001] = np.inf
    (segment,) = segments_of(times, 1000.0)
    assert segment.onset_s == pytest.approx(0.0, abs=1e-6)
    assert segment.rate_hz == pytest.approx(1000.0, rel=1e-6)


@pytest.mark.parametrize("jump_s", [-90.0, 5.0])
def test_a_clock_that_jumps_begins_a_segment(jump_s: float) -> None:
    times = 100.0 + np.arange(40_000) / 2000.0
    times[25_000:] += jump_s
    first, second = segments_of(times, 2000.0)
    assert second.first_index == 25_000
    assert second.onset_s - first.end_s == pytest.approx(jump_s, abs=1e-6)


def test_a_few_stamps_are_enough() -> None:
    times = 3.0 + np.arange(100_000) / 20_000.0
    (segment,) = segments_of(times, 20_000.0, every=5000)
    np.testing.assert_allclose(segment.time_s([0, 99_999]), times[[0, -1]], atol=1e-9)


def test_a_pace_that_changes_slowly_is_followed() -> None:
    rate = 1000.0
    index = np.arange(1_200_000)
    times = index / rate + 0.01 * np.sin(index / 2e5)
    (segment,) = segments_of(times, rate, every=500)
    inside = index[60_000:-60_000:100]
    np.testing.assert_allclose(segment.time_s(inside), times[inside], atol=5e-4)


def test_without_a_nominal_rate_the_stamps_tell_it() -> None:
    times = np.arange(10_000) / 4000.0
    (segment,) = segments_of(times, 0.0)
    assert segment.rate_hz == pytest.approx(4000.0, rel=1e-6)


def test_a_wrong_nominal_rate_is_not_believed() -> None:
    times = np.arange(60_000) / 4000.0
    (segment,) = segments_of(times, 4000.0, nominal_hz=5000.0)
    assert segment.rate_hz == pytest.approx(4000.0, rel=1e-6)


@pytest.mark.parametrize(
    ("indices", "stamps", "n_samples", "rate_hz"),
    [([], [], 0, 1000.0), ([], [], 10, 1000.0), ([0], [1.0], 5, 0.0), ([0], [np.nan], 5, 9.0)],
)
def test_without_a_stamp_or_a_pace_there_is_no_segment(
    indices: list[int], stamps: list[float], n_samples: int, rate_hz: float
) -> None:
    found = clock_segments(
        np.array(indices, dtype=np.int64),
        np.array(stamps, dtype=np.float64),
        n_samples=n_samples,
        nominal_rate_hz=rate_hz,
    )
    assert found == ()


def test_one_stamp_and_a_rate_are_a_segment() -> None:
    (segment,) = clock_segments(
        np.array([2]), np.array([5.0]), n_samples=10, nominal_rate_hz=1000.0
    )
    assert segment.onset_s == pytest.approx(4.998)
    assert segment.end_s == pytest.approx(5.008)


def test_hours_of_stamps_in_parts_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rate = 10_000.0
    taken = np.delete(np.arange(600_000), np.r_[120_000:120_300, 300_000:301_000])
    late = np.random.default_rng(8).exponential(0.001, 30_000)
    stamps = pushed(taken / rate, chunk=20, lateness_s=late, rate_hz=rate)
    indices = np.arange(len(stamps))
    whole = segments_of(stamps, rate)
    assert len(whole) == 3
    monkeypatch.setattr(sample_clock, "SETTLED_AT_ONCE", 60_000)
    clock = SampleClock(nominal_rate_hz=rate)
    for first in range(0, len(stamps), 7_000):
        clock.push(indices[first : first + 7_000], stamps[first : first + 7_000])
    stretches = clock.stretches(n_samples=len(stamps))
    assert sum(len(stretch.indices) for stretch in stretches) < 30_000
    parts = sample_clock.fitted_segments(stretches, period_s=clock.period_s)
    assert [s.first_index for s in parts] == [s.first_index for s in whole]
    for part, other in zip(parts, whole, strict=True):
        assert part.onset_s == pytest.approx(other.onset_s, abs=2e-4)
        assert part.end_s == pytest.approx(other.end_s, abs=2e-4)
