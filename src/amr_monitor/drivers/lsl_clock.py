"""The clock of a live stream: where samples are missing, and when each was taken.

Stamps are taken as they were sent, never smoothed: a dejitter that smooths over
a hole puts the stamps after it wrong by milliseconds for seconds and hides it.
What a stamp off the line means is found in this order (ours):

1. The device's own sample counter, where there is one: it alone decides.
2. Stamps that never step back do not jitter: then each step of more than half
   a sample is a hole.
3. Stamps that do jitter are off the line for a moment and come back. Samples
   from the first doubtful stamp on wait for that, 0.1 s at the most; what has
   not come back by then is a hole.

A step of more than a second that the arrival of the samples did not show is
the sender's clock, not a hole. Without a counter nobody can exclude a short
hole there, so it ends a segment all the same.

Everything is counted in samples and stamps: the result is the same whatever
the size of the chunks.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.lsl_counter import SampleCounter
from amr_monitor.drivers.lsl_line import ClockLine

Floats = npt.NDArray[np.float64]

LEARN_S = 0.3
"""After a stream was opened its jitter is learnt from so much of it."""

HOLD_S = 0.1
"""So long doubtful samples wait for stamps to come back to the line."""

STEP_SAMPLES = 0.5
SMALL_STEP_SAMPLES = 0.25
JITTERS = 6.0
MAD_TO_SD = 1.4826
STEPS_KEPT = 64
FEWEST_STEPS = 4
BACK_SHARE = 0.25
"""With so many steps back among all, stamps jitter; holes step forward alone."""

CLOCK_JUMP_S = 1.0
ARRIVALS_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Stamps or counter depart from what was expected.

    Attributes
    ----------
    missing_s : float
        Time without samples; 0 where the counter says that none is missing.
    clock_step_s : float
        By how much the sender's clock jumped; 0 where it did not.
    """

    missing_s: float
    clock_step_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Samples whose continuity is settled.

    Attributes
    ----------
    n_samples : int
    before : Break or None
        What lies between the samples released before and these.
    """

    n_samples: int
    before: Break | None = None


class StreamClock:
    """Settle sample by sample whether a stream goes on without a hole.

    Parameters
    ----------
    rate_hz : float
        Nominal.
    has_counter : bool
        Whether `push` is given the device's counter.
    """

    def __init__(self, *, rate_hz: float, has_counter: bool = False) -> None:
        self._rate_hz = rate_hz
        self._period_s = 1.0 / rate_hz
        self.line = ClockLine(rate_hz=rate_hz)
        self._counter = SampleCounter() if has_counter else None
        self._stamps: Floats = np.empty(0)
        self._counts: Floats = np.empty(0)
        self._n_settled = 0
        self._n_received = 0
        self._last_stamp: float | None = None
        self._newest_stamp: float | None = None
        self._is_learning = True
        self._steps: deque[float] = deque(maxlen=STEPS_KEPT)
        self._arrivals: deque[tuple[int, float]] = deque(maxlen=ARRIVALS_KEPT)
        self._arrival_base_s: float | None = None

    @property
    def n_waiting(self) -> int:
        """Samples that are not settled yet."""
        return len(self._stamps)

    @property
    def newest_s(self) -> float | None:
        """Time one past the newest settled sample; None before the first."""
        return float(self.line.time_s(self._n_settled, 1)[0]) if self.line.is_set else None

    @property
    def jitter_s(self) -> float:
        """Standard deviation of the stamps; 0 where they do not jitter."""
        back = [-step for step in self._steps if step < 0.0]
        if len(self._steps) < FEWEST_STEPS or len(back) < BACK_SHARE * len(self._steps):
            return 0.0
        return MAD_TO_SD * float(np.median(back)) / float(np.sqrt(2.0))

    @property
    def smallest_hole_s(self) -> float:
        """A shorter hole cannot be told from jitter; one sample with a counter."""
        if self.counts:
            return self._period_s
        return max(STEP_SAMPLES * self._period_s, JITTERS * self.jitter_s)

    @property
    def counts(self) -> bool:
        """Whether the device's counter was found to count samples."""
        return self._counter is not None and self._counter.is_good

    def push(
        self, stamps_s: Floats, *, arrived_s: float, counter: Floats | None = None
    ) -> list[Release]:
        """Take the stamps of the next samples; return what is settled by now.

        Parameters
        ----------
        stamps_s : ndarray of float64, shape (n_samples,)
            Raw, of the sender.
        arrived_s : float
            When they came, on this machine's clock.
        counter : ndarray of float64, shape (n_samples,), or None
        """
        if not len(stamps_s):
            return []
        before = stamps_s[:1] if self._newest_stamp is None else [self._newest_stamp]
        steps = np.diff(stamps_s, prepend=before) - self._period_s
        if self._newest_stamp is None:
            steps[0] = 0.0
        self._newest_stamp = float(stamps_s[-1])
        clear = np.abs(steps) > SMALL_STEP_SAMPLES * self._period_s
        self._steps.extend(step for step in steps[clear].tolist() if abs(step) < CLOCK_JUMP_S)
        self._stamps = np.concatenate([self._stamps, stamps_s])
        if self._counter is not None and counter is not None:
            self._counts = np.concatenate([self._counts, counter])
        self._n_received += len(stamps_s)
        self._arrivals.append((self._n_received, arrived_s))
        return self._settle(may_wait=True)

    def settle(self, *, is_over: bool = True) -> list[Release]:
        """Settle what waits with what there is: nothing more comes for now.

        Parameters
        ----------
        is_over : bool
            Nothing more comes at all. Else what is still to be learnt from
            goes on waiting.
        """
        return [] if self._is_learning and not is_over else self._settle(may_wait=False)

    def _settle(self, *, may_wait: bool) -> list[Release]:
        if self._is_learning:
            if may_wait and len(self._stamps) < LEARN_S * self._rate_hz:
                return []
            self._is_learning = False
            if self._counter is not None:
                self._counter.learn(self._counts)
        releases: list[Release] = []
        if self.counts:
            self._by_counter(releases)
        elif not self.jitter_s:
            self._by_steps(releases)
        else:
            self._by_line(releases, may_wait=may_wait)
        self._note_arrivals()
        return releases

    # ------------------------------------------------ the three ways

    def _by_counter(self, releases: list[Release]) -> None:
        if self._counter is None or not len(self._stamps):
            return
        lost = self._counter.push(self._counts)
        steps = self._steps_from_last()
        jumps = np.abs(steps - lost * self._period_s) > CLOCK_JUMP_S
        at = np.flatnonzero((lost != 0) | jumps)
        breaks = []
        for k in at.tolist():
            step_s = float(steps[k])
            if lost[k] > 0 and not jumps[k]:
                breaks.append(Break(missing_s=float(lost[k]) * self._period_s))
            elif lost[k] == 0:
                breaks.append(Break(missing_s=0.0, clock_step_s=step_s))
            else:  # it was set anew, or lost more than it can count
                breaks.append(self._judged(step_s, at=k))
        self._release_all(releases, at.tolist(), breaks)
        self._counts = np.empty(0)

    def _by_steps(self, releases: list[Release]) -> None:
        steps = self._steps_from_last()
        at = np.flatnonzero(np.abs(steps) > STEP_SAMPLES * self._period_s).tolist()
        self._release_all(releases, at, [self._judged(float(steps[k]), at=k) for k in at])

    def _by_line(self, releases: list[Release], *, may_wait: bool) -> None:
        n_hold = max(round(HOLD_S * self._rate_hz), 1)
        if not self.line.is_set and len(self._stamps):
            since_first = np.arange(len(self._stamps)) * self._period_s
            self.line.begin(float(np.median(self._stamps - since_first)), at=self._n_settled)
        while len(self._stamps):
            off = self._stamps - self.line.time_s(self._n_settled, len(self._stamps))
            bound = self.smallest_hole_s
            is_off = np.abs(off) > bound
            first = int(np.argmax(is_off)) if is_off.any() else len(off)
            if first:
                self._release(releases, first)
                continue
            back = np.flatnonzero(~is_off[:n_hold])
            if len(back):
                # Late for a moment: no hole, and nothing to learn the time from.
                self._release(releases, int(back[0]), teaches=False)
                continue
            if may_wait and len(off) < n_hold:
                return
            window = off[:n_hold]
            step_s = float(window.min() if window[0] > 0.0 else window.max())
            judged = self._judged(step_s, at=0)
            self.line.step(step_s, at=self._n_settled)
            is_young = self.line.age_s < 1.0
            within = np.flatnonzero(np.abs(window - step_s) <= bound)
            n_now = int(within[0]) + 1
            # A line that began with a late stamp is put right; nothing is missing there.
            is_hole = step_s > 0.0 or judged.clock_step_s or not is_young
            self._release(releases, n_now, before=judged if is_hole else None, teaches=False)

    # ------------------------------------------------ parts

    def _steps_from_last(self) -> Floats:
        if not len(self._stamps):
            return np.empty(0)
        last = self._stamps[0] - self._period_s if self._last_stamp is None else self._last_stamp
        steps: Floats = np.diff(self._stamps, prepend=last) - self._period_s
        return steps

    def _judged(self, step_s: float, *, at: int) -> Break:
        """Tell a hole from a jump of the sender's clock."""
        if step_s < 0.0:
            return Break(missing_s=self._period_s, clock_step_s=step_s)
        if step_s < CLOCK_JUMP_S:
            return Break(missing_s=max(round(step_s * self._rate_hz), 1) * self._period_s)
        waited_s = self._waited_s(self._n_settled + at)
        if waited_s is not None and waited_s < 0.5 * step_s:
            return Break(missing_s=max(waited_s, self._period_s), clock_step_s=step_s - waited_s)
        return Break(missing_s=step_s)

    def _waited_s(self, index: int) -> float | None:
        """Return how much later than the samples before it a sample came."""
        if self._arrival_base_s is None:
            return None
        came = [s - n * self._period_s for n, s in self._arrivals if n > index]
        return max(min(came) - self._arrival_base_s, 0.0) if came else None

    def _note_arrivals(self) -> None:
        settled = [s - n * self._period_s for n, s in self._arrivals if n <= self._n_settled]
        if settled:
            self._arrival_base_s = min(settled[-ARRIVALS_KEPT // 2 :])

    def _release_all(self, releases: list[Release], at: list[int], breaks: list[Break]) -> None:
        """Release everything, cut where a break stands."""
        pending: Break | None = None
        done = 0
        for k, found in zip(at, breaks, strict=True):
            if k > done:
                self._release(releases, k - done, before=pending)
            self.line.begin(float(self._stamps[0]), at=self._n_settled)
            pending, done = found, k
        if len(self._stamps):
            self._release(releases, len(self._stamps), before=pending)

    def _release(
        self,
        releases: list[Release],
        n_samples: int,
        *,
        before: Break | None = None,
        teaches: bool = True,
    ) -> None:
        stamps = self._stamps[:n_samples]
        if teaches:
            self.line.add(stamps, at=self._n_settled)
        self._last_stamp = float(stamps[-1])
        self._n_settled += n_samples
        self._stamps = self._stamps[n_samples:]
        releases.append(Release(n_samples=n_samples, before=before))
