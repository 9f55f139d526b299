"""Edges of a recorded trigger channel, in two passes over it."""

from collections.abc import Callable, Iterator, Sequence

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

CHUNK_SAMPLES = 2**20
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
    levels = _levels(read, stretches, rate_hz=rate_hz, threshold=threshold)
    if levels is None:
        return None
    detector = EdgeDetector(levels, refractory_samples=refractory_ms * rate_hz / 1000.0)
    found = []
    for first, n_samples in stretches:
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


def _levels(
    read: ReadTrigger,
    stretches: Sequence[tuple[int, int]],
    *,
    rate_hz: float,
    threshold: float | None,
) -> TriggerLevels | None:
    n_block = max(round(rate_hz), 1)
    n_chunk = max(CHUNK_SAMPLES // n_block, 1) * n_block
    blocks: list[tuple[int, int]] = []
    minima: list[npt.NDArray[np.generic]] = []
    maxima: list[npt.NDArray[np.generic]] = []
    for first, n_samples in stretches:
        for start, count in _chunks(first, n_samples, n_chunk):
            samples = read(start, count)
            n_whole = count // n_block * n_block
            parts = [samples[:n_whole].reshape(-1, n_block)] if n_whole else []
            if n_whole < count:
                parts.append(samples[np.newaxis, n_whole:])
            for part in parts:
                minima.append(part.min(axis=1))
                maxima.append(part.max(axis=1))
            blocks += _chunks(start, count, n_block)
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
