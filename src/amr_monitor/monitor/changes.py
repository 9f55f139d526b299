"""What a muscle has to tell after a sweep, and what it went through."""

from collections.abc import Sequence
from dataclasses import dataclass

from amr_monitor.model.case import AmrState, Certainty, Muscle
from amr_monitor.model.events import ContextChanged, IndeterminateEnded, IndeterminateStarted
from amr_monitor.monitor.indeterminate import Indeterminate


def noted(name: str, value: str, *, sample_index: int, time_s: float) -> ContextChanged:
    """Return what the monitor itself has to say of the case's circumstances."""
    return ContextChanged(
        sample_index=sample_index, time_s=time_s, name=name, value=value, unit="", by="monitor"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A change of state as the table gave it.

    Attributes
    ----------
    from_state, to_state : AmrState
    certainty : Certainty
    last_response_s : float or None
        Of a loss: when the response was last seen.
    """

    from_state: AmrState
    to_state: AmrState
    certainty: Certainty
    last_response_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndeterminateChange:
    """Indeterminate began or ended."""

    started: bool
    cause: Indeterminate

    def event(
        self,
        muscle: Muscle,
        state: AmrState,
        last_state_age_s: float,
        *,
        sample_index: int,
        time_s: float,
    ) -> IndeterminateStarted | IndeterminateEnded:
        """Return what is told of it, over the last determinate state."""
        kind = IndeterminateStarted if self.started else IndeterminateEnded
        return kind(
            sample_index=sample_index,
            time_s=time_s,
            muscle=muscle,
            indeterminate_class=self.cause.indeterminate_class,
            reasons=self.cause.reasons,
            last_state=state,
            last_state_age_s=round(max(0.0, last_state_age_s), 1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HigherCurrentResponse:
    """A challenge after a loss brought a response."""

    current_ma: float
    seen_of_last_10: int


MARK_COMES_LATE_S = 40.0
"""95 % of marks are made within this of what they tell. [ours]"""
STEP_ACTS_S = 60.0
"""A loss so soon after a step of the operation is put down to it. [ours]"""

Change = StateChange | IndeterminateChange | HigherCurrentResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of one determinate state, from when it truly held.

    Attributes
    ----------
    state : AmrState
    from_s : float
        Of a loss, the last response; of a return, the first sweep that showed it.
    sustained : bool
    """

    state: AmrState
    from_s: float
    sustained: bool = False

    def is_silent_run(self, steps_s: Sequence[float], *, vessel_was_moved: bool) -> bool:
        """Whether a loss that came back was the patient's own way of skipping.

        So it is where nobody had touched a vessel, it was short, and no step of the
        operation (dura, CSF, retractor) explains it.

        Parameters
        ----------
        steps_s : sequence of float
            Times of the marks of the operation.
        vessel_was_moved : bool
        """
        explained = any(
            -MARK_COMES_LATE_S <= self.from_s - step_s <= STEP_ACTS_S for step_s in steps_s
        )
        return not vessel_was_moved and not self.sustained and not explained
