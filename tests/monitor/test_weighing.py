"""Evidence over sweeps: what counts, what is let go, how a fall is told from a cut."""

from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import Reason
from amr_monitor.monitor.evidence import SweepEvidence
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.weighing import EvidenceScale
from tests.dsp.calibrated import Calibrated, calibrated
from tests.sweeps import OCULI, Recording

SETTINGS = MonitorSettings()


@pytest.fixture(scope="module")
def patient() -> Calibrated:
    """Response of 100 uV in 120 sweeps, none in the 120 after them."""
    r = Recording(240, seed=150)
    r.amr[OCULI][120:] = 0.0
    return calibrated(r)


@pytest.fixture(scope="module")
def sweeps(patient: Calibrated) -> list[SweepEvidence]:
    """Return the evidence of every sweep, all accepted."""
    told = patient.evidence()
    return [
        SweepEvidence(
            sample_index=number,
            time_s=float(number),
            reasons=(),
            doubts=(),
            challenge_ma=None,
            log_likelihood=told.evidence[number],
            fired=bool(told.fired[number]),
            log_odds_present=float(told.log_odds_present[number]),
            log_odds_back=float(told.log_odds_back[number]),
            gain=float(told.gain[number]),
            latency_ms=10.0 if np.isfinite(told.latency_ms[number]) else None,
            m_fraction=1.0,
            noise_ratio=1.0,
        )
        for number in range(240)
    ]


@pytest.fixture
def scale(patient: Calibrated) -> EvidenceScale:
    """Return a fresh scale of that patient."""
    return EvidenceScale(calibration=patient.calibration, settings=SETTINGS, time_s=0.0)


def test_a_present_response_is_held_with_its_size(
    scale: EvidenceScale, sweeps: list[SweepEvidence]
) -> None:
    for sweep in sweeps[80:120]:
        scale.push(sweep, lost=False)
    assert scale.log_odds_absent < -10.0
    assert scale.rate_times_amplitude == pytest.approx(1.0, abs=0.25)
    assert scale.seen_of_last_10 >= 8
    assert scale.latency_ms == 10.0
    assert scale.amplitude_upper_bound_uv > 60.0


def test_silence_counts_up_and_the_moment_of_the_loss_is_found(
    scale: EvidenceScale, sweeps: list[SweepEvidence]
) -> None:
    for sweep in sweeps[80:160]:
        scale.push(sweep, lost=False)
    assert scale.log_odds_absent > 6.9
    assert scale.silent_sweeps >= 35
    assert scale.last_response_before_loss_s == pytest.approx(119.0, abs=1.1)
    scale.enter_loss()
    assert scale.last_response_s == pytest.approx(119.0, abs=1.1)
    assert scale.silent_sweeps == pytest.approx(40, abs=2)


def test_doubtful_silence_moves_only_what_takes_everything(
    scale: EvidenceScale, sweeps: list[SweepEvidence]
) -> None:
    for sweep in sweeps[125:165]:
        scale.push(replace(sweep, doubts=(Reason.M_WAVE_LOW,)), lost=False)
    assert scale.log_odds_absent_by_all > 6.9
    assert scale.log_odds_absent < -2.2
    # A single sweep of noise may look like a little response, and counts as one.
    assert scale.silent_sweeps <= 3


def test_a_doubtful_response_is_a_response(
    scale: EvidenceScale, sweeps: list[SweepEvidence]
) -> None:
    for sweep in sweeps[80:90]:
        scale.push(replace(sweep, doubts=(Reason.M_WAVE_LOW,)), lost=False)
    assert scale.last_response_s >= 85.0


def test_at_a_raised_current_only_silence_counts(
    scale: EvidenceScale, sweeps: list[SweepEvidence]
) -> None:
    for sweep in sweeps[120:160]:
        scale.push(sweep, lost=False)
    scale.enter_loss()
    before = scale.log_odds_absent
    for sweep in sweeps[80:100]:
        scale.push(replace(sweep, challenge_ma=13.0), lost=True)
    assert scale.return_sum < 25.0
    assert scale.log_odds_absent >= before - 1.0


def test_a_return_adds_up_within_a_few_sweeps(
    scale: EvidenceScale, sweeps: list[SweepEvidence]
) -> None:
    for sweep in sweeps[120:200]:
        scale.push(sweep, lost=True)
    scale.enter_loss()
    assert scale.return_sum < 12.0
    for sweep in sweeps[80:86]:
        scale.push(sweep, lost=True)
    assert scale.return_sum >= 25.0
    assert scale.return_from_s == pytest.approx(80.0, abs=2.1)


def test_after_a_pause_twenty_sweeps_come_before_a_verdict(
    scale: EvidenceScale, sweeps: list[SweepEvidence]
) -> None:
    assert scale.is_fresh
    for sweep in sweeps[80:120]:
        scale.push(sweep, lost=False)
    scale.restart(pause_s=90.0, lost=False)
    assert not scale.is_fresh
    for sweep in sweeps[120:139]:
        scale.push(sweep, lost=False)
    assert not scale.is_fresh
    scale.push(sweeps[139], lost=False)
    assert scale.is_fresh


def test_silence_is_kept_over_a_short_pause_and_not_over_a_long_one(
    scale: EvidenceScale, sweeps: list[SweepEvidence]
) -> None:
    for sweep in sweeps[120:150]:
        scale.push(sweep, lost=True)
    counted = scale.silent_sweeps
    scale.restart(pause_s=60.0, lost=True)
    assert scale.silent_sweeps == counted
    scale.restart(pause_s=60.1, lost=True)
    assert scale.silent_sweeps == 0


def fallen(scale: EvidenceScale, sweep: SweepEvidence, gains: np.ndarray) -> float:
    """Return how long a fall is told to have taken, at one sweep a second."""
    generator = np.random.default_rng(1)
    for second, gain in enumerate(gains):
        drawn = max(0.0, float(gain * np.exp(0.25 * generator.standard_normal())))
        scale.push(replace(sweep, time_s=float(second), gain=drawn), lost=False)
    return scale.fall_s


@pytest.mark.parametrize("fall_s", [120, 420, 600])
def test_a_fall_is_told_by_how_long_the_whole_of_it_took(
    scale: EvidenceScale, sweeps: list[SweepEvidence], fall_s: int
) -> None:
    gains = np.concatenate([np.ones(100), np.linspace(1.0, 0.0, fall_s), np.zeros(30)])
    told = fallen(scale, sweeps[100], gains)
    assert 0.85 * fall_s < told < 1.7 * fall_s
    assert (told > 300.0) == (fall_s > 300)


@pytest.mark.parametrize("level", [1.0, 0.6, 0.45, 0.3])
def test_a_response_that_is_cut_off_did_not_fall(
    scale: EvidenceScale, sweeps: list[SweepEvidence], level: float
) -> None:
    gains = np.concatenate([np.ones(100), np.full(500, level), np.zeros(40)])
    assert fallen(scale, sweeps[100], gains) < 120.0
