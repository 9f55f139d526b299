"""The signal around one stimulus."""

from dataclasses import dataclass

from amr_monitor.model.signal import FloatArray, read_only
from amr_monitor.model.stimulation import Stimulus


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseWindow:
    """A stretch after the stimulus, half open: [start_ms, end_ms)."""

    start_ms: float
    end_ms: float

    def __post_init__(self) -> None:
        if not self.start_ms < self.end_ms:
            raise ValueError(f"a window ends after it starts: {self.start_ms}, {self.end_ms}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep:
    """All samples of all channels around one stimulus; never a part of them.

    Attributes
    ----------
    stimulus : Stimulus
    first_index : int
        Index of the first sample among all received samples.
    onset_sample : int
        Column of `samples_uv` nearest to the onset of the stimulus.
    samples_uv : ndarray of float32, shape (n_channels, n_samples)
        Raw, read-only, in microvolts.
    other_stimuli_ms : tuple of float
        Onsets of other stimuli relative to this one, as far as the window
        and 100 ms before it reach: they are left out of fits.
    rejected_by_source : bool
        The program that recorded it, or a person there, has discarded it.
    """

    stimulus: Stimulus
    first_index: int
    onset_sample: int
    samples_uv: FloatArray
    other_stimuli_ms: tuple[float, ...] = ()
    rejected_by_source: bool = False

    def __post_init__(self) -> None:
        if self.samples_uv.ndim != 2:
            raise ValueError(f"a sweep is (channels, samples), not {self.samples_uv.shape}")
        if not 0 <= self.onset_sample < self.samples_uv.shape[1]:
            raise ValueError("the stimulus lies outside its sweep")
        object.__setattr__(self, "samples_uv", read_only(self.samples_uv))

    @property
    def end_index(self) -> int:
        """One past the last sample."""
        return self.first_index + int(self.samples_uv.shape[1])


def sweep_offsets(rate_hz: float, start_ms: float, end_ms: float) -> tuple[int, int]:
    """Return the samples before the onset and from the onset on of a full sweep.

    One function for the cutter and for every reader that cuts sweeps itself,
    so that both cut the same samples.
    """
    return round(-start_ms * rate_hz / 1000.0), round(end_ms * rate_hz / 1000.0)
