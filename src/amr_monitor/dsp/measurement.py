"""Figures of a sweep for eyes and gates: amplitudes, latency, noise, M wave.

None of them decides: noise alone measures about 5.3 standard deviations peak
to peak in 15 ms, so no amplitude is ever zero.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import fsum, sqrt

import numpy as np

from amr_monitor.dsp.products import Array, rows_times

M_TAIL_MS = (0.8, 3.0)
ONSET_FRACTION = 0.15
ONSET_DEVIATIONS = 4.0
ONSET_GROUPS = 10
MEDIAN_OVER_MEAN = 1.2533
"""Standard deviation of a median over that of a mean, of normal values."""


def peak_to_peak_uv(values_uv: Array) -> Array:
    """Return the peak to peak amplitude of each row, shape (n_sweeps,)."""
    if not values_uv.shape[1]:
        return np.zeros(values_uv.shape[0])
    return np.asarray(np.ptp(values_uv, axis=1))


def root_mean_square_uv(values_uv: Array) -> Array:
    """Return the root mean square of each row about its mean, shape (n_sweeps,)."""
    if not values_uv.shape[1]:
        return np.zeros(values_uv.shape[0])
    # Row after row in memory: otherwise one row alone sums in another order than many.
    rows = np.ascontiguousarray(values_uv)
    centred = rows - rows.mean(axis=1, keepdims=True)
    power: Array = (centred * centred).mean(axis=1)
    return np.sqrt(power)


def m_wave_uv(values_uv: Array, times_ms: Array, start_ms: float, end_ms: float) -> Array:
    """Return the peak to peak M wave of each sweep after the artifact's tail is off.

    The tail is fitted jointly as a level and two decays (0.8 and 3 ms), so a
    changed artifact does not pass for a changed M wave.

    Parameters
    ----------
    values_uv : ndarray of float64, shape (n_sweeps, n_times)
    times_ms : ndarray of float64, shape (n_times,)
    start_ms, end_ms : float
        The M window, e.g. 1.5 and 7.

    Returns
    -------
    ndarray of float64, shape (n_sweeps,)
    """
    columns = np.flatnonzero((times_ms >= start_ms - 1e-9) & (times_ms < end_ms - 1e-9))
    if columns.size < len(M_TAIL_MS) + 2:
        return np.zeros(values_uv.shape[0])
    onto, back = _tail_projection((times_ms[columns] - start_ms).tobytes())
    window = np.ascontiguousarray(values_uv[:, columns])
    return peak_to_peak_uv(window - rows_times(rows_times(window, onto), back))


@lru_cache(maxsize=16)
def _tail_projection(since_ms: bytes) -> tuple[Array, Array]:
    """Return the matrices that take a window onto the tail's shapes and back."""
    since = np.frombuffer(since_ms)
    basis = np.array([np.ones_like(since), *(np.exp(-since / tau) for tau in M_TAIL_MS)]).T
    orthonormal = np.linalg.qr(basis)[0]
    return np.ascontiguousarray(orthonormal), np.ascontiguousarray(orthonormal.T)


def onset_latency_ms(mean_uv: Array, times_ms: Array, noise_uv: float) -> float | None:
    """Return when a mean response leaves the noise for good before its peak.

    The last moment, going back from the largest deflection, at which the
    waveform stays above 15 % of that deflection and 4 standard deviations of
    the mean's noise; a pause of up to 0.5 ms between phases is bridged.

    Parameters
    ----------
    mean_uv : ndarray of float64, shape (n_times,)
        Mean of cleaned sweeps in the response window.
    times_ms : ndarray of float64, shape (n_times,)
    noise_uv : float
        Standard deviation of the mean's noise.

    Returns
    -------
    float or None
        None where nothing stands out.
    """
    size = np.abs(mean_uv)
    if not size.size:
        return None
    peak = int(np.argmax(size))
    threshold = max(ONSET_FRACTION * float(size[peak]), ONSET_DEVIATIONS * noise_uv)
    if size[peak] <= threshold:
        return None
    above = np.flatnonzero(size[: peak + 1] > threshold)
    step = float(times_ms[1] - times_ms[0])
    bridge = max(1, round(0.5 / step))
    breaks = np.flatnonzero(np.diff(above) > bridge + round(0.5 / step))
    first = int(above[breaks[-1] + 1]) if breaks.size else int(above[0])
    return float(times_ms[first])


def onset_latency_sd_ms(sweeps_uv: Array, times_ms: Array, noise_uv: float) -> float | None:
    """Return the standard deviation of the onset of the mean of some sweeps.

    By leaving out every tenth sweep in turn (grouped jackknife), and not below
    what the time between two samples leaves open.

    Parameters
    ----------
    sweeps_uv : ndarray of float64, shape (n_sweeps, n_times)
        Cleaned sweeps in the response window.
    times_ms : ndarray of float64, shape (n_times,)
    noise_uv : float
        Standard deviation of the noise of one sweep.

    Returns
    -------
    float or None
        None where fewer sweeps than groups are left or an onset is missing.
    """
    if sweeps_uv.shape[0] < 2 * ONSET_GROUPS or times_ms.size < 2:
        return None
    group = np.arange(sweeps_uv.shape[0]) % ONSET_GROUPS
    onsets = []
    for left_out in range(ONSET_GROUPS):
        kept = sweeps_uv[group != left_out]
        onset = onset_latency_ms(kept.mean(axis=0), times_ms, noise_uv / np.sqrt(kept.shape[0]))
        if onset is None:
            return None
        onsets.append(onset)
    spread = np.array(onsets) - np.mean(onsets)
    variance = (ONSET_GROUPS - 1) / ONSET_GROUPS * float((spread**2).sum())
    step = float(times_ms[1] - times_ms[0])
    return float(np.sqrt(variance + step**2 / 12.0))


def median_sd(values: Sequence[float], *, step: float) -> float | None:
    """Return the standard deviation of the median of a few values on a grid.

    Parameters
    ----------
    values : sequence of float
    step : float
        Of the grid; a spread below what it leaves open is not believed.

    Returns
    -------
    float or None
        None for fewer than three values.
    """
    if len(values) < 3:
        return None
    mean = fsum(values) / len(values)
    variance = fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return MEDIAN_OVER_MEAN * sqrt((variance + step**2 / 12.0) / len(values))
