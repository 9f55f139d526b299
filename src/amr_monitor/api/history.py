"""What of the sweeps is kept for display: the newest waveforms, and figures of all.

Memory is bounded: 600 waveforms, and figures of a day at one stimulus a second.
"""

import math
import threading
from array import array
from collections import deque
from dataclasses import dataclass

from amr_monitor.codec import SweepHeader, sweep_header
from amr_monitor.model.case import Muscle
from amr_monitor.model.finding import Finding, MuscleStatus, SweepReport
from amr_monitor.model.signal import FloatArray

KEPT_SWEEPS = 600
KEPT_POINTS = 86_400

_MEASURED = ("peak_to_peak_uv", "noise_rms_uv", "onset_latency_ms", "m_wave_percent")
_HELD_TRUE = (
    "amplitude_uv",
    "amplitude_upper_bound_uv",
    "amplitude_percent_of_baseline",
    "probability_present",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptSweep:
    """A sweep that can still be shown.

    Attributes
    ----------
    header : SweepHeader
    samples_uv : ndarray of float32, shape (n_muscles, n_columns)
    """

    header: SweepHeader
    samples_uv: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class MuscleTrend:
    """One muscle over the sweeps of a trend; null where a figure is not known.

    Attributes
    ----------
    muscle : Muscle
    accepted : tuple of bool
        Whether the sweep counted as evidence.
    peak_to_peak_uv, noise_rms_uv, onset_latency_ms, m_wave_percent : tuple of float or None
        Measured in that sweep.
    amplitude_uv, amplitude_upper_bound_uv, amplitude_percent_of_baseline : tuple of float or None
        Held to be true after that sweep.
    probability_present : tuple of float or None
    """

    muscle: Muscle
    accepted: tuple[bool, ...]
    peak_to_peak_uv: tuple[float | None, ...]
    noise_rms_uv: tuple[float | None, ...]
    onset_latency_ms: tuple[float | None, ...]
    m_wave_percent: tuple[float | None, ...]
    amplitude_uv: tuple[float | None, ...]
    amplitude_upper_bound_uv: tuple[float | None, ...]
    amplitude_percent_of_baseline: tuple[float | None, ...]
    probability_present: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Figures of every sweep in a stretch of the case, column by column."""

    sweep_number: tuple[int, ...]
    time_s: tuple[float, ...]
    current_ma: tuple[float | None, ...]
    muscles: tuple[MuscleTrend, ...]


class _MuscleColumns:
    def __init__(self) -> None:
        self.accepted = array("b")
        self.figures = {name: array("f") for name in (*_MEASURED, *_HELD_TRUE)}

    def append(self, finding: Finding, status: MuscleStatus) -> None:
        self.accepted.append(finding.quality.accepted)
        for name in _MEASURED:
            self.figures[name].append(_stored(getattr(finding.measurement, name)))
        for name in _HELD_TRUE:
            self.figures[name].append(_stored(getattr(status, name)))


class DisplayHistory:
    """Keep what can be shown again; safe from several threads.

    Parameters
    ----------
    kept_sweeps : int
        Waveforms, newest.
    kept_points : int
        Sweeps of which the figures are kept.
    """

    def __init__(self, *, kept_sweeps: int = KEPT_SWEEPS, kept_points: int = KEPT_POINTS) -> None:
        self._lock = threading.Lock()
        self._kept_points = kept_points
        self._sweeps: deque[KeptSweep] = deque(maxlen=kept_sweeps)
        self._clear_columns()

    def clear(self) -> None:
        """Forget everything: another case begins."""
        with self._lock:
            self._sweeps.clear()
            self._clear_columns()

    def add(self, report: SweepReport, *, seq: int) -> None:
        """Keep a sweep, and forget the oldest where there are too many."""
        kept = KeptSweep(header=sweep_header(report, seq=seq), samples_uv=report.cleaned_uv)
        with self._lock:
            self._sweeps.append(kept)
            self._numbers.append(report.sweep_number)
            self._times.append(report.time_s)
            self._currents.append(_stored(report.current_ma))
            for finding, status in zip(report.findings, report.statuses, strict=True):
                columns = self._muscles.setdefault(finding.muscle, _MuscleColumns())
                columns.append(finding, status)
            if len(self._times) > self._kept_points:
                self._forget_points(len(self._times) - self._kept_points + self._kept_points // 10)

    def sweeps(self, *, start_s: float, end_s: float, limit: int) -> list[KeptSweep]:
        """Return the newest `limit` kept sweeps with start_s <= time < end_s, oldest first."""
        with self._lock:
            fitting = [kept for kept in self._sweeps if start_s <= kept.header.time_s < end_s]
        return fitting[-limit:] if limit else []

    def n_since(self, start_s: float) -> int:
        """Return how many of the newest sweeps came after a time."""
        n_sweeps = 0
        with self._lock:
            for time_s in reversed(self._times):
                if time_s <= start_s:
                    break
                n_sweeps += 1
        return n_sweeps

    def trend(self, *, start_s: float, end_s: float, limit: int) -> Trend:
        """Return the figures of the sweeps with start_s <= time < end_s.

        Where they are more than `limit`, every second, third ... of them,
        counted back from the newest.
        """
        with self._lock:
            fitting = [i for i, time_s in enumerate(self._times) if start_s <= time_s < end_s]
            stride = max(1, -(-len(fitting) // limit))
            chosen = fitting[::-stride][::-1]
            muscles = []
            for muscle, columns in self._muscles.items():
                figures = {
                    name: tuple(_known(column[i]) for i in chosen)
                    for name, column in columns.figures.items()
                }
                accepted = tuple(bool(columns.accepted[i]) for i in chosen)
                muscles.append(MuscleTrend(muscle=muscle, accepted=accepted, **figures))
            return Trend(
                sweep_number=tuple(self._numbers[i] for i in chosen),
                time_s=tuple(self._times[i] for i in chosen),
                current_ma=tuple(_known(self._currents[i]) for i in chosen),
                muscles=tuple(muscles),
            )

    def _clear_columns(self) -> None:
        self._numbers = array("q")
        self._times = array("d")
        self._currents = array("f")
        self._muscles: dict[Muscle, _MuscleColumns] = {}

    def _forget_points(self, n_oldest: int) -> None:
        del self._numbers[:n_oldest]
        del self._times[:n_oldest]
        del self._currents[:n_oldest]
        for columns in self._muscles.values():
            del columns.accepted[:n_oldest]
            for column in columns.figures.values():
                del column[:n_oldest]


def _stored(value: float | None) -> float:
    return math.nan if value is None else value


def _known(value: float) -> float | None:
    """Return a stored figure to five digits, which float32 holds, or None."""
    return float(f"{value:.5g}") if math.isfinite(value) else None
