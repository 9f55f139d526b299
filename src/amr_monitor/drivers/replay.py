"""A recording as a source: sweep by sweep as fast as it can, or block by block."""

import threading
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from amr_monitor.drivers.recording import Recording, Segment
from amr_monitor.dsp.cutting import NEIGHBOUR_REACH_MS, neighbours_ms, onset_column
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, ReceivedUpTo, SourceInfo, SourceItem
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep, sweep_offsets

SWEEPS_PER_READ = 64
ROUNDING_S = 1e-6
"""Times of texts are kept to this: one that names the moment after a hole lies behind it."""

# What comes first at one index: what ends there, then the hole, then what begins.
SWEEP, BEFORE_GAP, GAP, AFTER_GAP, STIMULUS = range(5)


class ReplaySource:
    """Deliver a recording.

    Two ways, with the same sweeps to the last bit:

    * Sweeps alone (`block_samples` None): only the samples around stimuli are
      read, so the length of a recording costs nothing between them.
    * Blocks of a given size, as from an amplifier.

    Parameters
    ----------
    recording : Recording
        Closed with the source.
    block_samples : int or None
        Samples of a block; the last one before a hole or the end is shorter.
    sweeps_per_read : int
        At most so many sweeps come with one read: memory stays flat.

    Raises
    ------
    ValueError
        A block or a read would hold nothing.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        block_samples: int | None = None,
        sweeps_per_read: int = SWEEPS_PER_READ,
    ) -> None:
        if (block_samples is not None and block_samples < 1) or sweeps_per_read < 1:
            raise ValueError("a read gives at least one sample or sweep")
        self._recording = recording
        self._block_samples = block_samples
        self._sweeps_per_read = sweeps_per_read
        self._schedule = _schedule(recording, with_sweeps=block_samples is None)
        self._positions: list[float] = recording.positions.tolist()
        self._before, self._after = sweep_offsets(
            recording.info.sampling_rate_hz,
            recording.info.sweep_start_ms,
            recording.info.sweep_end_ms,
        )
        self._next = 0
        self._next_index = recording.axis.segments[0].first_index
        self._is_over = False
        self._lock = threading.Lock()

    @property
    def info(self) -> SourceInfo:
        """What this source is."""
        return self._recording.info

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """All texts of the recording that are no stimuli."""
        return self._recording.annotations

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return the next sweeps or the next block, with all that belongs before it.

        Parameters
        ----------
        timeout_s : float
            Of no use here: the next samples are always there.
        """
        del timeout_s
        with self._lock:
            if self._is_over:
                return None
            if self._block_samples is None:
                return self._read_sweeps()
            return self._read_block(self._block_samples)

    def close(self) -> None:
        """Let go of the files; the next read returns None."""
        with self._lock:
            self._is_over = True
            self._recording.close()

    def _read_sweeps(self) -> list[SourceItem]:
        items: list[SourceItem] = []
        n_sweeps = 0
        while n_sweeps < self._sweeps_per_read:
            if self._next == len(self._schedule):
                self._is_over = True
                items.append(ReceivedUpTo(sample_index=self._recording.axis.n_samples))
                break
            _, kind, _, item = self._schedule[self._next]
            self._next += 1
            if kind == SWEEP and isinstance(item, Stimulus):
                items.append(self._sweep(item))
                n_sweeps += 1
            else:
                items.append(item)
        return items

    def _sweep(self, stimulus: Stimulus) -> Sweep:
        first = onset_column(stimulus) - self._before
        return Sweep(
            stimulus=stimulus,
            first_index=first,
            onset_sample=self._before,
            samples_uv=self._recording.read_uv(first, self._before + self._after),
            other_stimuli_ms=self._others_ms(stimulus),
        )

    def _others_ms(self, stimulus: Stimulus) -> tuple[float, ...]:
        """Return the stimuli beside one; a hole parts them."""
        info, own = self.info, stimulus.position
        segment = self._recording.axis.segment_of(stimulus.sample_index)
        reach = self._before + self._after + NEIGHBOUR_REACH_MS * info.sampling_rate_hz / 1000.0
        low = bisect_left(self._positions, max(own - reach, segment.first_index))
        high = bisect_left(self._positions, min(own + reach, segment.end_index))
        if high - low <= 1:
            return ()
        return neighbours_ms(
            np.array(self._positions[low:high]),
            own,
            info.sampling_rate_hz,
            info.sweep_start_ms,
            info.sweep_end_ms,
        )

    def _read_block(self, block_samples: int) -> list[SourceItem]:
        items: list[SourceItem] = []
        axis = self._recording.axis
        if self._next_index == axis.n_samples:
            self._is_over = True
            self._take_due(items, None)
            items.append(ReceivedUpTo(sample_index=axis.n_samples))
            return items
        segment = axis.segment_of(self._next_index)
        first = self._next_index
        end = min(first + block_samples, segment.end_index)
        self._take_due(items, end)
        items.append(
            SampleBlock(first_index=first, samples_uv=self._recording.read_uv(first, end - first))
        )
        self._next_index = end
        return items

    def _take_due(self, items: list[SourceItem], end: int | None) -> None:
        """Append what belongs before samples end at `end`; everything left for None."""
        while self._next < len(self._schedule):
            key, _, _, item = self._schedule[self._next]
            if end is not None and key >= end:
                break
            items.append(item)
            self._next += 1


_Entry = tuple[int, int, int, Stimulus | Annotation | Gap]


def _schedule(recording: Recording, *, with_sweeps: bool) -> list[_Entry]:
    """Return everything but samples in the order in which it is given.

    A sweep stands as its stimulus, at the index one past its last sample.
    """
    axis, info = recording.axis, recording.info
    before, after = sweep_offsets(info.sampling_rate_hz, info.sweep_start_ms, info.sweep_end_ms)
    entries: list[tuple[int, int, Stimulus | Annotation | Gap]] = []
    for stimulus in recording.stimuli:
        entries.append((stimulus.sample_index, STIMULUS, stimulus))
        onset = onset_column(stimulus)
        segment = axis.segment_of(stimulus.sample_index)
        if with_sweeps and _fits(segment, onset - before, onset + after):
            entries.append((onset + after, SWEEP, stimulus))
    resumes_s = {segment.first_index: segment.onset_s for segment in axis.segments[1:]}
    for segment in axis.segments[1:]:
        gap = Gap(
            sample_index=segment.first_index,
            resumes_at_s=segment.onset_s,
            reason=segment.reason,
        )
        entries.append((segment.first_index, GAP, gap))
    for annotation in recording.annotations:
        resumes_at_s = resumes_s.get(annotation.sample_index, -np.inf)
        is_before = annotation.time_s < resumes_at_s - ROUNDING_S
        kind = BEFORE_GAP if is_before else AFTER_GAP
        entries.append((annotation.sample_index, kind, annotation))
    numbered = [(key, kind, n, item) for n, (key, kind, item) in enumerate(entries)]
    return sorted(numbered, key=lambda entry: entry[:3])


def _fits(segment: Segment, first: int, end: int) -> bool:
    return segment.first_index <= first and end <= segment.end_index
