"""Evidence over sweeps: silence counts as fast as the patient's skips allow."""

from copy import deepcopy

import numpy as np
import pytest

from amr_monitor.dsp.tracking import (
    FilterBank,
    PresenceFilter,
    ReturnSum,
    TransitionRates,
    last_sweep_with_response,
)

GAINS = np.geomspace(0.02, 1.6, 14)
LOSS = TransitionRates(
    loss=1.0 / 600.0,
    appearance=1e-5,
    blocked_entry=0.02,
    blocked_exit=0.4,
    diffusion=0.04,
    floor=1e-3,
)
RETURN = TransitionRates(
    loss=1e-5,
    appearance=1.0 / 3600.0,
    blocked_entry=0.02,
    blocked_exit=0.4,
    diffusion=0.04,
    floor=1e-3,
)


def watch(rates: TransitionRates = LOSS) -> PresenceFilter:
    return PresenceFilter(gains=GAINS, lowest_gain=0.1, rates=rates)


def evidence_of(gain: float, *, weight: float = 12.0) -> np.ndarray:
    """Return evidence for one gain, as a parabola of its logarithm; 0 for silence."""
    if gain:
        log_likelihood = weight * (1.0 - np.log(GAINS / gain) ** 2)
    else:
        log_likelihood = -weight * GAINS**2
    return np.concatenate([[0.0], np.maximum(log_likelihood, -40.0)])


SILENCE, WHOLE, FIFTH = evidence_of(0.0), evidence_of(1.0), evidence_of(0.2)


def sweeps_to(filter_: PresenceFilter, evidence: np.ndarray, log_odds: float) -> int:
    for sweep in range(1, 200):
        filter_.push(evidence)
        if filter_.log_odds_absent >= log_odds:
            return sweep
    return 200


def test_a_fresh_filter_holds_the_response_to_be_there() -> None:
    filter_ = watch()
    assert filter_.probability_present == pytest.approx(1.0)
    assert filter_.log_odds_absent < -15.0


def test_silence_takes_several_sweeps_and_never_one() -> None:
    n_sweeps = sweeps_to(watch(), SILENCE, 6.9)
    assert 8 < n_sweeps < 40
    filter_ = watch()
    filter_.push(SILENCE - 1000.0 * (np.arange(15) > 0))
    assert filter_.log_odds_absent < 0.0


def test_a_response_that_seldom_stays_away_is_missed_sooner() -> None:
    quick = TransitionRates(
        loss=LOSS.loss,
        appearance=LOSS.appearance,
        blocked_entry=0.004,
        blocked_exit=0.8,
        diffusion=0.04,
        floor=1e-3,
    )
    assert sweeps_to(watch(quick), SILENCE, 6.9) < 0.6 * sweeps_to(watch(), SILENCE, 6.9)


def test_one_response_in_a_silence_starts_it_anew() -> None:
    filter_ = watch()
    for _ in range(10):
        filter_.push(SILENCE)
    filter_.push(WHOLE)
    assert filter_.log_odds_absent < -2.2


def test_a_smaller_response_is_there_and_its_size_is_told() -> None:
    filter_ = watch()
    for _ in range(60):
        filter_.push(FIFTH)
    assert filter_.log_odds_absent < -4.6
    assert filter_.mean_gain == pytest.approx(0.2, abs=0.06)
    assert filter_.upper_gain(0.95) >= 0.2


def test_a_response_below_the_lowest_gain_counts_as_gone() -> None:
    filter_ = watch()
    for _ in range(80):
        filter_.push(evidence_of(0.05))
    assert filter_.log_odds_absent > 4.6


def test_the_upper_bound_of_silence_is_small() -> None:
    filter_ = watch()
    for _ in range(60):
        filter_.push(SILENCE)
    assert filter_.upper_gain(0.95) < 0.1
    assert filter_.mean_gain < 0.02


def test_after_a_loss_a_few_responses_are_a_return_and_one_noisy_sweep_is_none() -> None:
    filter_ = watch(RETURN)
    filter_.reset(probability_present=0.0)
    for _ in range(50):
        filter_.push(SILENCE)
    filter_.push(evidence_of(1.0, weight=2.0))
    assert filter_.log_odds_absent > 2.2
    for _ in range(4):
        filter_.push(WHOLE)
    assert filter_.log_odds_absent < -4.6


def test_no_single_sweep_brings_a_response_back_however_sure_it_is_of_itself() -> None:
    filter_ = watch(RETURN)
    filter_.reset(probability_present=0.0)
    for _ in range(50):
        filter_.push(SILENCE)
    filter_.push(1000.0 * WHOLE)
    assert filter_.log_odds_absent > 0.0


def test_probabilities_stay_probabilities_whatever_comes() -> None:
    generator = np.random.default_rng(1)
    filter_ = watch()
    for _ in range(500):
        row = np.concatenate([[0.0], generator.normal(0.0, 60.0, 14)])
        filter_.push(row)
        assert 0.0 <= filter_.probability_present <= 1.0 + 1e-12
        assert -21.0 <= filter_.log_odds_absent <= 21.0


def test_a_reset_starts_from_the_prior_it_is_given() -> None:
    filter_ = watch()
    filter_.push(SILENCE)
    filter_.reset(probability_present=0.25)
    assert filter_.probability_present == pytest.approx(0.25)
    assert filter_.log_odds_absent == pytest.approx(np.log(3.0))


def test_the_sum_of_a_return_is_clipped_above_and_never_below_nothing() -> None:
    total = ReturnSum(step=6.0, miss_rate=0.02)
    for _ in range(50):
        total.push(-8.0)
    assert total.value == 0.0
    total.push(500.0)
    assert total.value == 6.0
    for _ in range(4):
        total.push(500.0)
    assert total.value == 30.0
    total.push(-8.0)
    assert 20.0 < total.value < 30.0
    total.reset()
    assert total.value == 0.0


def test_a_skipped_sweep_does_not_undo_a_return_of_one_that_skips() -> None:
    steady, skipping = ReturnSum(step=6.0, miss_rate=0.004), ReturnSum(step=6.0, miss_rate=0.5)
    for total in (steady, skipping):
        total.push(20.0)
        total.push(-20.0)
    assert skipping.value > steady.value


@pytest.mark.parametrize("n_with", [0, 1, 12, 30])
def test_the_last_response_is_found_from_both_sides_of_a_loss(n_with: int) -> None:
    evidence = np.array([WHOLE] * n_with + [SILENCE] * 20)
    gains = np.concatenate([[0.0], GAINS])
    assert last_sweep_with_response(evidence, gains, 0.1, LOSS) == n_with - 1


def test_one_noisy_sweep_in_the_silence_does_not_move_the_loss() -> None:
    evidence = np.array([WHOLE] * 15 + [SILENCE] * 20)
    evidence[25] = evidence_of(1.0, weight=2.0)
    gains = np.concatenate([[0.0], GAINS])
    assert last_sweep_with_response(evidence, gains, 0.1, LOSS) == 14


def test_a_copied_bank_goes_on_by_itself() -> None:
    filters = [watch(), watch()]
    original = (FilterBank(*filters), filters)
    bank, followed = deepcopy(original)
    for _ in range(30):
        bank.push(evidence_of(0.0))
    assert all(filter_.log_odds_absent > 3.0 for filter_ in followed)
    assert all(filter_.log_odds_absent < 0.0 for filter_ in filters)
