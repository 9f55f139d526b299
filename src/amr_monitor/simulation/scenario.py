"""What happens in a simulated surgery: timeline, trajectories, faults.

A scenario holds ranges, not values; `surgery.Surgery` draws from them with its
seed. The TOML form is read by `scenario_file`.
"""

# ruff: noqa: RUF009 -- the defaults that are made here are frozen themselves

from dataclasses import dataclass, field, replace

from amr_monitor.model.case import Branch, Muscle, Side, Vessel
from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation.confounders import Fault
from amr_monitor.simulation.distributions import Distribution, Uniform, fixed
from amr_monitor.simulation.patient import PatientRanges
from amr_monitor.simulation.phases import DEFAULT_PHASES, PhaseName, PhaseSpan, Timed
from amr_monitor.simulation.stream import StreamSettings

COUNTED_PHASES = {PhaseName.BEFORE_DURA: 0.0, PhaseName.DECOMPRESSION_COMPLETE: 57.0}
"""They must hold 60 stimuli: for the baseline, and for the verdict, which at any rate of
the stimuli needs so many seconds too."""


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
    stream : StreamSettings
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
    stream: StreamSettings = StreamSettings()

    def __post_init__(self) -> None:
        if len(set(self.muscles)) != len(self.muscles) or not self.muscles:
            raise ValueError("muscles names each recorded muscle once")
        if not 100.0 <= self.rail_uv <= 100_000.0:
            raise ValueError(f"rail_uv is 100 to 100000, not {self.rail_uv:g}")

    def trajectory(self, muscle: Muscle) -> Trajectory:
        """Return the trajectory of `muscle`, or that which it follows."""
        own = [item for item in self.trajectories if item.muscle is muscle]
        return (own or [*self.trajectories, Trajectory(muscle=muscle)])[0]

    def stimulated_at(self, rate_hz: float) -> "Scenario":
        """Return the scenario with another rate of stimuli.

        Phases whose shortest length is there for the stimuli of a baseline or
        of a verdict may be shorter where stimuli come faster.

        Raises
        ------
        ConfigError
            The rate is not 0.5 to 3 Hz.
        """
        try:
            stimulation = replace(self.stimulation, rate_hz=rate_hz)
        except ValueError as error:
            raise ConfigError(f"stimulus rate: {error}") from error
        faster = max(rate_hz / self.stimulation.rate_hz, 1.0)
        phases = {
            phase: replace(span, least_s=max(span.least_s / faster, COUNTED_PHASES[phase]))
            if phase in COUNTED_PHASES
            else span
            for phase, span in self.phases.items()
        }
        return replace(self, stimulation=stimulation, phases=phases)
