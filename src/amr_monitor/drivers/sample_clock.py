"""Sample index -> time, fitted from raw stamps, one fit per stretch without a hole.

Stamps of a stream are those of the computer that took the samples over: they
jitter, mostly late, by milliseconds, and they step where samples were lost. A
dejitter that smooths over such a step puts the stamps after it wrong by
milliseconds, for seconds, and hides the hole; an AMR comes at 10 ms. So here
(ours) steps are found first, by whether stamps come back to the line they
left, and each stretch between steps is fitted alone.

Pure numpy on arrays: for recordings, and for a live stream's stamps of late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.clock_steps import (
    BASELINE_S,
    MAD_TO_SD,
    NOMINAL_TOLERANCE,
    ClockBounds,
    Floats,
    Indices,
    offsets_from_pace_s,
    sample_period_s,
    step_positions,
)

SETTLED_AT_ONCE = 2**19
"""So many stamps are looked at together."""

KEPT_A_SECOND = 50.0
FEW_STAMPS = 1000

LATEST_S = 1e12
"""A stamp beyond this is damage."""

MOST_S = 0.1
"""A stamp that is further off than this tells no pace."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClockSegment:
    """Samples without a hole and when each of them was taken.

    Attributes
    ----------
    first_index, n_samples : int
    knots_index : ndarray of float64, shape (n_knots,)
        Between knots and beyond them the time runs straight; at least two.
    knots_s : ndarray of float64, shape (n_knots,)
    """

    first_index: int
    n_samples: int
    knots_index: Floats
    knots_s: Floats

    @property
    def rate_hz(self) -> float:
        """Samples a second as measured from the first to the last knot."""
        indices, times = self.knots_index, self.knots_s
        return float((indices[-1] - indices[0]) / (times[-1] - times[0]))

    @property
    def onset_s(self) -> float:
        """Time of the first sample."""
        return float(self.time_s(self.first_index))

    @property
    def end_s(self) -> float:
        """Time one past the last sample."""
        return float(self.time_s(self.first_index + self.n_samples))

    def time_s(self, index: npt.ArrayLike) -> Floats:
        """Return the times of indices; fractions and indices outside are allowed."""
        return _along(np.asarray(index, dtype=np.float64), self.knots_index, self.knots_s)

    def index(self, time_s: npt.ArrayLike) -> Floats:
        """Return the indices, with fraction, at times; times outside are allowed."""
        return _along(np.asarray(time_s, dtype=np.float64), self.knots_s, self.knots_index)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """Samples between two steps of the stamps, with the stamps that tell their times.

    Attributes
    ----------
    first_index, n_samples : int
    indices : ndarray of float64, shape (n_stamps,)
        Ascending; of several stamps close to each other, their middle.
    stamps_s : ndarray of float64, shape (n_stamps,)
    """

    first_index: int
    n_samples: int
    indices: Floats
    stamps_s: Floats


