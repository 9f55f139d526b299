"""How samples and markers travel: settings and faults of a live stream.

A file, too, shows those of them that a file can show (docs/simulator.md).
What they come to in one surgery is `transport.Transport`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from amr_monitor.model.case import Muscle
from amr_monitor.simulation.confounders import Fault
from amr_monitor.simulation.distributions import Distribution, LogUniform, Uniform, fixed

USUAL_CHUNK_MS = 2.0
SLOW_CHUNK_MS = 10.0
FAST_RATE_HZ = 10_000.0
"""Amplifiers from this sampling rate on send every 2 ms, slower ones every 10 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """The live stream as the amplifier sends it, where nothing goes wrong.

    Attributes
    ----------
    trigger_channel : bool
        Stimuli have a trigger on the amplifier's clock; False: markers alone.
    counter_channel : bool
        The device counts its samples in a channel, also those that are lost.
    chunk_samples : Distribution or None
        Of one push; None: 2 ms from 10 kHz on, 10 ms below.
    clock_drift_ppm : Distribution
        By how much the amplifier's clock is faster than that of LSL.
    """

    trigger_channel: bool = True
    counter_channel: bool = False
    chunk_samples: Distribution | None = None
    clock_drift_ppm: Distribution = fixed(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OddChunks(Fault):
    """Chunks of any size, each another."""

    kind: ClassVar[str] = "odd_chunks"
    samples: Distribution = LogUniform(low=1.0, high=10_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LostSamples(Fault):
    """Samples that never arrive; those after them carry their true time.

    Attributes
    ----------
    share : Distribution
        Of all samples.
    lost_ms : Distribution
        How much is lost at once.
    """

    kind: ClassVar[str] = "lost_samples"
    share: Distribution = fixed(0.01)
    lost_ms: Distribution = LogUniform(low=2.0, high=200.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall(Fault):
    """Nothing comes, then everything that was held comes at once: nothing is lost."""

    kind: ClassVar[str] = "stall"
    lasting_s: Distribution | None = Uniform(low=1.0, high=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnect(Fault):
    """Both streams go away and come back; what lies between is lost.

    Attributes
    ----------
    new_source_id : bool
        They come back as other streams of the same name.
    missing : Muscle or None
        Its channel does not come back.
    rate_hz : float
        Sampling rate after the return; 0 as before.
    """

    kind: ClassVar[str] = "disconnect"
    lasting_s: Distribution | None = Uniform(low=3.0, high=10.0)
    new_source_id: bool = False
    missing: Muscle | None = None
    rate_hz: float = 0.0


class JumpingClock(StrEnum):
    """Whose time stamps a clock jump moves."""

    BOTH = "both"
    EMG = "emg"
    MARKERS = "markers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJump(Fault):
    """From one moment on all stamps are later by `jump_s`; no sample is lost."""

    kind: ClassVar[str] = "clock_jump"
    jump_s: Distribution = fixed(5.0)
    clock: JumpingClock = JumpingClock.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidSamples(Fault):
    """Not a number, where samples should be.

    Attributes
    ----------
    muscle : Muscle or None
        None: every muscle.
    """

    kind: ClassVar[str] = "invalid_samples"
    lasting_s: Distribution | None = LogUniform(low=0.02, high=5.0)
    muscle: Muscle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerFaults(Fault):
    """Markers of stimuli late, missing, doubled or of the wrong words.

    Attributes
    ----------
    late_ms, late_sd_ms : Distribution
        Mean and standard deviation of how late markers are stamped and sent;
        never before the stimulus, never more than 20 ms after it.
    missing_probability, doubled_probability, wrong_probability : Distribution
        Of each marker. A wrong one names another class or another current.
    trigger : bool
        The trigger channel misses and doubles the same stimuli.
    """

    kind: ClassVar[str] = "marker_faults"
    late_ms: Distribution = Uniform(low=0.0, high=20.0)
    late_sd_ms: Distribution = fixed(3.0)
    missing_probability: Distribution = fixed(0.0)
    doubled_probability: Distribution = fixed(0.0)
    wrong_probability: Distribution = fixed(0.0)
    trigger: bool = False


STREAM_FAULTS: tuple[type[Fault], ...] = (
    OddChunks,
    LostSamples,
    Stall,
    Disconnect,
    ClockJump,
    InvalidSamples,
    MarkerFaults,
)
