"""What happens in a simulated surgery: timeline, trajectories, faults.

A scenario holds ranges, not values; `surgery.Surgery` draws from them with its
seed. The TOML form is read by `scenario_file`.
"""

# ruff: noqa: RUF009 -- the defaults that are made here are frozen themselves

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from amr_monitor.model.case import Branch, Muscle, Side, Vessel
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.distributions import Distribution, LogUniform, Uniform, fixed
from amr_monitor.simulation.patient import PatientRanges


class PhaseName(StrEnum):
    """The stretches of a surgery; each but the first begins with the mark of its name."""

    BEFORE_DURA = "before_dura"
    DURA_OPENED = "dura_opened"
    CSF_DRAINED = "csf_drained"
    DECOMPRESSION_STARTED = "decompression_started"
    VESSEL_MOVED = "vessel_moved"
    DECOMPRESSION_COMPLETE = "decompression_complete"
    DURA_CLOSED = "dura_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSpan:
    """How long one phase takes.

    Attributes
    ----------
    minutes : Distribution
        In an operating room.
    least_s : float
        It is never shortened below this: what a monitor needs of it.
    """

    minutes: Distribution
    least_s: float


DEFAULT_PHASES: dict[PhaseName, PhaseSpan] = {
    PhaseName.BEFORE_DURA: PhaseSpan(minutes=Uniform(low=60.0, high=75.0), least_s=67.0),
    PhaseName.DURA_OPENED: PhaseSpan(minutes=Uniform(low=2.0, high=5.0), least_s=8.0),
    PhaseName.CSF_DRAINED: PhaseSpan(minutes=Uniform(low=8.0, high=20.0), least_s=7.0),
    PhaseName.DECOMPRESSION_STARTED: PhaseSpan(minutes=Uniform(low=5.0, high=15.0), least_s=8.0),
    PhaseName.VESSEL_MOVED: PhaseSpan(minutes=Uniform(low=8.0, high=20.0), least_s=14.0),
    PhaseName.DECOMPRESSION_COMPLETE: PhaseSpan(minutes=Uniform(low=15.0, high=30.0), least_s=72.0),
    PhaseName.DURA_CLOSED: PhaseSpan(minutes=Uniform(low=4.0, high=8.0), least_s=4.0),
}
"""Dura opened at 60-75 min, decompression at 75-110, closure from 120 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Something with a moment: after the beginning of a phase.

    Attributes
    ----------
    after : PhaseName
    seconds : Distribution
        From the beginning of the phase; never shortened.
    fraction : Distribution
        Of the phase's length, added to `seconds`.
    """

    after: PhaseName = PhaseName.BEFORE_DURA
    seconds: Distribution = fixed(0.0)
    fraction: Distribution = fixed(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GainStep(Timed):
    """The AMR goes to another size.

    Attributes
    ----------
    gain : Distribution
        Relative to the baseline: 0 is lost, 1 as at first.
    over_minutes : Distribution
        How long the way there takes.
    over_least_s : float
        It is never shortened below this.
    """

    gain: Distribution
    over_minutes: Distribution = fixed(0.0)
    over_least_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """The AMR of one muscle through the surgery.

    Attributes
    ----------
    muscle : Muscle
    elicited : bool
        False: there never is one.
    steps : tuple of GainStep
    """

    muscle: Muscle
    elicited: bool = True
    steps: tuple[GainStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledMark(Timed):
    """A mark that no phase begins with, in the words of a recording."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkHabits:
    """How well the operator marks; perfectly, unless the scenario says otherwise.

    Attributes
    ----------
    lag_median_s, lag_95_s : float
        The lag of a mark is log-normal (5 and 40 s in a busy room).
    missing_probability : float
        0.07 in a busy room.
    wrong_vessel_probability : float
        0.02 in a busy room.
    """

    lag_median_s: float = 0.0
    lag_95_s: float = 0.0
    missing_probability: float = 0.0
    wrong_vessel_probability: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulation:
    """The stimulator and its habits.

    Attributes
    ----------
    rate_hz : float
        0.5-3; never changed by shortening a surgery.
    current_ma : Distribution
        The reference current.
    jitter_ms : Distribution
        Standard deviation of the interval.
    alternate_polarity : bool
        Every other pulse is turned over.
    first_burst_minutes, burst_every_minutes : float
        Before the dura is opened, bursts; afterwards, without pause. Where a
        shortened surgery leaves no room between bursts, without pause at once.
    burst_stimuli : int
    """

    rate_hz: float = 1.0
    current_ma: Distribution = Uniform(low=5.0, high=20.0)
    jitter_ms: Distribution = Uniform(low=0.02, high=0.3)
    alternate_polarity: bool = False
    first_burst_minutes: float = 20.0
    burst_every_minutes: float = 5.0
    burst_stimuli: int = 20

    def __post_init__(self) -> None:
        if not 0.5 <= self.rate_hz <= 3.0:
            raise ValueError(f"rate_hz is 0.5 to 3, not {self.rate_hz}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Timed):
    """Something that disturbs, with a beginning and an end.

    Attributes
    ----------
    lasting_s : Distribution or None
        None: to the end of the surgery.
    times : int
        How often it comes.
    every_s : Distribution
        From one beginning to the next.
    mark : str
        What the operator marks when it begins; "" for nothing.
    """

    kind: ClassVar[str]
    lasting_s: Distribution | None = None
    times: int = 1
    every_s: Distribution = fixed(60.0)
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulusLost(Fault):
    """Markers go on, the current does not reach the nerve.

    Attributes
    ----------
    artifact_fraction : Distribution
        What is left of the artifact: 0 where no current flows at all.
    """

    kind: ClassVar[str] = "stimulus_lost"
    artifact_fraction: Distribution = fixed(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedPulses(Fault):
    """Single pulses are marked and not delivered."""

    kind: ClassVar[str] = "missed_pulses"
    probability: Distribution = Uniform(low=0.02, high=0.2)


class ElectrodeForm(StrEnum):
    """What a channel shows once its electrode is off."""

    QUIET = "quiet"
    FLAT = "flat"
    MAINS = "mains"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadElectrodeOff(Fault):
    """The recording electrode of a muscle loses the skin.

    Attributes
    ----------
    muscle : Muscle
    form : ElectrodeForm
        quiet: plausible noise, the worst case, since only the artifact tells;
        flat: nothing; mains: 20 times the hum.
    artifact_fraction : Distribution
        What is left of, or added to, the artifact.
    """

    kind: ClassVar[str] = "lead_electrode_off"
    muscle: Muscle = Muscle.ORBICULARIS_OCULI
    form: ElectrodeForm = ElectrodeForm.QUIET
    artifact_fraction: Distribution = LogUniform(low=0.05, high=0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectrodePop(Fault):
    """A step of one electrode that decays."""

    kind: ClassVar[str] = "electrode_pop"
    muscle: Muscle = Muscle.ORBICULARIS_OCULI
    amplitude_uv: Distribution = LogUniform(low=300.0, high=3000.0)
    decay_ms: Distribution = Uniform(low=20.0, high=200.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cautery(Fault):
    """All channels at the rail, then recovery."""

    kind: ClassVar[str] = "cautery"
    lasting_s: Distribution | None = Uniform(low=0.5, high=20.0)
    recovery_s: Distribution = Uniform(low=0.5, high=3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill(Fault):
    """Drill or aspirator: amplitude-modulated lines on all channels."""

    kind: ClassVar[str] = "drill"
    lasting_s: Distribution | None = Uniform(low=5.0, high=60.0)
    amplitude_uv: Distribution = LogUniform(low=10.0, high=200.0)
    frequency_hz: Distribution = LogUniform(low=200.0, high=2000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MainsRise(Fault):
    """The hum rises by so many microvolts on all channels."""

    kind: ClassVar[str] = "mains"
    amplitude_uv: Distribution = Uniform(low=20.0, high=60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neurotonic(Fault):
    """Bursts of motor unit potentials that no stimulus causes.

    Attributes
    ----------
    muscle : Muscle or None
        None: every muscle, each with its own trains.
    """

    kind: ClassVar[str] = "neurotonic"
    lasting_s: Distribution | None = Uniform(low=0.5, high=30.0)
    muscle: Muscle | None = None
    amplitude_uv: Distribution = LogUniform(low=20.0, high=500.0)
    firing_hz: Distribution = Uniform(low=30.0, high=150.0)
    burst_ms: Distribution = Uniform(low=50.0, high=300.0)
    pause_ms: Distribution = LogUniform(low=50.0, high=1500.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxant(Fault):
    """M and AMR fall together and come back slowly."""

    kind: ClassVar[str] = "relaxant"
    block: Distribution = Uniform(low=0.4, high=0.95)
    onset_minutes: Distribution = Uniform(low=3.0, high=4.0)
    recovery_minutes: Distribution = fixed(20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anaesthesia(Fault):
    """The AMR falls to 0.57 for each MAC, M stays.

    Attributes
    ----------
    mac : Distribution
        Minimum alveolar concentration reached.
    time_constant_minutes : Distribution
    """

    kind: ClassVar[str] = "slow_anaesthesia"
    mac: Distribution = Uniform(low=0.8, high=1.5)
    time_constant_minutes: Distribution = fixed(10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignStimuli(Fault):
    """Stimuli of another modality on the same trigger.

    Attributes
    ----------
    stimulus_class : StimulusClass
        `baep_click`: clicks, no response; `zlr`: single pulses on the vessel
        wall with an early response; `mep`: short trains with large ones.
    rate_hz : Distribution
        Of clicks, pulses or trains.
    """

    kind: ClassVar[str] = "foreign_stimuli"
    stimulus_class: StimulusClass = StimulusClass.BAEP_CLICK
    rate_hz: Distribution = fixed(11.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tetanus(Fault):
    """A train at 50 Hz through the same electrode."""

    kind: ClassVar[str] = "tetanus"
    lasting_s: Distribution | None = Uniform(low=1.0, high=3.0)
    rate_hz: Distribution = fixed(50.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentChanged(Fault):
    """The current is set to so many times the reference."""

    kind: ClassVar[str] = "current_changed"
    factor: Distribution = Uniform(low=0.4, high=0.7)


FAULTS: dict[str, type[Fault]] = {
    fault.kind: fault
    for fault in (
        StimulusLost,
        MissedPulses,
        LeadElectrodeOff,
        ElectrodePop,
        Cautery,
        Drill,
        MainsRise,
        Neurotonic,
        Relaxant,
        Anaesthesia,
        ForeignStimuli,
        Tetanus,
        CurrentChanged,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One surgery, before anything is drawn.

    Attributes
    ----------
    name : str
    description : str
        One sentence: what it is for.
    side : Side
    branch : Branch
        The stimulated branch.
    vessel : Vessel
        The one that is moved.
    muscles : tuple of Muscle
        Recorded, in the order of the channels.
    rail_uv : float
        Where the amplifier clips: by default 16 bits of 0.1 uV.
    stimulation : Stimulation
    patient : PatientRanges
    phases : dict of PhaseName to PhaseSpan
    marks : tuple of ScheduledMark
    mark_habits : MarkHabits
    trajectories : tuple of Trajectory
        A muscle without one follows the first.
    faults : tuple of Fault
    """

    name: str
    description: str
    side: Side = Side.LEFT
    branch: Branch = Branch.MARGINAL_MANDIBULAR
    vessel: Vessel = Vessel.AICA
    muscles: tuple[Muscle, ...] = (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    rail_uv: float = 3276.7
    stimulation: Stimulation = Stimulation()
    patient: PatientRanges = PatientRanges()
    phases: dict[PhaseName, PhaseSpan] = field(default_factory=lambda: dict(DEFAULT_PHASES))
    marks: tuple[ScheduledMark, ...] = ()
    mark_habits: MarkHabits = MarkHabits()
    trajectories: tuple[Trajectory, ...] = ()
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.muscles)) != len(self.muscles) or not self.muscles:
            raise ValueError("muscles names each recorded muscle once")
        if not 100.0 <= self.rail_uv <= 100_000.0:
            raise ValueError(f"rail_uv is 100 to 100000, not {self.rail_uv:g}")

    def trajectory(self, muscle: Muscle) -> Trajectory:
        """Return the trajectory of `muscle`, or that which it follows."""
        own = [item for item in self.trajectories if item.muscle is muscle]
        return (own or [*self.trajectories, Trajectory(muscle=muscle)])[0]
