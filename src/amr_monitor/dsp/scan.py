"""Whether there is any response at all: without a template."""

import numpy as np
from scipy.special import chdtrc

from amr_monitor.dsp.conditioning import Array

SCAN_WIDTHS_MS = (1.0, 2.0, 4.0, 8.0)


def scan_p_value(white: Array, control: Array, rate_hz: float) -> float:
    """Return the chance of so much time-locked energy where there is no response.

    Template-free: the mean of whitened sweeps in every stretch of 1, 2, 4 and
    8 ms of the window, against the mean in a control stretch of the same
    sweeps; Bonferroni over stretches.

    Parameters
    ----------
    white : ndarray of float64, shape (n_sweeps, n_window)
    control : ndarray of float64, shape (n_sweeps, n_control)
    rate_hz : float

    Returns
    -------
    float
    """
    n_sweeps = white.shape[0]
    level = max(float(n_sweeps * (control.mean(axis=0) ** 2).mean()), 0.25)
    power = n_sweeps * white.mean(axis=0) ** 2 / level
    cumulative = np.concatenate([[0.0], np.cumsum(power)])
    best, n_tests = 1.0, 0
    for width_ms in SCAN_WIDTHS_MS:
        width = round(width_ms * rate_hz / 1000.0)
        if not 2 <= width < power.size:
            continue
        sums = cumulative[width:] - cumulative[:-width]
        n_tests += max(1, sums.size // max(width // 2, 1))
        best = min(best, float(chdtrc(width, sums.max())))
    return min(1.0, best * n_tests)
