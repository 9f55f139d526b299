"""The chain of one channel, from conditioned sweeps to evidence and figures."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.calibration import MuscleCalibration, control_log_odds, control_windows
from amr_monitor.dsp.conditioning import (
    Array,
    ConditionedSweeps,
    SweepGeometry,
    noise_columns,
    rows_times,
)
from amr_monitor.dsp.detection import estimated_gain, log_likelihoods, presence_log_odds
from amr_monitor.dsp.measurement import m_wave_uv, peak_to_peak_uv, root_mean_square_uv
from amr_monitor.dsp.quality import Flags, baseline_flags, raw_flags, saturation_limit_uv
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.case import Muscle, Reason

Columns = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChannelFigures:
    """What can be said of a channel's sweeps without a baseline.

    Attributes
    ----------
    flags : dict of Reason to ndarray of bool, shape (n_sweeps,)
    peak_to_peak_uv, noise_uv, m_wave_uv, artifact_uv, mains_uv : ndarray of float64
        Shape (n_sweeps,).
    """

    flags: dict[Reason, Flags]
    peak_to_peak_uv: Array
    noise_uv: Array
    m_wave_uv: Array
    artifact_uv: Array
    mains_uv: Array

    def row(self, index: int) -> "ChannelFigures":
        """Return one sweep, as arrays of length 1."""
        one = slice(index, index + 1)
        return ChannelFigures(
            flags={reason: flag[one] for reason, flag in self.flags.items()},
            peak_to_peak_uv=self.peak_to_peak_uv[one],
            noise_uv=self.noise_uv[one],
            m_wave_uv=self.m_wave_uv[one],
            artifact_uv=self.artifact_uv[one],
            mains_uv=self.mains_uv[one],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChannelEvidence:
    """What a channel's sweeps say against the baseline.

    Attributes
    ----------
    figures : ChannelFigures
        `flags` with those of the baseline added.
    evidence : ndarray of float64, shape (n_sweeps, n_gains + 1)
    log_odds_present : ndarray of float64, shape (n_sweeps,)
        Of each sweep alone, against no response or one too small to count.
    log_odds_back : ndarray of float64, shape (n_sweeps,)
        The same for a response large enough to count as a return.
    gain : ndarray of float64, shape (n_sweeps,)
        Estimated from each sweep alone.
    noise_ratio : ndarray of float64, shape (n_sweeps,)
    latency_ms : ndarray of float64, shape (n_sweeps,)
        Not a number where the sweep shows no response.
    artifact_fraction, own_m_fraction : ndarray of float64, shape (n_sweeps,)
        Over baseline; not a number where the baseline has none.
    """

    figures: ChannelFigures
    evidence: Array
    log_odds_present: Array
    log_odds_back: Array
    gain: Array
    noise_ratio: Array
    latency_ms: Array
    artifact_fraction: Array
    own_m_fraction: Array

    def row(self, index: int) -> "ChannelEvidence":
        """Return one sweep, as arrays of length 1."""
        one = slice(index, index + 1)
        return ChannelEvidence(
            figures=self.figures.row(index),
            evidence=self.evidence[one],
            log_odds_present=self.log_odds_present[one],
            log_odds_back=self.log_odds_back[one],
            gain=self.gain[one],
            noise_ratio=self.noise_ratio[one],
            latency_ms=self.latency_ms[one],
            artifact_fraction=self.artifact_fraction[one],
            own_m_fraction=self.own_m_fraction[one],
        )


@lru_cache(maxsize=16)
def _columns(
    geometry: SweepGeometry, muscle: Muscle, settings: DetectorSettings
) -> tuple[Columns, Columns, Columns]:
    """Return the columns of the noise, of the response, and of all that must stay calm."""
    windows, times = settings.windows, geometry.times_ms
    before = noise_columns(geometry, settings)
    # From this muscle's own window on: a large M wave in mentalis is no saturation.
    after = np.flatnonzero((times >= windows.start_ms(muscle)) & (times < windows.post_end_ms))
    response = after[times[after] < windows.response_end_ms]
    return before, response, np.concatenate([before, after])


def channel_figures(
    sweeps: ConditionedSweeps,
    channel: int,
    muscle: Muscle,
    rail_uv: float | None,
    geometry: SweepGeometry,
    settings: DetectorSettings,
) -> ChannelFigures:
    """Measure and gate the sweeps of one channel without a baseline."""
    windows = settings.windows
    values = sweeps.values_uv[:, channel]
    before, response, quiet = _columns(geometry, muscle, settings)
    return ChannelFigures(
        flags=raw_flags(
            sweeps,
            channel,
            peak_to_peak_uv(values[:, before]),
            np.abs(values[:, quiet]).max(axis=1, initial=0.0),
            saturation_limit_uv(rail_uv, settings.gates),
            settings.gates,
        ),
        peak_to_peak_uv=peak_to_peak_uv(values[:, response]),
        noise_uv=root_mean_square_uv(values[:, before]),
        m_wave_uv=m_wave_uv(values, geometry.times_ms, windows.artifact_end_ms, windows.m_end_ms),
        artifact_uv=sweeps.artifact_uv[:, channel],
        mains_uv=sweeps.mains_uv[:, channel],
    )


def channel_evidence(
    sweeps: ConditionedSweeps,
    figures: ChannelFigures,
    calibration: MuscleCalibration,
    m_fraction: Array | None,
    settings: DetectorSettings,
) -> ChannelEvidence:
    """Weigh the sweeps of one channel against its baseline.

    Parameters
    ----------
    sweeps : ConditionedSweeps
    figures : ChannelFigures
        Of the same sweeps and channel.
    calibration : MuscleCalibration
    m_fraction : ndarray of float64, shape (n_sweeps,), or None
        M wave of the direct muscle over baseline.
    settings : DetectorSettings

    Returns
    -------
    ChannelEvidence
    """
    gates = settings.gates
    front_end, model = calibration.front_end, calibration.model
    values = np.ascontiguousarray(sweeps.values_uv[:, calibration.channel])
    sham: Array | None = None
    if calibration.sham_columns is None:
        white = front_end.whiten(values)
    else:
        white, sham = front_end.whiten_both(values, calibration.sham_columns)
    noise_ratio = front_end.noise_power(white, use_late=calibration.use_late)
    window = np.ascontiguousarray(white[:, front_end.window])
    looked_at = [
        (window, noise_ratio),
        *control_windows(white, sham, noise_ratio, front_end, use_late=calibration.use_late),
    ]
    # All in one call: a sweep alone is slow for the number of calls, not for the numbers.
    found = log_likelihoods(
        np.concatenate([rows for rows, _ in looked_at]),
        np.concatenate([noise for _, noise in looked_at]),
        model,
    ).reshape(len(looked_at), len(sweeps), model.gains.size)
    evidence, controls = found[0], control_log_odds(list(found[1:]), model, len(sweeps))
    log_odds = presence_log_odds(
        evidence, model.gains, lowest_gain=calibration.lowest_gain(settings)
    )
    artifact_fraction = figures.artifact_uv / max(calibration.artifact_uv, 1e-9)
    proves = calibration.artifact_uv >= gates.smallest_artifact_uv
    flags = dict(figures.flags)
    for reason, flag in baseline_flags(
        noise_ratio=noise_ratio,
        sham_log_odds=controls - calibration.sham_threshold,
        artifact_fraction=artifact_fraction if proves else None,
        m_fraction=m_fraction,
        gates=gates,
    ).items():
        flags[reason] = flags[reason] | flag if reason in flags else flag
    nothing = np.full(len(sweeps), np.nan)
    cleaned = front_end.cleaned(values)
    times = front_end.plain_times_ms
    response = (times >= settings.windows.start_ms(calibration.muscle)) & (
        times < settings.windows.response_end_ms
    )
    return ChannelEvidence(
        figures=ChannelFigures(
            flags=flags,
            peak_to_peak_uv=peak_to_peak_uv(cleaned[:, response]),
            noise_uv=figures.noise_uv,
            m_wave_uv=figures.m_wave_uv,
            artifact_uv=figures.artifact_uv,
            mains_uv=figures.mains_uv,
        ),
        evidence=evidence,
        log_odds_present=log_odds,
        log_odds_back=presence_log_odds(
            evidence, model.gains, lowest_gain=calibration.return_gain(settings)
        ),
        gain=estimated_gain(evidence, model.gains) / max(calibration.reference_gain, 1e-9),
        noise_ratio=noise_ratio,
        latency_ms=_latencies_ms(window, log_odds, calibration, settings),
        artifact_fraction=artifact_fraction if proves else nothing,
        own_m_fraction=(
            nothing if calibration.own_m_uv is None else figures.m_wave_uv / calibration.own_m_uv
        ),
    )


def _latencies_ms(
    window: Array, log_odds: Array, calibration: MuscleCalibration, settings: DetectorSettings
) -> Array:
    """Return baseline onset plus the lag at which each sweep fits the mean best."""
    latencies = np.full(window.shape[0], np.nan)
    if calibration.onset_ms is None:
        return latencies
    model = calibration.model
    n_lags, n_components = model.variances.shape
    columns = np.arange(n_lags) * (1 + n_components)
    matches = rows_times(window, np.ascontiguousarray(model.projections[:, columns]))
    best = matches.argmax(axis=1) - n_lags // 2
    seen = log_odds > settings.seen_log_odds
    latencies[seen] = calibration.onset_ms + best[seen] * settings.lag_step_ms
    return latencies
