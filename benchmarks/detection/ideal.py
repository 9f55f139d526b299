"""The ideal observer: it knows the patient's generating model, not a baseline of it.

For one sweep: the likelihood ratio of "the response fires" against "noise
alone" under the very model that the sweep was drawn from: true shapes, firing
chances, jitters and variation of the units, true covariance of the noise. The
integral over what varies is taken by Monte Carlo over draws of the response,
and by quadrature over its common amplitude. It holds for sweeps of noise and
response alone; with artifact, M wave and mains it is a bound from above.

Over sweeps: the exact Bayes filter of the patient's own habit (blocked,
firing) and of a loss, with the rates of the detector's own prior. It knows two
hypotheses only, the full response and none: a residual is not its question.
"""

from dataclasses import replace

import numpy as np
from scipy import linalg, stats

from amr_monitor.simulation.potentials import Array
from benchmarks.detection.noise import NoiseSpectrum
from benchmarks.detection.population import BenchPatient
from benchmarks.detection.recording import RATE_HZ
from benchmarks.detection.responses import clean_responses

N_DRAWS = 1500
N_SIZES = 12
SEGMENT_MS = (-20.0, 80.0)


class IdealObserver:
    """Likelihood ratios of single sweeps under the true model of one patient.

    Parameters
    ----------
    patient : BenchPatient
    spectrum : NoiseSpectrum
    generator : numpy Generator
    """

    def __init__(
        self, patient: BenchPatient, spectrum: NoiseSpectrum, generator: np.random.Generator
    ) -> None:
        n_times = round((SEGMENT_MS[1] - SEGMENT_MS[0]) * RATE_HZ / 1000.0)
        covariance = linalg.toeplitz(spectrum.covariance(n_times))
        covariance[np.diag_indices(n_times)] += 1e-6 * covariance[0, 0]
        self._factor = linalg.cholesky(covariance, lower=True)
        variation = patient.traits.amr_variation
        responses = clean_responses(
            replace(patient.traits, amr_variation=0.0),
            N_DRAWS,
            generator,
            first_ms=SEGMENT_MS[0],
            last_ms=SEGMENT_MS[1],
            rate_hz=RATE_HZ,
        )
        self._templates = self._white(responses).T.copy()
        self._energies = (self._templates**2).sum(axis=0)
        sigma = np.sqrt(np.log1p(variation**2))
        ranks = (np.arange(N_SIZES) + 0.5) / N_SIZES
        self._sizes = np.exp(sigma * stats.norm.ppf(ranks))

    def _white(self, rows: Array) -> Array:
        white: Array = linalg.solve_triangular(self._factor, rows.T, lower=True).T
        return white

    def log_ratios(self, values_uv: Array, times_ms: Array) -> Array:
        """Return log p(sweep | response fires) - log p(sweep | noise), shape (n_sweeps,)."""
        columns = (times_ms >= SEGMENT_MS[0] - 1e-6) & (times_ms < SEGMENT_MS[1] - 1e-6)
        matches = self._white(values_uv[:, columns]) @ self._templates
        total = np.full(values_uv.shape[0], -np.inf)
        for size in self._sizes:
            ratios = size * matches - 0.5 * size**2 * self._energies
            highest = ratios.max(axis=1)
            summed = highest + np.log(np.exp(ratios - highest[:, None]).mean(axis=1))
            total = np.logaddexp(total, summed)
        return np.asarray(total - np.log(N_SIZES))


def log_odds_absent(
    log_ratios: Array, patient: BenchPatient, *, loss: float, appearance: float
) -> Array:
    """Return the exact filter's log odds of absence after each sweep, shape (n_sweeps,).

    Parameters
    ----------
    log_ratios : ndarray of float64, shape (n_sweeps,)
    patient : BenchPatient
    loss, appearance : float
        Prior chances a sweep.
    """
    firing, blocked, absent = 1.0 - patient.miss_rate, patient.miss_rate, 0.0
    entry, leaves = patient.blocked_entry, patient.blocked_exit
    out = np.empty(log_ratios.size)
    for index, ratio in enumerate(log_ratios):
        fires = (1.0 - loss) * (firing * (1.0 - entry) + blocked * leaves)
        stays = (1.0 - loss) * (firing * entry + blocked * (1.0 - leaves))
        fires += absent * appearance
        gone = absent * (1.0 - appearance) + loss * (firing + blocked)
        scale = max(ratio, 0.0)
        fires *= np.exp(ratio - scale)
        stays *= np.exp(-scale)
        gone *= np.exp(-scale)
        total = fires + stays + gone
        firing, blocked, absent = fires / total, stays / total, gone / total
        out[index] = np.log(absent + 1e-12) - np.log(firing + blocked + 1e-12)
    return out
