"""The phases of a simulated surgery, and moments relative to them."""

from dataclasses import dataclass
from enum import StrEnum

from amr_monitor.simulation.distributions import Distribution, Uniform, fixed


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
