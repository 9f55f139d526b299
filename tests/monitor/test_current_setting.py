"""The setting behind a measured current."""

import numpy as np
import pytest

from amr_monitor.monitor.current_setting import CurrentSetting
from amr_monitor.monitor.settings import StimulusSettings
from tests.monitor.evidence import analysed


def setting() -> CurrentSetting:
    return CurrentSetting(settings=StimulusSettings())


def test_a_commanded_current_is_taken_at_once() -> None:
    followed = setting()
    told = [10.0] * 20 + [8.0, 8.0, 12.0, None, 12.0]
    assert [followed.push(current) for current in told] == told


@pytest.mark.parametrize("seed", range(5))
def test_a_measured_current_that_scatters_by_three_percent_is_one_setting(seed: int) -> None:
    followed = setting()
    measured = 10.0 * (1.0 + 0.03 * np.random.default_rng(seed).standard_normal(2000))
    settled = np.array([followed.push(float(current)) for current in measured])[20:]
    assert np.mean(np.abs(settled / 10.0 - 1.0) > 0.05) < 0.005


def test_three_measured_pulses_in_a_row_are_another_setting() -> None:
    followed = setting()
    for current in (10.0, 10.1, 9.9, 10.05, 9.95):
        followed.push(current)
    assert followed.push(10.7) == pytest.approx(10.0, abs=0.1)
    assert followed.push(10.75) == pytest.approx(10.0, abs=0.1)
    assert followed.push(10.8) == 10.75


def test_a_measured_pulse_far_below_counts_as_what_it_is() -> None:
    followed = setting()
    for current in (10.0, 10.1, 9.9, 10.05, 9.95):
        followed.push(current)
    assert followed.push(6.0) == 6.0
    assert followed.push(10.0) == pytest.approx(10.0, abs=0.1)


def test_an_unknown_current_forgets_the_setting() -> None:
    followed = setting()
    assert [followed.push(c) for c in (10.0, None, 9.0)] == [10.0, None, 9.0]


def test_a_sweep_carries_the_setting() -> None:
    followed = setting()
    currents = (10.0, 10.1, 9.9, 10.2)
    sweeps = [followed.applied(analysed(n, current_ma=c)) for n, c in enumerate(currents)]
    assert sweeps[-1].stimulus.current_ma == pytest.approx(10.05)
