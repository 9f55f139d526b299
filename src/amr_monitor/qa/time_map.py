"""From the time of the events to the time of the truth."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from amr_monitor.model.case import MarkName
from amr_monitor.model.events import Event, GapReceived, PhaseMarked
from amr_monitor.qa.listening import SWEEP_DONE_S
from amr_monitor.qa.truth import CaseTruth, FloatArray

FEWEST_SWEEPS = 20
MOST_MISSED = 30
"""So many stimuli may go before the first one that is received."""

DRIFT_S = 0.02
"""By so much a clock drifts away between two gaps."""

LATEST_S = 4.0
"""The quickest sweep of a stretch is seen within so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMap:
    """A shift that may be another one after each gap, as where a clock jumped.

    Attributes
    ----------
    starts_s : tuple of float
        On the events' axis, rising; the first holds from the beginning on.
    offsets_s : tuple of float
        Time of the truth minus time of the events.
    """

    starts_s: tuple[float, ...] = (0.0,)
    offsets_s: tuple[float, ...] = (0.0,)

    def __call__(self, time_s: float) -> float:
        """Return the time of the truth."""
        number = max(0, bisect_right(self.starts_s, time_s) - 1)
        return time_s + self.offsets_s[number]


def map_by_marks(truth: CaseTruth, events: Sequence[Event]) -> TimeMap:
    """Return the one shift between the marks of both; none where they share no mark.

    Late or missing marks do not matter as long as most are neither.
    """
    told: dict[MarkName, list[float]] = {}
    for event in events:
        if isinstance(event, PhaseMarked) and event.mark_id > 0:
            told.setdefault(event.mark, []).append(event.effective_time_s)
    true: dict[MarkName, list[float]] = {}
    for name, time_s in truth.marks:
        true.setdefault(name, []).append(time_s)
    differences = [
        true_s - told_s
        for name in true.keys() & told.keys()
        if len(true[name]) == len(told[name])
        for true_s, told_s in zip(true[name], told[name], strict=True)
    ]
    return TimeMap(offsets_s=(median(differences) if differences else 0.0,))


def map_by_stimuli(truth: CaseTruth, sweep_times_s: Sequence[float]) -> TimeMap | None:
    """Return the shift with which the intervals of sweeps are those of the truth's stimuli.

    For an amplifier whose clock nobody knows: the jitter of the stimulator tells
    which stimulus was the first that came. None with too few sweeps.
    """
    at_s = np.array(sweep_times_s)
    if at_s.size < FEWEST_SWEEPS:
        return None
    found: list[tuple[float, float]] = []
    for first_s in truth.time_s[:MOST_MISSED]:
        shifted_s = at_s + first_s - at_s[0]
        nearest = np.abs(truth.time_s[None, :] - shifted_s[:, None]).argmin(axis=1)
        off_s = truth.time_s[nearest] - shifted_s
        # Whatever drifts evenly is the clock's, not the stimulator's.
        off_s -= np.polyval(np.polyfit(shifted_s, off_s, 1), shifted_s)
        found.append((float(np.median(np.abs(off_s))), float(first_s - at_s[0])))
    return TimeMap(offsets_s=(min(found)[1],))


def map_by_arrivals(
    truth: CaseTruth, events: Sequence[Event], arrivals: Iterable[tuple[float, float]]
) -> TimeMap:
    """Return the shift after each gap, from when sweeps were seen.

    The shift before a gap, or that of the marks, goes on where it fits: its
    sweeps lie on stimuli and were seen neither before they were done nor
    seconds later. Otherwise, as where a clock jumped, the quickest sweep of the
    stretch tells it roughly, since none is done before 0.1 s. The stimuli of
    the truth nearest to each sweep then tell it exactly.

    Parameters
    ----------
    truth : CaseTruth
    events : sequence of Event
    arrivals : iterable of (float, float)
        Of each sweep: its time on the events' axis, and the moment at which it
        was seen on the axis of the truth.
    """
    seen = sorted(arrivals)
    starts_s = [0.0, *(event.time_s for event in events if isinstance(event, GapReceived))]
    offset_s = map_by_marks(truth, events).offsets_s[0]
    offsets_s = []
    for start_s, end_s in zip(starts_s, [*starts_s[1:], np.inf], strict=True):
        stretch = [(at_s, when_s) for at_s, when_s in seen if start_s <= at_s < end_s]
        if stretch:
            offset_s = _offset_s(truth, np.array(stretch), before_s=offset_s)
        offsets_s.append(offset_s)
    return TimeMap(starts_s=tuple(starts_s), offsets_s=tuple(offsets_s))


def _offset_s(truth: CaseTruth, stretch: FloatArray, *, before_s: float) -> float:
    """Return the shift of one stretch; `stretch` is of shape (n_sweeps, 2)."""
    at_s, when_s = stretch.T
    quickest_s = float(np.min(when_s - at_s))
    exact_s = _on_stimuli_s(truth, at_s, before_s)
    took_s = quickest_s - exact_s
    if abs(exact_s - before_s) <= DRIFT_S and 0.5 * SWEEP_DONE_S <= took_s <= LATEST_S:
        return exact_s
    return _on_stimuli_s(truth, at_s, quickest_s - SWEEP_DONE_S)


def _on_stimuli_s(truth: CaseTruth, at_s: FloatArray, rough_s: float) -> float:
    """Return the shift near `rough_s` with which sweeps lie on stimuli."""
    after = np.clip(np.searchsorted(truth.time_s, at_s + rough_s), 1, truth.time_s.size - 1)
    before_s, after_s = truth.time_s[after - 1], truth.time_s[after]
    nearest_s = np.where(at_s + rough_s - before_s < after_s - at_s - rough_s, before_s, after_s)
    return float(np.median(nearest_s - at_s))
