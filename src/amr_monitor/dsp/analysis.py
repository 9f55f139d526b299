"""The chain of one channel, from conditioned sweeps to evidence and figures."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.calibration import (
    MuscleCalibration,
    control_log_odds,
    control_windows,
    fires,
)
from amr_monitor.dsp.conditioning import (
    Array,
    ConditionedSweeps,
    SweepGeometry,
    noise_columns,
)
from amr_monitor.dsp.detection import (
    ResponseModel,
    estimated_gain,
    presence_log_odds,
    projected,
    weighed,
)
from amr_monitor.dsp.measurement import m_wave_uv, peak_to_peak_uv, root_mean_square_uv
from amr_monitor.dsp.quality import (
    Flags,
    baseline_flags,
    raw_flags,
    reasons_of,
    saturation_limit_uv,
)
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.case import Muscle, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFigures:
    """What can be said of one channel of one sweep without a baseline.

    Attributes
    ----------
    reasons : tuple of Reason
        What disqualifies it.
    peak_to_peak_uv, noise_uv, m_wave_uv, artifact_uv, mains_uv : float
    """

    reasons: tuple[Reason, ...]
    peak_to_peak_uv: float
    noise_uv: float
    m_wave_uv: float
    artifact_uv: float
    mains_uv: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepWeight:
    """What one channel of one sweep says against the baseline.

    Attributes
    ----------
    figures : SweepFigures
    log_likelihood : ndarray of float64, shape (n_gains + 1,)
    fired : bool
        More than a quarter of the response explains it better than none.
    log_odds_present, log_odds_back, gain, noise_ratio, latency_ms : float
    artifact_fraction, own_m_fraction : float
        As in `ChannelEvidence`.
    """

    figures: SweepFigures
    log_likelihood: Array
    fired: bool
    log_odds_present: float
    log_odds_back: float
    gain: float
    noise_ratio: float
    latency_ms: float
    artifact_fraction: float
    own_m_fraction: float


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

    def sweeps(self) -> list[SweepFigures]:
        """Return the figures of each sweep."""
        columns = zip(
            reasons_of(self.flags),
            self.peak_to_peak_uv.tolist(),
            self.noise_uv.tolist(),
            self.m_wave_uv.tolist(),
            self.artifact_uv.tolist(),
            self.mains_uv.tolist(),
            strict=True,
        )
        return [
            SweepFigures(
                reasons=reasons,
                peak_to_peak_uv=peak_to_peak,
                noise_uv=noise,
                m_wave_uv=m_wave,
                artifact_uv=artifact,
                mains_uv=mains,
            )
            for reasons, peak_to_peak, noise, m_wave, artifact, mains in columns
        ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChannelEvidence:
    """What a channel's sweeps say against the baseline.

    Attributes
    ----------
    figures : ChannelFigures
        `flags` with those of the baseline added.
    evidence : ndarray of float64, shape (n_sweeps, n_gains + 1)
    fired : ndarray of bool, shape (n_sweeps,)
        As `calibration.fires` says.
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
    fired: Flags
    log_odds_present: Array
    log_odds_back: Array
    gain: Array
    noise_ratio: Array
    latency_ms: Array
    artifact_fraction: Array
    own_m_fraction: Array

    def sweeps(self) -> list[SweepWeight]:
        """Return what each sweep says."""
        columns = zip(
            self.figures.sweeps(),
            self.evidence,
            self.fired.tolist(),
            self.log_odds_present.tolist(),
            self.log_odds_back.tolist(),
            self.gain.tolist(),
            self.noise_ratio.tolist(),
            self.latency_ms.tolist(),
            self.artifact_fraction.tolist(),
            self.own_m_fraction.tolist(),
            strict=True,
        )
        return [
            SweepWeight(
                figures=figures,
                log_likelihood=log_likelihood,
                fired=fired,
                log_odds_present=present,
                log_odds_back=back,
                gain=gain,
                noise_ratio=noise_ratio,
                latency_ms=latency_ms,
                artifact_fraction=artifact,
                own_m_fraction=own_m,
            )
            for (
                figures,
                log_likelihood,
                fired,
                present,
                back,
                gain,
                noise_ratio,
                latency_ms,
                artifact,
                own_m,
            ) in columns
        ]


@lru_cache(maxsize=16)
def _columns(
    geometry: SweepGeometry, muscle: Muscle, settings: DetectorSettings
) -> tuple[slice, slice, slice]:
    """Return the columns of the noise, of the response, and of all after it that must stay calm."""
    windows, times = settings.windows, geometry.times_ms
    noise = noise_columns(geometry, settings)
    before = slice(int(noise[0]), int(noise[-1]) + 1) if noise.size else slice(0, 0)
    # From this muscle's own window on: a large M wave in mentalis is no saturation.
    after = _between(times, windows.start_ms(muscle), windows.post_end_ms)
    response = _between(times, windows.start_ms(muscle), windows.response_end_ms)
    return before, response, after


