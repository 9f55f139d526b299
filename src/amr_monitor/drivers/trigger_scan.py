"""Edges of a recorded trigger channel, in two passes over it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
ROW_SAMPLES = (50, 1000)
"""Shortest and longest row of which the extremes are kept: only where a row is high is it read
a second time."""

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
    rows = [_rows(read, first, n_samples, n_row) for first, n_samples in stretches]
    levels = _levels(read, stretches, rows, n_block=n_block, rate_hz=rate_hz, threshold=threshold)
    if levels is None:
        return None
    detector = EdgeDetector(levels, refractory_samples=refractory_ms * rate_hz / 1000.0)
    found = [
        edges
        for stretch, of_stretch in zip(stretches, rows, strict=True)
        for edges in _edges(read, stretch, of_stretch, detector)
    ]
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


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Extremes of a stretch, row by row; the last row may be shorter."""

    n_row: int
    lowest: IntOrFloatArray
    highest: IntOrFloatArray


def _row_samples(n_block: int) -> int:
    """Return the length of rows that a block consists of."""
    shortest, longest = ROW_SAMPLES
    return next((n for n in range(longest, shortest - 1, -1) if n_block % n == 0), n_block)


def _rows(read: ReadTrigger, first: int, n_samples: int, n_row: int) -> _Rows:
    lowest: list[npt.NDArray[Any]] = []
    highest: list[npt.NDArray[Any]] = []
    for start, count in _chunks(first, n_samples, max(CHUNK_SAMPLES // n_row, 1) * n_row):
        samples = read(start, count)
        n_whole = count // n_row * n_row
        parts = [samples[:n_whole].reshape(-1, n_row)] if n_whole else []
        if n_whole < count:
            parts.append(samples[np.newaxis, n_whole:])
        lowest += [part.min(axis=1) for part in parts]
        highest += [part.max(axis=1) for part in parts]
    if not lowest:
        return _Rows(n_row, np.empty(0), np.empty(0))
    return _Rows(n_row, np.concatenate(lowest), np.concatenate(highest))


def _edges(
    read: ReadTrigger, stretch: tuple[int, int], rows: _Rows, detector: EdgeDetector
) -> Iterator[npt.NDArray[np.float64]]:
    """Find the edges of one stretch; rows that stay low are not read again."""
    first, n_samples = stretch
    detector.reset(sample_index=first)
    may_rise = detector.may_rise(rows.highest)
    turns = np.flatnonzero(np.diff(may_rise, prepend=False, append=False))
    done = 0
    for begin, end in turns.reshape(-1, 2).tolist():
        at = first + begin * rows.n_row
        if begin > done:
            detector.pass_over(rows.lowest[done:begin], read(at - 1, 1), at)
        stop = min(first + end * rows.n_row, first + n_samples)
        for start, count in _chunks(at, stop - at, CHUNK_SAMPLES):
            yield detector.push(read(start, count))
        done = end


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
