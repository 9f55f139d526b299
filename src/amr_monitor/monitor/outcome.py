"""The verdict on a case, from what its muscles went through and the marks."""

from dataclasses import dataclass
from math import inf

from amr_monitor.model.case import AmrState, MarkName, Muscle, Outcome
from amr_monitor.model.events import MuscleOutcome
from amr_monitor.monitor.changes import Spell
from amr_monitor.monitor.marks import MarkLog
from amr_monitor.monitor.muscle import MuscleTracker
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.transitions import OUTCOME_TABLE, WITH_RESPONSE

JUDGED_SWEEPS = 60
EARLY_CAUSES = {MarkName.DURA_OPENED: "dura", MarkName.CSF_DRAINED: "csf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of one muscle with its tags.

    Attributes
    ----------
    outcome : Outcome
    tags : tuple of str
    block_valid_sweeps : int
        Valid sweeps judged, at most 60.
    block_responses : int
        Those among them in which the response is held to be there.
    """

    outcome: Outcome
    tags: tuple[str, ...]
    block_valid_sweeps: int
    block_responses: int


def _held(spells: list[Spell], time_s: float) -> Spell | None:
    """Return the spell that holds just after `time_s`, by the times they truly began."""
    held = None
    for spell in spells:
        if spell.from_s < time_s:
            held = spell
    return held


def _last_with_response_s(spells: list[Spell]) -> float:
    """Return when the response was last there; infinity while it is."""
    last = -inf
    for spell, after in zip(spells, [*spells[1:], None], strict=True):
        if spell.state in WITH_RESPONSE:
            last = inf if after is None else max(last, after.from_s)
    return last


def _block_start_s(marks: MarkLog, *, is_lost: bool) -> tuple[float, tuple[str, ...]]:
    """Return from when on sweeps are judged.

    Without a mark that decompression is complete, a response from before the
    last vessel was moved says nothing of what moving it did.
    """
    complete_s = marks.decompression_end_s
    if complete_s is not None:
        return complete_s, ()
    last = marks.last(
        MarkName.RE_EXPLORATION, MarkName.VESSEL_MOVED, MarkName.DECOMPRESSION_STARTED
    )
    if last is None:
        return -inf, ()
    again = marks.last(MarkName.RE_EXPLORATION)
    start_s = marks.decompression_start_s
    if again is not None:
        start_s = again.effective_time_s
    if start_s is None or not is_lost:
        start_s = last.effective_time_s
    return start_s, ("complete_not_marked",)


def _started_s(marks: MarkLog, spells: list[Spell], settings: MonitorSettings) -> float | None:
    """Return the start of decompression, allowing for a mark that came late.

    Only where a moved vessel alone says that it began, and no mark of dura or
    CSF explains the loss better.
    """
    start_s = marks.decompression_start_s
    if start_s is None or marks.first(MarkName.DECOMPRESSION_STARTED) is not None:
        return start_s
    last_s = _last_with_response_s(spells)
    explained = marks.attribution(last_s, settings.marks.tolerance_s) if last_s < inf else None
    if explained is not None and explained.within_tolerance:
        return min(start_s, last_s)
    return start_s


def judge(
    tracker: MuscleTracker | None, marks: MarkLog, end_s: float, settings: MonitorSettings
) -> Verdict:
    """Judge one muscle by `OUTCOME_TABLE`.

    Parameters
    ----------
    tracker : MuscleTracker or None
        None where no baseline was ever accepted.
    marks : MarkLog
    end_s : float
        Now, or the end of the case.
    settings : MonitorSettings

    Returns
    -------
    Verdict
    """
    if tracker is None:
        return Verdict(
            outcome=Outcome.INDETERMINATE,
            tags=("no_baseline",),
            block_valid_sweeps=0,
            block_responses=0,
        )
    spells = [s for s in tracker.spells if s.state is not AmrState.LEARNING]
    elicited = any(spell.state is not AmrState.NOT_ELICITED for spell in spells)
    start_s = _started_s(marks, spells, settings)
    from_s, tags = _block_start_s(
        marks, is_lost=bool(spells) and spells[-1].state is AmrState.DISAPPEARED
    )
    closed_s = marks.dura_closed_s
    until_s = inf if closed_s is None or closed_s <= from_s else closed_s
    block = tracker.valid_times_s(from_s, until_s)[-JUDGED_SWEEPS:]
    withheld = tracker.is_withheld
    # Held to be there, but not seen any more and not yet gone either.
    undecided = tracker.has_response and not tracker.shows_response(block)
    held = [_held(spells, time_s) for time_s in block]
    n_responses = sum(spell is not None and spell.state in WITH_RESPONSE for spell in held)
    seen_after_start = start_s is None or _last_with_response_s(spells) >= start_s
    last = spells[-1] if spells else None
    # A loss within the block: its responses are from before it, its silence is too short.
    ends_lost = bool(held) and held[-1] is not None and held[-1].state is AmrState.DISAPPEARED
    facts = (
        elicited,
        len(block) >= JUDGED_SWEEPS
        and not withheld
        and not undecided
        and (tracker.monitorable or not elicited),
        n_responses > 0 and not ends_lost,
        seen_after_start,
        last is not None and last.sustained and not (ends_lost and n_responses),
    )
    outcome = next(
        row.outcome
        for row in OUTCOME_TABLE
        if all(
            wanted is None or wanted == fact
            for wanted, fact in zip(
                (row.elicited, row.block, row.response, row.seen_after_start, row.sustained),
                facts,
                strict=True,
            )
        )
    )
    absent_at_start = False
    if start_s is not None:
        at_start = _held(spells, start_s)
        absent_at_start = at_start is not None and at_start.state is AmrState.DISAPPEARED
    tags += _tags(tracker, marks, outcome, settings, absent_at_start=absent_at_start)
    if outcome is Outcome.INDETERMINATE and elicited:
        tags += ("withheld",) if withheld else ()
        if not tracker.monitorable:
            tags += ("not_monitorable",)
        elif len(block) < JUDGED_SWEEPS and not withheld:
            tags += ("too_few_sweeps",)
        elif undecided and len(block) >= JUDGED_SWEEPS:
            tags += ("undecided",)
        elif not withheld:
            tags += ("not_sustained",)
    return Verdict(
        outcome=outcome,
        tags=tags,
        block_valid_sweeps=len(block),
        block_responses=n_responses,
    )


def _tags(
    tracker: MuscleTracker,
    marks: MarkLog,
    outcome: Outcome,
    settings: MonitorSettings,
    *,
    absent_at_start: bool,
) -> tuple[str, ...]:
    tags: list[str] = []
    if outcome is Outcome.PERSISTENT:
        if tracker.returned_count:
            tags.append("returned")
        if absent_at_start:
            tags.append("early_loss")
        if tracker.state is AmrState.ATTENUATED or (
            tracker.state is AmrState.PERSISTENT and tracker.ever_attenuated
        ):
            tags.append("attenuated")
    elif outcome is Outcome.DISAPPEARED:
        if absent_at_start:
            tags.append("early_loss_returned")
        if tracker.returned_count > absent_at_start:
            tags.append("returned")
    elif outcome is Outcome.DISAPPEARED_BEFORE_DECOMPRESSION:
        tags.append(_early_cause(tracker, marks, settings))
    return tuple(tags)


def _early_cause(tracker: MuscleTracker, marks: MarkLog, settings: MonitorSettings) -> str:
    lost_s = next(
        (s.from_s for s in reversed(tracker.spells) if s.state is AmrState.DISAPPEARED), inf
    )
    near = [
        mark
        for mark in marks.standing
        if lost_s - settings.marks.early_cause_s
        <= mark.effective_time_s
        <= lost_s + settings.marks.tolerance_s
    ]
    # The latest mark before the loss; only without one a mark that came late.
    before = [mark for mark in near if mark.effective_time_s <= lost_s]
    for mark in [*reversed(before), *(mark for mark in near if mark not in before)]:
        if mark.name in EARLY_CAUSES:
            return EARLY_CAUSES[mark.name]
        if mark.name is MarkName.NOTE and "retract" in mark.text.lower():
            return "retraction"
    return "unknown"


def muscle_outcome(muscle: Muscle, tracker: MuscleTracker, verdict: Verdict) -> MuscleOutcome:
    """Return how one muscle ended, for the closing event."""
    return MuscleOutcome(
        muscle=muscle,
        state=tracker.state,
        certainty=tracker.certainty,
        outcome=verdict.outcome,
        block_valid_sweeps=verdict.block_valid_sweeps,
        block_responses=verdict.block_responses,
    )
