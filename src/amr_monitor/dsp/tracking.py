"""Evidence over sweeps: how probable it is that the response is there.

A hidden Markov filter over the gain of the response, with an explicit state
for a response that skips sweeps by itself (*blocked*): silence counts as
absence only as fast as this patient's baseline allows.
"""

from dataclasses import dataclass, replace

import numpy as np

from amr_monitor.dsp.conditioning import Array

SMALLEST = 1e-9
"""Odds beyond a billion to one are never claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRates:
    """Chances a sweep.

    Attributes
    ----------
    loss : float
        Present to absent.
    appearance : float
        Absent to present.
    blocked_entry, blocked_exit : float
        A present response stops firing; fires again.
    diffusion : float
        One step up, and one step down, the grid of gains.
    floor : float
        Added to every likelihood relative to the best: a single sweep cannot
        decide alone.
    """

    loss: float
    appearance: float
    blocked_entry: float
    blocked_exit: float
    diffusion: float
    floor: float


class PresenceFilter:
    """Forward filter over absent, firing and blocked states of every gain.

    Parameters
    ----------
    gains : ndarray of float64, shape (n_gains,)
        Without the 0.
    lowest_gain : float
        A response at or below it counts as gone.
    rates : TransitionRates
    """

    def __init__(self, *, gains: Array, lowest_gain: float, rates: TransitionRates) -> None:
        self._gains = gains
        self._rates = rates
        self._small = gains <= lowest_gain
        self.log_evidence = 0.0
        """Log probability of all sweeps since the reset, over that of silence."""
        self._absent = 0.0
        self._firing = np.zeros(gains.size)
        self._blocked = np.zeros(gains.size)
        self.reset(probability_present=1.0)

    def learn(self, rates: TransitionRates) -> None:
        """Go on with other rates; the evidence so far stays."""
        self._rates = rates

    def reset(self, *, probability_present: float) -> None:
        """Forget the evidence; start from a prior about the full response."""
        self.log_evidence = 0.0
        self._absent = 1.0 - probability_present
        self._firing[:] = 0.0
        self._blocked[:] = 0.0
        near = int(np.argmin(np.abs(self._gains - 1.0)))
        share = self._rates.blocked_entry / (self._rates.blocked_entry + self._rates.blocked_exit)
        self._firing[near] = probability_present * (1.0 - share)
        self._blocked[near] = probability_present * share

    def push(self, evidence: Array) -> None:
        """Take one accepted sweep.

        Parameters
        ----------
        evidence : ndarray of float64, shape (n_gains + 1,)
            log p(sweep | gain) - log p(sweep | none); first entry 0.
        """
        rates = self._rates
        firing, blocked = self._firing, self._blocked
        absent = self._absent * (1.0 - rates.appearance)
        absent += rates.loss * float(np.add.reduce(firing) + np.add.reduce(blocked))
        keep = 1.0 - rates.loss
        stays_blocked = keep * (firing * rates.blocked_entry + blocked * (1.0 - rates.blocked_exit))
        fires = keep * (firing * (1.0 - rates.blocked_entry) + blocked * rates.blocked_exit)
        moved = fires * (1.0 - 2.0 * rates.diffusion)
        moved[0] += fires[0] * rates.diffusion
        moved[-1] += fires[-1] * rates.diffusion
        moved[1:] += fires[:-1] * rates.diffusion
        moved[:-1] += fires[1:] * rates.diffusion
        moved += self._absent * rates.appearance / self._gains.size

        best = max(0.0, float(np.maximum.reduce(evidence[1:])))
        none = float(np.exp(-best)) + rates.floor
        absent *= none
        stays_blocked *= none
        moved *= np.exp(evidence[1:] - best) + rates.floor
        total = absent + float(np.add.reduce(stays_blocked) + np.add.reduce(moved))
        self._absent = absent / total
        self._blocked = stays_blocked / total
        self._firing = moved / total
        self.log_evidence += best + float(np.log(total))

    @property
    def log_odds_absent(self) -> float:
        """Log odds that the response is gone, or smaller than counts."""
        by_gain = self._firing + self._blocked
        gone = self._absent + float(by_gain[self._small].sum())
        there = float(by_gain[~self._small].sum())
        return float(np.log(gone + SMALLEST) - np.log(there + SMALLEST))

    @property
    def probability_present(self) -> float:
        """Probability that a response above the lowest gain is there."""
        return float((self._firing + self._blocked)[~self._small].sum())

    @property
    def mean_gain(self) -> float:
        """Posterior mean of the gain, 0 for absent."""
        return float((self._gains * (self._firing + self._blocked)).sum())

    def upper_gain(self, probability: float) -> float:
        """Return a gain that the true one exceeds with at most 1 - `probability`.

        One grid step is added: with it the bound held in 94-100 % of
        simulated runs.
        """
        cumulative = self._absent
        level = 0
        while cumulative < probability and level < self._gains.size:
            cumulative += float(self._firing[level] + self._blocked[level])
            level += 1
        return float(self._gains[min(level, self._gains.size - 1)])


def _staying(gains: Array, lowest_gain: float, rates: TransitionRates) -> PresenceFilter:
    """Return a filter for a response that is there throughout, blocked at times."""
    return PresenceFilter(
        gains=gains[1:], lowest_gain=lowest_gain, rates=replace(rates, loss=0.0, appearance=0.0)
    )


def _log_gone_from(evidence: Array, gains: Array, lowest_gain: float) -> Array:
    """Return log p(sweeps from row k on | gone) over that of silence, k = 0 ... n.

    Gone is one and the same residual too small to count, or none.
    """
    small = np.flatnonzero(gains <= lowest_gain)
    gone = np.zeros((evidence.shape[0] + 1, small.size))
    gone[:-1] = np.cumsum(evidence[::-1, small], axis=0)[::-1]
    best: Array = gone.max(axis=1)
    share: Array = np.exp(gone - best[:, None]).mean(axis=1)
    return best + np.log(share)


def log_odds_of_presence(
    evidence: Array, gains: Array, lowest_gain: float, rates: TransitionRates
) -> float:
    """Return log p(sweeps | response there throughout) - log p(sweeps | none throughout).

    From these sweeps alone, whatever was held before them.

    Parameters
    ----------
    evidence : ndarray of float64, shape (n_sweeps, n_gains + 1)
    gains : ndarray of float64, shape (n_gains + 1,)
    lowest_gain : float
    rates : TransitionRates

    Returns
    -------
    float
    """
    present = _staying(gains, lowest_gain, rates)
    for row in evidence:
        present.push(row)
    return present.log_evidence - float(_log_gone_from(evidence, gains, lowest_gain)[0])


def last_sweep_with_response(
    evidence: Array, gains: Array, lowest_gain: float, rates: TransitionRates
) -> int:
    """Return the most probable last sweep of a response that was lost.

    Every sweep is tried as the last one: the response there (and blocked at
    times) up to it, gone or too small to count after it. So one noisy sweep
    in the silence does not move the moment of the loss.

    Parameters
    ----------
    evidence : ndarray of float64, shape (n_sweeps, n_gains + 1)
        In order, the loss somewhere among them.
    gains : ndarray of float64, shape (n_gains + 1,)
    lowest_gain : float
    rates : TransitionRates
        Of the loss watch; its loss is left out here.

    Returns
    -------
    int
        Row of the last sweep with a response; -1 where it was lost before all.
    """
    present = _staying(gains, lowest_gain, rates)
    after = _log_gone_from(evidence, gains, lowest_gain)
    scores = [float(after[0])]
    for row in range(evidence.shape[0]):
        present.push(evidence[row])
        scores.append(present.log_evidence + float(after[row + 1]))
    return int(np.argmax(scores)) - 1


class ReturnSum:
    """Cumulative sum of evidence that a lost response is back.

    Parameters
    ----------
    step : float
        The most that one sweep adds or takes.
    miss_rate : float
        Share of sweeps in which a present response skips.
    """

    def __init__(self, *, step: float, miss_rate: float) -> None:
        self._step = step
        self._miss_rate = miss_rate
        self.value = 0.0

    def learn(self, miss_rate: float) -> None:
        """Go on with another miss rate."""
        self._miss_rate = miss_rate

    def reset(self) -> None:
        """Start again from nothing."""
        self.value = 0.0

    def push(self, log_odds_present: float) -> None:
        """Take the log odds of one accepted sweep."""
        fires = np.log1p(-self._miss_rate) + log_odds_present
        increment = float(np.logaddexp(fires, np.log(self._miss_rate)))
        self.value = max(0.0, self.value + min(max(increment, -self._step), self._step))
