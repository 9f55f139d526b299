"""The newest sweeps as they were received, for an expert's eye. Memory is bounded."""

import math
import threading
from collections import deque
from dataclasses import dataclass

from amr_monitor.model.case import Muscle
from amr_monitor.model.finding import SweepReport

KEPT_RAW_SWEEPS = 60
"""8 muscles at 20 kHz take 4 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSweep:
    """One muscle in one sweep as it was received: nothing taken off.

    Attributes
    ----------
    sweep_number : int
    sample_index : int
        Of the stimulus.
    time_s : float
        Of the stimulus.
    current_ma : float or None
    accepted : bool
    start_ms, step_ms : float
    samples_uv : tuple of float or None
    """

    sweep_number: int
    sample_index: int
    time_s: float
    current_ma: float | None
    accepted: bool
    start_ms: float
    step_ms: float
    samples_uv: tuple[float | None, ...]


class RawShelf:
    """Keep the newest sweeps as they were received; safe from several threads."""

    def __init__(self, *, kept: int = KEPT_RAW_SWEEPS) -> None:
        self._lock = threading.Lock()
        self._reports: deque[SweepReport] = deque(maxlen=kept)

    def clear(self) -> None:
        """Forget everything: another case begins."""
        with self._lock:
            self._reports.clear()

    def add(self, report: SweepReport) -> None:
        """Keep a sweep, where its raw samples are at hand."""
        if report.raw_uv is not None:
            with self._lock:
                self._reports.append(report)

    def sweeps(self, muscle: Muscle, *, number: int | None, limit: int) -> tuple[RawSweep, ...]:
        """Return the newest `limit` sweeps of a muscle, oldest first; or the one of a number."""
        with self._lock:
            reports = list(self._reports)
        if number is not None:
            reports = [report for report in reports if report.sweep_number == number]
        raw = [_raw(report, muscle) for report in reports[-limit:]]
        return tuple(sweep for sweep in raw if sweep is not None)


def _raw(report: SweepReport, muscle: Muscle) -> RawSweep | None:
    if report.raw_uv is None:
        return None
    for row, finding in enumerate(report.findings):
        if finding.muscle is muscle:
            samples = report.raw_uv[row].astype(float).round(2).tolist()
            return RawSweep(
                sweep_number=report.sweep_number,
                sample_index=report.sample_index,
                time_s=report.time_s,
                current_ma=report.current_ma,
                accepted=finding.quality.accepted,
                start_ms=report.raw_start_ms,
                step_ms=report.raw_step_ms,
                samples_uv=tuple(uv if math.isfinite(uv) else None for uv in samples),
            )
    return None
