"""What a muscle has to tell after a sweep, and what it went through."""

from dataclasses import dataclass

from amr_monitor.model.case import AmrState, Certainty
from amr_monitor.monitor.indeterminate import Indeterminate


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


@dataclass(frozen=True, slots=True, kw_only=True)
class HigherCurrentResponse:
    """A challenge after a loss brought a response."""

    current_ma: float
    seen_of_last_10: int


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
