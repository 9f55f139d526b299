"""The state tables, as data that a neurophysiologist can read. All rules are ours.

`MUSCLE_TABLE` says when one muscle changes state, `PHASE_AFTER` what a mark
does to the phase of the operation, `OUTCOME_TABLE` how a case is judged. The
first row that fits is taken.
"""

from dataclasses import dataclass
from enum import StrEnum

from amr_monitor.model.case import (
    AmrState,
    Certainty,
    IndeterminateClass,
    MarkName,
    Outcome,
    Phase,
    Reason,
)


class Condition(StrEnum):
    """What can hold of a muscle after a sweep, a mark or a command."""

    BASELINE_WITH_RESPONSE = "baseline accepted, the scan finds a response"
    BASELINE_WITHOUT_RESPONSE = "baseline accepted, the scan finds no response"
    RESPONSE_SEEN_FIRST = "the scan finds a response before decompression"
    AMPLITUDE_LOW = "rate times amplitude over 20 valid sweeps below 40 % of baseline"
    AMPLITUDE_RECOVERED = "rate times amplitude over 20 valid sweeps above 60 % of baseline"
    LOSS_LIKELY = "log odds of absence at least 4.6"
    LOSS_CERTAIN = "log odds of absence at least 6.9, every counted sweep clean"
    LOSS_WITHDRAWN = "log odds of absence below -2.2 again"
    LOSS_SUSTAINED = "no response for N valid sweeps and 60 s"
    RETURN_LIKELY = "log odds of absence at most -4.6 in the return watch"
    RETURN_CERTAIN = "cumulative evidence of a return at least 20"
    RETURN_WITHDRAWN = "log odds of absence above 2.2 again in the return watch"
    RESPONSE_HELD = "60 valid sweeps with response since it reappeared"
    STILL_PRESENT = "response through 60 valid sweeps and 3 min after decompression, or at its end"
    RE_EXPLORED = "re-exploration marked"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: from any of `sources`, under `condition`, to `target`."""

    sources: frozenset[AmrState]
    condition: Condition
    target: AmrState
    certainty: Certainty


WITH_RESPONSE = frozenset(
    {AmrState.PRESENT, AmrState.ATTENUATED, AmrState.REAPPEARED, AmrState.PERSISTENT}
)
"""States in which the response is held to be there."""


def _from(*sources: AmrState) -> frozenset[AmrState]:
    return frozenset(sources)


_S, _C, _K = AmrState, Condition, Certainty
MUSCLE_TABLE: tuple[Transition, ...] = (
    Transition(_from(_S.LEARNING), _C.BASELINE_WITH_RESPONSE, _S.PRESENT, _K.CONFIRMED),
    Transition(_from(_S.LEARNING), _C.BASELINE_WITHOUT_RESPONSE, _S.NOT_ELICITED, _K.CONFIRMED),
    Transition(_from(_S.NOT_ELICITED), _C.RESPONSE_SEEN_FIRST, _S.LEARNING, _K.CONFIRMED),
    Transition(WITH_RESPONSE, _C.LOSS_CERTAIN, _S.DISAPPEARED, _K.CONFIRMED),
    Transition(WITH_RESPONSE, _C.LOSS_LIKELY, _S.DISAPPEARED, _K.PROVISIONAL),
    Transition(_from(_S.DISAPPEARED), _C.RETURN_CERTAIN, _S.REAPPEARED, _K.CONFIRMED),
    Transition(_from(_S.DISAPPEARED), _C.RETURN_LIKELY, _S.REAPPEARED, _K.PROVISIONAL),
    Transition(_from(_S.DISAPPEARED), _C.LOSS_SUSTAINED, _S.DISAPPEARED, _K.SUSTAINED),
    Transition(_from(_S.PERSISTENT), _C.RE_EXPLORED, _S.PRESENT, _K.CONFIRMED),
    Transition(
        _from(_S.PRESENT, _S.ATTENUATED, _S.REAPPEARED),
        _C.STILL_PRESENT,
        _S.PERSISTENT,
        _K.CONFIRMED,
    ),
    Transition(_from(_S.REAPPEARED), _C.RESPONSE_HELD, _S.PRESENT, _K.CONFIRMED),
    Transition(_from(_S.PRESENT), _C.AMPLITUDE_LOW, _S.ATTENUATED, _K.CONFIRMED),
    Transition(_from(_S.ATTENUATED), _C.AMPLITUDE_RECOVERED, _S.PRESENT, _K.CONFIRMED),
)
"""Certain rows stand before likely ones; a return to `present` that finds the
amplitude low goes on to `attenuated` by the next row at the next sweep."""


PHASE_AFTER: dict[MarkName, Phase] = {
    MarkName.DURA_OPENED: Phase.DURA_OPEN,
    MarkName.DECOMPRESSION_STARTED: Phase.DECOMPRESSION,
    MarkName.VESSEL_MOVED: Phase.DECOMPRESSION,
    MarkName.DECOMPRESSION_COMPLETE: Phase.DECOMPRESSED,
    MarkName.RE_EXPLORATION: Phase.DECOMPRESSION,
    MarkName.DURA_CLOSED: Phase.CLOSING,
}
"""The phase that begins with a mark; other marks change none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """One row of the verdict on a case; None means either.

    Attributes
    ----------
    elicited : bool or None
        The muscle that decides ever had a response.
    block : bool or None
        There are 60 valid sweeps to judge on, of a muscle that can be monitored.
    response : bool or None
        There is a response in them.
    seen_after_start : bool or None
        A response was seen at or after the start of decompression.
    sustained : bool or None
        The absence is sustained.
    """

    elicited: bool | None = None
    block: bool | None = None
    response: bool | None = None
    seen_after_start: bool | None = None
    sustained: bool | None = None
    outcome: Outcome


