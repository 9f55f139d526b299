"""Figures for eyes and gates."""

import numpy as np
import pytest

from amr_monitor.dsp.measurement import (
    m_wave_uv,
    median_sd,
    onset_latency_ms,
    onset_latency_sd_ms,
    peak_to_peak_uv,
    root_mean_square_uv,
)

TIMES_MS = np.arange(-20.0, 80.0, 0.1)


def biphasic(at_ms: float, size_uv: float, width_ms: float = 0.6) -> np.ndarray:
    """Return a wave of a size peak to peak, centred at a time."""
    moved = (TIMES_MS - at_ms) / width_ms
    return size_uv * moved * np.exp(0.5 - 0.5 * moved**2) / 2.0


def test_peak_to_peak_is_from_the_lowest_to_the_highest_sample() -> None:
    rows = np.array([[1.0, -4.0, 3.0], [0.0, 0.0, 0.0]])
    assert peak_to_peak_uv(rows).tolist() == [7.0, 0.0]


def test_noise_alone_measures_about_five_standard_deviations_and_never_zero() -> None:
    rows = np.random.default_rng(1).standard_normal((400, 150))
    assert np.median(peak_to_peak_uv(rows)) == pytest.approx(5.3, abs=0.4)
    assert peak_to_peak_uv(rows).min() > 3.0


def test_root_mean_square_is_taken_about_the_mean() -> None:
    rows = np.array([[11.0, 9.0, 11.0, 9.0], [5.0, 5.0, 5.0, 5.0]])
    assert root_mean_square_uv(rows).tolist() == [1.0, 0.0]


def test_without_samples_every_figure_is_zero() -> None:
    nothing = np.zeros((3, 0))
    assert peak_to_peak_uv(nothing).tolist() == [0.0] * 3
    assert root_mean_square_uv(nothing).tolist() == [0.0] * 3
    few = TIMES_MS[:3]
    assert m_wave_uv(np.zeros((2, 3)), few, 1.5, 7.0).tolist() == [0.0, 0.0]


def test_the_m_wave_is_found_under_a_tail_and_a_level() -> None:
    wave = biphasic(4.4, 1000.0)
    tail = np.where(TIMES_MS > 0.0, 400.0 * np.exp(-np.maximum(TIMES_MS, 0.0) / 3.0), 0.0) + 200.0
    plain, spoilt = m_wave_uv(np.stack([wave, wave + tail]), TIMES_MS, 1.5, 7.0)
    assert plain == pytest.approx(1000.0, rel=0.45)
    assert spoilt == pytest.approx(plain, rel=0.02)


def test_a_tail_without_an_m_wave_is_no_m_wave() -> None:
    after = np.maximum(TIMES_MS, 0.0)
    tail = 3000.0 * np.exp(-after / 0.8) + 900.0 * np.exp(-after / 3.0)
    assert m_wave_uv(tail[None, :], TIMES_MS, 1.5, 7.0)[0] < 1.0


def test_the_m_wave_follows_its_size() -> None:
    rows = np.stack([biphasic(4.4, size) for size in (500.0, 1000.0, 250.0)])
    found = m_wave_uv(rows, TIMES_MS, 1.5, 7.0)
    assert found / found[0] == pytest.approx([1.0, 2.0, 0.5])


@pytest.mark.parametrize("onset_ms", [8.5, 10.0, 14.0])
def test_onset_is_where_the_wave_leaves_the_noise(onset_ms: float) -> None:
    wave = biphasic(onset_ms + 1.6, 100.0)
    window = (TIMES_MS >= 8.0) & (TIMES_MS < 28.0)
    found = onset_latency_ms(wave[window], TIMES_MS[window], 0.5)
    assert found == pytest.approx(onset_ms, abs=0.6)


def test_onset_of_a_wave_with_two_phases_is_that_of_the_first() -> None:
    wave = biphasic(11.0, 60.0, 0.4) + biphasic(12.4, 100.0, 0.4)
    window = (TIMES_MS >= 8.0) & (TIMES_MS < 28.0)
    found = onset_latency_ms(wave[window], TIMES_MS[window], 0.5)
    assert found == pytest.approx(10.2, abs=0.4)


def test_noise_has_no_onset() -> None:
    window = (TIMES_MS >= 8.0) & (TIMES_MS < 28.0)
    noise = np.random.default_rng(2).standard_normal(int(window.sum()))
    assert onset_latency_ms(noise, TIMES_MS[window], 1.0) is None
    assert onset_latency_ms(np.zeros(0), np.zeros(0), 1.0) is None


def test_the_onsets_deviation_is_that_of_repeated_baselines() -> None:
    generator = np.random.default_rng(5)
    window = (TIMES_MS >= 8.0) & (TIMES_MS < 28.0)
    found, told = [], []
    for _ in range(40):
        shifts = generator.normal(0.0, 0.3, 60)
        sweeps = np.array([biphasic(11.6 + shift, 100.0)[window] for shift in shifts])
        sweeps = sweeps + generator.normal(0.0, 5.0, sweeps.shape)
        noise_uv = 5.0 / np.sqrt(60.0)
        found.append(onset_latency_ms(sweeps.mean(axis=0), TIMES_MS[window], noise_uv) or np.nan)
        told.append(onset_latency_sd_ms(sweeps, TIMES_MS[window], 5.0) or np.nan)
    measured = float(np.std(found))
    assert 0.5 * measured < float(np.median(told)) < 2.5 * measured


def test_an_onset_has_no_deviation_where_there_is_none_or_too_little() -> None:
    noise = np.random.default_rng(6).standard_normal((60, TIMES_MS.size))
    assert onset_latency_sd_ms(noise, TIMES_MS, 1.0) is None
    assert onset_latency_sd_ms(noise[:19], TIMES_MS, 1.0) is None


def test_a_median_of_a_few_values_has_a_deviation() -> None:
    generator = np.random.default_rng(7)
    medians = [np.median(generator.normal(10.0, 0.5, 10)) for _ in range(400)]
    told = [
        median_sd(generator.normal(10.0, 0.5, 10).tolist(), step=0.0) or np.nan for _ in range(400)
    ]
    assert float(np.mean(told)) == pytest.approx(float(np.std(medians)), rel=0.2)
    assert median_sd([10.0, 10.0], step=0.2) is None
    assert median_sd([10.0] * 10, step=0.2) == pytest.approx(1.2533 * 0.2 / np.sqrt(120.0))
