"""Stimuli on the trigger channel of a live stream."""

from collections import deque

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.triggers import EdgeDetector, TriggerLevels, TriggerSettings, levels_of

Floats = npt.NDArray[np.float64]

HELD_S = 12.0
"""In so much of the line its levels are looked for: twelve pulses at 1 Hz."""

LOOK_S = 0.25
LOOK_AGAIN_S = 10.0
"""Without an edge for so long its levels are looked for anew: a cable may have been changed."""

FEWEST_PULSES = 3
CUTS_KEPT = 4096


class LiveTrigger:
    """Find rising edges as they come; learn the line's levels from its first pulses.

    The same edges whatever the size of the chunks.

    Parameters
    ----------
    rate_hz : float
    settings : TriggerSettings
    """

    def __init__(self, *, rate_hz: float, settings: TriggerSettings) -> None:
        self._rate_hz = rate_hz
        self._settings = settings
        self._detector: EdgeDetector | None = None
        self._held: deque[tuple[int, Floats]] = deque()
        self._n_held = 0
        self._next_index = 0
        self._last_edge = 0.0
        self._look_at = 0
        self._cuts: deque[int] = deque(maxlen=CUTS_KEPT)
        self._n_look = max(round(LOOK_S * rate_hz), 1)

    @property
    def has_levels(self) -> bool:
        """Whether pulses were seen."""
        return self._detector is not None

    def push(self, first_index: int, samples: Floats) -> list[float]:
        """Take consecutive samples; return the edges found, sorted.

        Those found while levels are learnt may lie seconds back.
        """
        edges: list[float] = []
        done = 0
        while done < len(samples):
            # Looked at after so many samples, however they come.
            n_here = min(self._look_at - first_index - done, len(samples) - done)
            if n_here > 0:
                part = samples[done : done + n_here]
                edges += self._step(first_index + done, part)
                done += n_here
                continue
            edges += self._look(first_index + done)
            self._look_at = first_index + done + self._n_look
        return edges

    def gap(self, sample_index: int) -> None:
        """Note that the next sample does not follow the last; what was learnt stays."""
        self._look_at = sample_index + self._n_look
        self._next_index = sample_index
        self._cuts.append(sample_index)
        if self._detector is not None:
            self._detector.reset(sample_index=sample_index)

    def _step(self, first_index: int, samples: Floats) -> list[float]:
        self._next_index = first_index + len(samples)
        self._held.append((first_index, samples))
        self._n_held += len(samples)
        while self._n_held - len(self._held[0][1]) > HELD_S * self._rate_hz:
            self._n_held -= len(self._held.popleft()[1])
        if self._detector is None:
            return []
        edges = np.round(self._detector.push(samples), 6).tolist()
        if edges:
            self._last_edge = edges[-1]
        return [float(edge) for edge in edges]

    def _look(self, now: int) -> list[float]:
        """Look for levels where there are none, or none that still fit."""
        silent_s = (now - self._last_edge) / self._rate_hz
        if not self._held or (self._detector is not None and silent_s < LOOK_AGAIN_S):
            return []
        runs = self._runs()
        levels = self._levels(np.concatenate([samples for _, samples in runs]))
        if levels is None:
            return []
        detector = EdgeDetector(
            levels, refractory_samples=self._settings.refractory_ms * self._rate_hz / 1000.0
        )
        edges = []
        for first, samples in runs:
            detector.reset(sample_index=first)
            edges.append(detector.push(samples))
        found = np.round(np.concatenate(edges), 6)
        is_said = self._settings.threshold is not None
        if len(found) < FEWEST_PULSES and not is_said:
            return []
        is_new = found > self._last_edge
        if self._detector is not None and np.count_nonzero(is_new) < FEWEST_PULSES:
            return []
        self._detector = detector
        self._last_edge = float(found[-1]) if len(found) else self._last_edge
        return [float(edge) for edge in found[is_new]]

    def _runs(self) -> list[tuple[int, Floats]]:
        """Return what is held as stretches without a hole: the same however it came."""
        oldest = self._next_index - round(HELD_S * self._rate_hz)
        runs: list[tuple[int, list[Floats]]] = []
        end = None
        for first, samples in self._held:
            kept = samples[max(oldest - first, 0) :]
            if not len(kept):
                continue
            at = max(first, oldest)
            if at != end or first in self._cuts:
                runs.append((at, []))
            runs[-1][1].append(kept)
            end = first + len(samples)
        return [(first, np.concatenate(parts)) for first, parts in runs]

    def _levels(self, line: Floats) -> TriggerLevels | None:
        threshold = self._settings.threshold
        if threshold is None:
            return levels_of(line, rate_hz=self._rate_hz)
        # A person has said what an onset is; only the level of rest is still needed.
        rest = float(np.median(line))
        return TriggerLevels(low=rest, high=2.0 * threshold - rest) if threshold > rest else None
