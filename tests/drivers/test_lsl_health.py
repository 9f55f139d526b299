"""Pace and jitter of a stream."""

import numpy as np
import pytest

from amr_monitor.drivers.lsl_clock import StreamClock
from amr_monitor.drivers.lsl_health import StreamHealth
from amr_monitor.model.source import SourceWarning, WarningCourse

RATE_HZ = 2000.0
N_CHUNK = 40


def told(
    *, seconds: float = 40.0, drift: float = 0.0, jitter_s: float = 0.0, back_after_s: float = 1e9
) -> list[SourceWarning]:
    generator = np.random.default_rng(2)
    clock = StreamClock(rate_hz=RATE_HZ)
    health = StreamHealth("amp")
    warnings: list[SourceWarning] = []
    time_s = 10.0
    for first in range(0, round(seconds * RATE_HZ), N_CHUNK):
        pace = (1.0 + (drift if first / RATE_HZ < back_after_s else 0.0)) / RATE_HZ
        late_s = float(generator.normal(0.0, jitter_s or 1e-9))
        stamps = time_s + late_s + np.arange(N_CHUNK, dtype=np.float64) * pace
        time_s += N_CHUNK * pace
        clock.push(stamps, arrived_s=first / RATE_HZ)
        warnings += health.look(clock, nominal_hz=RATE_HZ, index=first)
    return warnings


@pytest.mark.parametrize("drift", [0.0, 1e-4, -1e-4])
def test_a_usual_clock_is_not_spoken_of(drift: float) -> None:
    assert told(drift=drift) == []
    assert told(drift=drift, jitter_s=0.001) == []


@pytest.mark.parametrize("drift", [1e-3, -1e-3])
def test_a_rate_that_is_not_the_one_told_is_a_condition(drift: float) -> None:
    (warning,) = told(drift=drift)
    assert (warning.code, warning.course) == ("rate_differs", WarningCourse.BEGINS)
    assert f"{RATE_HZ / (1 + drift):.1f} Hz" in warning.message


def test_the_condition_ends_with_its_cause() -> None:
    courses = [w.course for w in told(seconds=140.0, drift=1e-3, back_after_s=40.0)]
    assert courses == [WarningCourse.BEGINS, WarningCourse.ENDS]


def test_stamps_that_hide_holes_are_told_once() -> None:
    (warning,) = told(jitter_s=0.010)
    assert (warning.code, warning.course) == ("stamps_jitter", WarningCourse.ONCE)
