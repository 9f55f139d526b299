"""Evidence of a response in one sweep, on a grid of gains.

A Gaussian estimator-correlator with the patient's own mean response and its
directions of variation, marginal over a small lag. *Present, but smaller* is a
hypothesis of its own: a residual response is never taken for its absence only
because it is not the whole one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.products import Array, rows_times
from amr_monitor.dsp.settings import DetectorSettings

SMALLEST_NOISE_RATIO = 0.5
VARYING_SHARE = 0.6
FULL_SIZE = (0.3, 1.1)
SWEEPS_AT_ONCE = 16
"""So many are weighed together: their arrays stay in the processor's cache."""


def gain_grid(settings: DetectorSettings) -> Array:
    """Return 0 and the geometric levels of the gain, shape (n_gains + 1,)."""
    levels = np.geomspace(settings.lowest_gain, settings.highest_gain, settings.n_gains)
    return np.concatenate([[0.0], levels])


def shifted(rows: Array, lag: int) -> Array:
    """Return `rows` moved by `lag` columns to the right, zeros moved in."""
    out = np.zeros_like(rows)
    if lag > 0:
        out[..., lag:] = rows[..., :-lag]
    elif lag < 0:
        out[..., :lag] = rows[..., -lag:]
    else:
        out[...] = rows
    return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseModel:
    """What the response of this patient looks like in whitened sweeps.

    Attributes
    ----------
    mean : ndarray of float64, shape (n_window,)
        Shrunk mean response.
    varying_share : float
        Share of the mean's energy that lies in its directions of variation: a
        response varies from sweep to sweep, a conducted M wave hardly does.
    fixed : ndarray of float64, shape (n_window,)
        Unit vector of what does not vary and is projected out; zeros for none.
    support : ndarray of bool, shape (n_window,)
        Where the response has energy, at any lag. The energy of a sweep is
        taken here and nowhere else, so that no gain can explain more of a
        sweep than there is.
    projections : ndarray of float64, shape (n_window, n_lags * (1 + n_components) + 1)
        Mean and directions of variation at each lag; last, what is fixed, on the support.
    mean_energy : ndarray of float64, shape (n_gains, n_lags)
        Of the mean at each gain and lag.
    offsets, variances : ndarray of float64, shape (n_components, n_gains, n_lags)
        Of each direction of variation at each gain and lag.
    log_prior : ndarray of float64, shape (n_lags,)
    gains : ndarray of float64, shape (n_gains + 1,)
        First entry 0: no response.
    full_size : slice
        The gains that are looked at where no stimulus was.
    degrees_of_freedom : float
    """

    mean: Array
    varying_share: float
    fixed: Array
    support: npt.NDArray[np.bool_]
    projections: Array
    mean_energy: Array
    offsets: Array
    variances: Array
    log_prior: Array
    gains: Array
    full_size: slice
    degrees_of_freedom: float


def response_support(
    white: Array, rate_hz: float, *, smooth_ms: float = 1.2, margin_ms: float = 0.8
) -> npt.NDArray[np.bool_]:
    """Return where in the window the baseline sweeps hold more than noise.

    Parameters
    ----------
    white : ndarray of float64, shape (n_sweeps, n_window)
    rate_hz : float
    smooth_ms, margin_ms : float
        Smoothing of the power, and what is added on both sides.

    Returns
    -------
    ndarray of bool, shape (n_window,)
        All True where nothing stands out.
    """
    n_sweeps = white.shape[0]
    width = max(1, round(smooth_ms * rate_hz / 1000.0))
    kernel = np.ones(width) / width
    mean = white.mean(axis=0)
    excess = np.convolve((white**2).mean(axis=0) - 1.0, kernel, "same")
    locked = np.convolve(mean**2 - 1.0 / n_sweeps, kernel, "same")
    found = excess > 4.5 * np.sqrt(2.0 / (n_sweeps * width))
    found |= locked > 5.0 * np.sqrt(2.0 / width) / n_sweeps
    margin = round(margin_ms * rate_hz / 1000.0)
    support: npt.NDArray[np.bool_] = (
        np.convolve(found.astype(float), np.ones(2 * margin + 1), "same") > 0.5
    )
    if support.sum() < round(2.0 * rate_hz / 1000.0):
        support[:] = True
    return support


