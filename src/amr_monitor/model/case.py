"""The case: anatomy, phases, states, marks and outcome, as words."""

from dataclasses import dataclass
from enum import StrEnum


class Muscle(StrEnum):
    """A recorded facial muscle."""

    ORBICULARIS_OCULI = "orbicularis_oculi"
    FRONTALIS = "frontalis"
    MENTALIS = "mentalis"


class Side(StrEnum):
    """Side of the spasm, of the electrodes and of the stimulation."""

    LEFT = "left"
    RIGHT = "right"


class Branch(StrEnum):
    """The branch of the facial nerve that is stimulated."""

    MARGINAL_MANDIBULAR = "marginal_mandibular"
    ZYGOMATIC = "zygomatic"
    TEMPORAL = "temporal"


LEAD_MUSCLES: dict[Branch, tuple[Muscle, ...]] = {
    Branch.MARGINAL_MANDIBULAR: (Muscle.ORBICULARIS_OCULI, Muscle.FRONTALIS),
    Branch.ZYGOMATIC: (Muscle.MENTALIS,),
    Branch.TEMPORAL: (Muscle.MENTALIS,),
}
"""Muscles outside the stimulated branch, most trusted first: they decide."""

DIRECT_MUSCLE: dict[Branch, Muscle] = {
    Branch.MARGINAL_MANDIBULAR: Muscle.MENTALIS,
    Branch.ZYGOMATIC: Muscle.ORBICULARIS_OCULI,
    Branch.TEMPORAL: Muscle.FRONTALIS,
}
"""The muscle of the stimulated branch: its M wave proves the delivery."""


class AmrState(StrEnum):
    """What is held to be true of the response in one muscle."""

    LEARNING = "learning"
    NOT_ELICITED = "not_elicited"
    PRESENT = "present"
    ATTENUATED = "attenuated"
    DISAPPEARED = "disappeared"
    REAPPEARED = "reappeared"
    PERSISTENT = "persistent"


class Certainty(StrEnum):
    """How far a change of state is backed by evidence."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    SUSTAINED = "sustained"


class Outcome(StrEnum):
    """The verdict on a whole case."""

    NOT_ELICITED = "not_elicited"
    INDETERMINATE = "indeterminate"
    PERSISTENT = "persistent"
    DISAPPEARED = "disappeared"
    DISAPPEARED_BEFORE_DECOMPRESSION = "disappeared_before_decompression"


class Reading(StrEnum):
    """What a person sees of the response, or the monitor's verdict in the same words."""

    PRESENT = "present"
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"


class IndeterminateClass(StrEnum):
    """Why the monitor cannot know: it decides colour and sound."""

    INTERFERENCE = "interference"
    TECHNICAL = "technical"
    PHYSIOLOGICAL = "physiological"


class Reason(StrEnum):
    """Why a sweep is no evidence, or a verdict is withheld."""

    # of one sweep
    SATURATED = "saturated"
    FLAT = "flat"
    NOISY = "noisy"
    QUIET = "quiet"
    MAINS = "mains"
    EMG_ACTIVITY = "emg_activity"
    ARTIFACT_MISSING = "artifact_missing"
    M_WAVE_MISSING = "m_wave_missing"
    NOT_A_NUMBER = "not_a_number"
    OTHER_STIMULUS = "other_stimulus"
    AFTER_TETANUS = "after_tetanus"
    INTERFERENCE = "interference"
    RECOVERY = "recovery"
    # of a stretch of sweeps
    SWEEPS_REJECTED = "sweeps_rejected"
    M_WAVE_LOW = "m_wave_low"
    LEAD_CHANNEL_UNPROVEN = "lead_channel_unproven"
    LEAD_CHANNEL_CHANGED = "lead_channel_changed"
    BELOW_REFERENCE = "below_reference"
    CURRENT_UNKNOWN = "current_unknown"
    STIMULUS_FAILED = "stimulus_failed"
    STIMULATION_SILENT = "stimulation_silent"
    SLOW_FALL = "slow_fall"
    RELAXANT = "relaxant"
    EVIDENCE_LIMITED = "evidence_limited"
    EVIDENCE_STALE = "evidence_stale"
    NOT_MONITORABLE = "not_monitorable"
    CHALLENGE = "challenge"


class MarkName(StrEnum):
    """What an operator can mark."""

    INCISION = "incision"
    DURA_OPENED = "dura_opened"
    CSF_DRAINED = "csf_drained"
    DECOMPRESSION_STARTED = "decompression_started"
    VESSEL_MOVED = "vessel_moved"
    DECOMPRESSION_COMPLETE = "decompression_complete"
    RE_EXPLORATION = "re_exploration"
    DURA_CLOSED = "dura_closed"
    RELAXANT_GIVEN = "relaxant_given"
    ANAESTHESIA_CHANGED = "anaesthesia_changed"
    IRRIGATION = "irrigation"
    STIMULATION_PAUSED = "stimulation_paused"
    HANDOVER = "handover"
    NOTE = "note"


class Vessel(StrEnum):
    """The vessel that was moved off the nerve."""

    AICA = "AICA"
    PICA = "PICA"
    VA = "VA"
    AICA_PICA = "AICA+PICA"
    AICA_VA = "AICA+VA"
    PICA_VA = "PICA+VA"
    AICA_PICA_VA = "AICA+PICA+VA"
    VEIN = "vein"
    OTHER = "other"


class Phase(StrEnum):
    """The stretch of the operation that the marks put the case in."""

    BEFORE_DURA = "before_dura"
    DURA_OPEN = "dura_open"
    DECOMPRESSION = "decompression"
    DECOMPRESSED = "decompressed"
    CLOSING = "closing"


class CaseMode(StrEnum):
    """Live shows verdicts; shadow hides them until the case is closed."""

    LIVE = "live"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInfo:
    """What is known of the case when it is opened. No names, ever.

    Attributes
    ----------
    pseudonym : str
        The hospital's own key; never a name.
    side : Side or None
        None where the recording does not say and need not.
    branch : Branch
        The stimulated branch.
    mode : CaseMode
        Live or shadow.
    """

    pseudonym: str = ""
    side: Side | None = None
    branch: Branch = Branch.MARGINAL_MANDIBULAR
    mode: CaseMode = CaseMode.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One mark as it stands after all amendments.

    Attributes
    ----------
    mark_id : int
        1, 2, 3 ... in the order in which marks were made.
    name : MarkName
    vessel : Vessel or None
        Only of `vessel_moved`.
    text : str
        Free text of a note.
    sample_index : int
        Where the command arrived.
    effective_time_s : float
        Where it counts, after back-dating and amendments.
    voided : bool
        A voided mark stays in the journal and counts for nothing.
    """

    mark_id: int
    name: MarkName
    vessel: Vessel | None = None
    text: str = ""
    sample_index: int
    effective_time_s: float
    voided: bool = False
