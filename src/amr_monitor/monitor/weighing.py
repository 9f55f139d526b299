"""Evidence of one muscle gathered over sweeps: probabilities, silence, amplitude."""

from collections import deque
from math import exp

import numpy as np

from amr_monitor.dsp.calibration import MuscleCalibration
from amr_monitor.dsp.tracking import PresenceFilter, ReturnSum
from amr_monitor.monitor.evidence import SweepEvidence
from amr_monitor.monitor.settings import MonitorSettings

LEVEL_STEP_S = 5.0
KEPT_LEVELS = 240
USUAL_QUANTILE = 0.9
STILL_FULL = 0.8
CLEARLY_SEEN = 4.0


class EvidenceScale:
    """All filters and counters that accepted sweeps of one muscle go into.

    Two filters judge (one watches for loss, one for return), one bounds the
    amplitude, and one takes every accepted sweep, doubtful or not: where only
    that one says *absent*, the verdict is withheld.

    Parameters
    ----------
    calibration : MuscleCalibration
    settings : MonitorSettings
    time_s : float
        When the baseline was accepted.
    """

    def __init__(
        self, *, calibration: MuscleCalibration, settings: MonitorSettings, time_s: float
    ) -> None:
        detector = settings.detector
        self._settings = settings
        self._calibration = calibration
        self._loss = calibration.presence_filter(detector, watch="loss")
        self._all = calibration.presence_filter(detector, watch="loss")
        self._return = calibration.presence_filter(detector, watch="return")
        self._bound = calibration.presence_filter(detector, watch="bound")
        self._return_sum = ReturnSum(step=detector.return_step, miss_rate=calibration.miss_rate)
        self._gains: deque[float] = deque(maxlen=settings.states.window_sweeps)
        self._seen: deque[bool] = deque(maxlen=10)
        self._latencies: deque[float] = deque(maxlen=10)
        self.fresh_sweeps = settings.states.fresh_sweeps
        self.silent_sweeps = 0
        self.silent_from_s = time_s
        self.last_response_s = time_s
        self._levels: deque[tuple[float, float]] = deque(maxlen=KEPT_LEVELS)
        self.return_from_s = time_s
        self.held_sweeps = 0
        self.last_weighed_s = time_s

    def push(self, sweep: SweepEvidence, *, lost: bool) -> None:
        """Take an accepted sweep: silence only where it is clean, responses always.

        A response to a raised current is the other way round: it says nothing
        of the response at the reference, its absence does.

        Parameters
        ----------
        sweep : SweepEvidence
        lost : bool
            The muscle's state is `disappeared`.
        """
        present = sweep.log_odds_present > 0.0
        self.last_weighed_s = sweep.time_s
        self._all.push(sweep.log_likelihood)
        if (sweep.challenge_ma is not None and present) or (sweep.doubts and not present):
            return
        self.fresh_sweeps += 1
        seen = sweep.log_odds_present > self._settings.detector.seen_log_odds
        self._seen.append(seen)
        self._gains.append(sweep.gain)
        if sweep.latency_ms is not None:
            self._latencies.append(sweep.latency_ms)
        for watch in (self._loss, self._return, self._bound):
            watch.push(sweep.log_likelihood)
        started_from = self._return_sum.value
        self._return_sum.push(sweep.log_odds_present)
        if started_from == 0.0 and self._return_sum.value > 0.0:
            self.return_from_s = sweep.time_s
        # Once lost, a single sweep that looks like a response must also move
        # the filter before it breaks the silence.
        convincing = not lost or (
            self.log_odds_absent < self._settings.detector.provisional_log_odds
        )
        if seen and convincing:
            self.last_response_s = sweep.time_s
            self.silent_sweeps = 0
        else:
            if self.silent_sweeps == 0:
                self.silent_from_s = sweep.time_s
            self.silent_sweeps += 1
        if self.log_odds_absent < 0.0:
            self.held_sweeps += 1
        if self.window_is_full and (
            not self._levels or sweep.time_s - self._levels[-1][0] >= LEVEL_STEP_S
        ):
            self._levels.append((sweep.time_s, self.rate_times_amplitude))

    def restart(self, *, pause_s: float, lost: bool) -> None:
        """Let old evidence go: the odds start at the prior for the time that passed.

        Silence already counted stays, unless the pause was too long.
        """
        states, detector = self._settings.states, self._settings.detector
        pause_s = max(pause_s, 1.0)
        absent = 1.0 - exp(-pause_s * detector.loss_rate_per_sweep)
        back = 1.0 - exp(-pause_s * detector.return_rate_per_sweep)
        for watch in (self._loss, self._all, self._bound):
            watch.reset(probability_present=back if lost else 1.0 - absent)
        self._return.reset(probability_present=back)
        self._return_sum.reset()
        self._gains.clear()
        self._seen.clear()
        self._latencies.clear()
        self.fresh_sweeps = 0
        self.held_sweeps = 0
        if pause_s > states.longest_pause_s:
            self.silent_sweeps = 0

    def enter_loss(self) -> None:
        """Start to watch for a return."""
        self._return.reset(probability_present=0.0)
        self._return_sum.reset()
        self.held_sweeps = 0

    def enter_return(self, time_s: float) -> None:
        """Start to watch for another loss."""
        for watch in (self._loss, self._all):
            watch.reset(probability_present=1.0)
        self.last_response_s = time_s
        self.silent_sweeps = 0
        self.held_sweeps = 0
        self._levels.clear()

    @property
    def fall_s(self) -> float:
        """How long the response took to fall to nothing; 0 where it was cut off.

        From when rate times amplitude was last at 80 % of what it had been to
        the last response, continued in a straight line. A response that was
        well above the noise to the end did not fall: it was cut off. Ours.
        """
        before = [(t, level) for t, level in self._levels if t <= self.last_response_s]
        if not before:
            return 0.0
        usual = float(np.quantile([level for _, level in before], USUAL_QUANTILE))
        last = before[-1][1] / max(usual, 1e-9)
        cut_off = min(max(CLEARLY_SEEN / max(self._calibration.snr, 1e-9), 0.25), 0.5)
        if last >= cut_off:
            return 0.0
        full_s = max((t for t, level in before if level >= STILL_FULL * usual), default=0.0)
        return (self.last_response_s - full_s) / (STILL_FULL - last)

    @property
    def is_fresh(self) -> bool:
        """Whether enough valid sweeps came since the last pause."""
        return self.fresh_sweeps >= self._settings.states.fresh_sweeps

    @property
    def loss(self) -> PresenceFilter:
        """The filter that watches for a loss, on clean sweeps."""
        return self._loss

    @property
    def log_odds_absent(self) -> float:
        """Log odds of absence by clean sweeps."""
        return self._loss.log_odds_absent

    @property
    def log_odds_absent_by_all(self) -> float:
        """Log odds of absence by every accepted sweep, doubtful ones too."""
        return self._all.log_odds_absent

    @property
    def log_odds_absent_in_return_watch(self) -> float:
        """Log odds of absence by the filter that watches for a return."""
        return self._return.log_odds_absent

    @property
    def return_sum(self) -> float:
        """Cumulative evidence of a return."""
        return self._return_sum.value

    @property
    def window_is_full(self) -> bool:
        """Whether rate times amplitude rests on enough sweeps."""
        return len(self._gains) == self._gains.maxlen

    @property
    def rate_times_amplitude(self) -> float:
        """Mean gain over the last valid sweeps, silent ones as 0; 1 before any."""
        return float(np.mean(self._gains)) if self._gains else 1.0

    @property
    def seen_of_last_10(self) -> int:
        """Valid sweeps with a response among the last ten."""
        return sum(self._seen)

    @property
    def latency_ms(self) -> float | None:
        """Median onset of the last responses; None without one."""
        return float(np.median(self._latencies)) if self._latencies else None

    @property
    def amplitude_uv(self) -> float:
        """Posterior mean amplitude of the response."""
        return self._bound.mean_gain * self._calibration.amplitude_uv

    @property
    def amplitude_upper_bound_uv(self) -> float:
        """Amplitude that the response exceeds with at most 5 % probability."""
        return self._bound.upper_gain(0.95) * self._calibration.amplitude_uv