def _between(times_ms: Array, start_ms: float, end_ms: float) -> slice:
    """Return the columns in [start_ms, end_ms)."""
    first, end = np.searchsorted(times_ms, [start_ms, end_ms])
    return slice(int(first), int(end))


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
    before, response, after = _columns(geometry, muscle, settings)
    noise = values[:, before]
    return ChannelFigures(
        flags=raw_flags(
            sweeps,
            channel,
            peak_to_peak_uv(noise),
            np.maximum(_excursion(noise), _excursion(values[:, after])),
            saturation_limit_uv(rail_uv, settings.gates),
            settings.gates,
        ),
        peak_to_peak_uv=peak_to_peak_uv(values[:, response]),
        noise_uv=root_mean_square_uv(noise),
        m_wave_uv=m_wave_uv(values, geometry.times_ms, windows.artifact_end_ms, windows.m_end_ms),
        artifact_uv=sweeps.artifact_uv[:, channel],
        mains_uv=sweeps.mains_uv[:, channel],
    )


def _excursion(values_uv: Array) -> Array:
    """Return the largest distance of each row from 0."""
    highest, lowest = values_uv.max(axis=1, initial=0.0), values_uv.min(axis=1, initial=0.0)
    return np.asarray(np.maximum(highest, -lowest))


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
    late = front_end.late_alone(white) if calibration.use_late else None
    noise_ratio = front_end.noise_power(white, late=late)
    window = np.ascontiguousarray(white[:, front_end.window])
    evidence, controls, best_lags = _weighed(
        window, noise_ratio, control_windows(late, sham, noise_ratio, front_end), model
    )
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
    response = _between(
        front_end.plain_times_ms,
        settings.windows.start_ms(calibration.muscle),
        settings.windows.response_end_ms,
    )
    return ChannelEvidence(
        figures=ChannelFigures(
            flags=flags,
            peak_to_peak_uv=peak_to_peak_uv(front_end.cleaned(values, part=response)),
            noise_uv=figures.noise_uv,
            m_wave_uv=figures.m_wave_uv,
            artifact_uv=figures.artifact_uv,
            mains_uv=figures.mains_uv,
        ),
        evidence=evidence,
        fired=fires(evidence, model.gains),
        log_odds_present=log_odds,
        log_odds_back=presence_log_odds(
            evidence, model.gains, lowest_gain=calibration.return_gain(settings)
        ),
        gain=estimated_gain(evidence, model.gains) / max(calibration.reference_gain, 1e-9),
        noise_ratio=noise_ratio,
        latency_ms=_latencies_ms(best_lags, log_odds, calibration, settings),
        artifact_fraction=artifact_fraction if proves else nothing,
        own_m_fraction=(
            nothing if calibration.own_m_uv is None else figures.m_wave_uv / calibration.own_m_uv
        ),
    )


def _weighed(
    window: Array,
    noise_ratio: Array,
    without: list[tuple[Array, Array]],
    model: ResponseModel,
) -> tuple[Array, Array, npt.NDArray[np.intp]]:
    """Return evidence, statistic of the control windows and best lag of each sweep.

    All windows go through one product: for a sweep alone the number of calls counts.
    """
    n_sweeps = window.shape[0]
    seen = projected(np.concatenate([window, *(rows for rows, _ in without)]), model)
    own, others = seen.rows(slice(0, n_sweeps)), seen.rows(slice(n_sweeps, None))
    evidence = weighed(own, noise_ratio, model, of=slice(1, None))
    found: list[Array] = []
    if without:
        noise = np.concatenate([noise for _, noise in without])
        found = np.split(weighed(others, noise, model, of=model.full_size), len(without))
    return evidence, control_log_odds(found, model, n_sweeps), own.best_lags


def _latencies_ms(
    best_lags: npt.NDArray[np.intp],
    log_odds: Array,
    calibration: MuscleCalibration,
    settings: DetectorSettings,
) -> Array:
    """Return baseline onset plus the lag at which each sweep fits the mean best."""
    latencies = np.full(log_odds.size, np.nan)
    if calibration.onset_ms is None:
        return latencies
    best = best_lags - calibration.model.log_prior.size // 2
    seen = log_odds > settings.seen_log_odds
    latencies[seen] = calibration.onset_ms + best[seen] * settings.lag_step_ms
    return latencies
