"""The newest samples, for what looks back."""

import numpy as np

from amr_monitor.drivers.lsl_recent import RecentSamples


def ramp(first: int, n_samples: int) -> np.ndarray:
    values: np.ndarray = np.arange(first, first + n_samples, dtype=np.float32)[np.newaxis]
    return values


def test_any_window_of_what_is_held_is_what_was_sent() -> None:
    recent = RecentSamples(n_channels=1, n_samples=100)
    done = 0
    for size in [30, 70, 1, 99, 100, 7, 50]:
        recent.push(done, ramp(done, size))
        done += size
        first = max(done - 100, 0)
        window = recent.window(first, done - first)
        assert window is not None
        np.testing.assert_array_equal(window, ramp(first, done - first))
    assert recent.window(done - 10, 11) is None
    assert recent.window(0, 1) is None


def test_more_than_it_holds_leaves_the_newest() -> None:
    recent = RecentSamples(n_channels=1, n_samples=100)
    recent.push(0, ramp(0, 1000))
    window = recent.window(900, 100)
    assert window is not None
    np.testing.assert_array_equal(window, ramp(900, 100))


def test_nothing_reaches_over_a_gap() -> None:
    recent = RecentSamples(n_channels=1, n_samples=100)
    recent.push(0, ramp(0, 50))
    recent.gap(50)
    recent.push(50, ramp(50, 20))
    assert recent.segment_index == recent.first_index == 50
    assert recent.window(45, 10) is None
