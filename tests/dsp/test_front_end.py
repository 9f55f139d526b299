"""Whitening and projection, learnt from noise."""

import numpy as np
import pytest

from amr_monitor.dsp.conditioning import Array, sweep_geometry
from amr_monitor.dsp.front_end import fit_front_end, nuisance_basis, whitening_filter
from amr_monitor.dsp.settings import DetectorSettings
from tests.dsp.calibrated import Calibrated
from tests.sweeps import SWEEP_MS

SETTINGS = DetectorSettings()
GEOMETRY = sweep_geometry(5000.0, *SWEEP_MS, SETTINGS)


def test_filtered_noise_is_white_and_of_the_level_told(noise: Array) -> None:
    taps, level_uv = whitening_filter(noise, 6)
    assert taps[0] == 1.0
    white = np.array([np.convolve(row, taps, "valid") for row in noise]) / level_uv
    assert white.std() == pytest.approx(1.0, abs=0.05)
    neighbours = float((white[:, 1:] * white[:, :-1]).mean())
    before = float((noise[:, 1:] * noise[:, :-1]).mean() / noise.var())
    assert abs(neighbours) < 0.05
    assert before > 0.5


def test_bursts_in_a_few_windows_do_not_bend_the_filter(noise: Array) -> None:
    calm, calm_level = whitening_filter(noise, 6)
    spoilt = noise.copy()
    spoilt[:40] *= 30.0
    taps, level_uv = whitening_filter(spoilt, 6)
    assert taps == pytest.approx(calm, abs=0.1)
    assert level_uv == pytest.approx(calm_level, rel=0.25)


def test_a_channel_without_any_noise_gives_a_filter_all_the_same() -> None:
    taps, level_uv = whitening_filter(np.full((30, 400), 1.5), 6)
    assert np.isfinite(taps).all()
    assert level_uv > 0.0


def test_the_tails_of_artifact_and_m_wave_are_projected_out(noise: Array) -> None:
    front_end = fit_front_end(noise, GEOMETRY, 8.0, 50.0, SETTINGS)
    times = GEOMETRY.times_ms
    tails = [
        np.where(times >= 0.0, 400.0 * np.exp(-np.maximum(times, 0.0) / tau), 0.0)
        for tau in (1.3, 2.5, 4.5, 8.0)
    ]
    drift = [np.full(times.size, 80.0), 2.0 * times, 30.0 * np.sin(2.0 * np.pi * 0.05 * times)]
    for nuisance in [*tails, *drift]:
        values = np.ascontiguousarray(nuisance[None, :])
        white = front_end.whiten(values)
        assert np.abs(white[:, front_end.window]).max() < 1e-3
        assert np.abs(front_end.cleaned(values)).max() < 1e-3


def test_most_of_a_response_survives_the_projection(noise: Array) -> None:
    front_end = fit_front_end(noise, GEOMETRY, 8.0, 50.0, SETTINGS)
    moved = (GEOMETRY.times_ms - 11.5) / 0.6
    wave = (-100.0 * moved * np.exp(0.5 - 0.5 * moved**2) / 2.0)[None, :]
    cleaned = front_end.cleaned(wave)[0]
    columns = np.searchsorted(GEOMETRY.times_ms, front_end.plain_times_ms)
    assert float((cleaned**2).sum()) > 0.8 * float((wave[0, columns] ** 2).sum())


def test_local_noise_power_is_one_for_the_noise_it_was_learnt_from(patient: Calibrated) -> None:
    front_end = patient.calibration.front_end
    values = np.ascontiguousarray(patient.conditioned.values_uv[:, 0])
    power = front_end.noise_power(front_end.whiten(values), late=None)
    assert np.median(power) == pytest.approx(1.0, abs=0.1)
    louder = front_end.noise_power(front_end.whiten(3.0 * values), late=None)
    assert louder == pytest.approx(9.0 * power)


def test_the_late_stretch_counts_only_where_asked(patient: Calibrated) -> None:
    front_end = patient.calibration.front_end
    values = np.ascontiguousarray(patient.conditioned.values_uv[:1, 0]).copy()
    times = patient.geometry.times_ms
    values[:, times > 45.0] *= 6.0
    white = front_end.whiten(values)
    before = front_end.noise_power(white, late=None)[0]
    both = front_end.noise_power(white, late=front_end.late_alone(white))[0]
    assert both > 4.0 * before


def test_a_sham_stimulus_looks_at_what_lay_before_the_real_one(patient: Calibrated) -> None:
    calibration = patient.calibration
    times = patient.geometry.times_ms
    values = np.zeros((1, times.size))
    shift = calibration.sham_columns
    assert shift is not None
    shift_ms = shift * 1000.0 / patient.geometry.analysis_rate_hz
    values[0, np.argmin(np.abs(times - (12.0 + shift_ms)))] = 50.0
    window = calibration.front_end.window
    real = calibration.front_end.whiten(values)[:, window]
    sham = calibration.front_end.whiten(values, shift=shift)[:, window]
    assert np.abs(sham).max() > 2.0
    assert np.abs(real).max() < 0.2


def test_the_basis_of_nuisances_spans_level_and_drift() -> None:
    times = GEOMETRY.times_ms
    basis = nuisance_basis(times, 8.0, 50.0)
    straight = 3.0 + 0.2 * times
    weights = np.linalg.lstsq(basis.T, straight, rcond=None)[0]
    assert basis.T @ weights == pytest.approx(straight, abs=1e-6)


def test_both_at_once_are_the_same_to_the_last_bit(patient: Calibrated) -> None:
    front_end, shift = patient.calibration.front_end, patient.calibration.sham_columns
    assert shift is not None
    values = np.ascontiguousarray(patient.conditioned.values_uv[:7, 0])
    for rows in (values, values[:1]):
        white, sham = front_end.whiten_both(rows, shift)
        assert np.array_equal(white, front_end.whiten(rows))
        assert np.array_equal(sham, front_end.whiten(rows, shift=shift))
