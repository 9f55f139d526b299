"""From sample index to the sender's time, in the present segment."""

import numpy as np
import pytest

from amr_monitor.drivers.lsl_line import ClockLine

RATE_HZ = 2000.0


def stamps(first: int, n_samples: int, *, drift: float = 0.0, offset_s: float = 0.0) -> np.ndarray:
    times: np.ndarray = 50.0 + offset_s + (first + np.arange(n_samples)) * (1 + drift) / RATE_HZ
    return times


@pytest.mark.parametrize("drift", [0.0, 1e-4, -1e-4])
def test_the_line_follows_the_pace_of_the_device(drift: float) -> None:
    line = ClockLine(rate_hz=RATE_HZ)
    for first in range(0, 60_000, 40):
        line.add(stamps(first, 40, drift=drift), at=first)
    assert line.rate_hz == pytest.approx(RATE_HZ / (1 + drift), rel=2e-6)
    np.testing.assert_allclose(line.time_s(60_000, 3), stamps(60_000, 3, drift=drift), atol=2e-5)
    assert line.index(float(stamps(59_000, 1, drift=drift)[0])) == pytest.approx(59_000, abs=0.05)


def test_late_stamps_now_and_then_do_not_move_it() -> None:
    generator = np.random.default_rng(1)
    line = ClockLine(rate_hz=RATE_HZ)
    for first in range(0, 40_000, 40):
        late_s = 0.05 if generator.random() < 0.1 else generator.normal(0.0, 2e-4)
        line.add(stamps(first, 40, offset_s=late_s), at=first)
    np.testing.assert_allclose(line.time_s(40_000, 1), stamps(40_000, 1), atol=2e-4)


def test_a_new_segment_keeps_the_pace() -> None:
    line = ClockLine(rate_hz=RATE_HZ)
    line.add(stamps(0, 40_000, drift=1e-4), at=0)
    line.step(3.0, at=40_000)
    assert line.first_index == 40_000
    assert line.age_s == 0.0
    expected = stamps(40_000, 1, drift=1e-4, offset_s=3.0)
    np.testing.assert_allclose(line.time_s(40_000, 1), expected, atol=2e-5)
    np.testing.assert_allclose(
        line.time_s(50_000, 1) - line.time_s(40_000, 1), [5.0 * (1 + 1e-4)], atol=2e-5
    )


def test_without_a_stamp_there_is_no_time() -> None:
    line = ClockLine(rate_hz=RATE_HZ)
    assert not line.is_set
    with pytest.raises(ValueError, match="no time"):
        line.time_s(0, 1)


def test_times_of_past_segments_are_found_and_those_between_are_not() -> None:
    line = ClockLine(rate_hz=RATE_HZ)
    line.add(stamps(0, 4000), at=0)
    line.step(3.0, at=4000)
    line.add(stamps(4000, 2000, offset_s=3.0), at=4000)
    assert line.index_received(51.0) == pytest.approx(2000.0)
    assert line.index_received(52.5) is None
    assert line.index_received(55.5) == pytest.approx(5000.0)
    assert line.index_received(49.0) is None
