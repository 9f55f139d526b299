"""What a monitor told of a surgery against what was true of it.

A verdict may be late or withheld with a reason; it may not be false. All
bounds are ours:

* `disappeared` is false while the response could have been seen, at 10 uV or
  more, in each of the last few stimuli; `reappeared` and `persistent` where
  nothing of 5 uV was there in the last ten. A confirmed loss reads "no response
  for 0:12", which is true of a response that stays away by itself for a while:
  there only a sustained one is false.
* Where the truth says that nobody can know, `indeterminate` with a right reason
  is told within 3 stimuli, and its end within 5 stimuli after.
* No sweep that holds missing samples may be judged at all.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from amr_monitor.model.case import AmrState, Certainty, Muscle, Outcome
from amr_monitor.model.events import (
    AmrStateChanged,
    BaselineAccepted,
    CaseClosed,
    Event,
    EventBase,
    MonitorFailed,
)
from amr_monitor.monitor.annunciation import (
    MOST_SOUNDS_AN_HOUR,
    MOST_SPOKEN_A_CASE,
    n_heard_and_spoken,
)
from amr_monitor.qa.judgement import Fault, FaultKind, Judgement, SpanJudgement
from amr_monitor.qa.spans import SpanJudge
from amr_monitor.qa.time_map import TimeMap, map_by_marks
from amr_monitor.qa.truth import BoolArray, CaseTruth, ResponseTruth

ABSENT_BELOW_UV = 10.0
"""The detector's own bound: a smaller residual counts as gone."""

SEEN_FROM_UV = 5.0
"""A response of this size may be told as there."""

UNKNOWABLE_STIMULI = 3
"""What began so few stimuli ago cannot be known yet."""

RECENT_STIMULI = 10
"""A response that is told as there was seen within so many stimuli."""

TOLD_LOSS_SWEEPS = 100
"""A loss that lasts so many usable sweeps and a minute must be told."""

TOLD_LOSS_S = 60.0
TOLD_RETURN_SWEEPS = 30
"""A return of at least half the response through so many usable sweeps must be told."""

SWEEP_REACH_S = (-0.5, 0.1)
"""A sweep reaches from here to there around its stimulus."""

EDGE_S = 0.0003
"""Where samples lie between the true times is not known better."""


def judge(
    truth: CaseTruth,
    events: Sequence[Event],
    *,
    time_map: TimeMap | None = None,
    sweep_times_s: Sequence[float] | None = None,
) -> Judgement:
    """Judge what was told of a whole case.

    Parameters
    ----------
    truth : CaseTruth
    events : sequence of Event
        In their order.
    time_map : TimeMap or None
        From the events' time to that of the truth. None takes it from the
        marks that both hold.
    sweep_times_s : sequence of float or None
        Of every sweep that the detector took, on the events' axis; None where
        nobody looked.
    """
    return _Judge(truth, tuple(events), time_map, sweep_times_s).judgement()


