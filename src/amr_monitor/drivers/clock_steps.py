"""Where the stamps of a stream step for good: there samples were lost, or its clock was set.

Stamps that jitter come back to the line they left; after a hole they do not.
Without jitter each step is one (ours).
"""

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

CELL_S = 0.01
"""Stamps within so short a time count once."""

MOST_CELLS = 100
"""So many cells on each side tell the levels between which a step takes place."""

CLEAR_JITTERS = 8.0
"""Times the standard deviation of the jitter: no late stamp is taken for such a step back."""

MAD_TO_SD = 1.4826
MOST_ROUNDS = 6


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
    offsets_s = offsets_from_pace_s(indices, stamps_s, period_s)
    jumps_s = np.diff(offsets_s)
    least_s = bounds.step_samples * period_s
    jumping = np.flatnonzero(np.abs(jumps_s) > least_s) + 1
    if not len(jumping):
        return []
    n_back = np.count_nonzero(jumps_s < -least_s)
    if n_back <= FEW_STEPS_BACK * (len(jumping) - n_back):
        return [int(at) for at in jumping]
    # Short stretches of time stand for their stamps, so that a burst of late ones weighs no more.
    cells = ((indices - indices[0]) * (period_s / CELL_S)).astype(np.int64)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(cells)) + 1])
    counts = np.diff(np.append(starts, len(offsets_s)))
    levels_s = np.add.reduceat(offsets_s, starts) / counts
    duration_s = float(indices[-1] - indices[0]) * period_s
    per_window = round(bounds.window_s * len(levels_s) / max(duration_s, bounds.window_s))
    width = max(per_window, bounds.fewest_stamps)
    jitter_s = MAD_TO_SD / np.sqrt(2.0) * float(np.median(np.abs(np.diff(levels_s))))
    threshold_s = max(least_s, bounds.jitters * jitter_s)
    found = _steps(levels_s, threshold=threshold_s, width=width)
    found = _confirmed(levels_s, found, threshold=threshold_s, width=width, bounds=bounds)
    edges = [0, *found, len(levels_s)]
    from_stamp_to_stamp_s = float(np.median(np.abs(jumps_s[jumping - 1])))
    own_jitter_s = MAD_TO_SD / np.sqrt(2.0) * from_stamp_to_stamp_s
    clear_s = max(least_s, CLEAR_JITTERS * max(jitter_s, own_jitter_s))
    cuts = [
        _first_stamp(offsets_s, levels_s, starts, edges[n : n + 3], clear_s)
        for n in range(len(found))
    ]
    return sorted({*cuts, *_steps_at_edges(offsets_s, cuts, clear_s, len(offsets_s) // 8 + 1)})


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


def _first_stamp(
    offsets_s: Floats, levels_s: Floats, starts: Indices, edges: list[int], clear_s: float
) -> int:
    """Return the stamp, by number, at which a step between two cells takes place.

    `edges` are the cells at which the step before it, it and the next one take place.
    """
    earlier, at, later = edges
    before = float(np.median(levels_s[earlier:at][-MOST_CELLS:]))
    after = float(np.median(levels_s[at:later][:MOST_CELLS]))
    low = int(starts[max(at - 2, earlier)])
    high = int(starts[at + 3]) if at + 3 < min(later, len(starts)) else len(offsets_s)
    if later < len(starts):
        high = min(high, int(starts[later]))
    if abs(after - before) > 2.0 * clear_s and high - low > 1:
        jumps = np.diff(offsets_s[low:high]) * np.sign(after - before)
        return low + 1 + int(np.argmax(jumps))
    costs = np.abs(offsets_s[low:high] - before) - np.abs(offsets_s[low:high] - after)
    return max(low + int(np.argmin(np.concatenate([[0.0], np.cumsum(costs)]))), 1)


def _steps_at_edges(offsets_s: Floats, cuts: list[int], clear_s: float, reach: int) -> list[int]:
    """Return steps so near others that both seemed one: stamps there are on neither level."""
    found: list[int] = []
    edges = [0, *sorted(set(cuts)), len(offsets_s)]
    for low, high in pairwise(edges):
        for part, is_begin in (
            (slice(low, min(high, low + reach)), True),
            (slice(max(low, high - reach), high), False),
        ):
            if (is_begin and low == 0) or (not is_begin and high == len(offsets_s)):
                continue
            own = offsets_s[part]
            off = np.abs(own - float(np.median(own))) > clear_s
            n_off = int(np.argmin(off if is_begin else off[::-1]))
            if not n_off or off.all():
                continue
            beyond = own[: n_off + 1] if is_begin else own[-n_off - 1 :]
            first = low if is_begin else high - n_off - 1
            found += (first + 1 + np.flatnonzero(np.abs(np.diff(beyond)) > clear_s)).tolist()
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


def _median_slope(indices: Indices, stamps_s: Floats, apart: int) -> float:
    n_pairs = len(indices) - apart
    chosen = np.unique(np.linspace(0, n_pairs - 1, min(n_pairs, MOST_PAIRS)).astype(np.int64))
    steps = (indices[chosen + apart] - indices[chosen]).astype(np.float64)
    slopes = (stamps_s[chosen + apart] - stamps_s[chosen])[steps > 0] / steps[steps > 0]
    return float(np.median(slopes)) if len(slopes) else 0.0


def offsets_from_pace_s(indices: Indices, stamps_s: Floats, period_s: float) -> Floats:
    """Return by how much stamps depart from an even pace."""
    offsets: Floats = (stamps_s - stamps_s[0]) - (indices - indices[0]) * period_s
    return offsets