def fit_response_model(white: Array, rate_hz: float, settings: DetectorSettings) -> ResponseModel:
    """Learn mean and variation of the response from whitened baseline sweeps.

    Singular values are shrunk by random-matrix theory (ours after Gavish and
    Donoho, 2017), the mean by the James-Stein rule.

    Parameters
    ----------
    white : ndarray of float64, shape (n_sweeps, n_window)
        Whitened and projected, so what is learnt from them is projected too.
    rate_hz : float
        Analysis rate.
    settings : DetectorSettings

    Returns
    -------
    ResponseModel
    """
    n_sweeps, n_window = white.shape
    support = response_support(white, rate_hz)
    n_support = int(support.sum())
    mean = np.where(support, white.mean(axis=0), 0.0)
    energy = float((mean**2).sum())
    shrinkage = max(0.05, 1.0 - n_support / n_sweeps / max(energy, 1e-9))
    mean = mean * np.sqrt(shrinkage)

    residual = (white - white.mean(axis=0))[:, support]
    ratio = n_support / n_sweeps
    _, singular, directions = np.linalg.svd(residual, full_matrices=False)
    eigenvalues = singular**2 / max(n_sweeps - 1, 1)
    kept = [
        index
        for index in range(min(settings.n_components, eigenvalues.size))
        if eigenvalues[index] > 1.05 * (1.0 + np.sqrt(ratio)) ** 2
    ]
    excess = eigenvalues[kept] - 1.0 - ratio
    spread = (excess + np.sqrt(np.maximum(excess**2 - 4.0 * ratio, 0.0))) / 2.0
    components = np.zeros((len(kept), n_window))
    components[:, support] = directions[kept]

    mean, fixed, varying_share = _without_fixed(mean, components)

    step = max(1, round(settings.lag_step_ms * rate_hz / 1000.0))
    reach = int(settings.lag_reach_ms * rate_hz / 1000.0) // step
    lags = step * np.arange(-reach, reach + 1)
    log_prior = -0.5 * (lags / (settings.lag_sd_ms * rate_hz / 1000.0)) ** 2
    log_prior -= np.log(np.exp(log_prior).sum())

    n_kept = len(kept)
    projections, mean_energy, offsets, variances = [], [], [], []
    for lag in lags:
        moved = shifted(mean, int(lag))
        moved = moved - fixed * (fixed @ moved)
        moved_components = shifted(components, int(lag)).T * np.sqrt(spread)
        moved_components = moved_components - np.outer(fixed, fixed @ moved_components)
        gram = moved_components.T @ moved_components
        cross = moved_components.T @ moved
        variance, rotation = np.linalg.eigh(gram) if n_kept else (np.zeros(0), np.zeros((0, 0)))
        variance = np.maximum(variance, 1e-9)
        turned = rotation / np.sqrt(variance)
        projections.append(np.column_stack([moved, moved_components @ turned]))
        mean_energy.append(float(moved @ moved))
        offsets.append(cross @ turned)
        variances.append(variance)
    wide_support = _dilated(support, int(lags.max()))
    gains = gain_grid(settings)
    by_gain = gains[1:, None]
    full = np.flatnonzero((gains >= FULL_SIZE[0]) & (gains <= FULL_SIZE[1]))
    return ResponseModel(
        mean=mean,
        varying_share=varying_share,
        fixed=fixed,
        support=wide_support,
        projections=np.ascontiguousarray(
            np.column_stack([*projections, np.where(wide_support, fixed, 0.0)])
        ),
        mean_energy=by_gain**2 * np.array(mean_energy),
        offsets=by_gain * np.array(offsets).reshape(lags.size, n_kept).T[:, None, :],
        variances=by_gain**2 * np.array(variances).reshape(lags.size, n_kept).T[:, None, :],
        log_prior=log_prior,
        gains=gains,
        full_size=slice(int(full[0]), int(full[-1]) + 1),
        degrees_of_freedom=settings.degrees_of_freedom,
    )


def _dilated(support: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.bool_]:
    wide = np.convolve(support.astype(float), np.ones(2 * reach + 1), "same")
    return np.asarray(wide > 0.5)


def _without_fixed(mean: Array, components: Array) -> tuple[Array, Array, float]:
    """Split off the part of the mean that never varies, where most of it does.

    What stays after a loss - an M wave conducted into this channel, the rest
    of a tail - would otherwise pass for a small response for ever.

    Parameters
    ----------
    mean : ndarray of float64, shape (n_window,)
    components : ndarray of float64, shape (n_components, n_window)
        Orthonormal directions of variation.

    Returns
    -------
    mean : ndarray of float64, shape (n_window,)
        Without the fixed part, where there is one.
    fixed : ndarray of float64, shape (n_window,)
        Its unit vector, or zeros.
    share : float
        Of the mean's energy in the directions of variation.
    """
    varying = components.T @ (components @ mean)
    share = float(varying @ varying) / max(float(mean @ mean), 1e-12)
    rest = mean - varying
    size = float(np.sqrt(rest @ rest))
    if share < VARYING_SHARE or size < 1e-9:
        return mean, np.zeros_like(mean), share
    return varying, rest / size, share


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projected:
    """Sweeps as the model sees them.

    Attributes
    ----------
    products : ndarray of float64, shape (n_sweeps, 1 + n_components, n_lags)
        With the mean, then with each direction of variation.
    energy : ndarray of float64, shape (n_sweeps,)
        On the support, without what is fixed.
    """

    products: Array
    energy: Array

    def rows(self, index: slice) -> "Projected":
        """Return some of the sweeps."""
        return Projected(products=self.products[index], energy=self.energy[index])

    @property
    def best_lags(self) -> npt.NDArray[np.intp]:
        """Number of the lag at which each sweep fits the mean best, shape (n_sweeps,)."""
        return np.asarray(self.products[:, 0].argmax(axis=1))