class _Judge:
    """One case; every time is on the axis of the truth."""

    def __init__(
        self,
        truth: CaseTruth,
        events: tuple[Event, ...],
        time_map: TimeMap | None,
        sweep_times_s: Sequence[float] | None,
    ) -> None:
        self._truth = truth
        self._events = events
        self._map = map_by_marks(truth, events) if time_map is None else time_map
        self._sweep_times_s = sweep_times_s
        intervals_s = np.diff(truth.time_s)
        self._reach_s = 0.4 * float(np.median(intervals_s)) if intervals_s.size else 0.1
        self._faults: list[Fault] = []
        self._accepted = next((e for e in events if isinstance(e, BaselineAccepted)), None)
        self._closed = next((e for e in events if isinstance(e, CaseClosed)), None)
        self._end_s = truth.duration_s if self._closed is None else self._time_s(self._closed)

    def judgement(self) -> Judgement:
        changes = list(self._changes())
        for change in changes:
            self._judge_change(change)
        loss_delays, return_delays = self._judge_lead(changes)
        self._judge_outcome()
        spans = tuple(self._judge_spans())
        n_heard, n_spoken = self._judge_budget()
        self._judge_sweeps()
        for event in self._events:
            if isinstance(event, MonitorFailed):
                self._fault(FaultKind.MONITOR_FAILED, event, event.message)
        return Judgement(
            scenario=self._truth.scenario,
            outcome_true=self._truth.outcome,
            outcome_told=None if self._closed is None else self._closed.outcome,
            n_verdicts=len(changes),
            loss_delays=loss_delays,
            return_delays=return_delays,
            spans=spans,
            n_sweeps=None if self._sweep_times_s is None else len(self._sweep_times_s),
            n_sounds=n_heard,
            n_spoken=n_spoken,
            faults=tuple(self._faults),
        )

    # ------------------------------------------------ time

    def _time_s(self, event: EventBase) -> float:
        return self._map(event.time_s)

    def _stimuli_until(self, time_s: float) -> int:
        """Return how many stimuli there were up to a moment, that one included."""
        return int(np.searchsorted(self._truth.time_s, time_s + self._reach_s))

    def _fault(self, kind: FaultKind, event: EventBase, words: str) -> None:
        self._faults.append(Fault(kind=kind, time_s=round(self._time_s(event), 3), words=words))

    # ------------------------------------------------ verdicts

    def _changes(self) -> Iterator[AmrStateChanged]:
        """Yield the changes that somebody is told of."""
        for event in self._events:
            if (
                isinstance(event, AmrStateChanged)
                and event.certainty is not Certainty.PROVISIONAL
                and event.muscle in self._truth.muscles
            ):
                yield event

    def _judge_change(self, change: AmrStateChanged) -> None:
        end = self._stimuli_until(self._time_s(change))
        if end == 0:
            return
        response = self._truth.muscles[change.muscle]
        told = f"{change.muscle} told as {change.to_state} ({change.certainty})"
        if change.to_state is AmrState.DISAPPEARED:
            recent_uv = response.capable_uv[max(0, end - UNKNOWABLE_STIMULI - 1) : end]
            is_silence = (
                change.certainty is Certainty.CONFIRMED
                and response.silent[max(0, end - RECENT_STIMULI) : end].any()
            )
            if np.all(recent_uv >= ABSENT_BELOW_UV) and not is_silence:
                words = f"{told} with a response of {recent_uv[-1]:.0f} uV"
                self._fault(FaultKind.FALSE_DISAPPEARED, change, words)
        elif change.to_state in (AmrState.REAPPEARED, AmrState.PERSISTENT):
            window = slice(max(0, end - RECENT_STIMULI), end)
            largest_uv = max(
                float(response.capable_uv[window].max()),
                float(response.amplitude_uv[window].max()),
            )
            if change.muscle is not self._truth.lead and response.f_wave[window].any():
                # Beside the lead a late wave is told and decides nothing: F wave or AMR.
                return
            if largest_uv < SEEN_FROM_UV:
                kind = (
                    FaultKind.FALSE_REAPPEARED
                    if change.to_state is AmrState.REAPPEARED
                    else FaultKind.FALSE_PERSISTENT
                )
                self._fault(kind, change, f"{told} without a response in the last 10 stimuli")

    # ------------------------------------------------ what had to be told

    def _judge_lead(
        self, changes: list[AmrStateChanged]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Judge whether losses and returns of the lead were told; return how soon."""
        lead = self._truth.lead
        if self._accepted is None:
            self._faults.append(
                Fault(kind=FaultKind.NO_BASELINE, time_s=None, words="no baseline was accepted")
            )
            return (), ()
        of_lead = [change for change in changes if change.muscle is lead]
        begin = self._stimuli_until(self._time_s(self._accepted))
        response = self._truth.muscles[lead]
        losses, returns = [], []
        was_there = True
        for first, end in _runs(response.capable_uv < ABSENT_BELOW_UV, begin):
            is_loss = bool(response.capable_uv[first] < ABSENT_BELOW_UV)
            usable = response.usable[first:end]
            if is_loss and was_there and first > 0 and response.capable_uv[:first].max() > 0.0:
                told = self._first_told(of_lead, (AmrState.DISAPPEARED,), first, end)
                if told is not None:
                    losses.append(int(np.count_nonzero(response.usable[first:told])))
                elif self._must_be_told(response, first, end):
                    words = (
                        f"{lead} was gone for {usable.sum()} usable sweeps and not told as"
                        " disappeared"
                    )
                    self._fault_at(FaultKind.MISSED_LOSS, first, words)
                was_there = told is None
            elif not is_loss and not was_there:
                seen = usable & (response.gain[first:end] >= 0.5)
                told = self._first_told(of_lead, (AmrState.REAPPEARED,), first, end)
                if told is not None:
                    returns.append(int(np.count_nonzero(response.usable[first:told])))
                    was_there = True
                elif np.count_nonzero(seen) >= TOLD_RETURN_SWEEPS and self._is_monitorable(lead):
                    words = f"{lead} was back for {seen.sum()} usable sweeps and not told"
                    self._fault_at(FaultKind.MISSED_RETURN, first, words)
                    was_there = True
        return tuple(losses), tuple(returns)

    def _fault_at(self, kind: FaultKind, stimulus: int, words: str) -> None:
        time_s = round(float(self._truth.time_s[stimulus]), 3)
        self._faults.append(Fault(kind=kind, time_s=time_s, words=words))

    def _first_told(
        self,
        changes: list[AmrStateChanged],
        states: tuple[AmrState, ...],
        first: int,
        end: int,
    ) -> int | None:
        """Return the number of stimuli at the first such change within a run."""
        for change in changes:
            until = self._stimuli_until(self._time_s(change))
            if change.to_state in states and first < until <= end + UNKNOWABLE_STIMULI:
                return until
        return None

    def _must_be_told(self, response: ResponseTruth, first: int, end: int) -> bool:
        """Whether a loss lasts long enough, of a patient who can be monitored."""
        last = min(end, self._truth.time_s.size) - 1
        lasts_s = float(min(self._truth.time_s[last], self._end_s) - self._truth.time_s[first])
        n_usable = int(np.count_nonzero(response.usable[first : self._stimuli_until(self._end_s)]))
        n_usable = min(n_usable, int(np.count_nonzero(response.usable[first:end])))
        return (
            lasts_s >= TOLD_LOSS_S
            and n_usable >= TOLD_LOSS_SWEEPS
            and self._is_monitorable(self._truth.lead)
        )

    def _is_monitorable(self, muscle: Muscle) -> bool:
        """Whether the baseline said that this muscle can be monitored."""
        told = () if self._accepted is None else self._accepted.muscles
        return any(each.muscle is muscle and each.monitorable for each in told)

    def _judge_outcome(self) -> None:
        true = self._truth.outcome
        if self._closed is None:
            self._faults.append(
                Fault(kind=FaultKind.NO_OUTCOME, time_s=None, words="the case was never closed")
            )
            return
        told = self._closed.outcome
        if told is true:
            return
        words = f"outcome {told}, true is {true}"
        if told is Outcome.INDETERMINATE:
            if self._is_monitorable(self._truth.lead):
                self._fault(FaultKind.WITHHELD_OUTCOME, self._closed, words)
        elif true is not Outcome.INDETERMINATE or self._contradicts(told):
            self._fault(FaultKind.WRONG_OUTCOME, self._closed, words)

    def _contradicts(self, told: Outcome) -> bool:
        """Whether an outcome is false where the truth alone would withhold it."""
        last_uv = self._truth.muscles[self._truth.lead].capable_uv[-RECENT_STIMULI:]
        if told is Outcome.PERSISTENT:
            return bool(last_uv.max() < SEEN_FROM_UV)
        return bool(last_uv.min() >= ABSENT_BELOW_UV)

    def _judge_spans(self) -> Iterator[SpanJudgement]:
        if self._accepted is None:
            return
        judge = SpanJudge(
            self._truth,
            self._events,
            stimuli_until=lambda event: self._stimuli_until(self._time_s(event)),
            reached=self._reached(),
            begin_s=self._time_s(self._accepted),
            end_s=self._end_s,
        )
        yield from judge.judged()
        self._faults += judge.faults

    def _reached(self) -> BoolArray:
        """Return which stimuli gave a sweep that the detector took; all where nobody looked."""
        reached = np.ones(self._truth.time_s.size, dtype=np.bool_)
        if self._sweep_times_s is None:
            return reached
        at_s = np.sort([self._map(told_s) for told_s in self._sweep_times_s])
        low = np.searchsorted(at_s, self._truth.time_s - self._reach_s)
        reached[:] = low < np.searchsorted(at_s, self._truth.time_s + self._reach_s)
        return reached

    # ------------------------------------------------ the room, the samples

    def _judge_budget(self) -> tuple[int, int]:
        n_heard, n_spoken = n_heard_and_spoken(self._events)
        hours = max(1.0, self._truth.duration_s / 3600.0)
        if n_heard > MOST_SOUNDS_AN_HOUR * hours:
            words = f"{n_heard} sounds; {MOST_SOUNDS_AN_HOUR} an hour are borne"
            self._faults.append(Fault(kind=FaultKind.TOO_MANY_SOUNDS, time_s=None, words=words))
        if n_spoken > MOST_SPOKEN_A_CASE:
            words = f"{n_spoken} spoken changes; {MOST_SPOKEN_A_CASE} a case are borne"
            self._faults.append(Fault(kind=FaultKind.TOO_MANY_SPOKEN, time_s=None, words=words))
        return n_heard, n_spoken

    def _stimulus_s(self, at_s: float) -> float:
        """Return the true time of the stimulus that is meant, which no clock bends."""
        nearest_s = float(self._truth.time_s[np.abs(self._truth.time_s - at_s).argmin()])
        return nearest_s if abs(nearest_s - at_s) <= self._reach_s else at_s

    def _judge_sweeps(self) -> None:
        """Find sweeps that hold samples which never came."""
        for told_s in self._sweep_times_s or ():
            at_s = self._stimulus_s(self._map(told_s))
            low_s = at_s + SWEEP_REACH_S[0] + EDGE_S
            high_s = at_s + SWEEP_REACH_S[1] - EDGE_S
            if any(low_s < end_s and start_s < high_s for start_s, end_s in self._truth.missing_s):
                words = "a sweep with missing samples reached the detector"
                self._faults.append(
                    Fault(kind=FaultKind.SWEEP_WITH_GAP, time_s=round(at_s, 3), words=words)
                )


def _runs(flags: BoolArray, begin: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of equal values, those that end after `begin`, as (first, end)."""
    edges = [0, *(np.flatnonzero(np.diff(flags)) + 1).tolist(), flags.size]
    for first, end in pairwise(edges):
        if end > begin:
            yield max(first, begin), end
