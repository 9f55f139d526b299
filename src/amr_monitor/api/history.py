"""What of the sweeps is kept for display: the newest waveforms, and figures of all.

Memory is bounded: 600 waveforms, and figures of a day at one stimulus a second.
"""

import math
import threading
from array import array
from collections import deque
from collections.abc import Sequence

from amr_monitor.api.thinning import thinned_rows
from amr_monitor.codec import KeptSweep, shortened, sweep_header
from amr_monitor.model.case import AmrState, Certainty, IndeterminateClass, Muscle, Reason
from amr_monitor.model.finding import Finding, MuscleStatus, SweepReport
from amr_monitor.model.trend import MuscleTrend, Trend

KEPT_SWEEPS = 600
KEPT_POINTS = 86_400

_MEASURED = ("peak_to_peak_uv", "noise_rms_uv", "onset_latency_ms", "m_wave_percent")
_HELD_TRUE = (
    "amplitude_uv",
    "amplitude_upper_bound_uv",
    "amplitude_percent_of_baseline",
    "probability_present",
    "log_odds_absent",
)


class _MuscleColumns:
    def __init__(self) -> None:
        self.accepted = array("b")
        self.figures = {name: array("f") for name in (*_MEASURED, *_HELD_TRUE)}
        self.reasons: list[tuple[Reason, ...]] = []
        self.state: list[AmrState] = []
        self.certainty: list[Certainty] = []
        self.indeterminate: list[IndeterminateClass | None] = []

    def append(self, finding: Finding, status: MuscleStatus) -> None:
        self.accepted.append(finding.quality.accepted)
        self.reasons.append(finding.quality.reasons)
        self.state.append(status.state)
        self.certainty.append(status.certainty)
        self.indeterminate.append(status.indeterminate)
        for name in _MEASURED:
            self.figures[name].append(_stored(getattr(finding.measurement, name)))
        for name in _HELD_TRUE:
            self.figures[name].append(_stored(getattr(status, name)))

    def copy(self) -> "_MuscleColumns":
        other = _MuscleColumns()
        other.accepted = self.accepted[:]
        other.figures = {name: column[:] for name, column in self.figures.items()}
        other.reasons, other.state = self.reasons[:], self.state[:]
        other.certainty, other.indeterminate = self.certainty[:], self.indeterminate[:]
        return other

    def forget(self, n_oldest: int) -> None:
        del self.accepted[:n_oldest]
        for column in self.figures.values():
            del column[:n_oldest]
        for labels in (self.reasons, self.state, self.certainty, self.indeterminate):
            del labels[:n_oldest]

    def trend(self, muscle: Muscle, rows: Sequence[int]) -> MuscleTrend:
        figures = {
            name: tuple(_known(column[row]) for row in rows)
            for name, column in self.figures.items()
        }
        return MuscleTrend(
            muscle=muscle,
            accepted=tuple(bool(self.accepted[row]) for row in rows),
            reasons=tuple(self.reasons[row] for row in rows),
            state=tuple(self.state[row] for row in rows),
            certainty=tuple(self.certainty[row] for row in rows),
            indeterminate=tuple(self.indeterminate[row] for row in rows),
            **figures,
        )


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
            self._indices.append(report.sample_index)
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

    @property
    def extent(self) -> tuple[int, float | None, float | None]:
        """Return how many sweeps have their figures kept, and the times of the first and last."""
        with self._lock:
            if not self._times:
                return 0, None, None
            return len(self._times), self._times[0], self._times[-1]

    @property
    def first_time_s(self) -> float:
        """Time of the oldest sweep of which figures are kept; infinite while there is none."""
        with self._lock:
            return self._times[0] if self._times else math.inf

    def trend(self, *, start_s: float, end_s: float, limit: int | None = None) -> Trend:
        """Return the figures of the sweeps with start_s <= time < end_s.

        Where they are more than `limit`, those that `thinned_rows` leaves. What
        takes its time is made outside the lock: a sweep that comes does not wait.
        """
        with self._lock:
            numbers, indices = self._numbers[:], self._indices[:]
            times, currents = self._times[:], self._currents[:]
            muscles = {muscle: columns.copy() for muscle, columns in self._muscles.items()}
        rows = [i for i, time_s in enumerate(times) if start_s <= time_s < end_s]
        if limit is not None and len(rows) > limit:
            peaks = [each.figures["peak_to_peak_uv"] for each in muscles.values()]
            left = thinned_rows([[peak[row] for row in rows] for peak in peaks], limit)
            rows = [rows[i] for i in left]
        return Trend(
            sweep_number=tuple(numbers[row] for row in rows),
            sample_index=tuple(indices[row] for row in rows),
            time_s=tuple(times[row] for row in rows),
            current_ma=tuple(_known(currents[row]) for row in rows),
            muscles=tuple(columns.trend(muscle, rows) for muscle, columns in muscles.items()),
        )

    def _clear_columns(self) -> None:
        self._numbers = array("q")
        self._indices = array("q")
        self._times = array("d")
        self._currents = array("f")
        self._muscles: dict[Muscle, _MuscleColumns] = {}

    def _forget_points(self, n_oldest: int) -> None:
        del self._numbers[:n_oldest]
        del self._indices[:n_oldest]
        del self._times[:n_oldest]
        del self._currents[:n_oldest]
        for columns in self._muscles.values():
            columns.forget(n_oldest)


def _stored(value: float | None) -> float:
    return math.nan if value is None else value


def _known(value: float) -> float | None:
    """Return a stored figure to five digits, which float32 holds, or None."""
    return shortened(value)
