"""The state of a case as it is shown, decided by the server and painted by screens."""

from dataclasses import dataclass
from enum import StrEnum

from amr_monitor.model.case import CaseInfo, Mark, Muscle, Outcome, Phase
from amr_monitor.model.context import BaselineConditions, ContextValue
from amr_monitor.model.events import AlarmPriority, MuscleBaseline
from amr_monitor.model.finding import MuscleStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmStatus:
    """An alarm that stands."""

    alarm_id: str
    priority: AlarmPriority
    latched: bool
    acknowledged: bool
    message: str
    since_time_s: float


class Delivery(StrEnum):
    """How a live source delivers."""

    LIVE = "live"
    STALLED = "stalled"
    LOST = "lost"


class RecordingState(StrEnum):
    """Whether samples are kept."""

    RECORDING = "recording"
    WAITING = "waiting"
    LOSING = "losing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStatus:
    """How the recording of the samples is.

    Attributes
    ----------
    state : RecordingState
        Waiting: the disk does not take them, and they wait in memory. Losing:
        memory is full.
    waiting_s : float
        Seconds of samples in memory.
    disk_hours_left : float or None
        How long the disk has room for this recording; None where it is not known.
    """

    state: RecordingState
    waiting_s: float
    disk_hours_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineStatus:
    """How far the reference is."""

    epoch: int
    accepted: bool
    acceptable: bool
    valid_sweeps: int
    needed_sweeps: int
    reference_current_ma: float | None
    hints: tuple[str, ...]
    muscles: tuple[MuscleBaseline, ...]
    conditions: BaselineConditions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStatus:
    """Everything a screen needs that no single event tells.

    Attributes
    ----------
    is_open : bool
    case : CaseInfo or None
        None before a case is opened.
    lead : Muscle or None
    phase : Phase
    time_s : float
        Of the newest sample.
    sample_index : int
    provisional_outcome : Outcome or None
    baseline : BaselineStatus
    muscles : tuple of MuscleStatus
        In row order of the montage.
    marks : tuple of Mark
    alarms : tuple of AlarmStatus
    counts : dict of str to int
        `stimuli`, `sweeps`, `valid`, `rejected`, `incomplete`, ...
    failed : bool
        The core hit a fault.
    context : tuple of ContextValue
        The newest value of each name that was told.
    """

    is_open: bool
    case: CaseInfo | None
    lead: Muscle | None
    phase: Phase
    time_s: float
    sample_index: int
    provisional_outcome: Outcome | None
    baseline: BaselineStatus
    muscles: tuple[MuscleStatus, ...]
    marks: tuple[Mark, ...]
    alarms: tuple[AlarmStatus, ...]
    counts: dict[str, int]
    failed: bool
    context: tuple[ContextValue, ...] = ()
