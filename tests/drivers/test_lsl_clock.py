"""Whether a stream goes on without a hole: by counter, by steps, by stamps that come back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amr_monitor.drivers.lsl_clock import Break, StreamClock

RATE_HZ = 2000.0
N_CHUNK = 40


def exact(n_samples: int) -> np.ndarray:
    times: np.ndarray = 10.0 + np.arange(n_samples) / RATE_HZ
    return times


def jittering(n_samples: int, *, sd_s: float = 0.001, seed: int = 0) -> np.ndarray:
    """Return stamps as of a program that stamps its chunks when it sends them."""
    late_s = np.random.default_rng(seed).normal(0.0, sd_s, size=n_samples // N_CHUNK + 1)
    times: np.ndarray = exact(n_samples) + np.repeat(late_s, N_CHUNK)[:n_samples]
    return times


def told(
    stamps_s: np.ndarray,
    *,
    sizes: list[int] | None = None,
    counter: np.ndarray | None = None,
    late_by_s: np.ndarray | None = None,
) -> list[tuple[int, Break]]:
    """Return the breaks with the samples before them; every sample is released once."""
    clock = StreamClock(rate_hz=RATE_HZ, has_counter=counter is not None)
    breaks = []
    done = released = number = 0
    while done < len(stamps_s):
        end = min(done + (sizes or [N_CHUNK])[number % len(sizes or [1])], len(stamps_s))
        arrived_s = 500.0 + end / RATE_HZ + (0.0 if late_by_s is None else late_by_s[end - 1])
        for release in clock.push(
            stamps_s[done:end],
            arrived_s=arrived_s,
            counter=None if counter is None else counter[done:end],
        ):
            if release.before is not None:
                breaks.append((released, release.before))
            released += release.n_samples
        done, number = end, number + 1
    for release in clock.settle():
        if release.before is not None:
            breaks.append((released, release.before))
        released += release.n_samples
    assert released == len(stamps_s)
    return breaks


def test_stamps_in_step_have_no_break() -> None:
    assert told(exact(20_000)) == []


@pytest.mark.parametrize("n_lost", [1, 7, 5000])
def test_exact_stamps_show_a_single_lost_sample(n_lost: int) -> None:
    stamps = exact(20_000)
    stamps[9000:] += n_lost / RATE_HZ
    arrived = np.where(np.arange(20_000) >= 9000, n_lost / RATE_HZ, 0.0)
    ((at, found),) = told(stamps, late_by_s=arrived)
    assert at == 9000
    assert found.missing_s == pytest.approx(n_lost / RATE_HZ, abs=1e-6)
    assert found.clock_step_s == 0.0


@settings(max_examples=25)
@given(st.lists(st.integers(1, 900), min_size=2, max_size=5))
def test_the_size_of_chunks_changes_nothing(sizes: list[int]) -> None:
    stamps = exact(6000)
    stamps[3000:] += 0.010
    stamps[4000:] += 0.002
    assert told(stamps, sizes=sizes) == told(stamps)


@pytest.mark.parametrize("seed", range(5))
def test_jitter_is_no_hole(seed: int) -> None:
    assert told(jittering(60_000, seed=seed)) == []


def test_a_chunk_that_is_late_for_a_moment_is_no_hole() -> None:
    stamps = jittering(60_000, sd_s=0.0005)
    stamps[30_000 : 30_000 + N_CHUNK] += 0.030
    assert told(stamps) == []


def test_a_hole_shows_through_jitter() -> None:
    stamps = jittering(60_000, sd_s=0.0005)
    stamps[30_000:] += 0.030
    breaks = told(stamps)
    assert [at for at, _ in breaks] == [30_000]
    assert breaks[0][1].missing_s == pytest.approx(0.030, abs=0.003)


def test_a_clock_that_jumps_is_told_from_a_pause_by_when_samples_come() -> None:
    stamps = exact(20_000)
    stamps[9000:] += 5.0
    ((_, jumped),) = told(stamps)
    assert jumped.clock_step_s == pytest.approx(5.0, abs=0.1)
    assert jumped.missing_s <= 0.1
    late = np.where(np.arange(20_000) >= 9000, 5.0, 0.0)
    ((_, paused),) = told(stamps, late_by_s=late)
    assert paused.clock_step_s == 0.0
    assert paused.missing_s == pytest.approx(5.0)


def test_a_clock_that_goes_back_ends_the_segment() -> None:
    stamps = exact(20_000)
    stamps[9000:] -= 3.0
    ((at, found),) = told(stamps)
    assert at == 9000
    assert found.clock_step_s == pytest.approx(-3.0)
    assert found.missing_s == pytest.approx(1 / RATE_HZ)


def test_the_counter_decides_alone() -> None:
    counter = np.arange(20_000.0)
    counter[9000:] += 12
    stamps = jittering(20_000, sd_s=0.003)
    stamps[9000:] += 12 / RATE_HZ
    ((at, found),) = told(stamps, counter=counter)
    assert at == 9000
    assert found.missing_s == pytest.approx(12 / RATE_HZ)


def test_with_a_counter_a_jump_of_the_clock_misses_nothing() -> None:
    stamps = exact(20_000)
    stamps[9000:] += 5.0
    ((at, found),) = told(stamps, counter=np.arange(20_000.0))
    assert (at, found.missing_s) == (9000, 0.0)
    assert found.clock_step_s == pytest.approx(5.0)


def test_a_counter_that_does_not_count_is_not_believed() -> None:
    stamps = exact(20_000)
    stamps[9000:] += 0.010
    ((at, _),) = told(stamps, counter=np.zeros(20_000))
    assert at == 9000
    clock = StreamClock(rate_hz=RATE_HZ, has_counter=True)
    clock.push(exact(2000), arrived_s=0.0, counter=np.zeros(2000))
    assert not clock.counts
    assert clock.smallest_hole_s == pytest.approx(0.5 / RATE_HZ)
