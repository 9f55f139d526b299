"""Stimuli of a live stream by their artifacts alone, where the config asks for it."""

from collections import deque

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.lsl_recent import RecentSamples
from amr_monitor.dsp.artifact_edges import (
    ALIKE,
    BEFORE_M_WAVE_MS,
    JUMP_MS,
    MOST_ACCEPTED,
    QUIET_MS,
    ArtifactEdge,
    artifact_edges,
)

STEP_S = 0.1
"""Artifacts are looked for so often: by so much a stimulus may come later than its samples."""

CALM_S = 2.0
"""So much before tells the noise."""

FEWEST_TO_LEARN = 10


class LiveArtifacts:
    """Find edges that are alike, in as many channels as any.

    The first ten teach what the artifact looks like and are no stimuli.

    Parameters
    ----------
    rate_hz : float
    refractory_ms : float
    recent : RecentSamples
        Holds at least `CALM_S` and a step.
    """

    def __init__(self, *, rate_hz: float, refractory_ms: float, recent: RecentSamples) -> None:
        self._rate_hz = rate_hz
        self._recent = recent
        self._n_step = max(round(STEP_S * rate_hz), 1)
        self._reach = round((2.0 * QUIET_MS + 2.0 * JUMP_MS) * rate_hz / 1000.0) + 3
        self._apart = max(refractory_ms, BEFORE_M_WAVE_MS[1]) * rate_hz / 1000.0
        self._heights: deque[npt.NDArray[np.float64]] = deque(maxlen=MOST_ACCEPTED)
        self._widths: deque[int] = deque(maxlen=MOST_ACCEPTED)
        self._last = -np.inf
        self._looked_to = 0

    @property
    def next_index(self) -> int:
        """Samples from here on were not looked at."""
        return self._looked_to

    def gap(self, sample_index: int) -> None:
        """Begin anew: what comes next does not follow."""
        self._looked_to = sample_index

    def advance(self) -> list[float]:
        """Look at what has come; return the positions of stimuli, sorted."""
        found: list[float] = []
        while self._looked_to + self._n_step + self._reach <= self._recent.end_index:
            end = self._looked_to + self._n_step
            first = max(
                end + self._reach - round(CALM_S * self._rate_hz),
                self._recent.first_index,
                self._recent.segment_index,
            )
            window = self._recent.window(first, end + self._reach - first)
            if window is not None and window.shape[1] > 4 * self._reach:
                edges = artifact_edges(
                    window,
                    rate_hz=self._rate_hz,
                    first=self._looked_to - first,
                    last=end - first,
                    calm_until=window.shape[1],
                )
                found += [p for edge in edges if (p := self._accepted(edge, first)) is not None]
            self._looked_to = end
        return found

    def _accepted(self, edge: ArtifactEdge, first: int) -> float | None:
        position = round(first + edge.position, 6)
        if position - self._last < self._apart:
            return None
        is_learning = len(self._heights) < FEWEST_TO_LEARN
        if not is_learning and not self._is_alike(edge):
            return None
        self._heights.append(np.maximum(edge.heights_uv, 1e-3))
        self._widths.append(edge.n_channels)
        self._last = position
        return None if is_learning else position

    def _is_alike(self, edge: ArtifactEdge) -> bool:
        usual = np.median(np.array(self._heights), axis=0)
        if edge.n_channels < np.median(self._widths):
            return False
        ratios = np.log(np.maximum(edge.heights_uv, 1e-3) / usual)
        return bool(np.abs(ratios).max() <= np.log(ALIKE))
