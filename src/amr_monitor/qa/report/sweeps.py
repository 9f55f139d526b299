"""The sweeps of a case as columns of figures and traces on one time axis.

Sweeps come with the display step of their source, which can change within a
case; here they stand on one grid, so that they can be laid side by side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from amr_monitor.codec import ShownMeasurement, SweepHeader, SweepRecord
from amr_monitor.model.case import Muscle, Reason
from amr_monitor.model.finding import MuscleStatus, Quality
from amr_monitor.model.signal import FloatArray, read_only

GRID_MS: tuple[float, float, float] = (-5.0, 70.0, 0.2)
"""First, last and step of the columns on which all traces stand."""

Floats = npt.NDArray[np.float64]


class KeptSweep(Protocol):
    """A sweep as the journal keeps it for display."""

    @property
    def header(self) -> SweepHeader:
        """Its figures."""
        ...

    @property
    def samples_uv(self) -> FloatArray:
        """Cleaned rows, one a muscle."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MuscleSweeps:
    """One muscle over all sweeps; not a number where a figure is not known.

    Attributes
    ----------
    muscle : Muscle
    accepted : ndarray of bool, shape (n_sweeps,)
        Whether the sweep counted as evidence.
    reasons : tuple of tuple of Reason
        Why it did not.
    peak_to_peak_uv, onset_latency_ms, noise_rms_uv, m_wave_percent : ndarray, shape (n_sweeps,)
        Measured in that sweep.
    amplitude_uv, upper_bound_uv, log_odds_absent, silent_s : ndarray, shape (n_sweeps,)
        Held to be true after it.
    traces_uv : ndarray of float32, shape (n_sweeps, n_columns)
        Cleaned, on the grid.
    """

    muscle: Muscle
    accepted: npt.NDArray[np.bool_]
    reasons: tuple[tuple[Reason, ...], ...]
    peak_to_peak_uv: Floats
    onset_latency_ms: Floats
    noise_rms_uv: Floats
    m_wave_percent: Floats
    amplitude_uv: Floats
    upper_bound_uv: Floats
    log_odds_absent: Floats
    silent_s: Floats
    traces_uv: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweeps:
    """Sweeps of a case, oldest first.

    Attributes
    ----------
    is_complete : bool
        Every judged sweep is here; else those beside verdicts alone.
    time_s : ndarray, shape (n_sweeps,)
    current_ma : ndarray, shape (n_sweeps,)
        Not a number where it is not known.
    grid_ms : ndarray, shape (n_columns,)
        After the stimulus.
    muscles : tuple of MuscleSweeps
    """

    is_complete: bool
    time_s: Floats
    current_ma: Floats
    grid_ms: Floats
    muscles: tuple[MuscleSweeps, ...]

    def of(self, muscle: Muscle | None) -> MuscleSweeps | None:
        """Return one muscle, or None where it has no sweeps."""
        return next((each for each in self.muscles if each.muscle is muscle), None)

    def nearest(self, time_s: float) -> int:
        """Return the number of the last sweep at or before a time, 0 where there is none."""
        return max(0, int(np.searchsorted(self.time_s, time_s + 1e-6)) - 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Row:
    quality: Quality
    measurement: ShownMeasurement
    status: MuscleStatus | None
    trace_uv: FloatArray


class _Columns:
    def __init__(self, grid_ms: Floats) -> None:
        self._grid_ms = grid_ms
        self.times: list[float] = []
        self.currents: list[float | None] = []
        self._rows: dict[Muscle, dict[int, _Row]] = {}

    def add(self, time_s: float, current_ma: float | None, rows: dict[Muscle, _Row]) -> None:
        for muscle, row in rows.items():
            self._rows.setdefault(muscle, {})[len(self.times)] = row
        self.times.append(time_s)
        self.currents.append(current_ma)

    def on_grid(self, row_uv: FloatArray, start_ms: float, step_ms: float) -> FloatArray:
        times_ms = start_ms + step_ms * np.arange(row_uv.shape[0])
        held = np.interp(self._grid_ms, times_ms, row_uv, left=np.nan, right=np.nan)
        return held.astype(np.float32)

    def sweeps(self, *, is_complete: bool) -> Sweeps:
        return Sweeps(
            is_complete=is_complete,
            time_s=np.array(self.times, dtype=float),
            current_ma=_numbers(self.currents),
            grid_ms=self._grid_ms,
            muscles=tuple(self._muscle(muscle, rows) for muscle, rows in self._rows.items()),
        )

    def _muscle(self, muscle: Muscle, known: dict[int, _Row]) -> MuscleSweeps:
        rows = [known.get(index) for index in range(len(self.times))]
        missing = np.full(self._grid_ms.shape, np.nan, dtype=np.float32)

        def measured(name: str) -> Floats:
            return _numbers([_figure(row and row.measurement, name) for row in rows])

        def held(name: str) -> Floats:
            return _numbers([_figure(row and row.status, name) for row in rows])

        return MuscleSweeps(
            muscle=muscle,
            accepted=np.array([row is not None and row.quality.accepted for row in rows]),
            reasons=tuple(() if row is None else row.quality.reasons for row in rows),
            peak_to_peak_uv=measured("peak_to_peak_uv"),
            onset_latency_ms=measured("onset_latency_ms"),
            noise_rms_uv=measured("noise_rms_uv"),
            m_wave_percent=measured("m_wave_percent"),
            amplitude_uv=held("amplitude_uv"),
            upper_bound_uv=held("amplitude_upper_bound_uv"),
            log_odds_absent=held("log_odds_absent"),
            silent_s=held("silent_s"),
            traces_uv=read_only(
                np.stack([missing if row is None else row.trace_uv for row in rows])
            ),
        )


def grid_ms() -> Floats:
    """Return the columns on which traces stand, in ms after the stimulus."""
    first, last, step = GRID_MS
    return np.arange(round(first / step), round(last / step), dtype=float) * step


def sweeps_of_display(kept: Iterable[KeptSweep]) -> Sweeps:
    """Return every judged sweep of a case."""
    columns = _Columns(grid_ms())
    for each in kept:
        header = each.header
        rows = {
            muscle: _Row(
                quality=header.quality[row],
                measurement=header.measurement[row],
                status=header.status[row],
                trace_uv=columns.on_grid(each.samples_uv[row], header.start_ms, header.step_ms),
            )
            for row, muscle in enumerate(header.muscles)
        }
        columns.add(header.time_s, header.current_ma, rows)
    return columns.sweeps(is_complete=True)


def sweeps_of_verdicts(records: Sequence[SweepRecord]) -> Sweeps:
    """Return the sweeps beside verdicts: all that an older journal kept."""
    columns = _Columns(grid_ms())
    for each in records:
        header = each.header
        rows = {
            muscle: _Row(
                quality=header.quality[row],
                measurement=header.measurement[row],
                status=None,
                trace_uv=columns.on_grid(each.cleaned_uv[row], header.start_ms, header.step_ms),
            )
            for row, muscle in enumerate(header.muscles)
        }
        columns.add(header.time_s, header.current_ma, rows)
    return columns.sweeps(is_complete=False)


def _figure(of: object, name: str) -> float | None:
    value: float | None = None if of is None else getattr(of, name)
    return value


def _numbers(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=float)
