"""Sweeps that another program has cut already, as a source."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.cutting import neighbours_ms, onset_column
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.source import Annotation, ReceivedUpTo, SourceInfo, SourceItem
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep

SWEEPS_PER_READ = 64

# What comes first at one index: what ends there, then what stands there.
SWEEP, ANNOTATION, STIMULUS = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutSweep:
    """One stimulus and what was recorded around it.

    Attributes
    ----------
    stimulus : Stimulus
        Its index counts time (see `SampleSource`).
    is_complete : bool
        Every channel of the montage has it; else it is a stimulus without a sweep.
    is_rejected : bool
        By the program that recorded it, or a person there.
    """

    stimulus: Stimulus
    is_complete: bool = True
    is_rejected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepWindow:
    """Where the stimulus stands in every sweep.

    Attributes
    ----------
    rate_hz : float
    n_samples : int
    onset : float
        Of the stimulus, in samples from the first one; within the sweep.
    """

    rate_hz: float
    n_samples: int
    onset: float

    @property
    def onset_sample(self) -> int:
        """The sample nearest to the onset."""
        return int(np.floor(self.onset + 0.5))

    @property
    def start_ms(self) -> float:
        """First sample relative to the stimulus."""
        return -self.onset_sample * 1000.0 / self.rate_hz

    @property
    def end_ms(self) -> float:
        """One past the last sample, relative to the stimulus."""
        return (self.n_samples - self.onset_sample) * 1000.0 / self.rate_hz

    def stimulus(
        self, first_index: int, *, current_ma: float | None = None, polarity: int = 0
    ) -> Stimulus:
        """Return the stimulus of the sweep whose first sample has this index."""
        whole = int(np.floor(self.onset))
        return Stimulus(
            sample_index=first_index + whole,
            fraction=self.onset - whole,
            current_ma=current_ma,
            polarity=polarity,
        )

    def first_index(self, stimulus: Stimulus) -> int:
        """Return the index of the first sample of a stimulus's sweep."""
        return onset_column(stimulus) - self.onset_sample


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreCutRecording:
    """Sweeps of one recording: what is left is to read their samples.

    Attributes
    ----------
    info : SourceInfo
    window : SweepWindow
    sweeps : tuple of CutSweep
        In the order of their stimuli, no two at one place.
    annotations : tuple of Annotation
        Sorted by index.
    read_uv : callable
        Returns the samples of sweep number n, float32, shape (n_channels, n_samples).
    close : callable
        May be called twice.
    """

    info: SourceInfo
    window: SweepWindow
    sweeps: tuple[CutSweep, ...]
    annotations: tuple[Annotation, ...]
    read_uv: Callable[[int], FloatArray]
    close: Callable[[], None]

    @property
    def positions(self) -> npt.NDArray[np.float64]:
        """Onsets of the stimuli, in samples."""
        return np.array([sweep.stimulus.position for sweep in self.sweeps], dtype=np.float64)


class PreCutSource:
    """Deliver the sweeps of a recording in their order.

    Parameters
    ----------
    recording : PreCutRecording
        Closed with the source.
    paced : bool
        One sweep a read, as a device would give them; else as many as keep
        memory flat.
    """

    def __init__(self, recording: PreCutRecording, *, paced: bool = False) -> None:
        self._recording = recording
        self._sweeps_per_read = 1 if paced else SWEEPS_PER_READ
        self._positions = recording.positions
        self._schedule = _schedule(recording)
        self._next = 0
        self._is_over = False
        self._lock = threading.Lock()

    @property
    def info(self) -> SourceInfo:
        """What this source is."""
        return self._recording.info

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """All texts of the recording."""
        return self._recording.annotations

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return the next sweeps with their stimuli and texts; None at the end.

        Parameters
        ----------
        timeout_s : float
            Of no use here: the next sweeps are always there.
        """
        del timeout_s
        with self._lock:
            if self._is_over:
                return None
            items: list[SourceItem] = []
            n_sweeps = 0
            while n_sweeps < self._sweeps_per_read and self._next < len(self._schedule):
                _, kind, number = self._schedule[self._next]
                self._next += 1
                n_sweeps += kind == SWEEP
                items.append(self._item(kind, number))
            if self._next == len(self._schedule):
                self._is_over = True
                items.append(ReceivedUpTo(sample_index=_end_index(self._recording)))
            return items

    def close(self) -> None:
        """Let go of the files; the next read returns None."""
        with self._lock:
            self._is_over = True
            self._recording.close()

    def _item(self, kind: int, number: int) -> SourceItem:
        if kind == ANNOTATION:
            return self._recording.annotations[number]
        sweep = self._recording.sweeps[number]
        if kind == STIMULUS:
            return sweep.stimulus
        return sweep_of(
            sweep,
            window=self._recording.window,
            positions=self._positions,
            samples_uv=self._recording.read_uv(number),
        )


def sweep_of(
    sweep: CutSweep,
    *,
    window: SweepWindow,
    positions: npt.NDArray[np.float64],
    samples_uv: FloatArray,
) -> Sweep:
    """Return a sweep with its samples.

    Parameters
    ----------
    sweep : CutSweep
    window : SweepWindow
    positions : ndarray of float64, shape (n_stimuli,)
        Onsets of all stimuli that are known, sorted.
    samples_uv : ndarray of float32, shape (n_channels, n_samples)
    """
    return Sweep(
        stimulus=sweep.stimulus,
        first_index=window.first_index(sweep.stimulus),
        onset_sample=window.onset_sample,
        samples_uv=samples_uv,
        other_stimuli_ms=neighbours_ms(
            positions, sweep.stimulus.position, window.rate_hz, window.start_ms, window.end_ms
        ),
        rejected_by_source=sweep.is_rejected,
    )


def _schedule(recording: PreCutRecording) -> list[tuple[int, int, int]]:
    """Return index, kind and number of everything, in the order in which it is given."""
    schedule = [
        (annotation.sample_index, ANNOTATION, number)
        for number, annotation in enumerate(recording.annotations)
    ]
    for number, sweep in enumerate(recording.sweeps):
        first = recording.window.first_index(sweep.stimulus)
        schedule.append((sweep.stimulus.sample_index, STIMULUS, number))
        if sweep.is_complete:
            schedule.append((first + recording.window.n_samples, SWEEP, number))
    return sorted(schedule)


def _end_index(recording: PreCutRecording) -> int:
    """Return the index one past everything."""
    ends = [
        recording.window.first_index(sweep.stimulus) + recording.window.n_samples
        for sweep in recording.sweeps
    ]
    return max([*ends, *(annotation.sample_index for annotation in recording.annotations)])
