"""Samples as they come from a source."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.model.case import Muscle, Side

FloatArray = npt.NDArray[np.float32]


def read_only(array: npt.NDArray[np.float32]) -> FloatArray:
    """Return `array` as contiguous float32 that nobody can write to."""
    frozen = np.ascontiguousarray(array, dtype=np.float32)
    if frozen is array:
        frozen = frozen.view()
    frozen.flags.writeable = False
    return frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One recorded muscle.

    Attributes
    ----------
    label : str
        As the source calls it.
    muscle : Muscle
    side : Side or None
        None where the label does not say.
    rail_uv : float or None
        Where the amplifier clips, as far as the source tells.
    """

    label: str
    muscle: Muscle
    side: Side | None = None
    rail_uv: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Montage:
    """The channels of a source, in the order of the rows of its arrays."""

    channels: tuple[Channel, ...]

    def __post_init__(self) -> None:
        muscles = [channel.muscle for channel in self.channels]
        if len(set(muscles)) != len(muscles):
            raise ValueError(f"a montage holds each muscle once, not {muscles}")
        if not muscles:
            raise ValueError("a montage holds at least one muscle")

    @property
    def muscles(self) -> tuple[Muscle, ...]:
        """The muscles, in row order."""
        return tuple(channel.muscle for channel in self.channels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleBlock:
    """Consecutive samples of all channels of the montage.

    Attributes
    ----------
    first_index : int
        Index of the first sample among all received samples (gaps take none).
    samples_uv : ndarray of float32, shape (n_channels, n_samples)
        Read-only, already quantised to the step of the recording.
    """

    first_index: int
    samples_uv: FloatArray

    def __post_init__(self) -> None:
        if self.samples_uv.ndim != 2:
            raise ValueError(f"a block is (channels, samples), not {self.samples_uv.shape}")
        object.__setattr__(self, "samples_uv", read_only(self.samples_uv))

    @property
    def end_index(self) -> int:
        """One past the last sample."""
        return self.first_index + int(self.samples_uv.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Samples are missing before `sample_index`; nothing stands in for them.

    Attributes
    ----------
    sample_index : int
        Index of the first sample after the gap.
    resumes_at_s : float
        Time of that sample on the recording's own axis.
    reason : str
        In plain words.
    """

    sample_index: int
    resumes_at_s: float
    reason: str
