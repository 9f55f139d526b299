"""The course of a case, folded from its events: marks, phases, changes, losses, alarms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from amr_monitor.model.case import AmrState, Certainty, Mark, Muscle, Phase
from amr_monitor.model.events import (
    AfterMark,
    AlarmAcknowledged,
    AlarmEnded,
    AlarmRaised,
    AmrStateChanged,
    BaselineAccepted,
    Event,
    IndeterminateEnded,
    IndeterminateStarted,
    MarkAmended,
    PhaseMarked,
    ReadingEntered,
)
from amr_monitor.monitor.marks import MarkLog
from amr_monitor.monitor.transitions import PHASE_AFTER
from amr_monitor.monitor.words import MARK_TOLERANCE_S
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.sweeps import Sweeps


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStretch:
    """A phase of the operation, from its mark to the next."""

    phase: Phase
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a muscle's state, with every certainty at which it was told.

    Attributes
    ----------
    told : AmrStateChanged
        With the confirmation, or what came first where none followed.
    provisional_s, confirmed_s, sustained_s : float or None
        When each was told.
    """

    told: AmrStateChanged
    provisional_s: float | None = None
    confirmed_s: float | None = None
    sustained_s: float | None = None
    sustained: AmrStateChanged | None = None

    @property
    def muscle(self) -> Muscle:
        """Whose."""
        return self.told.muscle

    @property
    def to_state(self) -> AmrState:
        """What it changed to."""
        return self.told.to_state

    @property
    def is_withdrawal(self) -> bool:
        """A provisional change was taken back: the state is what it was."""
        return self.told.from_state is self.told.to_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A confirmed loss, and whether the response came back.

    Attributes
    ----------
    change : Change
    last_response_s : float or None
        When the response was last seen; None where the journal does not tell.
    after_mark : AfterMark or None
        By the marks as they stand in the end.
    returned_s : float or None
        When a return was confirmed.
    watched_s : float
        From the last response to the return, or to the end of the monitoring.
    watched_valid : int or None
        Valid sweeps in that time; None where not every sweep was kept.
    """

    change: Change
    last_response_s: float | None
    after_mark: AfterMark | None
    returned_s: float | None
    watched_s: float
    watched_valid: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time in which the monitor could not tell; `end_s` is None where it lasts."""

    started: IndeterminateStarted
    end_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm from its beginning to its end."""

    raised: AlarmRaised
    acknowledged_s: float | None = None
    acknowledged_by: str = ""
    ended_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of everything.

    Attributes
    ----------
    lead : Muscle or None
        Which decides.
    muscles : tuple of Muscle
        Recorded, the lead first.
    marks : tuple of Mark
        As they stand, in the order in which they count.
    made_marks : tuple of PhaseMarked
    amendments : tuple of MarkAmended
    readings : tuple of ReadingEntered
        What persons saw.
    phases : tuple of PhaseStretch
    baselines : tuple of BaselineAccepted
    changes : tuple of Change
        In the order in which they were told.
    losses : tuple of Loss
    stretches : tuple of Stretch
    alarms : tuple of Alarm
    decompression_start_s, decompression_end_s, dura_closed_s : float or None
        By the marks as they stand.
    start_s, end_s : float
        Of what is known of the case.
    """

    lead: Muscle | None
    muscles: tuple[Muscle, ...]
    marks: tuple[Mark, ...]
    made_marks: tuple[PhaseMarked, ...]
    amendments: tuple[MarkAmended, ...]
    readings: tuple[ReadingEntered, ...]
    phases: tuple[PhaseStretch, ...]
    baselines: tuple[BaselineAccepted, ...]
    changes: tuple[Change, ...]
    losses: tuple[Loss, ...]
    stretches: tuple[Stretch, ...]
    alarms: tuple[Alarm, ...]
    decompression_start_s: float | None
    decompression_end_s: float | None
    dura_closed_s: float | None
    start_s: float
    end_s: float

    def baseline_at(self, time_s: float) -> BaselineAccepted | None:
        """Return the baseline that held at a time, or the first that came later."""
        before = [each for each in self.baselines if each.time_s <= time_s]
        if before:
            return before[-1]
        return self.baselines[0] if self.baselines else None

    def unknown_at(self, muscle: Muscle | None, time_s: float) -> Stretch | None:
        """Return the stretch in which the monitor could not tell of a muscle at a time."""
        return next(
            (
                each
                for each in self.stretches
                if each.started.muscle is muscle
                and each.started.time_s <= time_s
                and (each.end_s is None or time_s < each.end_s)
            ),
            None,
        )

    def losses_of(self, muscle: Muscle | None) -> tuple[Loss, ...]:
        """Return the losses of one muscle."""
        return tuple(loss for loss in self.losses if loss.change.muscle is muscle)