class SampleClock:
    """Collects the stamps of a stream, of hours too, and finds its stretches.

    Steps are looked for in some minutes of stamps at a time; then of stamps
    close to each other only the middle is kept, so memory stays small.

    Parameters
    ----------
    nominal_rate_hz : float
        0 where none is told.
    bounds : ClockBounds or None
    """

    def __init__(self, *, nominal_rate_hz: float, bounds: ClockBounds | None = None) -> None:
        self._nominal_rate_hz = nominal_rate_hz
        self._bounds = ClockBounds() if bounds is None else bounds
        self._period_s = 0.0
        self._indices: Indices = np.empty(0, dtype=np.int64)
        self._stamps_s: Floats = np.empty(0)
        self._waiting: list[tuple[Indices, Floats]] = []
        self._n_waiting = 0
        self._n_context = 0
        self._kept: list[list[tuple[Floats, Floats]]] = [[]]
        self._firsts: list[int] = [0]

    @property
    def period_s(self) -> float:
        """Time from sample to sample; 0 where neither stamps nor rate tell it."""
        return self._period_s

    def push(self, indices: Indices, stamps_s: Floats) -> None:
        """Take stamps, raw; those that are no time at all are left out.

        Parameters
        ----------
        indices : ndarray of int64, shape (n_stamps,)
            Samples that have a stamp of their own, ascending from push to push.
            Need not be all: a stamp that was deduced from the one before it
            says nothing.
        stamps_s : ndarray of float64, shape (n_stamps,)
        """
        is_time = np.abs(stamps_s) < LATEST_S
        if not is_time.all():
            indices, stamps_s = indices[is_time], stamps_s[is_time]
        self._waiting.append((indices, stamps_s))
        self._n_waiting += len(indices)
        if self._n_waiting >= SETTLED_AT_ONCE:
            self._settle(is_end=False)

    def stretches(self, *, n_samples: int) -> list[Stretch]:
        """Return all stretches, once the last stamp was pushed.

        Parameters
        ----------
        n_samples : int
            One past the last sample.
        """
        self._settle(is_end=True)
        ends = [*self._firsts[1:], n_samples]
        found = []
        for first, end, parts in zip(self._firsts, ends, self._kept, strict=True):
            if parts and end > first:
                found.append(
                    Stretch(
                        first_index=first,
                        n_samples=end - first,
                        indices=np.concatenate([part[0] for part in parts]),
                        stamps_s=np.concatenate([part[1] for part in parts]),
                    )
                )
        return found

    def _settle(self, *, is_end: bool) -> None:
        """Find the steps in what waits, but for its end: what follows there is not known."""
        parts = [(self._indices, self._stamps_s), *self._waiting]
        indices = np.concatenate([part[0] for part in parts])
        stamps_s = np.concatenate([part[1] for part in parts])
        self._waiting, self._n_waiting = [], 0
        if not self._period_s:
            self._period_s = sample_period_s(
                indices, stamps_s, nominal_rate_hz=self._nominal_rate_hz
            )
        if not len(indices) or not self._period_s:
            self._indices, self._stamps_s = indices, stamps_s
            return
        bounds, begin = self._bounds, self._n_context
        end = len(indices) if is_end else len(indices) - len(indices) // 8
        cuts = step_positions(indices, stamps_s, period_s=self._period_s, bounds=bounds)
        edges = [begin, *(at for at in cuts if begin <= at < end and at), end]
        for number, (low, high) in enumerate(pairwise(edges)):
            if number:
                self._kept.append([])
                self._firsts.append(int(indices[low]))
            if high > low:
                self._kept[-1].append(
                    _middles(indices[low:high], stamps_s[low:high], self._period_s)
                )
        context = max(end - len(indices) // 8, 0)
        self._indices, self._stamps_s = indices[context:].copy(), stamps_s[context:].copy()
        self._n_context = end - context


def clock_segments(
    indices: Indices,
    stamps_s: Floats,
    *,
    n_samples: int,
    nominal_rate_hz: float,
    bounds: ClockBounds | None = None,
) -> tuple[ClockSegment, ...]:
    """Cut samples where stamps step, and fit each stretch.

    Parameters
    ----------
    indices, stamps_s : ndarray
        As `SampleClock.push` takes them.
    n_samples : int
        One past the last sample.
    nominal_rate_hz : float
        0 where none is told.
    bounds : ClockBounds or None

    Returns
    -------
    tuple of ClockSegment
        They hold all samples from 0 on. Empty without samples, or without a
        stamp and a rate.
    """
    clock = SampleClock(nominal_rate_hz=nominal_rate_hz, bounds=bounds)
    clock.push(indices, stamps_s)
    stretches = clock.stretches(n_samples=n_samples)
    return fitted_segments(stretches, period_s=clock.period_s, bounds=bounds)


def fitted_segments(
    stretches: Sequence[Stretch], *, period_s: float, bounds: ClockBounds | None = None
) -> tuple[ClockSegment, ...]:
    """Fit each stretch: a robust line, bent where its pace changes.

    Parameters
    ----------
    stretches : sequence of Stretch
    period_s : float
        Rough pace; stretches that are too short to tell their own have the one
        that fits all together.
    bounds : ClockBounds or None
    """
    bounds = ClockBounds() if bounds is None else bounds
    period_s = _common_period_s(stretches, period_s)
    segments = []
    for stretch in stretches:
        knots_index, knots_s = _knots(
            stretch.indices, stretch.stamps_s, period_s=period_s, knot_s=bounds.knot_s
        )
        segments.append(
            ClockSegment(
                first_index=stretch.first_index,
                n_samples=stretch.n_samples,
                knots_index=knots_index,
                knots_s=knots_s,
            )
        )
    return tuple(segments)


def _middles(indices: Indices, stamps_s: Floats, period_s: float) -> tuple[Floats, Floats]:
    """Return the middles of stamps close to each other, some tens a second."""
    duration_s = float(indices[-1] - indices[0]) * period_s
    each = int(len(indices) / max(duration_s * KEPT_A_SECOND, 1.0))
    at = indices.astype(np.float64)
    n_whole = len(at) // each * each if each > 1 and len(at) > FEW_STAMPS else 0
    if not n_whole:
        return at, stamps_s
    offsets_s = offsets_from_pace_s(indices, stamps_s, period_s)
    middles = at[:n_whole].reshape(-1, each).mean(axis=1)
    levels_s = np.median(offsets_s[:n_whole].reshape(-1, each), axis=1)
    times_s = stamps_s[0] + levels_s + (middles - at[0]) * period_s
    return np.append(middles, at[n_whole:]), np.append(times_s, stamps_s[n_whole:])


def _knots(
    indices: Floats, stamps_s: Floats, *, period_s: float, knot_s: float
) -> tuple[Floats, Floats]:
    """Return the knots of one stretch."""
    base_index, base_s = float(indices[0]), float(stamps_s[0])
    at: Floats = indices - base_index
    slope = period_s
    span_s = float(at[-1]) * period_s
    if span_s >= BASELINE_S and len(indices) >= 3:
        slope = _robust_slope(at, stamps_s - base_s, period_s)
    offsets_s = stamps_s - base_s - at * slope
    n_bins = int(span_s // knot_s)
    if n_bins < 2:
        level_s = float(np.median(offsets_s))
        ends = np.array([0.0, max(float(at[-1]), 1.0)])
        return base_index + ends, base_s + level_s + ends * slope
    bins = np.minimum((at * (n_bins / max(float(at[-1]), 1.0))).astype(np.int64), n_bins - 1)
    edges = np.searchsorted(bins, np.arange(n_bins + 1))
    filled = [(a, b) for a, b in pairwise(edges.tolist()) if b > a]
    centres = np.array([np.mean(at[a:b]) for a, b in filled])
    levels_s = np.array([np.median(offsets_s[a:b]) for a, b in filled])
    return base_index + centres, base_s + levels_s + centres * slope


def _common_period_s(stretches: Sequence[Stretch], period_s: float) -> float:
    """Return the pace that fits all stretches together, the holes between them left out."""
    covariance = variance = 0.0
    for stretch in stretches:
        at = stretch.indices - stretch.indices.mean()
        offsets_s = stretch.stamps_s - stretch.stamps_s[0] - at * period_s
        rest = np.clip(offsets_s - np.median(offsets_s), -MOST_S, MOST_S)
        covariance += float(at @ rest)
        variance += float(at @ at)
    change = covariance / variance if variance else 0.0
    return period_s + change if abs(change) <= NOMINAL_TOLERANCE * period_s else period_s


def _robust_slope(at: Floats, times_s: Floats, period_s: float) -> float:
    """Return the slope of a line through most of the points, those far off left out."""
    slope, level = period_s, float(np.median(times_s - at * period_s))
    for _ in range(3):
        rest = times_s - level - at * slope
        centre = float(np.median(rest))
        reach = 3.0 * MAD_TO_SD * float(np.median(np.abs(rest - centre))) + 1e-9
        kept = np.abs(rest - centre) <= reach
        if np.count_nonzero(kept) < 3 or not np.ptp(at[kept]):
            break
        mean_at, mean_rest = at[kept].mean(), rest[kept].mean()
        deviation = at[kept] - mean_at
        change = float(deviation @ (rest[kept] - mean_rest) / (deviation @ deviation))
        slope += change
        level += float(mean_rest - change * mean_at)
    return slope if abs(slope / period_s - 1.0) <= NOMINAL_TOLERANCE else period_s


def _along(at: Floats, knots: Floats, values: Floats) -> Floats:
    """Interpolate along straight pieces; the outer ones go on."""
    low = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(knots) - 2)
    slopes = (values[low + 1] - values[low]) / (knots[low + 1] - knots[low])
    result: Floats = values[low] + (at - knots[low]) * slopes
    return result
