"""What a person is shown where a baseline is to be accepted. All rules are ours.

One burst of stimuli cannot show that the M wave is steady: a relaxant that
wears off, or an electrode that dries, takes minutes. Two bursts four minutes
apart whose M waves agree within 15 % can; where TOF is known it says how far
the muscle is relaxed.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.calibration import MuscleCalibration
from amr_monitor.model.case import Muscle
from amr_monitor.model.context import BaselineConditions
from amr_monitor.monitor.settings import BaselineSettings

FEWEST_OF_BURST = 5
BLINK_ONSET_MS = (10.0, 12.0)
"""Of R1 in orbicularis oculi. [lit]"""


def baseline_conditions(
    times_s: Sequence[float],
    m_waves_uv: Sequence[float] | None,
    tof: str,
    settings: BaselineSettings,
) -> BaselineConditions:
    """Return the conditions of the sweeps gathered so far.

    Parameters
    ----------
    times_s : sequence of float
        Of the sweeps, in order.
    m_waves_uv : sequence of float or None
        Of the direct muscle in the same sweeps, not a number where it cannot
        be measured; None where there is no such channel or no M wave.
    tof : str
        What is known of the train of four; "" for nothing.
    settings : BaselineSettings
    """
    times = np.asarray(times_s, dtype=np.float64)
    begins = np.flatnonzero(np.diff(times) > settings.burst_pause_s) + 1
    bursts = [part for part in np.split(np.arange(times.size), begins) if part.size]
    told = [burst for burst in bursts if burst.size >= FEWEST_OF_BURST]
    interval_s = change = None
    if len(told) >= 2:
        interval_s = round(float(times[told[-1][0]] - times[told[0][0]]), 1)
        change = _change_percent(m_waves_uv, told[0], told[-1])
    return BaselineConditions(
        tof_known=bool(tof),
        tof=tof,
        n_bursts=len(bursts),
        burst_interval_s=interval_s,
        m_wave_change_percent=change,
        steady=interval_s is not None
        and interval_s >= settings.burst_apart_s
        and change is not None
        and abs(change) <= 100.0 * settings.burst_m_tolerance,
    )


def _change_percent(
    m_waves_uv: Sequence[float] | None,
    first: npt.NDArray[np.intp],
    last: npt.NDArray[np.intp],
) -> float | None:
    if m_waves_uv is None:
        return None
    values = np.asarray(m_waves_uv, dtype=np.float64)
    before, after = values[first], values[last]
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if min(before.size, after.size) < FEWEST_OF_BURST or not np.median(before) > 0.0:
        return None
    return round(100.0 * (float(np.median(after)) / float(np.median(before)) - 1.0), 1)


def conditions_in_words(
    conditions: BaselineConditions, settings: BaselineSettings
) -> tuple[str, ...]:
    """Return what a person should know before accepting, as lines."""
    lines = []
    apart_min = settings.burst_apart_s / 60.0
    if conditions.steady:
        interval_min = (conditions.burst_interval_s or 0.0) / 60.0
        lines.append(
            f"M wave steady: two bursts {interval_min:.0f} min apart, "
            f"changed by {conditions.m_wave_change_percent:+.0f} %"
        )
    elif conditions.m_wave_change_percent is not None and (
        abs(conditions.m_wave_change_percent) > 100.0 * settings.burst_m_tolerance
    ):
        lines.append(
            f"M wave not steady: changed by {conditions.m_wave_change_percent:+.0f} % "
            "from the first burst to the last"
        )
    else:
        lines.append(f"M wave not shown to be steady: no two bursts {apart_min:g} min apart")
    lines.append(conditions.tof or "TOF not known")
    return tuple(lines)


def current_spread_hints(
    calibration: MuscleCalibration, *, m_wave_uv: float, settings: BaselineSettings
) -> tuple[str, ...]:
    """Return what an early wave in a muscle that is not stimulated may mean: notes, no alarms.

    Parameters
    ----------
    calibration : MuscleCalibration
    m_wave_uv : float
        Of the direct muscle; 0 where there is none.
    settings : BaselineSettings
    """
    wave_uv = calibration.own_m_uv
    if wave_uv is None or wave_uv < max(
        settings.current_spread_uv, settings.current_spread_share * m_wave_uv
    ):
        return ()
    name = calibration.muscle.replace("_", " ")
    lines = [f"current spread: a wave of {wave_uv:.0f} uV at 2 to 6 ms in {name}"]
    onset_ms = calibration.onset_ms
    if (
        calibration.muscle is Muscle.ORBICULARIS_OCULI
        and calibration.elicited
        and onset_ms is not None
        and BLINK_ONSET_MS[0] <= onset_ms <= BLINK_ONSET_MS[1]
    ):
        lines.append(
            f"with current spread the wave at {onset_ms:.1f} ms may be the blink reflex R1"
        )
    return tuple(lines)