def course_of(history: CaseHistory) -> Course:
    """Return the course of a case."""
    events = tuple(history.events)
    log = _marks(events)
    baselines = tuple(event for event in events if isinstance(event, BaselineAccepted))
    opened = history.opened
    lead = opened.lead if opened else None
    if baselines:
        lead = baselines[-1].lead
    recorded = opened.muscles if opened else ()
    times = [opened.time_s if opened else 0.0]
    times += [float(time_s) for time_s in history.sweeps.time_s[:1]]
    start_s = min(times)
    changes = _changes(events)
    tolerance_s = history.setting("monitor", "marks", "tolerance_s", default=MARK_TOLERANCE_S)
    return Course(
        lead=lead,
        muscles=tuple(sorted(recorded, key=lambda muscle: muscle is not lead)),
        marks=log.standing,
        made_marks=tuple(event for event in events if isinstance(event, PhaseMarked)),
        amendments=tuple(event for event in events if isinstance(event, MarkAmended)),
        readings=tuple(event for event in events if isinstance(event, ReadingEntered)),
        phases=_phases(log.standing, start_s, history.end_s),
        baselines=baselines,
        changes=changes,
        losses=tuple(_losses(changes, log, history, tolerance_s)),
        stretches=_stretches(events),
        alarms=_alarms(events),
        decompression_start_s=log.decompression_start_s,
        decompression_end_s=log.decompression_end_s,
        dura_closed_s=log.dura_closed_s,
        start_s=start_s,
        end_s=history.end_s,
    )


def _marks(events: Iterable[Event]) -> MarkLog:
    log = MarkLog()
    for event in events:
        if isinstance(event, PhaseMarked):
            log.add(
                name=event.mark,
                vessel=event.vessel,
                text=event.text,
                sample_index=event.sample_index,
                effective_time_s=event.effective_time_s,
            )
        elif isinstance(event, MarkAmended):
            log.amend(
                event.mark_id,
                name=event.mark,
                vessel=event.vessel,
                effective_time_s=event.effective_time_s,
                void=event.voided,
            )
    return log


def _phases(marks: Sequence[Mark], start_s: float, end_s: float) -> tuple[PhaseStretch, ...]:
    found = [(Phase.BEFORE_DURA, start_s)]
    for mark in marks:
        phase = PHASE_AFTER.get(mark.name)
        if phase is not None and phase is not found[-1][0]:
            found.append((phase, mark.effective_time_s))
    ends = [*(start for _, start in found[1:]), end_s]
    return tuple(
        PhaseStretch(phase=phase, start_s=start, end_s=max(start, end))
        for (phase, start), end in zip(found, ends, strict=True)
        if end > start
    )


