"""From chunks of a stream to blocks without a hole, and holes that are told."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.lsl_clock import Break, Release, StreamClock
from amr_monitor.drivers.lsl_layout import EmgLayout
from amr_monitor.drivers.lsl_network import Pulled
from amr_monitor.drivers.quantising import BlockQuantiser
from amr_monitor.model.signal import FloatArray

ONSET_STEP_S = 1e-4
"""Segments begin on this grid: a recording keeps their onsets no finer."""

RUNS_KEPT = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """Samples that follow each other.

    Attributes
    ----------
    first_index : int
    samples_uv : ndarray of float32, shape (n_channels, n_samples)
        Quantised.
    trigger : ndarray of float64, shape (n_samples,), or None
    """

    first_index: int
    samples_uv: FloatArray
    trigger: npt.NDArray[np.float64] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """Nothing was received for a while.

    Attributes
    ----------
    sample_index : int
    resumes_at_s : float
    reason : str
    """

    sample_index: int
    resumes_at_s: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that a person should know, once.

    Attributes
    ----------
    sample_index : int
        Received before it.
    code, message : str
    """

    sample_index: int
    code: str
    message: str


Piece = Stretch | Hole | Note


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Consecutive received samples of one connection."""

    first_received: int
    first_index: int
    n_samples: int


class Assembler:
    """Put the samples of one source on one index, over holes and new connections.

    Parameters
    ----------
    layout : EmgLayout
        Of the first connection.
    """

    def __init__(self, layout: EmgLayout) -> None:
        self.end_index = 0
        self._end_s = 0.0
        self._reasons: list[str] = []
        self._missing_s = 0.0
        self._last_arrival_s: float | None = None
        self._not_finite = False
        self._segment = (0, 0.0)
        self._waiting: deque[npt.NDArray[np.generic]] = deque()
        self._runs: deque[_Run] = deque(maxlen=RUNS_KEPT)
        self._is_new_connection = True
        self._knows_counter = False
        self._n_taken = 0
        self._set_layout(layout)

    @property
    def layout(self) -> EmgLayout:
        """Of the present connection."""
        return self._layout

    @property
    def end_s(self) -> float:
        """Time one past the newest sample, on the source's axis."""
        return self._end_s

    @property
    def newest_stamp_s(self) -> float | None:
        """Time one past the newest sample on the stream's clock; None before the first."""
        return self.clock.newest_s

    def connect(self, layout: EmgLayout) -> None:
        """Go on with another connection: what comes next follows a hole."""
        self._set_layout(layout)
        if self._last_arrival_s is not None:
            self._reasons.append("the stream was away")

    def push(self, pulled: Pulled, *, arrived_s: float) -> list[Piece]:
        """Take a chunk; return what is settled by it."""
        if self._is_new_connection:
            self._is_new_connection = False
            if self._last_arrival_s is not None:
                # Stamps of two connections are of two clocks; arrivals are of one.
                sent_s = len(pulled.stamps_s) / self._layout.rate_hz
                away_s = arrived_s - sent_s - self._last_arrival_s
                self._missing_s += max(away_s, 1.0 / self._layout.rate_hz)
        self._last_arrival_s = arrived_s
        self._waiting.append(pulled.values)
        counter = self._layout.counter
        return self._take(
            self.clock.push(
                pulled.stamps_s,
                arrived_s=arrived_s,
                counter=None if counter is None else pulled.values[:, counter].astype(np.float64),
            )
        )

    def settle(self, *, is_over: bool) -> list[Piece]:
        """Give out what waits: nothing more comes for now, or at all."""
        return self._take(self.clock.settle(is_over=is_over))

    def position(self, stamp_s: float) -> float | None:
        """Return the index, with fraction, at a time of the stream's clock.

        None where nothing was received then, or where that is too long ago.
        Later than the newest sample is allowed.
        """
        if not self.clock.line.is_set or not self._runs:
            return None
        received = self.clock.line.index_received(stamp_s)
        if received is None:
            return None
        for run in reversed(self._runs):
            if received >= run.first_received:
                is_last = run is self._runs[-1]
                offset = received - run.first_received
                return run.first_index + offset if is_last or offset < run.n_samples else None
        return None

    # ------------------------------------------------ parts

    def _set_layout(self, layout: EmgLayout) -> None:
        self._layout = layout
        self.clock = StreamClock(rate_hz=layout.rate_hz, has_counter=layout.counter is not None)
        self._quantiser = BlockQuantiser(layout.montage.channels)
        self._waiting.clear()
        self._runs.clear()
        self._n_taken = 0
        self._is_new_connection = True
        self._knows_counter = False

    def _take(self, releases: list[Release]) -> list[Piece]:
        pieces: list[Piece] = []
        for release in releases:
            if release.before is not None:
                self._note_break(release.before, pieces)
            self._give(self._next_values(release.n_samples), pieces)
        if releases and not self._knows_counter:
            self._knows_counter = True
            if self._layout.counter is not None and not self.clock.counts:
                pieces.append(
                    Note(
                        sample_index=self.end_index,
                        code="counter_does_not_count",
                        message="the counter channel does not go up by 1 with each sample; holes "
                        "are told by time stamps alone",
                    )
                )
        return pieces

    def _note_break(self, found: Break, pieces: list[Piece]) -> None:
        if found.clock_step_s:
            told = f"the clock of the stream jumped by {found.clock_step_s:+.3f} s"
            pieces.append(Note(sample_index=self.end_index, code="clock_jump", message=told))
            if found.missing_s:
                self._reasons.append(f"{told}; whether samples were lost cannot be told")
        elif found.missing_s:
            n_lost = max(round(found.missing_s * self._layout.rate_hz), 1)
            self._reasons.append(f"{n_lost} samples were lost")
        self._missing_s += found.missing_s

    def _next_values(self, n_samples: int) -> npt.NDArray[np.generic]:
        parts = []
        while n_samples:
            head = self._waiting[0]
            if len(head) <= n_samples:
                parts.append(self._waiting.popleft())
            else:
                parts.append(head[:n_samples])
                self._waiting[0] = head[n_samples:]
            n_samples -= len(parts[-1])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _give(self, values: npt.NDArray[np.generic], pieces: list[Piece]) -> None:
        """Give out samples, those that are no numbers left out."""
        layout = self._layout
        emg = values[:, layout.columns].T.astype(np.float64) * layout.microvolts
        trigger = None
        is_finite = np.logical_and.reduce(np.isfinite(emg), axis=0)
        if layout.trigger is not None:
            trigger = values[:, layout.trigger].astype(np.float64)
            is_finite = is_finite & np.isfinite(trigger)
        if is_finite.all():
            self._give_run(emg, trigger, pieces)
            return
        edges = np.flatnonzero(np.diff(is_finite)) + 1
        for low, high in zip([0, *edges.tolist()], [*edges.tolist(), len(is_finite)], strict=True):
            if is_finite[low]:
                part = None if trigger is None else trigger[low:high]
                self._give_run(emg[:, low:high], part, pieces)
                continue
            if not self._not_finite:
                self._not_finite = True
                bad = ~np.logical_and.reduce(np.isfinite(emg[:, low:high]), axis=1)
                labels = [
                    channel.label
                    for channel, is_bad in zip(layout.montage.channels, bad, strict=True)
                    if is_bad
                ] or ["the trigger"]
                told = f"{' and '.join(labels)}: samples that are no numbers"
                pieces.append(
                    Note(
                        sample_index=self.end_index,
                        code="samples_not_numbers",
                        message=f"{told}; they are left out. See to electrode and amplifier",
                    )
                )
                self._reasons.append(told)
            self._missing_s += (high - low) / layout.rate_hz
            self._n_taken += high - low

    def _give_run(
        self,
        emg: npt.NDArray[np.float64],
        trigger: npt.NDArray[np.float64] | None,
        pieces: list[Piece],
    ) -> None:
        self._not_finite = False
        n_samples = emg.shape[1]
        if self._missing_s > 0.0 and self.end_index:
            resumes_at_s = _on_grid(self._end_s, self._missing_s)
            reason = "; ".join(dict.fromkeys(self._reasons))
            pieces.append(
                Hole(sample_index=self.end_index, resumes_at_s=resumes_at_s, reason=reason)
            )
            self._end_s = resumes_at_s
        is_cut = self._missing_s > 0.0 or not self._runs
        self._missing_s = 0.0
        self._reasons.clear()
        if is_cut:
            self._segment = (self.end_index, self._end_s)
            self._runs.append(
                _Run(first_received=self._n_taken, first_index=self.end_index, n_samples=0)
            )
        pieces.append(
            Stretch(
                first_index=self.end_index,
                samples_uv=self._quantiser.quantised(emg),
                trigger=trigger,
            )
        )
        run = self._runs[-1]
        self._runs[-1] = _Run(
            first_received=run.first_received,
            first_index=run.first_index,
            n_samples=run.n_samples + n_samples,
        )
        self._n_taken += n_samples
        self.end_index += n_samples
        first, onset_s = self._segment
        self._end_s = onset_s + (self.end_index - first) / self._layout.rate_hz


def _on_grid(end_s: float, missing_s: float) -> float:
    """Return when samples go on: later than they ended, on the grid of a recording."""
    steps = round((end_s + missing_s) / ONSET_STEP_S)
    while steps * ONSET_STEP_S <= end_s + 1e-9:
        steps += 1
    return round(steps * ONSET_STEP_S, 6)
