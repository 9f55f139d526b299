"""Figures with their confidence limits."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from amr_monitor.simulation.potentials import Array

CONFIDENCE = 0.95
N_RESAMPLED = 1000
RESAMPLING_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure between its 95 % limits.

    Attributes
    ----------
    value, low, high : float
    n : int
        Of patients, runs or events that it rests on.
    """

    value: float
    low: float
    high: float
    n: int


def area_under_curve(present: Array, absent: Array) -> float:
    """Return the chance that a sweep with response scores higher than one without."""
    joined = np.concatenate([present, absent])
    ranks = stats.rankdata(joined)
    n, m = present.size, absent.size
    return float((ranks[:n].sum() - n * (n + 1) / 2.0) / (n * m))


def mean_over_patients(values: Array) -> Estimate:
    """Return the mean, with limits by resampling patients."""
    generator = np.random.default_rng(RESAMPLING_SEED)
    picks = generator.integers(values.size, size=(N_RESAMPLED, values.size))
    low, high = np.quantile(values[picks].mean(axis=1), [0.025, 0.975])
    return Estimate(value=float(values.mean()), low=float(low), high=float(high), n=values.size)


def quantile_over_patients(runs: list[Array], level: float) -> Estimate:
    """Return a quantile of all runs, with limits by resampling patients.

    Parameters
    ----------
    runs : list of ndarray
        One array a patient; infinity where it never happened.
    level : float
    """
    generator = np.random.default_rng(RESAMPLING_SEED)
    everything = np.concatenate(runs)
    found = []
    for _ in range(N_RESAMPLED):
        picked = generator.integers(len(runs), size=len(runs))
        sample = np.concatenate([runs[index] for index in picked])
        found.append(_quantile(sample, level))
    low, high = _quantile(np.array(found), 0.025), _quantile(np.array(found), 0.975)
    return Estimate(value=_quantile(everything, level), low=low, high=high, n=everything.size)


def _quantile(values: Array, level: float) -> float:
    """Return a quantile that does not choke on infinity: a value that occurs."""
    return float(np.quantile(values, level, method="higher"))


def share(n_found: int, n_runs: int) -> Estimate:
    """Return a share with its exact limits (Clopper and Pearson 1934)."""
    if not n_runs:
        return Estimate(value=float("nan"), low=0.0, high=1.0, n=0)
    interval = stats.binomtest(n_found, n_runs).proportion_ci(CONFIDENCE, method="exact")
    return Estimate(
        value=n_found / n_runs, low=float(interval.low), high=float(interval.high), n=n_runs
    )


def rate_per_hour(counts: Array, hours: Array) -> Estimate:
    """Return events an hour over all patients.

    Events of one patient come together, so the limits are the wider of the
    exact Poisson ones and of those by resampling patients.

    Parameters
    ----------
    counts, hours : ndarray of float64, shape (n_patients,)
    """
    n, total = float(counts.sum()), float(hours.sum())
    low = float(stats.chi2.ppf(0.025, 2.0 * n) / 2.0) / total if n else 0.0
    high = float(stats.chi2.ppf(0.975, 2.0 * n + 2.0) / 2.0) / total
    if n:
        generator = np.random.default_rng(RESAMPLING_SEED)
        picks = generator.integers(counts.size, size=(N_RESAMPLED, counts.size))
        rates = counts[picks].sum(axis=1) / hours[picks].sum(axis=1)
        low = min(low, float(np.quantile(rates, 0.025)))
        high = max(high, float(np.quantile(rates, 0.975)))
    return Estimate(value=n / total, low=low, high=high, n=counts.size)


def ratio_over_patients(parts: Array, wholes: Array) -> Estimate:
    """Return a share of sweeps, with limits by resampling patients.

    Parameters
    ----------
    parts, wholes : ndarray of float64, shape (n_patients,)
    """
    generator = np.random.default_rng(RESAMPLING_SEED)
    picks = generator.integers(wholes.size, size=(N_RESAMPLED, wholes.size))
    whole = wholes[picks].sum(axis=1)
    ratios = parts[picks].sum(axis=1)[whole > 0] / whole[whole > 0]
    return Estimate(
        value=float(parts.sum() / wholes.sum()),
        low=float(np.quantile(ratios, 0.025)),
        high=float(np.quantile(ratios, 0.975)),
        n=int((wholes > 0).sum()),
    )