def _changes(events: Iterable[Event]) -> tuple[Change, ...]:
    changes: list[Change] = []
    newest: dict[Muscle, int] = {}
    for event in events:
        if not isinstance(event, AmrStateChanged):
            continue
        at = newest.get(event.muscle)
        last = None if at is None else changes[at]
        match event.certainty:
            case Certainty.PROVISIONAL:
                newest[event.muscle] = len(changes)
                changes.append(Change(told=event, provisional_s=event.time_s))
            case Certainty.SUSTAINED if (
                at is not None and last is not None and (last.to_state is event.to_state)
            ):
                changes[at] = replace(last, sustained_s=event.time_s, sustained=event)
            case Certainty.CONFIRMED if (
                at is not None
                and last is not None
                and (last.confirmed_s is None and last.to_state is event.to_state)
            ):
                changes[at] = replace(last, told=event, confirmed_s=event.time_s)
            case _:
                newest[event.muscle] = len(changes)
                changes.append(Change(told=event, confirmed_s=event.time_s))
    return tuple(changes)


def _losses(
    changes: Sequence[Change], log: MarkLog, history: CaseHistory, tolerance_s: float
) -> Iterable[Loss]:
    for number, change in enumerate(changes):
        if change.to_state is not AmrState.DISAPPEARED or change.confirmed_s is None:
            continue
        if change.is_withdrawal:
            continue
        later = (
            each
            for each in changes[number + 1 :]
            if each.muscle is change.muscle and each.confirmed_s is not None
        )
        back = next((each for each in later if each.to_state is not AmrState.DISAPPEARED), None)
        returned_s = None if back is None else back.confirmed_s
        last_s = _last_response_s(change, log, history.sweeps)
        end_s = history.end_s if returned_s is None else returned_s
        start_s = change.confirmed_s if last_s is None else last_s
        yield Loss(
            change=change,
            last_response_s=last_s,
            after_mark=None if last_s is None else log.attribution(last_s, tolerance_s),
            returned_s=returned_s,
            watched_s=max(0.0, end_s - start_s),
            watched_valid=_n_valid(history.sweeps, change.muscle, start_s, end_s),
        )


def _n_valid(sweeps: Sweeps, muscle: Muscle, start_s: float, end_s: float) -> int | None:
    figures = sweeps.of(muscle)
    if figures is None or not sweeps.is_complete:
        return None
    within = (sweeps.time_s > start_s) & (sweeps.time_s <= end_s)
    return int((figures.accepted & within).sum())


def _last_response_s(change: Change, log: MarkLog, sweeps: Sweeps) -> float | None:
    """Return when the response was last seen before a loss.

    By the sweep that confirmed it; where sweeps were not kept, by what was said then.
    """
    told = change.told
    figures = sweeps.of(told.muscle)
    if figures is not None and sweeps.is_complete:
        silent_s = float(figures.silent_s[sweeps.nearest(told.time_s)])
        if isfinite(silent_s):
            return told.time_s - silent_s
    after = told.after_mark
    if after is None:
        return None
    named = [
        mark.effective_time_s + after.seconds
        for mark in log.all
        if mark.name is after.mark and mark.vessel is after.vessel
    ]
    before = [time_s for time_s in named if time_s <= told.time_s]
    return before[-1] if before else None


def _stretches(events: Iterable[Event]) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    running: dict[Muscle, int] = {}
    for event in events:
        if isinstance(event, IndeterminateStarted):
            running[event.muscle] = len(found)
            found.append(Stretch(started=event, end_s=None))
        elif isinstance(event, IndeterminateEnded) and event.muscle in running:
            at = running.pop(event.muscle)
            found[at] = replace(found[at], end_s=event.time_s)
    return tuple(found)


def _alarms(events: Iterable[Event]) -> tuple[Alarm, ...]:
    found: list[Alarm] = []
    running: dict[str, int] = {}
    for event in events:
        if isinstance(event, AlarmRaised):
            running[event.alarm_id] = len(found)
            found.append(Alarm(raised=event))
        elif isinstance(event, AlarmAcknowledged) and event.alarm_id in running:
            at = running[event.alarm_id]
            found[at] = replace(found[at], acknowledged_s=event.time_s, acknowledged_by=event.by)
        elif isinstance(event, AlarmEnded) and event.alarm_id in running:
            at = running[event.alarm_id]
            found[at] = replace(found[at], ended_s=event.time_s)
    return tuple(found)
