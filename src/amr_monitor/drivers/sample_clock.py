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
from scipy.ndimage import median_filter

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

BASELINE_S = 5.0
"""Over which the pace of the samples is measured."""

MOST_PAIRS = 2000
NOMINAL_TOLERANCE = 1e-3
"""A pace further off the nominal rate is not drift: samples are missing, or the rate is wrong."""

FEW_STEPS_BACK = 0.05
"""With fewer steps back than this share of the steps forward, stamps do not jitter."""

MAD_TO_SD = 1.4826
MOST_ROUNDS = 6

MOST_S = 0.1
"""A stamp that is further off than this tells no pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBounds:
    """From when on a departure of the stamps is a hole.

    Attributes
    ----------
    step_samples : float
        A departure below this is rounding.
    jitters : float
        Times the standard deviation of the jitter, where there is any.
    window_s : float
        So long the stamps must stay off before they are believed.
    fewest_stamps : int
        So many at least, on each side.
    knot_s : float
        The pace may change slowly; every so often it is fitted anew.
    """

    step_samples: float = 0.5
    jitters: float = 4.0
    window_s: float = 1.0
    fewest_stamps: int = 15
    knot_s: float = 60.0


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
    indices : ndarray of int64, shape (n_stamps,)
        Samples that have a stamp of their own, ascending. Need not be all: a
        stamp that was deduced from the one before it says nothing.
    stamps_s : ndarray of float64, shape (n_stamps,)
        Raw. Those that are no finite number are left out.
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
    bounds = ClockBounds() if bounds is None else bounds
    is_finite = np.isfinite(stamps_s)
    indices, stamps_s = indices[is_finite], stamps_s[is_finite]
    period_s = sample_period_s(indices, stamps_s, nominal_rate_hz=nominal_rate_hz)
    if not n_samples or not len(indices) or not period_s:
        return ()
    cuts = step_positions(indices, stamps_s, period_s=period_s, bounds=bounds)
    return fitted_segments(
        indices, stamps_s, cuts, n_samples=n_samples, period_s=period_s, bounds=bounds
    )


def sample_period_s(indices: Indices, stamps_s: Floats, *, nominal_rate_hz: float) -> float:
    """Return the time from sample to sample; 0 where neither stamps nor rate tell it.

    The median pace over 5 s, where that is the nominal one but for drift; else
    the median pace from stamp to stamp, on which holes have no influence.
    """
    nominal_s = 1.0 / nominal_rate_hz if nominal_rate_hz > 0.0 else 0.0
    if len(indices) < 2:
        return nominal_s
    from_stamp_to_stamp = _median_slope(indices, stamps_s, 1)
    span = int(indices[-1] - indices[0])
    rough_s = nominal_s or from_stamp_to_stamp
    if rough_s <= 0.0:
        return nominal_s
    stamps_apart = max(round(len(indices) * BASELINE_S / (rough_s * max(span, 1))), 1)
    over_baseline = _median_slope(indices, stamps_s, min(stamps_apart, len(indices) - 1))
    for slope in (over_baseline, from_stamp_to_stamp):
        if nominal_s and abs(slope / nominal_s - 1.0) <= NOMINAL_TOLERANCE:
            return slope
    is_long = span * rough_s >= BASELINE_S
    measured = from_stamp_to_stamp if from_stamp_to_stamp > 0.0 else over_baseline
    return measured if (is_long or not nominal_s) and measured > 0.0 else nominal_s


def step_positions(
    indices: Indices, stamps_s: Floats, *, period_s: float, bounds: ClockBounds
) -> list[int]:
    """Return the stamps, by number, with which a new stretch begins; ascending, never 0."""
    if len(indices) < 2:
        return []
    offsets_s = _offsets_s(indices, stamps_s, period_s)
    jumps_s = np.diff(offsets_s)
    least_s = bounds.step_samples * period_s
    jumping = np.flatnonzero(np.abs(jumps_s) > least_s) + 1
    if not len(jumping):
        return []
    n_back = np.count_nonzero(jumps_s < -least_s)
    if n_back <= FEW_STEPS_BACK * (len(jumping) - n_back):
        return [int(at) for at in jumping]
    # Stamps that follow each other evenly are one run; runs stand for their stamps.
    starts = np.concatenate([[0], jumping])
    ends = np.append(jumping, len(offsets_s))
    runs_s = np.array(
        [np.median(offsets_s[a:b]) for a, b in zip(starts, ends, strict=True)], dtype=np.float64
    )
    durations_s = (indices[ends - 1] - indices[starts] + 1) * period_s
    per_window = round(bounds.window_s * len(runs_s) / max(durations_s.sum(), bounds.window_s))
    width = max(per_window, bounds.fewest_stamps)
    # What stays for longer than the window is no jitter.
    is_short = durations_s < bounds.window_s
    between = np.abs(np.diff(runs_s))[is_short[1:] & is_short[:-1]]
    jitter_s = MAD_TO_SD / np.sqrt(2.0) * float(np.median(between)) if len(between) else 0.0
    threshold_s = max(least_s, bounds.jitters * jitter_s)
    found = _steps(runs_s, threshold=threshold_s, width=width)
    found = _confirmed(runs_s, found, threshold=threshold_s, width=width, bounds=bounds)
    return [int(starts[at]) for at in found]


def fitted_segments(
    indices: Indices,
    stamps_s: Floats,
    cuts: Sequence[int],
    *,
    n_samples: int,
    period_s: float,
    bounds: ClockBounds,
) -> tuple[ClockSegment, ...]:
    """Fit each stretch between cuts: a robust line, bent where its pace changes.

    Parameters
    ----------
    indices, stamps_s : ndarray
        Finite.
    cuts : sequence of int
        Numbers of stamps with which a stretch begins.
    n_samples : int
    period_s : float
        Pace of a stretch that is too short to tell its own.
    bounds : ClockBounds
    """
    edges = [0, *cuts, len(indices)]
    period_s = _common_period_s(indices, stamps_s, edges, period_s)
    firsts = [0, *(int(indices[at]) for at in cuts), n_samples]
    segments = []
    for number in range(len(edges) - 1):
        low, high = edges[number], edges[number + 1]
        first, end = firsts[number], firsts[number + 1]
        if end <= first or high <= low:
            continue
        knots_index, knots_s = _knots(
            indices[low:high], stamps_s[low:high], period_s=period_s, knot_s=bounds.knot_s
        )
        segments.append(
            ClockSegment(
                first_index=first, n_samples=end - first, knots_index=knots_index, knots_s=knots_s
            )
        )
    return tuple(segments)


def _steps(runs_s: Floats, *, threshold: float, width: int) -> list[int]:
    """Return the runs with which the level of `runs_s` changes for good."""
    found: list[int] = []
    parts = [(0, len(runs_s))]
    for _ in range(MOST_ROUNDS):
        next_parts: list[tuple[int, int]] = []
        for low, high in parts:
            at = [low + step for step in _clear_steps(runs_s[low:high], threshold, width)]
            if at:
                found += at
                edges = [low, *sorted(at), high]
                next_parts += list(pairwise(edges))
        parts = next_parts
        if not parts:
            break
    return found


def _confirmed(
    values: Floats, steps: list[int], *, threshold: float, width: int, bounds: ClockBounds
) -> list[int]:
    """Leave out, one by one, the smallest step that does not hold between its neighbours."""
    kept = sorted(set(steps))
    while kept:
        edges = [0, *kept, len(values)]
        clearness = []
        for before, at, after in zip(edges, edges[1:], edges[2:], strict=False):
            left, right = values[max(before, at - width) : at], values[at : min(after, at + width)]
            fewest = min(len(left), len(right))
            needed = threshold * max(1.0, (bounds.fewest_stamps / fewest) ** 0.5)
            clearness.append(abs(float(np.median(right)) - float(np.median(left))) / needed)
        weakest = int(np.argmin(clearness))
        if clearness[weakest] > 1.0:
            break
        kept.pop(weakest)
    return kept


def _clear_steps(values: Floats, threshold: float, width: int) -> list[int]:
    """Return the clearest steps, at least `width` apart."""
    n = len(values)
    if n < 2:
        return []
    width = min(width, n)
    half = width // 2
    medians = median_filter(values, size=2 * half + 1, mode="nearest")
    at = np.arange(1, n)
    after = medians[np.minimum(at + half, n - 1)]
    before = medians[np.maximum(at - 1 - half, 0)]
    steps = np.abs(after - before)
    chosen: list[int] = []
    is_taken = np.zeros(n - 1, dtype=np.bool_)
    clear = np.flatnonzero(steps > threshold)
    for candidate in clear[np.argsort(-steps[clear], kind="stable")].tolist():
        if not is_taken[candidate]:
            chosen.append(candidate)
            is_taken[max(candidate - width + 1, 0) : candidate + width] = True
    exact = [_exactly(values, int(at[c]), float(before[c]), float(after[c]), width) for c in chosen]
    return sorted({place for place in exact if 0 < place < n})


def _exactly(values: Floats, at: int, before: float, after: float, width: int) -> int:
    """Return where a change from one level to another fits best."""
    low, high = max(at - width, 0), min(at + width, len(values))
    costs = np.abs(values[low:high] - before) - np.abs(values[low:high] - after)
    return low + int(np.argmin(np.concatenate([[0.0], np.cumsum(costs)])))


def _knots(
    indices: Indices, stamps_s: Floats, *, period_s: float, knot_s: float
) -> tuple[Floats, Floats]:
    """Return the knots of one stretch."""
    base_index, base_s = float(indices[0]), float(stamps_s[0])
    at = (indices - base_index).astype(np.float64)
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


def _common_period_s(
    indices: Indices, stamps_s: Floats, edges: Sequence[int], period_s: float
) -> float:
    """Return the pace that fits all stretches together, the holes between them left out."""
    offsets_s = _offsets_s(indices, stamps_s, period_s)
    covariance = variance = 0.0
    for low, high in pairwise(edges):
        if high - low > 1:
            at = indices[low:high] - float(indices[low:high].mean())
            rest = np.clip(offsets_s[low:high] - np.median(offsets_s[low:high]), -MOST_S, MOST_S)
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


def _median_slope(indices: Indices, stamps_s: Floats, apart: int) -> float:
    n_pairs = len(indices) - apart
    chosen = np.unique(np.linspace(0, n_pairs - 1, min(n_pairs, MOST_PAIRS)).astype(np.int64))
    steps = (indices[chosen + apart] - indices[chosen]).astype(np.float64)
    slopes = (stamps_s[chosen + apart] - stamps_s[chosen])[steps > 0] / steps[steps > 0]
    return float(np.median(slopes)) if len(slopes) else 0.0


def _offsets_s(indices: Indices, stamps_s: Floats, period_s: float) -> Floats:
    """Return by how much stamps depart from an even pace."""
    offsets: Floats = (stamps_s - stamps_s[0]) - (indices - indices[0]) * period_s
    return offsets


def _along(at: Floats, knots: Floats, values: Floats) -> Floats:
    """Interpolate along straight pieces; the outer ones go on."""
    low = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(knots) - 2)
    slopes = (values[low + 1] - values[low]) / (knots[low + 1] - knots[low])
    result: Floats = values[low] + (at - knots[low]) * slopes
    return result
