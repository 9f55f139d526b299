"""What every event has, whoever tells it."""

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBase:
    """What every event has.

    Attributes
    ----------
    sample_index : int
        Number of received samples; of an event that a sweep causes, its
        stimulus.
    time_s : float
        On the recording's axis.
    """

    type: ClassVar[str]
    scope: ClassVar[Literal["core", "shell"]] = "core"
    sample_index: int
    time_s: float
