"""Evidence in one sweep: a smaller response is not its absence."""

import numpy as np
import pytest

from amr_monitor.dsp.detection import (
    fit_response_model,
    gain_grid,
    log_likelihoods,
    presence_log_odds,
    response_support,
    shifted,
)
from amr_monitor.dsp.settings import DetectorSettings

SETTINGS = DetectorSettings()
RATE_HZ = 10_000.0
N_WINDOW = 270


def wave(*, lag: int = 0) -> np.ndarray:
    """Return a response in units of the noise, 6 ms long."""
    moved = (np.arange(N_WINDOW) - 40.0 - lag) / 6.0
    first = 6.0 * moved * np.exp(0.5 - 0.5 * moved**2)
    return np.asarray(first + 3.0 * np.exp(-0.5 * (moved - 3.0) ** 2))


def draws(n_sweeps: int, *, gain: float = 1.0, seed: int = 1) -> np.ndarray:
    """Return whitened sweeps with a response that varies by a quarter."""
    generator = np.random.default_rng(seed)
    sizes = gain * np.exp(0.25 * generator.standard_normal(n_sweeps))
    return np.asarray(sizes[:, None] * wave() + generator.standard_normal((n_sweeps, N_WINDOW)))


MODEL = fit_response_model(draws(100), RATE_HZ, SETTINGS)
ONES = np.ones(60)


def test_the_grid_begins_with_no_response_and_grows_by_a_factor() -> None:
    gains = gain_grid(SETTINGS)
    assert gains[0] == 0.0
    assert gains[1] == pytest.approx(SETTINGS.lowest_gain)
    assert gains[-1] == pytest.approx(SETTINGS.highest_gain)
    assert np.diff(np.log(gains[1:])) == pytest.approx(np.log(gains[2] / gains[1]))


def test_a_shift_moves_zeros_in() -> None:
    row = np.arange(1.0, 6.0)
    assert shifted(row, 2).tolist() == [0.0, 0.0, 1.0, 2.0, 3.0]
    assert shifted(row, -1).tolist() == [2.0, 3.0, 4.0, 5.0, 0.0]
    assert shifted(row, 0).tolist() == row.tolist()


def test_support_is_where_the_response_has_energy() -> None:
    support = response_support(draws(100), RATE_HZ)
    assert support[30:60].all()
    assert not support[150:].any()


def test_support_of_noise_is_the_whole_window() -> None:
    noise = np.random.default_rng(2).standard_normal((100, N_WINDOW))
    assert response_support(noise, RATE_HZ).all()


def test_evidence_peaks_at_the_gain_that_was_there() -> None:
    gains = MODEL.gains
    for gain in (0.0, 0.25, 0.5, 1.0):
        best = gains[log_likelihoods(draws(60, gain=gain, seed=3), ONES, MODEL).sum(0).argmax()]
        assert best == pytest.approx(gain, abs=max(0.1, 0.35 * gain))


def test_a_fifth_of_the_response_is_no_absence() -> None:
    summed = log_likelihoods(draws(60, gain=0.2, seed=4), ONES, MODEL).sum(axis=0)
    assert summed[0] < summed.max() - 100.0
    assert summed[MODEL.gains > 0.8].max() < summed.max() - 100.0


def test_a_response_one_millisecond_off_is_found_and_three_off_is_not() -> None:
    generator = np.random.default_rng(5)
    noise = generator.standard_normal((60, N_WINDOW))

    def found(lag: int) -> float:
        evidence = log_likelihoods(noise + wave(lag=lag), ONES, MODEL)
        return float(np.median(presence_log_odds(evidence, MODEL.gains, lowest_gain=0.1)))

    assert found(0) > 20.0
    assert found(5) > 20.0
    assert found(40) < 0.0


def test_louder_noise_makes_the_same_sweep_say_less() -> None:
    white = draws(60, seed=6)
    calm = log_likelihoods(white, ONES, MODEL).max(axis=1)
    loud = log_likelihoods(white, 4.0 * ONES, MODEL).max(axis=1)
    assert (loud < calm).all()


def test_a_wild_sweep_cannot_claim_without_limit() -> None:
    wild = 50.0 * np.random.default_rng(7).standard_normal((60, N_WINDOW))
    evidence = log_likelihoods(wild, ONES, MODEL)
    assert np.isfinite(evidence).all()
    mild = log_likelihoods(100.0 * wild, ONES, MODEL)
    assert np.isfinite(mild).all()


def test_the_first_column_is_the_hypothesis_of_no_response() -> None:
    evidence = log_likelihoods(draws(60), ONES, MODEL)
    assert evidence.shape == (60, MODEL.gains.size)
    assert not evidence[:, 0].any()


def test_log_odds_weigh_what_counts_against_what_does_not() -> None:
    gains = np.array([0.0, 0.05, 0.5, 1.0])
    evidence = np.array([[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 8.0, 2.0], [0.0, 9.0, 3.0, 0.0]])
    level, there, small = presence_log_odds(evidence, gains, lowest_gain=0.1)
    assert level == pytest.approx(0.0)
    assert there > 6.0
    assert small < -4.0


def test_what_never_varies_is_no_part_of_a_response_that_does() -> None:
    generator = np.random.default_rng(8)
    constant = np.zeros(N_WINDOW)
    constant[25:60] = 4.0 * np.hanning(35)
    sizes = np.exp(0.4 * generator.standard_normal(150))
    baseline = sizes[:, None] * wave() + constant
    baseline = baseline + generator.standard_normal((150, N_WINDOW))
    model = fit_response_model(baseline, RATE_HZ, SETTINGS)
    left = constant + generator.standard_normal((60, N_WINDOW))
    odds = presence_log_odds(log_likelihoods(left, ONES, model), model.gains, lowest_gain=0.15)
    assert np.median(odds) < 0.0
