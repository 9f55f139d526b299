import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.drivers.interpolation import interpolated
from amr_monitor.model.signal import FloatArray

SLOW = np.random.default_rng(1).normal(0, 10, 400).astype(np.float32)


def fast(
    first: int, n_samples: int, *, slow: FloatArray = SLOW, ratio: tuple[int, int]
) -> FloatArray:
    return interpolated(
        lambda start, count: slow[start : start + count],
        n_held=len(slow),
        first=first,
        n_samples=n_samples,
        per_record=ratio,
    )


@given(
    st.sampled_from([(2, 5), (1, 4), (4096, 10_000), (999, 1000)]),
    st.lists(st.integers(1, 200), min_size=1, max_size=6),
)
def test_a_sample_does_not_depend_on_what_is_read_with_it(
    ratio: tuple[int, int], sizes: list[int]
) -> None:
    n_fast = 400 * ratio[1] // ratio[0]
    whole = fast(0, n_fast, ratio=ratio)
    at = 0
    for size in sizes:
        count = min(size, n_fast - at)
        if count:
            np.testing.assert_array_equal(fast(at, count, ratio=ratio), whole[at : at + count])
        at += count


def test_samples_of_the_slow_channel_stand_where_they_were() -> None:
    np.testing.assert_array_equal(fast(0, 1600, ratio=(1, 4))[::4], SLOW)


@pytest.mark.parametrize(("frequency_hz", "most"), [(100.0, 1e-5), (400.0, 0.002), (1000.0, 0.06)])
def test_a_sine_keeps_its_shape(frequency_hz: float, most: float) -> None:
    slow = np.sin(2 * np.pi * frequency_hz * np.arange(2000) / 5000.0).astype(np.float32)
    expected = np.sin(2 * np.pi * frequency_hz * np.arange(8000) / 20_000.0)
    found = fast(0, 8000, slow=slow, ratio=(1, 4))
    assert np.abs(found - expected)[100:-100].max() < most


def test_beyond_the_ends_the_last_sample_stands() -> None:
    constant = np.full(10, 3.0, dtype=np.float32)
    np.testing.assert_allclose(fast(0, 40, slow=constant, ratio=(1, 4)), 3.0, rtol=1e-6)
