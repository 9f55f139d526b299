"""What is shown where a baseline is to be accepted."""

from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.events import BaselineAccepted, BaselineProgress
from amr_monitor.monitor.baseline_conditions import (
    baseline_conditions,
    conditions_in_words,
    current_spread_hints,
)
from amr_monitor.monitor.commands import SetContext
from amr_monitor.monitor.settings import BaselineSettings
from tests.dsp.calibrated import Calibrated, calibrated
from tests.feeding import run
from tests.sweeps import Recording

RULES = BaselineSettings()
BURST = [float(second) for second in range(30)]


@pytest.fixture(scope="module")
def patient() -> Calibrated:
    return calibrated(Recording(80, seed=120))


def two_bursts(apart_s: float, change: float) -> tuple[list[float], list[float]]:
    times = [*BURST, *(apart_s + second for second in BURST)]
    return times, [1000.0] * 30 + [1000.0 * (1.0 + change)] * 30


def test_one_burst_shows_nothing_of_a_steady_m_wave() -> None:
    told = baseline_conditions(BURST, [1000.0] * 30, "", RULES)
    assert (told.n_bursts, told.burst_interval_s, told.steady) == (1, None, False)
    assert conditions_in_words(told, RULES) == (
        "M wave not shown to be steady: no two bursts 4 min apart",
        "TOF not known",
    )


@pytest.mark.parametrize(
    ("apart_s", "change", "steady"),
    [(300.0, 0.10, True), (240.0, -0.15, True), (300.0, 0.16, False), (200.0, 0.0, False)],
)
def test_two_bursts_four_minutes_apart_within_15_percent_do(
    apart_s: float,
    change: float,
    steady: bool,  # noqa: FBT001
) -> None:
    told = baseline_conditions(*two_bursts(apart_s, change), "TOF_ratio 95 %", RULES)
    assert told.steady is steady
    assert (told.n_bursts, told.burst_interval_s) == (2, apart_s)
    assert told.m_wave_change_percent == pytest.approx(100.0 * change, abs=0.1)
    assert (told.tof_known, told.tof) == (True, "TOF_ratio 95 %")


def test_what_was_seen_is_said_in_words() -> None:
    steady = baseline_conditions(*two_bursts(300.0, 0.04), "TOF_count 4", RULES)
    assert conditions_in_words(steady, RULES) == (
        "M wave steady: two bursts 5 min apart, changed by +4 %",
        "TOF_count 4",
    )
    grown = baseline_conditions(*two_bursts(300.0, 0.4), "", RULES)
    assert conditions_in_words(grown, RULES)[0] == (
        "M wave not steady: changed by +40 % from the first burst to the last"
    )


def test_a_few_lone_stimuli_are_no_burst() -> None:
    told = baseline_conditions([*BURST, 400.0, 401.0], None, "", RULES)
    assert (told.n_bursts, told.burst_interval_s, told.steady) == (2, None, False)


def test_without_an_m_wave_or_a_sweep_nothing_is_claimed() -> None:
    times, _ = two_bursts(300.0, 0.0)
    assert baseline_conditions(times, None, "", RULES).m_wave_change_percent is None
    unmeasured = [float("nan")] * 60
    assert not baseline_conditions(times, unmeasured, "", RULES).steady
    assert baseline_conditions([], [], "", RULES).n_bursts == 0


def test_a_large_early_wave_in_the_lead_is_noted_as_spread_of_the_current(
    patient: Calibrated,
) -> None:
    plain = patient.calibration
    assert current_spread_hints(plain, m_wave_uv=2000.0, settings=RULES) == ()
    spread = replace(plain, own_m_uv=400.0, onset_ms=9.0)
    (line,) = current_spread_hints(spread, m_wave_uv=2000.0, settings=RULES)
    assert line == "current spread: a wave of 400 uV at 2 to 6 ms in orbicularis oculi"
    assert current_spread_hints(spread, m_wave_uv=9000.0, settings=RULES) == ()


def test_with_current_spread_a_wave_at_10_to_12_ms_may_be_the_blink_reflex(
    patient: Calibrated,
) -> None:
    spread = replace(patient.calibration, own_m_uv=400.0, onset_ms=10.6)
    _, line = current_spread_hints(spread, m_wave_uv=2000.0, settings=RULES)
    assert line == "with current spread the wave at 10.6 ms may be the blink reflex R1"
    silent = replace(spread, elicited=False)
    assert len(current_spread_hints(silent, m_wave_uv=2000.0, settings=RULES)) == 1
    assert np.isfinite(patient.calibration.snr)


def test_progress_and_acceptance_tell_them() -> None:
    times_s = [0.7 + second for second in range(30)] + [300.7 + second for second in range(40)]
    r = Recording(0, rate_hz=2000.0, seed=78, times_s=times_s)
    tof = SetContext(sample_index=r.index(299.0), name="TOF_count", value="4")
    told = run(r, [tof])
    accepted = told.one(BaselineAccepted)
    assert accepted.conditions is not None
    assert accepted.conditions.steady
    assert accepted.conditions.tof == "TOF_count 4"
    assert accepted.hints[-2:] == (
        "M wave steady: two bursts 5 min apart, changed by "
        f"{accepted.conditions.m_wave_change_percent:+.0f} %",
        "TOF_count 4",
    )
    first = told.of(BaselineProgress)[0]
    assert first.conditions is not None
    assert not first.conditions.tof_known
    assert "TOF not known" in first.hints
