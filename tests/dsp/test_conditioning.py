"""Mains and level off, nothing of the response lost, nothing carried over."""

import numpy as np
import pytest

from amr_monitor.dsp.conditioning import (
    condition,
    decimation_taps,
    sweep_geometry,
)
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep
from tests.sweeps import SWEEP_MS

SETTINGS = DetectorSettings()
RATE_HZ = 5000.0
N_BEFORE, N_AFTER = 2500, 500


def sweep(samples_uv: np.ndarray, *, others_ms: tuple[float, ...] = ()) -> Sweep:
    """Return one sweep at 5 kHz, one channel a row."""
    rows: FloatArray = np.atleast_2d(samples_uv).astype(np.float32)
    return Sweep(
        stimulus=Stimulus(sample_index=10_000),
        first_index=7500,
        onset_sample=N_BEFORE,
        samples_uv=rows,
        other_stimuli_ms=others_ms,
    )


def mains(level_uv: float, hz: float, *, phase: float = 0.3) -> np.ndarray:
    """Return hum with a third harmonic over one sweep."""
    time_s = np.arange(N_BEFORE + N_AFTER) / RATE_HZ
    argument = 2.0 * np.pi * hz * time_s + phase
    return level_uv * (np.sin(argument) + 0.4 * np.sin(3.0 * argument))


def noise(seed: int, level_uv: float = 5.0) -> np.ndarray:
    """Return white noise over one sweep."""
    return level_uv * np.random.default_rng(seed).standard_normal(N_BEFORE + N_AFTER)


GEOMETRY = sweep_geometry(RATE_HZ, *SWEEP_MS, SETTINGS)


@pytest.mark.parametrize(
    ("rate_hz", "factor"),
    [(2000.0, 1), (5000.0, 1), (10_000.0, 1), (20_000.0, 2), (25_000.0, 2), (30_000.0, 3)],
)
def test_fast_sources_are_decimated_to_no_less_than_10_khz(rate_hz: float, factor: int) -> None:
    geometry = sweep_geometry(rate_hz, *SWEEP_MS, SETTINGS)
    assert geometry.factor == factor
    assert geometry.times_ms[0] <= -103.0
    assert geometry.times_ms[-1] >= 79.5
    assert 0.0 in geometry.times_ms


def test_the_decimation_filter_passes_a_level_and_reaches_less_than_half_a_millisecond() -> None:
    for factor in (2, 3):
        taps = decimation_taps(factor)
        assert taps.sum() == pytest.approx(1.0)
        assert taps == pytest.approx(taps[::-1])
        assert taps.size // 2 <= 0.5 * factor * 10.0


@pytest.mark.parametrize("hz", [49.95, 50.0, 50.05, 59.95, 60.0, 60.05])
def test_hum_of_10_uv_leaves_less_than_1_uv(hz: float) -> None:
    told = condition(
        tuple(sweep(mains(10.0, hz) + noise(k, 1.0)) for k in range(20)), GEOMETRY, SETTINGS
    )
    after = told.values_uv[:, 0, GEOMETRY.times_ms >= 8.0]
    assert np.sqrt((after**2).mean()) < 1.0 + 1.0
    assert told.mains_uv == pytest.approx(10.0, abs=0.7)
    assert set(told.mains_hz) == {round(hz / 10.0) * 10.0}


def test_hum_is_measured_in_noise_of_another_size_than_zero_only_by_chance() -> None:
    told = condition(tuple(sweep(noise(k)) for k in range(20)), GEOMETRY, SETTINGS)
    assert told.mains_uv.max() < 1.5


def test_a_response_is_kept_as_it_is() -> None:
    wave = np.zeros(N_BEFORE + N_AFTER)
    times_ms = (np.arange(wave.size) - N_BEFORE) * 1000.0 / RATE_HZ
    inside = (times_ms > 9.0) & (times_ms < 15.0)
    wave[inside] = 40.0 * np.sin((times_ms[inside] - 9.0) * 2.0)
    hum = mains(20.0, 50.0)
    told = condition((sweep(wave + hum), sweep(hum)), GEOMETRY, SETTINGS)
    kept = told.values_uv[0, 0] - told.values_uv[1, 0]
    columns = N_BEFORE + np.round(GEOMETRY.times_ms * RATE_HZ / 1000.0).astype(int)
    assert kept == pytest.approx(wave[columns], abs=0.01)


def test_a_level_is_taken_off() -> None:
    told = condition((sweep(np.full(N_BEFORE + N_AFTER, 300.0) + noise(1)),), GEOMETRY, SETTINGS)
    assert abs(float(told.values_uv.mean())) < 1.0


def test_a_neighbours_artifact_does_not_bend_the_fit() -> None:
    clean = mains(10.0, 50.0) + noise(2, 1.0)
    spoilt = clean.copy()
    first = N_BEFORE - round(0.3333 * RATE_HZ)
    spoilt[first : first + 150] += 3000.0
    bent, spared = condition(
        (sweep(spoilt), sweep(spoilt, others_ms=(-333.3,))), GEOMETRY, SETTINGS
    ).values_uv[:, 0]
    (expected,) = condition((sweep(clean),), GEOMETRY, SETTINGS).values_uv[:, 0]
    assert np.abs(spared - expected).max() < 1.0
    assert np.abs(bent - expected).max() > 5.0


def test_where_too_little_is_left_nothing_is_fitted() -> None:
    others = tuple(-20.0 * k for k in range(1, 26))
    told = condition((sweep(mains(10.0, 50.0), others_ms=others),), GEOMETRY, SETTINGS)
    assert told.mains_hz[0] == 0.0
    assert told.mains_uv[0, 0] == 0.0


def test_a_sample_that_is_no_number_spoils_its_channel_alone() -> None:
    rows = np.stack([noise(3), noise(4)])
    spoilt = rows.copy()
    spoilt[1, 700] = np.inf
    told = condition((sweep(rows), sweep(spoilt)), GEOMETRY, SETTINGS)
    assert told.finite.tolist() == [[True, True], [True, False]]
    assert np.array_equal(told.values_uv[0, 0], told.values_uv[1, 0])
    assert np.isfinite(told.values_uv).all()


def test_the_artifact_is_measured_where_it_is() -> None:
    samples = noise(5, 1.0)
    samples[N_BEFORE + 2] += 900.0
    samples[N_BEFORE + 200] -= 1600.0
    told = condition((sweep(samples),), GEOMETRY, SETTINGS)
    assert told.artifact_uv[0, 0] == pytest.approx(900.0, abs=8.0)


def test_a_slice_of_conditioned_sweeps_is_those_sweeps() -> None:
    told = condition(tuple(sweep(noise(k)) for k in range(6)), GEOMETRY, SETTINGS)
    part = told.rows(slice(2, 4))
    assert len(part) == 2
    assert np.array_equal(part.values_uv, told.values_uv[2:4])
    assert np.array_equal(part.finite, told.finite[2:4])