OUTCOME_TABLE: tuple[OutcomeRow, ...] = (
    OutcomeRow(elicited=False, outcome=Outcome.NOT_ELICITED),
    OutcomeRow(block=False, outcome=Outcome.INDETERMINATE),
    OutcomeRow(response=True, outcome=Outcome.PERSISTENT),
    OutcomeRow(sustained=False, outcome=Outcome.INDETERMINATE),
    OutcomeRow(seen_after_start=True, outcome=Outcome.DISAPPEARED),
    OutcomeRow(outcome=Outcome.DISAPPEARED_BEFORE_DECOMPRESSION),
)
"""A fact that a row does not name may be either way; the first row that fits is taken."""


REASON_CLASS: dict[Reason, IndeterminateClass] = {
    Reason.SATURATED: IndeterminateClass.INTERFERENCE,
    Reason.NOISY: IndeterminateClass.INTERFERENCE,
    Reason.EMG_ACTIVITY: IndeterminateClass.INTERFERENCE,
    Reason.INTERFERENCE: IndeterminateClass.INTERFERENCE,
    Reason.RECOVERY: IndeterminateClass.INTERFERENCE,
    Reason.OTHER_STIMULUS: IndeterminateClass.INTERFERENCE,
    Reason.AFTER_TETANUS: IndeterminateClass.INTERFERENCE,
    Reason.M_WAVE_LOW: IndeterminateClass.PHYSIOLOGICAL,
    Reason.RELAXANT: IndeterminateClass.PHYSIOLOGICAL,
    Reason.SLOW_FALL: IndeterminateClass.PHYSIOLOGICAL,
}
"""Every other reason is technical. Technical outranks physiological outranks interference."""


def indeterminate_class(reasons: tuple[Reason, ...]) -> IndeterminateClass:
    """Return the class that a set of reasons falls in, the gravest of them."""
    classes = {REASON_CLASS.get(reason, IndeterminateClass.TECHNICAL) for reason in reasons}
    for graver in (IndeterminateClass.TECHNICAL, IndeterminateClass.PHYSIOLOGICAL):
        if graver in classes:
            return graver
    return IndeterminateClass.INTERFERENCE
