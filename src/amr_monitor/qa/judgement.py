"""What a judge found: figures of one case, and everything that should not be."""

from dataclasses import dataclass
from enum import StrEnum

from amr_monitor.model.case import Muscle, Outcome


class FaultKind(StrEnum):
    """How a monitor can fail its judge."""

    FALSE_DISAPPEARED = "false_disappeared"
    FALSE_REAPPEARED = "false_reappeared"
    FALSE_PERSISTENT = "false_persistent"
    MISSED_LOSS = "missed_loss"
    MISSED_RETURN = "missed_return"
    WRONG_OUTCOME = "wrong_outcome"
    WITHHELD_OUTCOME = "withheld_outcome"
    NO_BASELINE = "no_baseline"
    NO_OUTCOME = "no_outcome"
    INDETERMINATE_MISSING = "indeterminate_missing"
    INDETERMINATE_LATE = "indeterminate_late"
    INDETERMINATE_REASON = "indeterminate_reason"
    INDETERMINATE_STAYS = "indeterminate_stays"
    SWEEP_WITH_GAP = "sweep_with_gap"
    MONITOR_FAILED = "monitor_failed"
    TOO_MANY_SOUNDS = "too_many_sounds"
    TOO_MANY_SPOKEN = "too_many_spoken"
    EVENT_LOST = "event_lost"
    SLOW = "slow"
    CHAIN_BROKE = "chain_broke"


FALSE_VERDICTS = frozenset(
    {
        FaultKind.FALSE_DISAPPEARED,
        FaultKind.FALSE_REAPPEARED,
        FaultKind.FALSE_PERSISTENT,
        FaultKind.WRONG_OUTCOME,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that should not be.

    Attributes
    ----------
    kind : FaultKind
    time_s : float or None
        On the axis of the truth.
    words : str
        What was told and what was true, in one line.
    """

    kind: FaultKind
    time_s: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanJudgement:
    """One stretch in which nobody can know, and what was told of it.

    Attributes
    ----------
    muscle : Muscle
    start_s, end_s : float
    expected : tuple of str
        Reasons, any of which is right.
    told : tuple of str
        Reasons that were told.
    stimuli_to_start : int or None
        Counted from the first disturbed one, as 1; 0 where it was told already.
    stimuli_to_end : int or None
        Counted from the first after which nothing is in the way of knowing, as
        1; None where the case ended first.
    """

    muscle: Muscle
    start_s: float
    end_s: float
    expected: tuple[str, ...]
    told: tuple[str, ...]
    stimuli_to_start: int | None
    stimuli_to_end: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came out.

    Attributes
    ----------
    scenario : str
    outcome_true : Outcome
    outcome_told : Outcome or None
    n_verdicts : int
        Confirmed and sustained changes of all muscles that were judged.
    loss_delays, return_delays : tuple of int
        Usable sweeps of the lead from the truth to the confirmed change.
    spans : tuple of SpanJudgement
    n_sweeps : int or None
        Sweeps that the detector took, where it was looked at.
    n_sounds, n_spoken : int
    faults : tuple of Fault
    """

    scenario: str
    outcome_true: Outcome
    outcome_told: Outcome | None
    n_verdicts: int
    loss_delays: tuple[int, ...]
    return_delays: tuple[int, ...]
    spans: tuple[SpanJudgement, ...]
    n_sweeps: int | None
    n_sounds: int
    n_spoken: int
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def n_of(self, *kinds: FaultKind) -> int:
        """Return how many faults are of these kinds."""
        return sum(fault.kind in kinds for fault in self.faults)
