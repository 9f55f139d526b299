"""Evidence of one muscle gathered over sweeps: probabilities, silence, amplitude."""

from collections import deque
from math import exp, fsum, hypot
from statistics import median

import numpy as np

from amr_monitor.dsp.calibration import MuscleCalibration, expected_sweeps_to_loss
from amr_monitor.dsp.conditioning import Array
from amr_monitor.dsp.measurement import median_sd
from amr_monitor.dsp.skips import Skips
from amr_monitor.dsp.tracking import FilterBank, PresenceFilter, ReturnSum, last_sweep_with_response
from amr_monitor.model.case import Reason
from amr_monitor.model.events import Evidence
from amr_monitor.monitor.evidence import SweepEvidence
from amr_monitor.monitor.settings import MonitorSettings

LEVEL_STEP_S = 5.0
KEPT_LEVELS = 240
USUAL_QUANTILE = 0.9
FALL_SPAN = 0.35
DROP_SHARE = 0.08
FALL_MARGIN = 1.25
"""Measured falls scatter by a quarter: rather called slow than fast."""

KEPT_SWEEPS = 200
"""Sweeps in which the moment of a loss is looked for."""


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
        self._bank = FilterBank(self._loss, self._all, self._return, self._bound)
        self.skips = calibration.skips
        """What is known of how the response skips, the baseline and all since."""
        self._learnt = self._key(self.skips)
        self._expected: tuple[tuple[float, float], int | None] | None = None
        self._missed_in_a_row = 0
        self._return_sum = ReturnSum(
            step=detector.return_step, miss_rate=calibration.skips.miss_rate
        )
        self._gains: deque[float] = deque(maxlen=settings.states.window_sweeps)
        self._seen: deque[bool] = deque(maxlen=10)
        self._latencies: deque[float] = deque(maxlen=10)
        self._weighed: deque[SweepEvidence] = deque(maxlen=KEPT_SWEEPS)
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
        if (sweep.challenge_ma is not None and present) or (sweep.doubts and not present):
            self._all.push(sweep.log_likelihood)
            return
        self.fresh_sweeps += 1
        self._weighed.append(sweep)
        seen = sweep.log_odds_present > self._settings.detector.seen_log_odds
        self._seen.append(seen)
        self._gains.append(sweep.gain)
        if sweep.latency_ms is not None:
            self._latencies.append(sweep.latency_ms)
        if not lost:
            self._count_skips(sweep)
        self._bank.push(sweep.log_likelihood)
        started_from = self._return_sum.value
        self._return_sum.push(sweep.log_odds_back)
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

    def _key(self, skips: Skips) -> tuple[float, float]:
        detector = self._settings.detector
        return round(skips.blocked_exit(detector), 2), round(skips.miss_rate, 3)

    def _count_skips(self, sweep: SweepEvidence) -> None:
        """Count a sweep as fired or missed, by what is more likely of it alone.

        Not by what surely shows a response: that would call small responses
        misses, and two in a row a silent run.
        """
        if sweep.fired:
            self.learn(self._missed_in_a_row)
            self._missed_in_a_row = 0
        else:
            self._missed_in_a_row += 1

    def learn(self, run: int) -> None:
        """Count a run of misses that a response ended, and wait by it from now on."""
        self.skips = self.skips.after_run(run)
        if self._key(self.skips) == self._learnt:
            return
        self._learnt = self._key(self.skips)
        detector = self._settings.detector
        for name, watch in (
            ("loss", self._loss),
            ("loss", self._all),
            ("return", self._return),
            ("bound", self._bound),
        ):
            watch.learn(self._calibration.rates(detector, watch=name, skips=self.skips))
        self._return_sum.learn(self.skips.miss_rate)

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
        self._weighed.clear()
        self.fresh_sweeps = 0
        self.held_sweeps = 0
        self._missed_in_a_row = 0
        if pause_s > states.longest_pause_s:
            self.silent_sweeps = 0

    def enter_loss(self) -> None:
        """Settle when the response was last there, and start to watch for a return."""
        last = self._last_with_response()
        self.last_response_s = self.last_response_before_loss_s
        self.silent_sweeps = len(self._weighed) - 1 - last
        if self.silent_sweeps:
            self.silent_from_s = self._weighed[last + 1].time_s
        self._return.reset(probability_present=0.0)
        self._return_sum.reset()
        self.held_sweeps = 0

    def enter_return(self, time_s: float) -> None:
        """Start to watch for another loss."""
        for watch in (self._loss, self._all):
            watch.reset(probability_present=1.0)
        self.last_response_s = time_s
        self.silent_sweeps = 0
        self._missed_in_a_row = 0
        self.held_sweeps = 0
        self._levels.clear()

    @property
    def fall_s(self) -> float:
        """How long the response took to fall to nothing; 0 where it was cut off.

        From the time between two levels of rate times amplitude, continued in
        a straight line. Where one half of that way took nearly all the time,
        the response did not fall but drop, in one step or in two. Ours.
        """
        if not self._levels:
            return 0.0
        times = np.array([time_s for time_s, _ in self._levels])
        levels = np.array([level for _, level in self._levels])
        levels = levels / max(float(np.quantile(levels, USUAL_QUANTILE)), 1e-9)
        # Silent sweeps do not measure 0 but about 1 / SNR.
        low = float(np.clip(0.1 + 1.1 / max(self._calibration.snr, 1e-9), 0.2, 0.4))
        high_s = _last_at(times, levels, low + FALL_SPAN)
        middle_s = max(high_s, _last_at(times, levels, low + FALL_SPAN / 2.0))
        below = times[(times > middle_s) & (levels <= low)]
        low_s = float(below[0]) if below.size else float(times[-1])
        whole_s = low_s - high_s
        if min(middle_s - high_s, low_s - middle_s) < DROP_SHARE * whole_s:
            return 0.0
        return FALL_MARGIN * whole_s / FALL_SPAN

    def _last_with_response(self) -> int:
        return last_sweep_with_response(
            np.array([sweep.log_likelihood for sweep in self._weighed]),
            self._calibration.model.gains,
            self._calibration.lowest_gain(self._settings.detector),
            self._calibration.rates(self._settings.detector, watch="loss", skips=self.skips),
        )

    @property
    def last_response_before_loss_s(self) -> float:
        """Most probable time of the last response, judged from both sides of a loss.

        A loss before all the sweeps of this stretch keeps the time known before.
        """
        if not self._weighed:
            return self.last_response_s
        last = self._last_with_response()
        if last < 0:
            return min(self.last_response_s, self._weighed[0].time_s)
        return self._weighed[last].time_s

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
        return fsum(self._gains) / len(self._gains) if self._gains else 1.0

    @property
    def seen_of_last_10(self) -> int:
        """Valid sweeps with a response among the last ten."""
        return sum(self._seen)

    @property
    def latency_ms(self) -> float | None:
        """Median onset of the last responses; None without one."""
        return median(self._latencies) if self._latencies else None

    @property
    def latency_sd_ms(self) -> float | None:
        """Standard deviation of `latency_ms`: of the baseline's onset and of what moved since."""
        moved = median_sd(self._latencies, step=self._settings.detector.lag_step_ms)
        onset = self._calibration.onset_sd_ms
        return None if moved is None or onset is None else hypot(onset, moved)

    @property
    def expected_sweeps(self) -> int | None:
        """Silent sweeps that a confirmed loss would take, by all that is known of the skips."""
        if self._expected is None or self._expected[0] != self._learnt:
            sweeps = expected_sweeps_to_loss(self._calibration, self._settings.detector, self.skips)
            self._expected = self._learnt, sweeps
        return self._expected[1]

    @property
    def amplitude_uv(self) -> float:
        """Posterior mean amplitude of the response."""
        return self._bound.mean_gain * self._calibration.amplitude_uv

    @property
    def amplitude_upper_bound_uv(self) -> float:
        """Amplitude that the response exceeds with at most 5 % probability."""
        return self._bound.upper_gain(0.95) * self._calibration.amplitude_uv

    def told(
        self,
        *,
        lost: bool,
        valid_sweeps: int,
        m_fraction: float | None,
        accepted_of_last_10: int,
        reasons: tuple[Reason, ...],
    ) -> Evidence:
        """Return it with what else is told of the muscle, rounded."""
        amplitude_uv = self.amplitude_uv
        baseline_uv = max(self._calibration.amplitude_uv, 1e-9)
        return Evidence(
            probability_present=round(self._loss.probability_present, 4),
            log_odds_absent=round(self.log_odds_absent, 2),
            valid_sweeps=valid_sweeps,
            amplitude_uv=round(amplitude_uv, 1),
            amplitude_upper_bound_uv=round(self.amplitude_upper_bound_uv, 1),
            amplitude_percent_of_baseline=round(100.0 * amplitude_uv / baseline_uv, 1),
            # Of a response that is gone there is no latency, only a memory of one.
            onset_latency_ms=None if lost else _rounded(self.latency_ms, 2),
            m_wave_percent_of_baseline=_rounded(m_fraction, 1, times=100.0),
            accepted_of_last_10=accepted_of_last_10,
            reasons=reasons,
            seen_of_last_10=self.seen_of_last_10,
            onset_latency_sd_ms=None if lost else _rounded(self.latency_sd_ms, 2),
        )


def _rounded(value: float | None, digits: int, *, times: float = 1.0) -> float | None:
    return None if value is None else round(times * value, digits)


def _last_at(times: Array, levels: Array, level: float) -> float:
    """Return when a level was last reached; the first time known where never."""
    reached = times[levels >= level]
    return float(reached[-1]) if reached.size else float(times[0])
