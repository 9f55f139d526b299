"""Blocks and stimuli in, complete sweeps out, whatever the chunking."""

from bisect import insort

import numpy as np

from amr_monitor.model.signal import FloatArray, SampleBlock
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep, sweep_offsets

MARKER_DELAY_S = 2.0
"""How late a stimulus may arrive after its samples and still be cut."""

NEIGHBOUR_REACH_MS = 100.0
"""How long a stimulus before the window still disturbs it."""


def onset_column(stimulus: Stimulus) -> int:
    """Return the index of the sample nearest to the onset of the stimulus."""
    return int(np.floor(stimulus.position + 0.5))


def neighbours_ms(
    positions: np.ndarray, own: float, rate_hz: float, start_ms: float, end_ms: float
) -> tuple[float, ...]:
    """Return other stimuli that touch the sweep around `own`, relative to it.

    Parameters
    ----------
    positions : ndarray of float64, shape (n_stimuli,)
        Onsets in samples, sorted, `own` among them or not.
    own : float
        Onset of this sweep's stimulus in samples.
    rate_hz : float
    start_ms, end_ms : float
        The sweep's window.

    Returns
    -------
    tuple of float
        In milliseconds, rounded to 0.01, sorted.
    """
    low = own + (start_ms - NEIGHBOUR_REACH_MS) * rate_hz / 1000.0
    # Up to the last sample of the sweep: what lies beyond it may not be known yet.
    high = np.floor(own + 0.5) + sweep_offsets(rate_hz, start_ms, end_ms)[1]
    first, last = np.searchsorted(positions, [low, high])
    return tuple(
        round(float(position - own) * 1000.0 / rate_hz, 2)
        for position in positions[first:last]
        if position != own
    )


class SweepCutter:
    """Cut a complete sweep around each stimulus from consecutive blocks.

    A stimulus whose window begins before the first sample held, or before a
    gap, or that a gap cuts short, gives no sweep: a short sweep must never
    look like an absent response.

    Parameters
    ----------
    n_channels : int
    rate_hz : float
    start_ms, end_ms : float
        The sweep's window around the stimulus, e.g. -500 and 100.
    """

    def __init__(self, *, n_channels: int, rate_hz: float, start_ms: float, end_ms: float) -> None:
        self._rate_hz = rate_hz
        self._start_ms = start_ms
        self._end_ms = end_ms
        self._n_before, self._n_after = sweep_offsets(rate_hz, start_ms, end_ms)
        self._n_history = self._n_before + self._n_after + round(MARKER_DELAY_S * rate_hz)
        self._buffer = np.empty((n_channels, 4 * self._n_history), dtype=np.float32)
        self._n_held = 0
        self._held_from = 0
        self._stimuli: list[Stimulus] = []
        self._positions: list[float] = []
        self.n_incomplete = 0

    @property
    def end_index(self) -> int:
        """One past the last sample received."""
        return self._held_from + self._n_held

    def push_stimulus(self, stimulus: Stimulus) -> None:
        """Take note of a stimulus; its sweep comes once its samples are in."""
        insort(self._stimuli, stimulus, key=lambda held: held.position)
        insort(self._positions, stimulus.position)

    def push(self, block: SampleBlock) -> tuple[Sweep, ...]:
        """Take the next block; return the sweeps that it completes, in order.

        Raises
        ------
        ValueError
            The block does not follow the one before: a hole must come as a
            gap, or absent samples would pass for silence.
        """
        if self._n_held and block.first_index != self.end_index:
            raise ValueError(f"block at {block.first_index} does not follow {self.end_index}")
        if not self._n_held:
            self._held_from = block.first_index
        self._append(block.samples_uv)
        return self._complete()

    def reset(self, *, sample_index: int) -> None:
        """Forget all samples before a gap; stimuli before it stay incomplete."""
        self.n_incomplete += sum(s.position < sample_index for s in self._stimuli)
        self._stimuli = [s for s in self._stimuli if s.position >= sample_index]
        self._positions = [p for p in self._positions if p >= sample_index]
        self._n_held = 0
        self._held_from = sample_index

    def _append(self, samples_uv: FloatArray) -> None:
        n_new = samples_uv.shape[1]
        if self._n_held + n_new > self._buffer.shape[1]:
            keep = min(self._n_held, self._n_history)
            if keep + n_new > self._buffer.shape[1]:
                grown = np.empty((self._buffer.shape[0], keep + n_new), dtype=np.float32)
                grown[:, :keep] = self._buffer[:, self._n_held - keep : self._n_held]
                self._buffer = grown
            else:
                self._buffer[:, :keep] = self._buffer[:, self._n_held - keep : self._n_held].copy()
            self._held_from += self._n_held - keep
            self._n_held = keep
        self._buffer[:, self._n_held : self._n_held + n_new] = samples_uv
        self._n_held += n_new

    def _complete(self) -> tuple[Sweep, ...]:
        sweeps = []
        while self._stimuli:
            stimulus = self._stimuli[0]
            onset = onset_column(stimulus)
            if onset + self._n_after > self.end_index:
                break
            self._stimuli.pop(0)
            first = onset - self._n_before
            if first < self._held_from:
                self.n_incomplete += 1
                continue
            column = first - self._held_from
            window = self._buffer[:, column : column + self._n_before + self._n_after]
            sweeps.append(
                Sweep(
                    stimulus=stimulus,
                    first_index=first,
                    onset_sample=self._n_before,
                    samples_uv=window.copy(),
                    other_stimuli_ms=neighbours_ms(
                        np.asarray(self._positions),
                        stimulus.position,
                        self._rate_hz,
                        self._start_ms,
                        self._end_ms,
                    ),
                )
            )
        horizon = self.end_index - self._n_history - NEIGHBOUR_REACH_MS * self._rate_hz / 1000.0
        while self._positions and self._positions[0] < horizon:
            self._positions.pop(0)
        return tuple(sweeps)
