"""What disturbs a surgery: faults and confounders, as a scenario describes them.

Those of the stream stand in `stream`. What they do is `faults`' and `interference`'s.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from amr_monitor.model.case import Muscle
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.distributions import Distribution, LogUniform, Uniform, fixed
from amr_monitor.simulation.phases import Timed


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
    """The current is so many times the reference.

    Attributes
    ----------
    factor : Distribution
    told : bool
        False: the stimulator says what it said before, as with a drying electrode.
    """

    kind: ClassVar[str] = "current_changed"
    factor: Distribution = Uniform(low=0.4, high=0.7)
    told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PolarityChanged(Fault):
    """The stimulus is turned over: the artifact with it, M and AMR stay."""

    kind: ClassVar[str] = "polarity_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChanged(Fault):
    """Single stimuli come at another rate."""

    kind: ClassVar[str] = "rate_changed"
    rate_hz: Distribution = Uniform(low=0.5, high=3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulationPaused(Fault):
    """No stimulus is given, and none is marked."""

    kind: ClassVar[str] = "stimulation_paused"
    lasting_s: Distribution | None = Uniform(low=10.0, high=120.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualRelaxant(Fault):
    """The relaxant of the induction wears off: M and AMR rise together.

    Attributes
    ----------
    block : Distribution
        When it begins to wear off.
    recovery_minutes : Distribution
        To no block at all.
    """

    kind: ClassVar[str] = "residual_relaxant"
    block: Distribution = Uniform(low=0.2, high=0.5)
    recovery_minutes: Distribution = Uniform(low=20.0, high=60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bolus(Fault):
    """A bolus of an anaesthetic: the AMR dips for minutes, M stays.

    Attributes
    ----------
    depth : Distribution
        Share that is lost at its deepest.
    onset_minutes, recovery_minutes : Distribution
    """

    kind: ClassVar[str] = "bolus"
    depth: Distribution = Uniform(low=0.2, high=0.6)
    onset_minutes: Distribution = Uniform(low=0.5, high=1.5)
    recovery_minutes: Distribution = Uniform(low=5.0, high=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Irrigation(Fault):
    """Cold saline: cables and fluid move, and the AMR is smaller until it is warm again.

    Attributes
    ----------
    amplitude_uv : Distribution
        RMS of the movement, below 60 Hz, on all channels.
    depth : Distribution
        Share of the AMR that is lost.
    recovery_s : Distribution
    """

    kind: ClassVar[str] = "irrigation"
    lasting_s: Distribution | None = Uniform(low=5.0, high=30.0)
    amplitude_uv: Distribution = LogUniform(low=5.0, high=40.0)
    depth: Distribution = Uniform(low=0.1, high=0.5)
    recovery_s: Distribution = Uniform(low=10.0, high=40.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectrodeDrift(Fault):
    """An electrode dries: noise and hum rise over minutes, signals shrink.

    Attributes
    ----------
    muscle : Muscle
    noise_factor : Distribution
    mains_uv : Distribution
        Added to the hum.
    gain : Distribution
        What is left of all signals.
    over_minutes : Distribution
    """

    kind: ClassVar[str] = "electrode_drift"
    muscle: Muscle = Muscle.ORBICULARIS_OCULI
    noise_factor: Distribution = Uniform(low=1.2, high=2.0)
    mains_uv: Distribution = Uniform(low=0.0, high=20.0)
    gain: Distribution = Uniform(low=0.75, high=1.0)
    over_minutes: Distribution = Uniform(low=20.0, high=60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseChange(Fault):
    """The AMR changes its face: over hours by itself, or in a step at retraction.

    Attributes
    ----------
    amplitude : Distribution
        Times the size that it had.
    latency_ms : Distribution
        Later by so much.
    shape : Distribution
        0: the units keep their proportions; 0.5: each goes its own way by about half.
    over_minutes : Distribution
        0 is a step.
    """

    kind: ClassVar[str] = "response_change"
    amplitude: Distribution = LogUniform(low=0.67, high=1.5)
    latency_ms: Distribution = Uniform(low=-0.7, high=0.7)
    shape: Distribution = Uniform(low=0.0, high=0.3)
    over_minutes: Distribution = fixed(0.0)


CONFOUNDER_KINDS: tuple[type[Fault], ...] = (
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
    PolarityChanged,
    RateChanged,
    StimulationPaused,
    ResidualRelaxant,
    Bolus,
    Irrigation,
    ElectrodeDrift,
    ResponseChange,
)