def projected(white: Array, model: ResponseModel) -> Projected:
    """Return whitened sweeps as the model sees them.

    Parameters
    ----------
    white : ndarray of float64, shape (n_sweeps, n_window)
    model : ResponseModel
    """
    n_components, _, n_lags = model.variances.shape
    found = rows_times(white, model.projections)
    supported = np.where(model.support, white, 0.0)
    supported *= supported
    return Projected(
        products=np.ascontiguousarray(
            found[:, :-1].reshape(white.shape[0], n_lags, 1 + n_components).transpose(0, 2, 1)
        ),
        energy=supported.sum(axis=1) - found[:, -1] ** 2,
    )


def log_likelihoods(white: Array, noise_ratio: Array, model: ResponseModel) -> Array:
    """Return log p(sweep | gain) - log p(sweep | no response) for each gain.

    Parameters
    ----------
    white : ndarray of float64, shape (n_sweeps, n_window)
    noise_ratio : ndarray of float64, shape (n_sweeps,)
        Local noise power over the calibration's.
    model : ResponseModel

    Returns
    -------
    ndarray of float64, shape (n_sweeps, n_gains + 1)
        First column 0.
    """
    return weighed(projected(white, model), noise_ratio, model, of=slice(1, None))


def weighed(sweeps: Projected, noise_ratio: Array, model: ResponseModel, *, of: slice) -> Array:
    """Return `log_likelihoods` of some of the gains; 0 for the others.

    Parameters
    ----------
    sweeps : Projected
    noise_ratio : ndarray of float64, shape (n_sweeps,)
    model : ResponseModel
    of : slice
        Of `model.gains`, without the first.
    """
    evidence = np.zeros((noise_ratio.size, model.gains.size))
    for first in range(0, noise_ratio.size, SWEEPS_AT_ONCE):
        some = slice(first, first + SWEEPS_AT_ONCE)
        evidence[some, of] = _weighed(sweeps.rows(some), noise_ratio[some], model, of)
    return evidence


def _weighed(sweeps: Projected, noise_ratio: Array, model: ResponseModel, of: slice) -> Array:
    gains = slice(of.start - 1, None if of.stop is None else of.stop - 1)
    noise = np.maximum(noise_ratio, SMALLEST_NOISE_RATIO)[:, None, None]
    variances = model.variances[:, gains]
    n_components = variances.shape[0]

    # (n_sweeps, n_components, n_gains, n_lags)
    widened = variances + noise[:, None]
    explained = sweeps.products[:, 1:, None] - model.offsets[:, gains]
    explained *= explained
    explained *= variances
    explained /= widened
    # (n_sweeps, n_gains, n_lags). Sums over components and lags run term by term: their
    # order, and so the last bit, cannot depend on how many sweeps are in the batch.
    change = sweeps.products[:, 0, None] * (-2.0 * model.gains[of][:, None])
    change += model.mean_energy[gains]
    determinant = np.ones_like(change)
    for component in range(n_components):
        change -= explained[:, component]
        determinant *= widened[:, component]
    energy = sweeps.energy[:, None, None]
    change += energy
    scale = model.degrees_of_freedom * noise
    joint = np.log1p(np.maximum(change, 1e-3) / scale)
    joint -= np.log1p(energy / scale)
    joint *= -0.5 * (model.degrees_of_freedom + float(model.support.sum()))
    # One logarithm of the product, not one for each component.
    joint -= 0.5 * np.log(determinant)
    joint += 0.5 * n_components * np.log(noise)
    joint += model.log_prior
    return _log_sum(joint)


def presence_log_odds(evidence: Array, gains: Array, *, lowest_gain: float) -> Array:
    """Return log p(sweep | a response that counts) - log p(sweep | none, or less).

    The other hypothesis holds every residual at or below `lowest_gain`, not
    only silence: at high SNR a residual too small to count fits far better
    than nothing does, and would pass for the response.

    Parameters
    ----------
    evidence : ndarray of float64, shape (n_sweeps, n_gains + 1)
    gains : ndarray of float64, shape (n_gains + 1,)
    lowest_gain : float

    Returns
    -------
    ndarray of float64, shape (n_sweeps,)
    """
    first = int(np.searchsorted(gains, lowest_gain, side="right"))
    counts, less = evidence[:, first:], evidence[:, :first]
    return _log_sum(counts, count=counts.shape[1]) - _log_sum(less, count=less.shape[1])


def estimated_gain(evidence: Array, gains: Array) -> Array:
    """Return the posterior mean gain of each sweep under a flat prior."""
    highest: Array = np.maximum(evidence.max(axis=1), 0.0)
    weights = np.exp(evidence - highest[:, None])
    total: Array = np.add.accumulate(weights, axis=1)[:, -1]
    weighted: Array = np.add.accumulate(gains * weights, axis=1)[:, -1]
    return weighted / total


def _log_sum(rows: Array, *, count: int = 1) -> Array:
    """Return the log of the sum (over `count`) of exponentials along the last axis.

    Accumulated, not summed: the order of the terms never depends on the shape.
    """
    highest: Array = rows.max(axis=-1)
    total: Array = np.add.accumulate(np.exp(rows - highest[..., None]), axis=-1)[..., -1]
    return highest + np.log(total / count)
