"""What the baseline teaches, right and on the safe side."""

import numpy as np
import pytest

from amr_monitor.dsp.calibration import MuscleCalibration, calibrate, expected_sweeps_to_loss
from amr_monitor.dsp.conditioning import condition, sweep_geometry
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.dsp.skips import Skips
from amr_monitor.model.case import Muscle
from tests.dsp.calibrated import Calibrated
from tests.sweeps import MENTALIS, OCULI, SWEEP_MS, Patient, Recording

SETTINGS = DetectorSettings()


def learnt(recording: Recording, muscle: Muscle = OCULI) -> MuscleCalibration:
    """Calibrate one muscle on all sweeps of a recording."""
    geometry = sweep_geometry(recording.rate_hz, *SWEEP_MS, SETTINGS)
    conditioned = condition(recording.sweeps(), geometry, SETTINGS)
    row = recording.muscles.index(muscle)
    return calibrate(conditioned, row, muscle, geometry, SETTINGS)


def test_amplitude_onset_and_noise_are_those_of_the_patient() -> None:
    found = learnt(Recording(80, rate_hz=10_000.0, seed=50))
    assert found.elicited
    assert found.amplitude_uv == pytest.approx(100.0, rel=0.3)
    assert found.onset_ms == pytest.approx(10.0, abs=1.2)
    assert found.noise_uv == pytest.approx(5.0, rel=0.2)
    assert found.snr == pytest.approx(found.amplitude_uv / found.noise_uv)
    assert found.artifact_uv == pytest.approx(1100.0, rel=0.2)


@pytest.mark.parametrize("seed", range(8))
def test_no_response_is_found_where_there_is_none(seed: int) -> None:
    silent = Recording(80, patient=Patient(amplitude_uv={}), seed=100 + seed)
    assert not learnt(silent).elicited
    assert not learnt(silent, MENTALIS).elicited


@pytest.mark.parametrize("seed", range(6))
def test_a_response_of_20_uv_in_5_uv_is_found(seed: int) -> None:
    small = Recording(
        80, rate_hz=10_000.0, patient=Patient(amplitude_uv={OCULI: 20.0}), seed=200 + seed
    )
    assert learnt(small).elicited


def test_a_response_that_fires_in_a_third_of_sweeps_is_found_with_its_rate() -> None:
    found = learnt(Recording(120, patient=Patient(skip=0.65), seed=51))
    assert found.elicited
    rates = found.rates(SETTINGS, watch="loss")
    misses = rates.blocked_entry / (rates.blocked_entry + rates.blocked_exit)
    assert misses == pytest.approx(0.65, abs=0.12)


def test_one_that_seldom_skips_is_expected_to_be_missed_sooner() -> None:
    steady = learnt(Recording(120, patient=Patient(skip=0.0), seed=52))
    skipping = learnt(Recording(120, patient=Patient(skip=0.6), seed=52))
    assert steady.expected_sweeps is not None
    assert steady.expected_sweeps < 25
    assert skipping.expected_sweeps is None or skipping.expected_sweeps > steady.expected_sweeps


def test_the_far_m_wave_is_a_proof_of_life_where_it_stands_out() -> None:
    with_copy = learnt(Recording(80, seed=53))
    without = learnt(Recording(80, patient=Patient(m_copy=0.0), seed=53))
    assert with_copy.own_m_uv == pytest.approx(80.0, rel=0.5)
    assert without.own_m_uv is None


def test_afterdischarge_at_baseline_takes_the_late_control_away() -> None:
    calm = learnt(Recording(80, seed=54))
    recording = Recording(80, seed=54)
    generator = np.random.default_rng(1)
    recording.overlays = [
        (OCULI, time_s + 0.047, 40.0 * generator.standard_normal(60))
        for time_s in recording.times_s[::3]
    ]
    assert calm.use_late
    assert not learnt(recording).use_late


@pytest.mark.parametrize("seed", range(3))
def test_a_response_with_afterdischarge_is_still_a_response(seed: int) -> None:
    recording = Recording(70, seed=seed)
    generator = np.random.default_rng(seed)
    recording.overlays = [
        (OCULI, time_s + 0.03, 40.0 * generator.standard_normal(150))
        for time_s in recording.times_s
        if generator.random() < 0.4
    ]
    found = learnt(recording)
    assert found.elicited
    assert found.amplitude_uv == pytest.approx(80.0, rel=0.3)


def test_a_strong_wave_that_never_varies_is_no_response() -> None:
    recording = Recording(80, patient=Patient(amplitude_uv={}), seed=55)
    wave = 60.0 * np.sin(np.linspace(0.0, 4.0 * np.pi, 25))
    recording.overlays = [(OCULI, time_s + 0.011, wave) for time_s in recording.times_s]
    constant, varying = learnt(recording), learnt(Recording(80, seed=55))
    assert constant.invariant
    assert not constant.elicited
    assert varying.elicited
    assert not varying.invariant


def test_an_f_wave_before_the_window_of_mentalis_is_told_by_its_variation() -> None:
    late = Patient(
        amplitude_uv={MENTALIS: 80.0},
        onset_ms={MENTALIS: 8.0},
        variation=0.5,
        jitter_ms=0.6,
        skip=0.3,
    )
    quiet = Patient(amplitude_uv={MENTALIS: 80.0}, onset_ms={MENTALIS: 14.0})
    assert learnt(Recording(80, patient=late, seed=56), MENTALIS).early_variation > 2.0
    assert learnt(Recording(80, patient=quiet, seed=56), MENTALIS).early_variation < 2.0


def test_a_residual_counts_as_gone_below_10_uv_within_bounds(patient: Calibrated) -> None:
    calibration = patient.calibration
    lowest = calibration.lowest_gain(SETTINGS)
    assert lowest == pytest.approx(10.0 / calibration.amplitude_uv)
    assert calibration.return_gain(SETTINGS) >= lowest
    tiny = learnt(Recording(80, patient=Patient(amplitude_uv={OCULI: 12.0}), seed=57))
    assert tiny.lowest_gain(SETTINGS) == 0.5


def test_three_watches_have_three_priors(patient: Calibrated) -> None:
    loss, back, bound = (
        patient.calibration.rates(SETTINGS, watch=watch) for watch in ("loss", "return", "bound")
    )
    assert loss.loss > back.loss
    assert back.appearance > loss.appearance
    assert bound.diffusion > loss.diffusion


def test_what_noise_reaches_in_the_sham_window_is_allowed_for(patient: Calibrated) -> None:
    assert 0.0 <= patient.calibration.sham_threshold <= 2.0


def test_what_was_learnt_of_skips_since_sets_what_is_expected(patient: Calibrated) -> None:
    calibration = patient.calibration
    assert expected_sweeps_to_loss(calibration, SETTINGS) == calibration.expected_sweeps
    skipping = Skips(n_sweeps=600, n_missed=200, n_runs=60, longest_run=9)
    steady = Skips(n_sweeps=1200, n_missed=12, n_runs=12, longest_run=1)
    found = [expected_sweeps_to_loss(calibration, SETTINGS, skips) for skips in (steady, skipping)]
    assert found[0] is not None
    assert found[1] is None or found[1] > 1.5 * found[0]


def test_the_onset_is_known_to_a_fraction_of_a_millisecond(patient: Calibrated) -> None:
    sd_ms = patient.calibration.onset_sd_ms
    assert sd_ms is not None
    assert 0.02 < sd_ms < 0.6
