"""What a person, or a recording of one, can tell the monitor.

A command carries the sample index at which it counts; the shell stamps it on a
1 ms grid and records it as an annotation, so that a replay gives it again.
"""

from dataclasses import dataclass

from amr_monitor.model.case import CaseInfo, MarkName, Muscle, Reading, Vessel


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandBase:
    """What every command has.

    Attributes
    ----------
    sample_index : int
        Number of samples received when it was given.
    by : str
        The user; "recording" for a replayed annotation.
    """

    sample_index: int
    by: str = "recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase(CommandBase):
    """Begin a case."""

    case: CaseInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptBaseline(CommandBase):
    """Take the sweeps so far as the reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartBaseline(CommandBase):
    """Throw the reference away and learn anew."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCommand(CommandBase):
    """Mark a moment of the operation, perhaps back-dated."""

    mark: MarkName
    vessel: Vessel | None = None
    text: str = ""
    seconds_ago: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendMark(CommandBase):
    """Move, rename or void a mark. None leaves a field as it is."""

    mark_id: int
    mark: MarkName | None = None
    vessel: Vessel | None = None
    effective_time_s: float | None = None
    void: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetContext(CommandBase):
    """Enter a value from the room."""

    name: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterReading(CommandBase):
    """Keep what a person sees of a muscle beside the monitor's verdict."""

    muscle: Muscle
    reading: Reading
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAlarm(CommandBase):
    """A person has seen the alarm."""

    alarm_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase(CommandBase):
    """End the case and give the outcome."""


Command = (
    OpenCase
    | AcceptBaseline
    | RestartBaseline
    | MarkCommand
    | AmendMark
    | SetContext
    | EnterReading
    | AcknowledgeAlarm
    | CloseCase
)
