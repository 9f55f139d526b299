"""Stimulus onsets from a trigger channel, to a fraction of a sample.

The onset is where the rising edge crosses half of its height, by linear
interpolation between two samples (ours). An edge that a digital input takes in
one step tells nothing between them: it lies in the middle, always, so that
noise on the line cannot move a sweep by a sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntOrFloatArray = npt.NDArray[np.integer] | npt.NDArray[np.floating]

REARM_SHARE = 0.25
"""A new edge counts once the line has been below this share of its height."""

SHARP_SHARE = 0.1
"""An edge from below this share to above its complement is one step."""

MOST_BETWEEN = 0.1
"""Share of samples in the middle third of the height: more is hum or noise, no trigger."""

MOST_EDGES_PER_S = 150.0
"""No stimulator is faster for a whole second; noise of the last bit is."""

FEWEST_ALIKE = 3
"""So many pulses of a like height make a level; a lone higher one is a spike on the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerSettings:
    """How stimuli are found in a source.

    Attributes
    ----------
    threshold : float or None
        Level of the trigger channel, in its own unit, whose crossing is an
        onset. None takes half of the height of its pulses.
    refractory_ms : float
        After an edge, others are bounces. Shorter than the interval of any
        train that matters.
    align_by_artifact : bool
        Where annotations alone tell of stimuli, or a trigger channel that is
        slower than the EMG, the edge of the stimulus artifact near them gives
        the time.
    artifact_alone : bool
        Where nothing else tells of stimuli, take the artifact itself.
    """

    threshold: float | None = None
    refractory_ms: float = 5.0
    align_by_artifact: bool = True
    artifact_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerLevels:
    """The two levels of a trigger line.

    Attributes
    ----------
    low, high : float
        `low < high`.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"a trigger rises from {self.low} to a higher level, not {self.high}")

    @property
    def threshold(self) -> float:
        """Half of the height."""
        return 0.5 * (self.low + self.high)

    def at(self, share: float) -> float:
        """Return the level at a share of the height."""
        return self.low + share * (self.high - self.low)


def pulse_levels(
    minima: IntOrFloatArray, maxima: IntOrFloatArray
) -> tuple[TriggerLevels, npt.NDArray[np.intp]] | None:
    """Return the levels between which a line swings, and where it does.

    Parameters
    ----------
    minima, maxima : ndarray, shape (n_blocks,)
        Extremes of consecutive blocks of about a second.

    Returns
    -------
    TriggerLevels
        Medians over the blocks with pulses: a spike in a few of them, or many
        blocks without stimulation, change nothing.
    ndarray of int
        Numbers of those blocks.
    None
        The line never leaves its level.
    """
    swings = maxima.astype(np.float64) - minima.astype(np.float64)
    ordered = np.sort(swings)[::-1]
    if not ordered.size or ordered[0] <= 0.0:
        return None
    alike = np.flatnonzero(ordered[FEWEST_ALIKE - 1 :] >= 0.5 * ordered[: -FEWEST_ALIKE + 1])
    typical = ordered[alike[0]] if alike.size and ordered[alike[0]] > 0.0 else ordered[0]
    active = np.flatnonzero((swings >= 0.5 * typical) & (swings <= 2.0 * typical))
    return (
        TriggerLevels(low=float(np.median(minima[active])), high=float(np.median(maxima[active]))),
        active,
    )


def stands_at_two_levels(
    blocks: Sequence[IntOrFloatArray], levels: TriggerLevels, *, rate_hz: float
) -> bool:
    """Tell a trigger from hum, noise or a floating input.

    Parameters
    ----------
    blocks : sequence of ndarray, shape (n_samples,)
        Some stretches with pulses, or what seems to be some.
    levels : TriggerLevels
    rate_hz : float

    Returns
    -------
    bool
        Half of the stretches or more rest at their levels, with no more edges
        than a stimulator makes.
    """
    good = 0
    for block in blocks:
        between = (block > levels.at(1 / 3)) & (block < levels.at(2 / 3))
        high = block >= levels.threshold
        n_edges = np.count_nonzero(high[1:] & ~high[:-1])
        good += bool(
            block.min() <= levels.at(1 / 3)
            and block.max() >= levels.at(2 / 3)
            and np.mean(between) <= MOST_BETWEEN
            and n_edges <= max(MOST_EDGES_PER_S * len(block) / rate_hz, 1.0)
        )
    return 2 * good >= len(blocks) > 0


def levels_of(samples: IntOrFloatArray, *, rate_hz: float) -> TriggerLevels | None:
    """Return the levels of a trigger line, or None where it is none or never rises.

    Parameters
    ----------
    samples : ndarray, shape (n_samples,)
        Enough to hold pulses: the whole recording, or the first seconds of a
        stream.
    rate_hz : float
    """
    n_block = max(round(rate_hz), 1)
    blocks = [samples[at : at + n_block] for at in range(0, len(samples), n_block)]
    if not blocks:
        return None
    found = pulse_levels(np.array([b.min() for b in blocks]), np.array([b.max() for b in blocks]))
    if found is None:
        return None
    levels, active = found
    return (
        levels
        if stands_at_two_levels([blocks[i] for i in active], levels, rate_hz=rate_hz)
        else None
    )


class EdgeDetector:
    """Find rising edges in consecutive samples, the same ones whatever the chunking.

    An edge counts after the line was low again (`REARM_SHARE`) and after the
    refractory time, so noise and bounces do not double a stimulus. A line that
    is high from the start has no edge until it falls and rises.

    Parameters
    ----------
    levels : TriggerLevels
    refractory_samples : float
    """

    def __init__(self, levels: TriggerLevels, *, refractory_samples: float) -> None:
        self._levels = levels
        self._refractory = refractory_samples
        self.reset(sample_index=0)

    def reset(self, *, sample_index: int) -> None:
        """Forget the line, as after a gap; the next sample is `sample_index`."""
        self._next_index = sample_index
        self._last_sample: IntOrFloatArray | None = None
        self._is_armed = False
        self._last_edge = -np.inf

    def push(self, samples: IntOrFloatArray) -> npt.NDArray[np.float64]:
        """Take the next samples; return the edges that they complete.

        Parameters
        ----------
        samples : ndarray, shape (n_samples,)
            Integers are compared as integers, which is several times faster.

        Returns
        -------
        ndarray of float64, shape (n_edges,)
            In samples, counted as `reset` says; sorted.
        """
        if not len(samples):
            return np.empty(0)
        first = self._next_index
        self._next_index += len(samples)
        if self._last_sample is None:
            self._is_armed = bool(samples[0] < self._bound(samples, self._levels.threshold))
        else:
            samples = np.concatenate([self._last_sample, samples])
            first -= 1
        self._last_sample = samples[-1:].copy()
        rises, fractions = self._rises(samples)
        return self._after_rest(first + rises + fractions)

    def edges_of_whole(
        self, samples: IntOrFloatArray, indices: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Return the edges of a stretch of which samples without one are left out.

        Parameters
        ----------
        samples : ndarray, shape (n_samples,)
            For samples left out, all below the threshold, stand the least of them and the last.
        indices : ndarray of int64, shape (n_samples,)
            Which samples these are.
        """
        self._is_armed = bool(samples[0] < self._bound(samples, self._levels.threshold))
        self._last_edge = -np.inf
        rises, fractions = self._rises(samples)
        return self._after_rest(indices[rises] + fractions)

    def _rises(
        self, samples: IntOrFloatArray
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        """Return the samples before edges, and how far behind each the edge lies."""
        high = samples >= self._bound(samples, self._levels.threshold)
        rises = np.flatnonzero(high[1:] > high[:-1])
        # Between two rises the line must have been low, or the second is a bounce.
        lows = np.minimum.reduceat(samples, np.concatenate([[0], rises + 1])) < self._bound(
            samples, self._levels.at(REARM_SHARE)
        )
        armed = lows[: len(rises)].copy()
        if len(rises):
            armed[0] |= self._is_armed
            self._is_armed = bool(lows[-1])
        else:
            self._is_armed |= bool(lows[0])
        rises = rises[armed]
        return rises, self._fractions(samples, rises)

    def may_rise(self, highest: IntOrFloatArray) -> npt.NDArray[np.bool_]:
        """Tell of stretches, by their greatest values, which an edge may lie in."""
        may: npt.NDArray[np.bool_] = ~(highest < self._bound(highest, self._levels.threshold))
        return may

    def _fractions(
        self, samples: IntOrFloatArray, rises: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float64]:
        before = samples[rises].astype(np.float64)
        after = samples[rises + 1].astype(np.float64)
        fractions = (self._levels.threshold - before) / (after - before)
        is_step = (before <= self._levels.at(SHARP_SHARE)) & (
            after >= self._levels.at(1.0 - SHARP_SHARE)
        )
        fractions[is_step] = 0.5
        return fractions

    def _after_rest(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Leave out what comes within the refractory time of an edge."""
        kept = positions
        if len(positions) and (
            positions[0] - self._last_edge < self._refractory
            or np.any(np.diff(positions) < self._refractory)
        ):
            chosen = []
            last = self._last_edge
            for position in positions.tolist():
                if position - last >= self._refractory:
                    chosen.append(position)
                    last = position
            kept = np.array(chosen, dtype=np.float64)
        if len(kept):
            self._last_edge = float(kept[-1])
        return kept

    @staticmethod
    def _bound(samples: IntOrFloatArray, level: float) -> float | int:
        """Return what `>=` and `<` compare with, in the type of the samples."""
        if np.issubdtype(samples.dtype, np.integer):
            return int(np.ceil(level))
        return level
