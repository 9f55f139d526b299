"""From the time of the events to the time of the truth."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from amr_monitor.model.case import MarkName
from amr_monitor.model.events import Event, GapReceived, PhaseMarked
from amr_monitor.qa.truth import CaseTruth

SWEEP_DONE_S = 0.1
"""A sweep can be judged so long after its stimulus, and not before."""


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


def map_by_arrivals(
    truth: CaseTruth, events: Sequence[Event], arrivals: Iterable[tuple[float, float]]
) -> TimeMap:
    """Return the shift after each gap, from when sweeps were seen.

    The quickest sweep of a stretch tells the shift roughly, since none is done
    before 0.1 s; the stimuli of the truth nearest to each then tell it exactly.

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
    offsets_s: list[float | None] = []
    for start_s, end_s in zip(starts_s, [*starts_s[1:], np.inf], strict=True):
        stretch = [(at_s, when_s) for at_s, when_s in seen if start_s <= at_s < end_s]
        offsets_s.append(_offset_s(truth, stretch))
    known = [offset for offset in offsets_s if offset is not None]
    last = known[0] if known else map_by_marks(truth, events).offsets_s[0]
    filled = []
    for offset in offsets_s:
        last = last if offset is None else offset
        filled.append(last)
    return TimeMap(starts_s=tuple(starts_s), offsets_s=tuple(filled))


def _offset_s(truth: CaseTruth, stretch: list[tuple[float, float]]) -> float | None:
    if not stretch:
        return None
    at_s = np.array([at for at, _ in stretch])
    rough_s = min(when - at for at, when in stretch) - SWEEP_DONE_S
    # Between a fifth and all of the interval before: what a sweep takes to be seen.
    after = np.clip(np.searchsorted(truth.time_s, at_s + rough_s), 1, truth.time_s.size - 1)
    before_s, after_s = truth.time_s[after - 1], truth.time_s[after]
    nearest_s = np.where(at_s + rough_s - before_s < after_s - at_s - rough_s, before_s, after_s)
    return float(np.median(nearest_s - at_s))
