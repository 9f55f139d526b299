"""Stimuli and what is known of them."""

from dataclasses import dataclass
from enum import StrEnum


class StimulusClass(StrEnum):
    """What a stimulus is for; only `amr` is evidence."""

    AMR = "amr"
    ZLR = "zlr"
    NERVE_MAPPING = "nerve_mapping"
    BAEP_CLICK = "baep_click"
    MEP = "mep"
    SEP = "sep"
    TETANUS = "tetanus"
    OTHER = "other"


class TriggerQuality(StrEnum):
    """How a stimulus is tied to the samples, best first."""

    SAMPLE_LOCKED = "sample-locked"
    STREAM_SYNCED = "stream-synced"
    SWEEP_LOCKED = "sweep-locked"
    SOFTWARE = "software"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus:
    """One stimulus, placed on the samples.

    Attributes
    ----------
    sample_index : int
        The sample at or before the onset.
    fraction : float
        From that sample to the onset, in samples, 0 <= fraction < 1.
    stimulus_class : StimulusClass or None
        As told by marker or trigger code; None leaves it to the rate.
    current_ma : float or None
        None where nobody says.
    polarity : int
        +1 or -1, 0 where nobody says.
    """

    sample_index: int
    fraction: float = 0.0
    stimulus_class: StimulusClass | None = None
    current_ma: float | None = None
    polarity: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.fraction < 1.0:
            raise ValueError(f"fraction must be in [0, 1), not {self.fraction}")

    @property
    def position(self) -> float:
        """Onset in samples, fraction included."""
        return self.sample_index + self.fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulationProtocol:
    """What the stimulator is meant to do (clinical.md: 1 Hz, 0.2 ms, 5-20 mA)."""

    rate_hz: float = 1.0
    pulse_width_ms: float = 0.2
    lowest_amr_rate_hz: float = 0.5
    highest_amr_rate_hz: float = 5.0
    lowest_tetanus_rate_hz: float = 20.0
    longest_tetanus_s: float = 10.0
    tetanus_recovery_s: float = 30.0
