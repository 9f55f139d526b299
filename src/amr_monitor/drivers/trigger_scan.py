"""Edges of a recorded trigger channel, in two passes over it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.triggers import (
    EdgeDetector,
    IntOrFloatArray,
    TriggerLevels,
    pulse_levels,
    stands_at_two_levels,
)
from amr_monitor.formats.trigger_code import CodedStimuli, coded_stimuli

CHUNK_SAMPLES = 2**18
ROW_SAMPLES = (50, 500)
"""Shortest and longest row of which the extremes are kept."""

MOST_KEPT_SHARE = 0.25
MOST_KEPT_BYTES = 2**25
"""Rows that seem to hold a pulse are kept; where they are more, the channel is read twice."""

MOST_BLOCKS_LOOKED_AT = 60

ReadTrigger = Callable[[int, int], IntOrFloatArray]


def trigger_edges(
    read: ReadTrigger,
    stretches: Sequence[tuple[int, int]],
    *,
    rate_hz: float,
    threshold: float | None,
    refractory_ms: float,
) -> tuple[npt.NDArray[np.float64], bool] | None:
    """Find the stimuli on a trigger channel.

    Parameters
    ----------
    read : callable
        Returns samples (first, n_samples) of the channel.
    stretches : sequence of (int, int)
        First sample and length of each stretch without a hole, in order.
    rate_hz : float
        Of the channel.
    threshold : float or None
        In the unit of what `read` returns; None takes half height.
    refractory_ms : float

    Returns
    -------
    ndarray of float64, shape (n_stimuli,)
        Positions in samples of the channel, sorted.
    bool
        The edges are steps of a digital input: between two samples they tell
        nothing.
    None
        The channel never rises, or is no trigger.
    """
    n_block = max(round(rate_hz), 1)
    n_row = _row_samples(n_block)
    rows = [_Rows(read, first, n_samples, n_row) for first, n_samples in stretches]
    levels = _levels(read, stretches, rows, n_block=n_block, rate_hz=rate_hz, threshold=threshold)
    if levels is None:
        return None
    detector = EdgeDetector(levels, refractory_samples=refractory_ms * rate_hz / 1000.0)
    found = []
    for (first, n_samples), of_stretch in zip(stretches, rows, strict=True):
        if of_stretch.holds_all(detector.may_rise(of_stretch.highest)):
            found.append(detector.edges_of_whole(*of_stretch.condensed(first)))
            continue
        detector.reset(sample_index=first)
        for start, count in _chunks(first, n_samples, CHUNK_SAMPLES):
            found.append(detector.push(read(start, count)))
    positions = np.concatenate(found) if found else np.empty(0)
    if not len(positions):
        return None
    n_steps = np.count_nonzero(np.mod(positions, 1.0) == 0.5)
    return positions, bool(2 * n_steps > len(positions))


def coded_edges(read: ReadTrigger, stretches: Sequence[tuple[int, int]]) -> CodedStimuli | None:
    """Read the stimuli on a trigger channel of our own recorder, exact to the last bit.

    Parameters
    ----------
    read, stretches
        As of `trigger_edges`.

    Returns
    -------
    CodedStimuli
    None
        Another program changed the channel: it is a trigger like any other.
    """
    positions, polarities = [np.empty(0)], [np.empty(0, dtype=np.int64)]
    for first, n_samples in stretches:
        for start, count in _chunks(first, n_samples, CHUNK_SAMPLES):
            found = coded_stimuli(np.asarray(read(start, count), dtype=np.int64))
            if found is None:
                return None
            positions.append(start + found.positions)
            polarities.append(found.polarities)
    return CodedStimuli(positions=np.concatenate(positions), polarities=np.concatenate(polarities))


class _Rows:
    """A stretch row by row: extremes of each, and the samples of those that seem to hold a pulse.

    The last row is filled up with its last sample.
    """

    def __init__(self, read: ReadTrigger, first: int, n_samples: int, n_row: int) -> None:
        self.n_row = n_row
        lowest: list[npt.NDArray[Any]] = [np.empty(0, dtype=np.int8)]
        highest: list[npt.NDArray[Any]] = [np.empty(0, dtype=np.int8)]
        self._numbers: list[npt.NDArray[np.intp]] = []
        self._samples: list[npt.NDArray[Any]] = []
        self._n_bytes = 0
        n_rows = 0
        before: npt.NDArray[Any] | None = None
        for start, count in _chunks(first, n_samples, max(CHUNK_SAMPLES // n_row, 1) * n_row):
            samples: npt.NDArray[Any] = read(start, count)
            if count % n_row:
                samples = np.pad(samples, (0, n_row - count % n_row), mode="edge")
            part = samples.reshape(-1, n_row)
            lowest.append(part.min(axis=1))
            highest.append(part.max(axis=1))
            self._keep(part, lowest[-1], highest[-1], n_rows, before)
            n_rows, before = n_rows + len(part), samples[-1:].copy()
        self.lowest: IntOrFloatArray = np.concatenate(lowest[1:] or lowest)
        self.highest: IntOrFloatArray = np.concatenate(highest[1:] or highest)

    def _keep(
        self,
        part: npt.NDArray[Any],
        lowest: npt.NDArray[Any],
        highest: npt.NDArray[Any],
        n_before: int,
        before: npt.NDArray[Any] | None,
    ) -> None:
        """Keep rows that reach the upper half, each behind the sample before it."""
        low, high = float(lowest.min()), float(highest.max())
        chosen = np.flatnonzero(highest > low + 0.5 * (high - low))
        if len(chosen) > MOST_KEPT_SHARE * len(part) or self._n_bytes > MOST_KEPT_BYTES:
            return
        kept = np.empty((len(chosen), 1 + self.n_row), dtype=part.dtype)
        kept[:, 1:] = part[chosen]
        kept[:, 0] = part[chosen - 1, -1]
        if len(chosen) and chosen[0] == 0:
            kept[0, 0] = part[0, 0] if before is None else before[0]
        self._numbers.append(chosen + n_before)
        self._samples.append(kept)
        self._n_bytes += kept.nbytes

    def holds_all(self, wanted: npt.NDArray[np.bool_]) -> bool:
        """Tell whether the samples of all these rows are here."""
        held = np.zeros(len(wanted), dtype=bool)
        for numbers in self._numbers:
            held[numbers] = True
        return bool(held.any()) and not bool((wanted & ~held).any())

    def condensed(self, first: int) -> tuple[IntOrFloatArray, npt.NDArray[np.int64]]:
        """Return the rows kept, for others the least sample and the last, with their indices."""
        numbers, rows = np.concatenate(self._numbers), np.concatenate(self._samples)
        begins = np.stack([np.concatenate([[0], numbers[:-1] + 1]), numbers], axis=1)
        least = np.minimum.reduceat(self.lowest, begins.reshape(-1))[::2]
        # Where no row lies between two, the sample before stands for what is left out.
        least = np.where(begins[:, 0] < begins[:, 1], least, rows[:, 0])
        samples = np.concatenate([least[:, np.newaxis].astype(rows.dtype), rows], axis=1)
        indices = first + self.n_row * numbers[:, np.newaxis] + np.arange(-2, self.n_row)
        return samples.reshape(-1), indices.reshape(-1)


def _row_samples(n_block: int) -> int:
    """Return the length of rows that a block consists of."""
    shortest, longest = ROW_SAMPLES
    return next((n for n in range(longest, shortest - 1, -1) if n_block % n == 0), n_block)


def _levels(
    read: ReadTrigger,
    stretches: Sequence[tuple[int, int]],
    rows: Sequence[_Rows],
    *,
    n_block: int,
    rate_hz: float,
    threshold: float | None,
) -> TriggerLevels | None:
    blocks: list[tuple[int, int]] = []
    minima: list[npt.NDArray[Any]] = []
    maxima: list[npt.NDArray[Any]] = []
    for (first, n_samples), of_stretch in zip(stretches, rows, strict=True):
        if not n_samples:
            continue
        begins = np.arange(0, len(of_stretch.lowest), n_block // of_stretch.n_row)
        minima.append(np.minimum.reduceat(of_stretch.lowest, begins))
        maxima.append(np.maximum.reduceat(of_stretch.highest, begins))
        blocks += _chunks(first, n_samples, n_block)
    if not blocks:
        return None
    lowest, highest = np.concatenate(minima), np.concatenate(maxima)
    found = pulse_levels(lowest, highest)
    if found is None:
        return None
    levels, active = found
    if threshold is not None:
        # A person has said what an onset is; only the level of rest is still needed.
        rest = float(np.median(lowest))
        return TriggerLevels(low=rest, high=2.0 * threshold - rest) if threshold > rest else None
    chosen = active[np.unique(np.linspace(0, len(active) - 1, MOST_BLOCKS_LOOKED_AT).astype(int))]
    looked_at = [read(*blocks[i]) for i in chosen]
    return levels if stands_at_two_levels(looked_at, levels, rate_hz=rate_hz) else None


def _chunks(first: int, n_samples: int, n_chunk: int) -> Iterator[tuple[int, int]]:
    for start in range(first, first + n_samples, n_chunk):
        yield start, min(n_chunk, first + n_samples - start)
