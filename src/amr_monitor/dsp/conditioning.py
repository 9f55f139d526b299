"""From raw sweeps to sweeps at the analysis rate, without mains and level.

Each sweep is conditioned on its own. Never a notch: it rings after the
artifact. Products with matrices have one shape (`products`), so a sweep gets
the same last bit alone and in a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.products import Array as Array  # known by this name, too
from amr_monitor.dsp.products import filter_bands, filtered, rows_times
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.sweep import Sweep, sweep_offsets

_Spans = tuple[tuple[float, float], ...]
_Rates = tuple[float, ...]

MAINS_HARMONICS = (1, 2, 3, 5)
ANALYSIS_START_MS = -125.0
MAINS_AVERAGE_S = 0.001
MAINS_FIT_SHORTEST_S = 0.2
STIMULUS_SHADOW_MS = 100.0
RINGING_SAMPLES = 12
SWEEPS_AT_ONCE = 8
"""Raw sweeps are large: so many stay in the processor's cache."""

NOISE_SHORTEST_MS, NOISE_FEWEST_SAMPLES = 5.0, 24
"""A shorter stretch tells no noise level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepGeometry:
    """Where the samples of a sweep lie in time, before and after decimation.

    Attributes
    ----------
    rate_hz : float
        Of the source.
    n_before, n_after : int
        Samples of a raw sweep before the onset, and from it on.
    factor : int
        Decimation to the analysis rate.
    """

    rate_hz: float
    n_before: int
    n_after: int
    factor: int

    @property
    def analysis_rate_hz(self) -> float:
        """Rate after decimation."""
        return self.rate_hz / self.factor

    @property
    def first_step(self) -> int:
        """Index, in analysis samples relative to the onset, of the first column."""
        half = decimation_taps(self.factor).size // 2
        reach = (self.n_before - half) // self.factor
        return -min(reach, round(-ANALYSIS_START_MS * self.analysis_rate_hz / 1000.0))

    @property
    def end_step(self) -> int:
        """One past the last column, relative to the onset."""
        half = decimation_taps(self.factor).size // 2
        return (self.n_after - 1 - half) // self.factor + 1

    @property
    def times_ms(self) -> Array:
        """Times of the analysis columns relative to the onset, shape (n_times,)."""
        return _times_ms(self)


@lru_cache(maxsize=16)
def _times_ms(geometry: SweepGeometry) -> Array:
    steps = np.arange(geometry.first_step, geometry.end_step, dtype=np.float64)
    times: Array = steps * (1000.0 / geometry.analysis_rate_hz)
    times.flags.writeable = False
    return times


def prestimulus_columns(
    geometry: SweepGeometry, settings: DetectorSettings
) -> npt.NDArray[np.intp]:
    """Return the analysis columns of the local noise before the stimulus.

    They end a dozen samples before it at the latest: the linear-phase filters
    of amplifiers and resamplers ring before an artifact as well as after it.
    """
    windows = settings.windows
    times = geometry.times_ms
    ringing_ms = RINGING_SAMPLES * 1000.0 / geometry.analysis_rate_hz
    end_ms = min(windows.prestimulus_end_ms, -ringing_ms)
    return np.flatnonzero((times >= windows.prestimulus_start_ms - 1e-9) & (times < end_ms - 1e-9))


class EvidenceReach(StrEnum):
    """How much a source of pre-cut sweeps gives around the stimulus."""

    FULL = "full"
    LIMITED = "limited"
    DISPLAY_ONLY = "display_only"


def noise_columns(geometry: SweepGeometry, settings: DetectorSettings) -> npt.NDArray[np.intp]:
    """Return the analysis columns that tell the noise of each sweep.

    Those before the stimulus; where a pre-cut sweep has hardly any, those behind
    the response as far as it reaches. Empty where both are too short.
    """
    windows = settings.windows
    fewest = max(NOISE_SHORTEST_MS * geometry.analysis_rate_hz / 1000.0, NOISE_FEWEST_SAMPLES)
    before = prestimulus_columns(geometry, settings)
    if before.size >= fewest:
        return before
    times = geometry.times_ms
    for start_ms in (windows.late_start_ms, windows.detection_end_ms, windows.response_end_ms):
        behind = np.flatnonzero((times >= start_ms) & (times < windows.post_end_ms))
        if behind.size >= fewest:
            return behind
    return np.empty(0, dtype=np.intp)


def evidence_reach(geometry: SweepGeometry, settings: DetectorSettings) -> EvidenceReach:
    """Return what sweeps of a geometry can be used for.

    Limited from below [-20, +80] ms on; for display alone where they end with the
    response window or leave no stretch for the noise.
    """
    windows = settings.windows
    times = geometry.times_ms
    if not noise_columns(geometry, settings).size or times[-1] < windows.response_end_ms:
        return EvidenceReach.DISPLAY_ONLY
    step_ms = 1000.0 / geometry.analysis_rate_hz
    if (
        times[0] > windows.prestimulus_start_ms + step_ms
        or times[-1] < windows.post_end_ms - 2.0 * step_ms
    ):
        return EvidenceReach.LIMITED
    return EvidenceReach.FULL


def sham_columns(geometry: SweepGeometry, settings: DetectorSettings) -> int | None:
    """Return by how many columns a stimulus that never was lies before the real one.

    As far as set, or as far as the sweep reaches; None where its windows would
    run into the real stimulus.
    """
    windows = settings.windows
    rate_khz = geometry.analysis_rate_hz / 1000.0
    times = geometry.times_ms
    shift_ms = max(windows.sham_shift_ms, float(times[0]) - windows.prestimulus_start_ms)
    end_ms = min(windows.post_end_ms, float(times[-1]))
    if shift_ms + end_ms > windows.prestimulus_end_ms:
        return None
    return round(shift_ms * rate_khz)


def sweep_geometry(
    rate_hz: float, start_ms: float, end_ms: float, settings: DetectorSettings
) -> SweepGeometry:
    """Return the geometry of sweeps from [start_ms, end_ms) at `rate_hz`."""
    n_before, n_after = sweep_offsets(rate_hz, start_ms, end_ms)
    factor = max(1, int(rate_hz // settings.analysis_rate_hz))
    return SweepGeometry(rate_hz=rate_hz, n_before=n_before, n_after=n_after, factor=factor)


@lru_cache(maxsize=16)
def decimation_taps(factor: int) -> Array:
    """Return a short symmetric low-pass before decimation; [1] for none.

    It reaches 0.3 ms, so the artifact (0-1.5 ms) stays out of the response
    window (from 8 ms on).
    """
    if factor == 1:
        return np.ones(1)
    steps = np.arange(-3 * factor, 3 * factor + 1)
    taps = np.sinc(0.8 / factor * steps) * np.hamming(steps.size)
    return np.asarray(taps / taps.sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConditionedSweeps:
    """Sweeps after the steps that need no baseline.

    Attributes
    ----------
    values_uv : ndarray of float64, shape (n_sweeps, n_channels, n_times)
        At the analysis rate, mains and prestimulus level taken off.
    mains_uv : ndarray of float64, shape (n_sweeps, n_channels)
        Amplitude of the fundamental.
    mains_hz : ndarray of float64, shape (n_sweeps,)
        50 or 60, whichever explains more; 0 where there was too little to fit.
    artifact_uv : ndarray of float64, shape (n_sweeps, n_channels)
        Peak to peak of the stimulus artifact, at the source's rate, mains off.
    finite : ndarray of bool, shape (n_sweeps, n_channels)
        False where a sample is not a number; its values are then zero.
    """

    values_uv: Array
    mains_uv: Array
    mains_hz: Array
    artifact_uv: Array
    finite: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.values_uv.shape[0])

    def rows(self, index: slice) -> "ConditionedSweeps":
        """Return some of the sweeps."""
        return ConditionedSweeps(
            values_uv=self.values_uv[index],
            mains_uv=self.mains_uv[index],
            mains_hz=self.mains_hz[index],
            artifact_uv=self.artifact_uv[index],
            finite=self.finite[index],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _MainsModel:
    """Least squares of one mains frequency on averages of 1 ms before the stimulus."""

    solve: Array
    fitted: Array
    extrapolated: Array


@lru_cache(maxsize=64)
def _mains_model(
    geometry: SweepGeometry, mains_hz: float, excluded_ms: _Spans
) -> _MainsModel | None:
    n_average, n_points = _average_grid(geometry)
    if geometry.n_before < MAINS_FIT_SHORTEST_S * geometry.rate_hz:
        return None
    starts = geometry.n_before - 1 - n_average * np.arange(n_points, 0, -1)
    raw_ms: Array = (np.arange(geometry.n_before, dtype=np.float64) - geometry.n_before) * (
        1000.0 / geometry.rate_hz
    )
    point_ms = raw_ms[starts]
    used = np.ones(n_points, dtype=bool)
    for low, high in excluded_ms:
        used &= (point_ms + 1000.0 * n_average / geometry.rate_hz < low) | (point_ms > high)
    if used.sum() * n_average < MAINS_FIT_SHORTEST_S * geometry.rate_hz:
        return None

    def basis(times_ms: Array) -> Array:
        phase = 2.0 * np.pi * mains_hz * times_ms / 1000.0
        rows = [np.ones_like(phase)]
        for harmonic in MAINS_HARMONICS:
            rows += [np.cos(harmonic * phase), np.sin(harmonic * phase)]
        return np.array(rows)

    averaged = np.zeros((1 + 2 * len(MAINS_HARMONICS), n_points))
    for offset in range(n_average):
        averaged += basis(raw_ms[starts + offset]) / n_average
    design = averaged * used
    return _MainsModel(
        solve=np.ascontiguousarray(np.linalg.pinv(design.T).T),
        fitted=np.ascontiguousarray(design),
        extrapolated=np.ascontiguousarray(basis(geometry.times_ms)),
    )


def _exclusions(sweep: Sweep) -> _Spans:
    """Return what other stimuli spoil, on a coarse grid so that models are shared."""
    return tuple(
        (float(np.floor(other)), float(np.ceil(other)) + STIMULUS_SHADOW_MS)
        for other in sweep.other_stimuli_ms
        if other < 0
    )


@lru_cache(maxsize=16)
def _decimation_bands(factor: int) -> Array:
    return filter_bands(decimation_taps(factor), factor)


def _decimated(raw: FloatArray, geometry: SweepGeometry) -> Array:
    """Return the analysis columns of raw sweeps, shape (n_sweeps, n_channels, n_times)."""
    factor = geometry.factor
    half = decimation_taps(factor).size // 2
    start = geometry.n_before + geometry.first_step * factor - half
    n_times = geometry.end_step - geometry.first_step
    n_sweeps, n_channels, n_samples = raw.shape
    columns = filtered(
        raw.reshape(n_sweeps * n_channels, n_samples),
        _decimation_bands(factor),
        first=start,
        n_outputs=n_times,
        step=factor,
    )
    return columns.reshape(n_sweeps, n_channels, n_times)


def _averages(raw: FloatArray, geometry: SweepGeometry) -> Array:
    """Return means over 1 ms each before the stimulus, shape (n_sweeps, n_channels, n_points)."""
    n_average, n_points = _average_grid(geometry)
    first = geometry.n_before - 1 - n_average * n_points
    parts = raw[:, :, first : geometry.n_before - 1].astype(np.float64)
    parts = parts.reshape(*raw.shape[:2], n_points, n_average)
    # A product for each channel of each sweep: its shape is always the same.
    means: Array = np.matmul(parts, np.full((n_average, 1), 1.0 / n_average))
    return means[..., 0]


def _average_grid(geometry: SweepGeometry) -> tuple[int, int]:
    n_average = max(1, round(geometry.rate_hz * MAINS_AVERAGE_S))
    return n_average, max((geometry.n_before - 1) // n_average, 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Mains:
    """What the fit to some sweeps found; `levels_uv` are to be taken off."""

    levels_uv: Array
    fundamental_uv: Array
    hz: Array

    @classmethod
    def of_none(cls, values: Array) -> "_Mains":
        """Return what there is before anything is fitted."""
        return cls(np.zeros(values.shape), np.zeros(values.shape[:2]), np.zeros(len(values)))


def _fitted_mains(
    points: Array, values: Array, excluded: _Spans, geometry: SweepGeometry, candidates_hz: _Rates
) -> _Mains:
    """Fit each mains frequency to averages of sweeps with the same exclusions; keep the best."""
    n_sweeps, n_channels, n_points = points.shape
    flat = points.reshape(n_sweeps * n_channels, n_points)
    found = _Mains.of_none(values)
    fits: list[tuple[float, _MainsModel, Array]] = []
    energies = []
    for mains_hz in candidates_hz:
        model = _mains_model(geometry, mains_hz, excluded)
        if model is None:
            continue
        coefficients = rows_times(flat, model.solve)
        fitted = rows_times(coefficients[:, 1:], model.fitted[1:])
        energy = (fitted * fitted).sum(axis=1).reshape(n_sweeps, n_channels)
        energies.append(energy.max(axis=1))
        fits.append((mains_hz, model, coefficients.reshape(n_sweeps, n_channels, -1)))
    if not fits:
        if n_points:
            found.levels_uv[:] = np.median(points, axis=2)[:, :, None]
        else:
            found.levels_uv[:] = np.median(values, axis=2, keepdims=True)
        return found
    best = np.argmax(energies, axis=0)
    for number, (mains_hz, model, coefficients) in enumerate(fits):
        # The level under the response is worked out for the better of 50 and 60 Hz alone.
        rows = np.flatnonzero(best == number)
        if not rows.size:
            continue
        chosen = coefficients[rows]
        level = rows_times(chosen.reshape(rows.size * n_channels, -1), model.extrapolated)
        found.levels_uv[rows] = level.reshape(rows.size, n_channels, -1)
        found.fundamental_uv[rows] = np.hypot(chosen[:, :, 1], chosen[:, :, 2])
        found.hz[rows] = mains_hz
    return found


def condition(
    sweeps: tuple[Sweep, ...], geometry: SweepGeometry, settings: DetectorSettings
) -> ConditionedSweeps:
    """Take mains and prestimulus level off each sweep.

    The mains are fitted (fundamental and harmonics 2, 3, 5) to what lies
    before the stimulus less the 100 ms after any other one, and continued
    under the response. Where less than 200 ms is left nothing is taken off:
    the detector's projection then does what it can.

    Parameters
    ----------
    sweeps : tuple of Sweep
        All of one geometry.
    geometry : SweepGeometry
    settings : DetectorSettings

    Returns
    -------
    ConditionedSweeps
    """
    parts = [
        _conditioned(sweeps[first : first + SWEEPS_AT_ONCE], geometry, settings)
        for first in range(0, len(sweeps), SWEEPS_AT_ONCE)
    ]
    return joined(parts) if len(parts) > 1 else parts[0]


def _conditioned(
    sweeps: tuple[Sweep, ...], geometry: SweepGeometry, settings: DetectorSettings
) -> ConditionedSweeps:
    raw: FloatArray = np.stack([sweep.samples_uv for sweep in sweeps])
    finite = np.asarray(np.isfinite(raw).all(axis=2), dtype=np.bool_)
    if not finite.all():
        raw[~finite] = 0.0
    points, values = _averages(raw, geometry), _decimated(raw, geometry)

    groups: dict[_Spans, list[int]] = {}
    for row, sweep in enumerate(sweeps):
        groups.setdefault(_exclusions(sweep), []).append(row)
    candidates_hz = (settings.mains_hz,) if settings.mains_hz else (50.0, 60.0)
    if len(groups) == 1:
        mains = _fitted_mains(points, values, next(iter(groups)), geometry, candidates_hz)
    else:
        mains = _Mains.of_none(values)
        for excluded, members in groups.items():
            found = _fitted_mains(
                points[members], values[members], excluded, geometry, candidates_hz
            )
            mains.levels_uv[members] = found.levels_uv
            mains.fundamental_uv[members], mains.hz[members] = found.fundamental_uv, found.hz
    levels = mains.levels_uv
    values -= levels

    windows = settings.windows
    first = geometry.n_before + round(windows.artifact_start_ms * geometry.rate_hz / 1000.0)
    last = geometry.n_before + round(windows.artifact_end_ms * geometry.rate_hz / 1000.0)
    # Hum of a loose electrode must not pass for an artifact: the mains come off first.
    samples = np.arange(max(first, 0), last)
    columns = (samples - geometry.n_before) // geometry.factor - geometry.first_step
    columns = np.clip(columns, 0, levels.shape[2] - 1)
    return ConditionedSweeps(
        values_uv=values,
        mains_uv=mains.fundamental_uv,
        mains_hz=mains.hz,
        artifact_uv=np.ptp(raw[:, :, samples] - levels[:, :, columns], axis=2),
        finite=finite,
    )


def joined(parts: Sequence[ConditionedSweeps]) -> ConditionedSweeps:
    """Return several batches as one."""
    return ConditionedSweeps(
        values_uv=np.concatenate([part.values_uv for part in parts]),
        mains_uv=np.concatenate([part.mains_uv for part in parts]),
        mains_hz=np.concatenate([part.mains_hz for part in parts]),
        artifact_uv=np.concatenate([part.artifact_uv for part in parts]),
        finite=np.concatenate([part.finite for part in parts]),
    )
