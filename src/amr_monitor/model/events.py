"""What the monitor says: frozen, past tense, in the order in which it was known.

The core's events carry sample index and time. `seq`, `case_id`, `utc` and
`origin` are the journal's (`JournalEntry`): they differ between a live case
and its replay, everything else does not.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from amr_monitor.model.case import (
    AmrState,
    Branch,
    CaseMode,
    Certainty,
    IndeterminateClass,
    MarkName,
    Muscle,
    Outcome,
    Phase,
    Reading,
    Reason,
    Side,
    Vessel,
)
from amr_monitor.model.context import BaselineConditions
from amr_monitor.model.event_base import EventBase as EventBase
from amr_monitor.model.shell_events import DiskLow as DiskLow
from amr_monitor.model.shell_events import RecorderFileClosed as RecorderFileClosed
from amr_monitor.model.shell_events import RecorderFileOpened as RecorderFileOpened
from amr_monitor.model.shell_events import RecorderLost as RecorderLost
from amr_monitor.model.shell_events import RecorderRecovered as RecorderRecovered
from amr_monitor.model.shell_events import RecorderStalled as RecorderStalled
from amr_monitor.model.shell_events import ShellEventBase as ShellEventBase
from amr_monitor.model.shell_events import SourceRecovered as SourceRecovered
from amr_monitor.model.shell_events import SourceStalled as SourceStalled
from amr_monitor.model.shell_events import SourceWarned as SourceWarned
from amr_monitor.model.shell_events import SourceWentLost as SourceWentLost
from amr_monitor.model.source import Origin
from amr_monitor.model.stimulation import StimulusClass


class AlarmPriority(StrEnum):
    """After IEC 60601-1-8, as far as decision support goes."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(EventBase):
    """A case began."""

    type: ClassVar[str] = "case_opened"
    pseudonym: str
    side: Side | None
    branch: Branch
    mode: CaseMode
    muscles: tuple[Muscle, ...]
    lead: Muscle | None
    sampling_rate_hz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineProgress(EventBase):
    """Ten more valid sweeps are in, or the baseline could now be accepted."""

    type: ClassVar[str] = "baseline_progress"
    valid_sweeps: int
    needed_sweeps: int
    acceptable: bool
    hints: tuple[str, ...]
    conditions: BaselineConditions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MuscleBaseline:
    """What the accepted baseline holds for one muscle."""

    muscle: Muscle
    elicited: bool
    monitorable: bool
    amplitude_uv: float
    onset_latency_ms: float | None
    noise_rms_uv: float
    snr: float
    response_rate: float
    longest_silent_run: int
    expected_sweeps_to_decision: int | None
    sweeps_to_sustain: int
    m_wave_uv: float
    artifact_uv: float
    proof_of_life: str
    hints: tuple[str, ...]
    onset_latency_sd_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineAccepted(EventBase):
    """The reference of the case, or of a new epoch, stands."""

    type: ClassVar[str] = "baseline_accepted"
    epoch: int
    valid_sweeps: int
    reference_current_ma: float | None
    by: str
    lead: Muscle | None
    basis: str
    muscles: tuple[MuscleBaseline, ...]
    hints: tuple[str, ...] = ()
    conditions: BaselineConditions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRestarted(EventBase):
    """The baseline is learnt anew."""

    type: ClassVar[str] = "baseline_restarted"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What stands behind a change of state; rounded after the decision."""

    probability_present: float | None
    log_odds_absent: float | None
    valid_sweeps: int
    amplitude_uv: float | None
    amplitude_upper_bound_uv: float | None
    amplitude_percent_of_baseline: float | None
    onset_latency_ms: float | None
    m_wave_percent_of_baseline: float | None
    accepted_of_last_10: int
    reasons: tuple[Reason, ...]
    seen_of_last_10: int = 0
    onset_latency_sd_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterMark:
    """The mark before a loss and the seconds from it to the last response."""

    mark: MarkName
    vessel: Vessel | None
    seconds: float
    within_tolerance: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AmrStateChanged(EventBase):
    """One muscle's state changed, with how much certainty."""

    type: ClassVar[str] = "amr_state_changed"
    muscle: Muscle
    from_state: AmrState = field(metadata={"json": "from"})
    to_state: AmrState = field(metadata={"json": "to"})
    certainty: Certainty
    evidence: Evidence
    after_mark: AfterMark | None
    provisional_outcome: Outcome | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndeterminateStarted(EventBase):
    """From here on the monitor cannot know; `note` is what the room knows of it."""

    type: ClassVar[str] = "indeterminate_started"
    muscle: Muscle
    indeterminate_class: IndeterminateClass = field(metadata={"json": "class"})
    reasons: tuple[Reason, ...]
    last_state: AmrState
    last_state_age_s: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndeterminateEnded(EventBase):
    """Sweeps count again; fresh evidence is being gathered."""

    type: ClassVar[str] = "indeterminate_ended"
    muscle: Muscle
    indeterminate_class: IndeterminateClass = field(metadata={"json": "class"})
    reasons: tuple[Reason, ...]
    last_state: AmrState
    last_state_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAtHigherCurrent(EventBase):
    """After a loss, a challenge with more current brought a response."""

    type: ClassVar[str] = "response_at_higher_current"
    muscle: Muscle
    current_ma: float
    reference_current_ma: float
    seen_of_last_10: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochStarted(EventBase):
    """Conditions changed so that a new baseline is needed."""

    type: ClassVar[str] = "epoch_started"
    epoch: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulationChanged(EventBase):
    """Current, class or rate of the stimuli changed, or may have."""

    type: ClassVar[str] = "stimulation_changed"
    stimulus_class: StimulusClass
    current_ma: float | None
    previous_current_ma: float | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseMarked(EventBase):
    """The operator marked something."""

    type: ClassVar[str] = "phase_marked"
    mark_id: int
    mark: MarkName
    vessel: Vessel | None
    text: str
    effective_time_s: float
    by: str
    phase: Phase
    provisional_outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAmended(EventBase):
    """A mark was moved, renamed or voided; the first one stays in the journal."""

    type: ClassVar[str] = "mark_amended"
    mark_id: int
    mark: MarkName
    vessel: Vessel | None
    effective_time_s: float
    voided: bool
    reason: str
    by: str
    provisional_outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingEntered(EventBase):
    """What a person sees, kept beside what the monitor says; it changes no verdict.

    `monitor_reading` is the monitor's verdict in the words of a reading; None where it
    has none (no baseline, or no response at baseline) or where it is withheld.
    """

    type: ClassVar[str] = "reading_entered"
    muscle: Muscle
    reading: Reading
    monitor_reading: Reading | None
    monitor_state: AmrState | None
    monitor_words: str
    text: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextChanged(EventBase):
    """A value from the room: MAC, TOF, temperature, ..."""

    type: ClassVar[str] = "context_changed"
    name: str
    value: str
    unit: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised(EventBase):
    """Something technical needs a person."""

    type: ClassVar[str] = "alarm_raised"
    alarm_id: str
    priority: AlarmPriority
    latched: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAcknowledged(EventBase):
    """A person has seen the alarm."""

    type: ClassVar[str] = "alarm_acknowledged"
    alarm_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEnded(EventBase):
    """The condition behind the alarm is over."""

    type: ClassVar[str] = "alarm_ended"
    alarm_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapReceived(EventBase):
    """Samples are missing here."""

    type: ClassVar[str] = "gap"
    missing_s: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorFailed(EventBase):
    """The core hit a fault; recording goes on, verdicts do not."""

    type: ClassVar[str] = "monitor_failed"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MuscleOutcome:
    """How one muscle ended."""

    muscle: Muscle
    state: AmrState
    certainty: Certainty
    outcome: Outcome
    block_valid_sweeps: int
    block_responses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(EventBase):
    """The verdict on the case."""

    type: ClassVar[str] = "case_closed"
    outcome: Outcome
    tags: tuple[str, ...]
    basis: str
    phase_known: bool
    residual_mentalis: bool
    after_mark: AfterMark | None
    muscles: tuple[MuscleOutcome, ...]
    counts: dict[str, int]
    by: str


Event = (
    CaseOpened
    | BaselineProgress
    | BaselineAccepted
    | BaselineRestarted
    | AmrStateChanged
    | IndeterminateStarted
    | IndeterminateEnded
    | ResponseAtHigherCurrent
    | EpochStarted
    | StimulationChanged
    | PhaseMarked
    | MarkAmended
    | ReadingEntered
    | ContextChanged
    | AlarmRaised
    | AlarmAcknowledged
    | AlarmEnded
    | GapReceived
    | MonitorFailed
    | CaseClosed
    | SourceStalled
    | SourceWentLost
    | SourceRecovered
    | SourceWarned
    | RecorderFileOpened
    | RecorderFileClosed
    | RecorderStalled
    | RecorderRecovered
    | RecorderLost
    | DiskLow
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """An event with its place in the case.

    Attributes
    ----------
    seq : int
        1, 2, 3 ... in the case, without holes.
    case_id : str
    utc : datetime or None
        Start of the recording plus `time_s`; None where it has no date.
    origin : Origin
    event : Event
    """

    seq: int
    case_id: str
    utc: datetime | None
    origin: Origin
    event: Event
