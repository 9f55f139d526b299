"""Whether a sweep may count, channel by channel.

A sweep that is rejected says nothing either way: it is never silence. What
only shows over several sweeps (stimulus failed, electrode off) is judged by
the engine from these reasons.
"""

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.conditioning import Array, ConditionedSweeps
from amr_monitor.dsp.settings import GateSettings
from amr_monitor.model.case import Reason

Flags = npt.NDArray[np.bool_]


def saturation_limit_uv(rail_uv: float | None, gates: GateSettings) -> float:
    """Return the excursion above which a channel counts as saturated."""
    if rail_uv is None:
        return gates.saturation_uv
    return min(gates.saturation_uv, gates.rail_fraction * rail_uv)


def raw_flags(
    sweeps: ConditionedSweeps,
    channel: int,
    prestimulus_range_uv: Array,
    excursion_uv: Array,
    limit_uv: float,
    gates: GateSettings,
) -> dict[Reason, Flags]:
    """Return what disqualifies sweeps of one channel without a baseline.

    Parameters
    ----------
    sweeps : ConditionedSweeps
    channel : int
    prestimulus_range_uv : ndarray of float64, shape (n_sweeps,)
        Peak to peak before the stimulus.
    excursion_uv : ndarray of float64, shape (n_sweeps,)
        Largest distance from the prestimulus level in noise and response windows.
    limit_uv : float
        From `saturation_limit_uv`.
    gates : GateSettings

    Returns
    -------
    dict of Reason to ndarray of bool, shape (n_sweeps,)
    """
    return {
        Reason.NOT_A_NUMBER: ~sweeps.finite[:, channel],
        Reason.FLAT: prestimulus_range_uv < gates.flat_uv,
        Reason.SATURATED: excursion_uv > limit_uv,
        Reason.MAINS: sweeps.mains_uv[:, channel] > gates.highest_mains_uv,
    }


def baseline_flags(
    *,
    noise_ratio: Array,
    sham_log_odds: Array,
    artifact_fraction: Array | None,
    m_fraction: Array | None,
    gates: GateSettings,
) -> dict[Reason, Flags]:
    """Return what disqualifies sweeps of one channel against its baseline.

    Parameters
    ----------
    noise_ratio : ndarray of float64, shape (n_sweeps,)
        Local noise power over the baseline's.
    sham_log_odds : ndarray of float64, shape (n_sweeps,)
        The detector's own statistic where no stimulus was, less what noise
        reaches: above 0 the muscle is active by itself, and what follows the
        stimulus proves nothing.
    artifact_fraction : ndarray of float64, shape (n_sweeps,), or None
        Over baseline; None where the baseline shows too little artifact.
    m_fraction : ndarray of float64, shape (n_sweeps,), or None
        M wave of the direct muscle over baseline; None where there is none.
    gates : GateSettings

    Returns
    -------
    dict of Reason to ndarray of bool, shape (n_sweeps,)
    """
    nothing = np.zeros(noise_ratio.shape, dtype=bool)
    artifact_missing = (
        nothing if artifact_fraction is None else artifact_fraction < gates.lowest_artifact_fraction
    )
    m_missing = nothing if m_fraction is None else m_fraction < gates.lowest_m_fraction
    return {
        Reason.FLAT: noise_ratio < gates.lowest_noise_ratio,
        Reason.NOISY: noise_ratio > gates.highest_noise_ratio,
        Reason.ARTIFACT_MISSING: artifact_missing,
        Reason.M_WAVE_MISSING: m_missing,
        Reason.EMG_ACTIVITY: sham_log_odds > 0.0,
    }


def reasons_of(flags: dict[Reason, Flags]) -> list[tuple[Reason, ...]]:
    """Return the reasons that hold for each sweep, in a fixed order."""
    if not flags:
        return []
    reasons, table = tuple(flags), np.stack(list(flags.values()), axis=1)
    held: list[tuple[Reason, ...]] = [()] * table.shape[0]
    for row in np.flatnonzero(table.any(axis=1)).tolist():
        held[row] = tuple(
            reason for reason, holds in zip(reasons, table[row].tolist(), strict=True) if holds
        )
    return held
