"""Whether markers and artifacts still tell of the same stimuli."""

from collections import deque
from dataclasses import dataclass

import numpy as np

REFERENCE_MARKERS = 20
RECENT_MARKERS = 20
FEWEST_MARKERS = 10

DRIFT_MS = 5.0
"""The median distance of 20 markers, late by 3 ms SD, varies by 1 ms; this is told. [ours]"""

DRIFT_OVER_MS = 3.0
LONE_SHARE = 0.5
LONE_OVER_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How it stands.

    Attributes
    ----------
    has_drifted : bool
        Artifacts lie elsewhere around their markers than they did.
    is_marker_alone : bool
        Most markers have no artifact near them.
    drift_ms : float
    """

    has_drifted: bool
    is_marker_alone: bool
    drift_ms: float


class Agreement:
    """Follow the distance from marker to artifact.

    The first 20 that were found tell what is usual; after that both conditions
    have a bound to begin and a lower one to end.
    """

    def __init__(self) -> None:
        self._reference: list[float] = []
        self._recent: deque[float] = deque(maxlen=RECENT_MARKERS)
        self._found: deque[bool] = deque(maxlen=RECENT_MARKERS)
        self._has_drifted = False
        self._is_marker_alone = False

    def push(self, distance_ms: float | None) -> Verdict:
        """Take the next marker: its distance to the artifact, None where there was none."""
        self._found.append(distance_ms is not None)
        if distance_ms is not None:
            if len(self._reference) < REFERENCE_MARKERS:
                self._reference.append(distance_ms)
            self._recent.append(distance_ms)
        drift_ms = 0.0
        if len(self._reference) == REFERENCE_MARKERS:
            drift_ms = float(np.median(self._recent) - np.median(self._reference))
        bound_ms = DRIFT_OVER_MS if self._has_drifted else DRIFT_MS
        self._has_drifted = abs(drift_ms) > bound_ms
        if len(self._found) >= FEWEST_MARKERS:
            lone = 1.0 - sum(self._found) / len(self._found)
            bound = LONE_OVER_SHARE if self._is_marker_alone else LONE_SHARE
            self._is_marker_alone = lone > bound
        return Verdict(
            has_drifted=self._has_drifted,
            is_marker_alone=self._is_marker_alone,
            drift_ms=drift_ms,
        )
