"""Sweeps and baseline as they are drawn."""

from functools import lru_cache
from math import isfinite

import numpy as np

from amr_monitor.dsp.conditioning import SweepGeometry
from amr_monitor.model.finding import (
    BaselineView,
    Finding,
    Measurement,
    Quality,
    SweepReport,
)
from amr_monitor.model.signal import Montage
from amr_monitor.model.source import SourceInfo
from amr_monitor.model.sweep import Sweep
from amr_monitor.monitor.baseline import Reference
from amr_monitor.monitor.case import OpenedCase
from amr_monitor.monitor.evidence import AnalysedSweep
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.telling import muscle_status

SHOWN_MS = (-20.0, 80.0)


@lru_cache(maxsize=4)
def _shown(geometry: SweepGeometry) -> slice:
    times = geometry.times_ms
    columns = np.flatnonzero((times >= SHOWN_MS[0]) & (times < SHOWN_MS[1]))
    return slice(int(columns[0]), int(columns[-1]) + 1)


def _shown_raw(raw: Sweep, rate_hz: float) -> slice:
    start, end = (raw.onset_sample + round(edge / 1000.0 * rate_hz) for edge in SHOWN_MS)
    return slice(max(0, start), min(end, raw.samples_uv.shape[1]))


def sweep_report(
    case: OpenedCase,
    sweep: AnalysedSweep,
    sweep_number: int,
    info: SourceInfo,
    geometry: SweepGeometry,
    raw: Sweep,
) -> SweepReport:
    """Return a sweep for the screen, with what it said and where the case stands.

    `raw` is the same sweep as it was received.
    """
    montage, rate_hz = info.montage, info.sampling_rate_hz
    raw_shown = _shown_raw(raw, rate_hz)
    shown = _shown(geometry)
    findings = []
    for row, muscle in enumerate(montage.muscles):
        evidence = sweep.evidence.get(muscle)
        figures = sweep.figures[row] if evidence is None else evidence.figures
        reasons = figures.reasons
        tracker = case.trackers.get(muscle)
        if tracker is not None and tracker.last_reasons is not None:
            reasons = tracker.last_reasons
        latency = float("nan") if evidence is None else evidence.latency_ms
        artifact = float("nan") if evidence is None else evidence.artifact_fraction
        findings.append(
            Finding(
                muscle=muscle,
                quality=Quality(accepted=not reasons, reasons=reasons),
                measurement=Measurement(
                    peak_to_peak_uv=round(figures.peak_to_peak_uv, 1),
                    onset_latency_ms=round(latency, 2) if isfinite(latency) else None,
                    noise_rms_uv=round(figures.noise_uv, 1),
                    mains_uv=round(figures.mains_uv, 1),
                    artifact_uv=round(figures.artifact_uv, 1),
                    m_wave_uv=round(figures.m_wave_uv, 1),
                    m_wave_percent=(
                        None if sweep.m_fraction is None else round(100.0 * sweep.m_fraction, 1)
                    ),
                    artifact_percent=round(100.0 * artifact, 1) if isfinite(artifact) else None,
                ),
                log_likelihood=np.zeros(0) if evidence is None else evidence.log_likelihood,
            )
        )
    return SweepReport(
        sweep_number=sweep_number,
        sample_index=sweep.sample_index,
        time_s=sweep.time_s,
        current_ma=sweep.stimulus.current_ma,
        start_ms=round(float(geometry.times_ms[shown.start]), 3),
        step_ms=1000.0 / geometry.analysis_rate_hz,
        cleaned_uv=sweep.conditioned.values_uv[0, :, shown].astype(np.float32),
        findings=tuple(findings),
        statuses=tuple(muscle_status(case, muscle) for muscle in montage.muscles),
        raw_uv=raw.samples_uv[:, raw_shown].astype(np.float32),
        raw_start_ms=round(1000.0 * (raw_shown.start - raw.onset_sample) / rate_hz, 3),
        raw_step_ms=1000.0 / rate_hz,
    )


def baseline_view(
    reference: Reference,
    montage: Montage,
    geometry: SweepGeometry,
    settings: MonitorSettings,
) -> BaselineView:
    """Return the reference as a ghost behind the live sweep."""
    shown = _shown(geometry)
    n_columns = shown.stop - shown.start
    mean = np.zeros((len(montage.channels), n_columns), dtype=np.float32)
    spread = np.zeros_like(mean)
    for row, muscle in enumerate(montage.muscles):
        calibration = reference.calibrations.get(muscle)
        if calibration is not None:
            mean[row] = calibration.mean_uv[shown]
            spread[row] = calibration.spread_uv[shown]
    windows = settings.detector.windows
    return BaselineView(
        epoch=reference.epoch,
        start_ms=round(float(geometry.times_ms[shown.start]), 3),
        step_ms=1000.0 / geometry.analysis_rate_hz,
        mean_uv=mean,
        spread_uv=spread,
        windows_ms=tuple(
            (windows.start_ms(muscle), windows.response_end_ms) for muscle in montage.muscles
        ),
    )
