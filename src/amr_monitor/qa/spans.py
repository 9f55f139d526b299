"""Stretches in which nobody can know: told in time, and for a right reason or not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from amr_monitor.model.case import Muscle
from amr_monitor.model.events import Event, IndeterminateEnded, IndeterminateStarted
from amr_monitor.qa.judgement import Fault, FaultKind, SpanJudgement
from amr_monitor.qa.truth import BoolArray, CaseTruth, ExpectedIndeterminate, FloatArray

STARTS_WITHIN = 3
ENDS_WITHIN = 5
SHORTEST_SPAN = 3
"""So many disturbed stimuli make a stretch that must be told."""


@dataclass(slots=True, kw_only=True)
class _ToldSpan:
    start: int
    reasons: tuple[str, ...]
    end: int = 2**31


class SpanJudge:
    """Judge what was told of the stretches in which nobody can know.

    Parameters
    ----------
    truth : CaseTruth
    events : sequence of Event
    stimuli_until : callable
        Gives the number of true stimuli up to an event, its own included.
    reached : ndarray of bool, shape (n_stimuli,)
        The sweep of the stimulus reached the detector: of one that was lost on
        the way nothing can be told.
    begin_s, end_s : float
        From the baseline to the end of the case, on the axis of the truth.
    """

    def __init__(
        self,
        truth: CaseTruth,
        events: Sequence[Event],
        *,
        stimuli_until: Callable[[Event], int],
        reached: BoolArray,
        begin_s: float,
        end_s: float,
    ) -> None:
        self._truth = truth
        self._events = events
        self._stimuli_until = stimuli_until
        self._reached = reached
        self._begin_s = begin_s
        self._n_heard = int(np.searchsorted(truth.time_s, end_s))
        self.faults: list[Fault] = []

    def judged(self) -> Iterator[SpanJudgement]:
        """Yield each stretch that can be judged; `faults` then holds what was wrong."""
        for span in merged(self._truth.indeterminate, self._truth.time_s):
            first = int(np.searchsorted(self._truth.time_s, span.start_s))
            end = int(np.searchsorted(self._truth.time_s, span.end_s))
            n_disturbed = self._n_reached(first, min(end, self._n_heard))
            if span.start_s > self._begin_s and n_disturbed >= SHORTEST_SPAN:
                clear = int(np.searchsorted(self._truth.time_s, span.clear_s))
                yield self._judged(span, first, end, clear)

    def _judged(
        self, span: ExpectedIndeterminate, first: int, end: int, clear: int
    ) -> SpanJudgement:
        told = [one for one in self._told(span.muscle) if one.start <= end and one.end > first]
        reasons = tuple(dict.fromkeys(reason for one in told for reason in one.reasons))
        due = (
            f"{span.muscle}, {span.start_s:.1f} to {span.end_s:.1f} s,"
            f" {' or '.join(span.reasons) or 'any reason'}"
        )
        to_start = self._n_reached(first, told[0].start) if told else None
        over = max((one.end for one in told), default=0)
        to_end = self._n_clear(span, clear, over) if told and over <= self._n_heard else None
        if to_start is None:
            self._fault(FaultKind.INDETERMINATE_MISSING, first, f"{due}: not told")
        elif to_start > STARTS_WITHIN:
            self._fault(
                FaultKind.INDETERMINATE_LATE, first, f"{due}: told after {to_start} stimuli"
            )
        if told and span.reasons and not set(span.reasons) & set(reasons):
            self._fault(
                FaultKind.INDETERMINATE_REASON, first, f"{due}: told as {', '.join(reasons)}"
            )
        after = self._n_clear(span, clear, self._n_heard) if to_end is None else to_end
        if told and after > ENDS_WITHIN:
            self._fault(
                FaultKind.INDETERMINATE_STAYS,
                min(clear, self._n_heard - 1),
                f"{due}: still told {after} stimuli after its end",
            )
        return SpanJudgement(
            muscle=span.muscle,
            start_s=span.start_s,
            end_s=span.end_s,
            expected=span.reasons,
            told=reasons,
            stimuli_to_start=to_start,
            stimuli_to_end=to_end,
        )

    def _n_reached(self, first: int, end: int) -> int:
        return int(np.count_nonzero(self._reached[first:end]))

    def _n_clear(self, span: ExpectedIndeterminate, first: int, end: int) -> int:
        """Return how many stimuli nothing else disturbs either."""
        usable = self._truth.muscles[span.muscle].usable
        return int(np.count_nonzero((self._reached & usable)[first:end]))

    def _fault(self, kind: FaultKind, stimulus: int, words: str) -> None:
        time_s = round(float(self._truth.time_s[stimulus]), 3)
        self.faults.append(Fault(kind=kind, time_s=time_s, words=words))

    def _told(self, muscle: Muscle) -> list[_ToldSpan]:
        """Return the stretches that were told, in numbers of stimuli."""
        spans: list[_ToldSpan] = []
        is_open = False
        for event in self._events:
            if not isinstance(event, IndeterminateStarted | IndeterminateEnded):
                continue
            if event.muscle is not muscle:
                continue
            at = self._stimuli_until(event)
            if isinstance(event, IndeterminateEnded):
                if is_open:
                    spans[-1].end = at
                is_open = False
            elif is_open:
                spans[-1].reasons += tuple(map(str, event.reasons))
            else:
                spans.append(_ToldSpan(start=at, reasons=tuple(map(str, event.reasons))))
                is_open = True
        return spans


def merged(
    spans: Sequence[ExpectedIndeterminate], time_s: FloatArray
) -> list[ExpectedIndeterminate]:
    """Join stretches of one muscle between which an end could not be told in time."""
    joined: list[ExpectedIndeterminate] = []
    for span in sorted(spans, key=lambda each: (each.muscle, each.start_s)):
        last = joined[-1] if joined else None
        if last is not None and last.muscle is span.muscle:
            low, high = np.searchsorted(time_s, [last.clear_s, span.start_s])
            if high - low <= ENDS_WITHIN:
                joined[-1] = ExpectedIndeterminate(
                    muscle=last.muscle,
                    start_s=last.start_s,
                    end_s=max(last.end_s, span.end_s),
                    clear_s=max(last.clear_s, span.clear_s),
                    reasons=tuple(dict.fromkeys((*last.reasons, *span.reasons))),
                )
                continue
        joined.append(span)
    return joined
