"""The response of one sweep before there is a baseline: tails of artifact and M wave taken off.

A tail grows with the current, and would pass for a response that does.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.settings import WindowSettings
from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import FloatArray

TAILS_MS = (1.3, 2.5, 4.5, 8.0)
FIT_END_MS = 60.0
"""Tails are fitted from the window's start to here, with level and drift."""

Array = npt.NDArray[np.float64]


def tail_free_peak_to_peak_uv(
    samples_uv: FloatArray,
    *,
    start_ms: float,
    step_ms: float,
    muscle: Muscle,
    windows: WindowSettings,
) -> float:
    """Return the peak to peak in the response window once the tails are off.

    Parameters
    ----------
    samples_uv : ndarray of float32, shape (n_columns,)
        Mains taken off already.
    start_ms, step_ms : float
        Of the columns, relative to the stimulus.
    muscle : Muscle
    windows : WindowSettings

    Returns
    -------
    float
        Not a number where the window holds too little, or what is no number.
    """
    from_ms = windows.start_ms(muscle)
    first = max(0, round((from_ms - start_ms) / step_ms))
    end = min(samples_uv.size, round((FIT_END_MS - start_ms) / step_ms))
    n_window = round((windows.response_end_ms - from_ms) / step_ms)
    if end - first < 2 * len(TAILS_MS) or end - first < n_window:
        return float("nan")
    stretch = samples_uv[first:end].astype(np.float64)
    basis = _tails(end - first, step_ms)
    rest = stretch - basis @ (basis.T @ stretch)
    return float(np.ptp(rest[:n_window]))


@lru_cache(maxsize=8)
def _tails(n_columns: int, step_ms: float) -> Array:
    """Return level, drift and decays from the window's start on, orthonormal."""
    since = step_ms * np.arange(n_columns)
    rows = [np.ones_like(since), since / FIT_END_MS, *(np.exp(-since / tau) for tau in TAILS_MS)]
    return np.asarray(np.linalg.qr(np.array(rows).T)[0])
