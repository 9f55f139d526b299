"""Sample index and time of a live stream: a robust line through the stamps of late."""

from collections import deque

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BUCKET_S = 0.25
"""One point of the fit stands for so many samples, by the median of their stamps."""

BUCKETS_KEPT = 240
SEGMENTS_KEPT = 16
PACE_SD = 1e-4
"""How far the pace of a device may be from its nominal rate: 100 ppm."""

LEAST_SD_S = 1e-5
ROUNDS = 3
MAD_TO_SD = 1.4826
HUBER = 1.5


class ClockLine:
    """A straight line from sample index to time, in the present segment.

    Its pace is known beforehand to `PACE_SD` and kept over a hole: samples of
    half a second of jitter alone would tell it wrongly by far more.

    Parameters
    ----------
    rate_hz : float
        Nominal.
    """

    def __init__(self, *, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._n_bucket = max(round(BUCKET_S * rate_hz), 1)
        self._origin: tuple[int, float] | None = None
        self._points: deque[tuple[float, float]] = deque(maxlen=BUCKETS_KEPT)
        self._open: list[Floats] = []
        self._n_open = 0
        self._level_s = 0.0
        self._pace = 0.0
        self._first_index = 0
        self._newest_index = 0
        self._past: deque[tuple[int, int, float, float]] = deque(maxlen=SEGMENTS_KEPT)

    @property
    def age_s(self) -> float:
        """How much of the present segment it has seen."""
        return (self._newest_index - self._first_index) / self._rate_hz

    @property
    def first_index(self) -> int:
        """Where the present segment begins."""
        return self._first_index

    @property
    def is_set(self) -> bool:
        """Whether it has seen a stamp."""
        return self._origin is not None

    @property
    def rate_hz(self) -> float:
        """Samples a second of the sender's clock, as measured."""
        return self._rate_hz / (1.0 + self._pace)

    def begin(self, stamp_s: float, *, at: int) -> None:
        """Begin a segment: the sample `at` has this stamp. The pace is kept."""
        first, newest = self._first_index, self._newest_index
        if self._origin is not None and newest > first:
            began_s, ended_s = self.time_s(first, 1)[0], self.time_s(newest, 1)[0]
            self._past.append((first, newest, float(began_s), float(ended_s)))
        self._origin = (at, stamp_s)
        self._points.clear()
        self._open, self._n_open = [], 0
        self._level_s = 0.0
        self._first_index = self._newest_index = at

    def step(self, step_s: float, *, at: int) -> None:
        """Begin a segment so much later than the line went."""
        self.begin(float(self.time_s(at, 1)[0]) + step_s, at=at)

    def add(self, stamps_s: Floats, *, at: int) -> None:
        """Take the stamps of consecutive samples, the first of them `at`."""
        if self._origin is None:
            self.begin(float(stamps_s[0]), at=at)
        done = 0
        while done < len(stamps_s):
            count = min(self._n_bucket - self._n_open, len(stamps_s) - done)
            index = at + done
            part = stamps_s[done : done + count]
            self._open.append(part - self._nominal_s(index, count))
            self._n_open += count
            done += count
            self._newest_index = index + count
            if self._n_open == self._n_bucket:
                self._close_bucket()
        if not self._points and self._open:
            self._level_s = float(np.median(np.concatenate(self._open)))

    def time_s(self, index: float, n_samples: int) -> Floats:
        """Return the times of consecutive samples, from the sender's clock."""
        first, _ = self._require_origin()
        at = index + np.arange(n_samples)
        times: Floats = (
            self._nominal_s(index, n_samples)
            + self._level_s
            + self._pace * (at - first) / self._rate_hz
        )
        return times

    def index(self, time_s: float) -> float:
        """Return the index, with its fraction, at a time of the present segment's clock."""
        first, origin_s = self._require_origin()
        return first + (time_s - origin_s - self._level_s) * self._rate_hz / (1.0 + self._pace)

    def index_received(self, time_s: float) -> float | None:
        """Return the index at a time; None for one in a hole, or too long ago."""
        index = self.index(time_s)
        if index >= self._first_index:
            return index
        for first, end, began_s, ended_s in reversed(self._past):
            if began_s <= time_s < ended_s:
                return first + (time_s - began_s) / (ended_s - began_s) * (end - first)
        return None

    def _nominal_s(self, index: float, n_samples: int) -> Floats:
        first, origin_s = self._require_origin()
        since = np.arange(n_samples, dtype=np.float64) + (index - first)
        return origin_s + since / self._rate_hz

    def _require_origin(self) -> tuple[int, float]:
        if self._origin is None:
            raise ValueError("a line without a stamp has no time")
        return self._origin

    def _close_bucket(self) -> None:
        first, _ = self._require_origin()
        offsets = np.concatenate(self._open)
        centre = self._newest_index - first - 0.5 * (self._n_bucket + 1)
        self._points.append((centre / self._rate_hz, float(np.median(offsets))))
        self._open, self._n_open = [], 0
        self._fit()

    def _fit(self) -> None:
        at, offsets = np.array(self._points).T
        middle = at.mean()
        pace = self._pace
        level = float(np.median(offsets - pace * (at - middle)))
        for _ in range(ROUNDS):
            rest = offsets - level - pace * (at - middle)
            sd = max(MAD_TO_SD * float(np.median(np.abs(rest))), LEAST_SD_S)
            weights = 1.0 / np.maximum(np.abs(rest) / (HUBER * sd), 1.0)
            # The pace as known beforehand counts as one more observation.
            normal = np.array(
                [
                    [weights.sum(), weights @ (at - middle)],
                    [weights @ (at - middle), weights @ (at - middle) ** 2 + (sd / PACE_SD) ** 2],
                ]
            )
            level, pace = np.linalg.solve(
                normal, [weights @ offsets, weights @ (offsets * (at - middle))]
            ).tolist()
        self._pace = pace
        self._level_s = level - pace * middle
