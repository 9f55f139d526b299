"""What any recording is to the driver that replays it."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.foreign_settings import ForeignSettings
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.source import Annotation, SourceInfo
from amr_monitor.model.stimulation import Stimulus


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSettings:
    """How a recording is read.

    Attributes
    ----------
    montage : MontageSettings
    trigger : TriggerSettings
    foreign : ForeignSettings
    sweep_start_ms, sweep_end_ms : float
        Window around a stimulus; those of the detector.
    """

    montage: MontageSettings = field(default_factory=MontageSettings)
    trigger: TriggerSettings = field(default_factory=TriggerSettings)
    foreign: ForeignSettings = field(default_factory=ForeignSettings)
    sweep_start_ms: float = -500.0
    sweep_end_ms: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Samples without a hole.

    Attributes
    ----------
    first_index, n_samples : int
        Counted over all samples of the recording; holes take no number.
    onset_s : float
        Of its first sample, on the recording's axis.
    reason : str
        Why it does not follow the segment before it; "" of the first.
    """

    first_index: int
    n_samples: int
    onset_s: float
    reason: str = ""

    @property
    def end_index(self) -> int:
        """One past its last sample."""
        return self.first_index + self.n_samples


class TimeAxis:
    """Times of a recording and sample indices, holes taken into account.

    Parameters
    ----------
    segments : sequence of Segment
    rate_hz : float
    """

    def __init__(self, segments: Sequence[Segment], *, rate_hz: float) -> None:
        self.segments = tuple(segments)
        self.rate_hz = rate_hz
        self._onsets_s = [s.onset_s for s in segments]
        self._firsts = [s.first_index for s in segments]

    @property
    def n_samples(self) -> int:
        """Of the whole recording."""
        return self.segments[-1].end_index

    @property
    def end_s(self) -> float:
        """Time one past the last sample."""
        last = self.segments[-1]
        return last.onset_s + last.n_samples / self.rate_hz

    def position(self, time_s: float) -> tuple[float, bool]:
        """Return the index at a time, and whether samples were recorded then.

        Rounded to a millionth of a sample, so that 0.2 s at 10 kHz is 2000. A
        time in a hole is the first sample after it: so many were received.
        """
        at = max(bisect_right(self._onsets_s, time_s + 1e-9) - 1, 0)
        segment = self.segments[at]
        offset = round((time_s - segment.onset_s) * self.rate_hz, 6)
        inside = 0.0 <= offset < segment.n_samples
        return segment.first_index + min(max(offset, 0.0), float(segment.n_samples)), inside

    def index(self, time_s: float) -> int:
        """Return the number of samples received at a time."""
        return round(self.position(time_s)[0])

    def time_s(self, index: float) -> float:
        """Return the time of a sample."""
        segment = self.segment_of(index)
        return segment.onset_s + (index - segment.first_index) / self.rate_hz

    def segment_of(self, index: float) -> Segment:
        """Return the segment that holds an index."""
        return self.segments[max(bisect_right(self._firsts, index) - 1, 0)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """A recording, opened and understood: what is left is to read its samples.

    Attributes
    ----------
    info : SourceInfo
    axis : TimeAxis
    stimuli : tuple of Stimulus
        All of them, sorted; each inside a segment.
    annotations : tuple of Annotation
        Those that are no stimuli, sorted by index.
    read_uv : callable
        Returns samples (first, n_samples) of all channels, float32, shape
        (n_channels, n_samples); a stretch never crosses a hole.
    close : callable
        May be called twice.
    """

    info: SourceInfo
    axis: TimeAxis
    stimuli: tuple[Stimulus, ...]
    annotations: tuple[Annotation, ...]
    read_uv: Callable[[int, int], FloatArray]
    close: Callable[[], None]

    @property
    def positions(self) -> npt.NDArray[np.float64]:
        """Onsets of the stimuli, in samples."""
        return np.array([stimulus.position for stimulus in self.stimuli], dtype=np.float64)
