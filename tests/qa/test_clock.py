import time

import pytest

from amr_monitor.qa.clock import StepWatch, synchrony


def test_the_kernel_tells_whether_the_clock_is_set() -> None:
    told = synchrony()
    assert told.is_synchronised in (True, False, None)
    assert (told.largest_error_s is None) == (told.is_synchronised is None)
    assert told.largest_error_s is None or told.largest_error_s >= 0.0


def test_a_clock_that_is_set_meanwhile_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = StepWatch()
    assert abs(watch.step_s) < 1.0
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 3600.0)
    assert watch.step_s == pytest.approx(3600.0, abs=1.0)


def test_other_systems_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert synchrony().is_synchronised is None
