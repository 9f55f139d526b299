"""One muscle: evidence in, changes of state out, by the table in `transitions`."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from math import ceil, inf, log
from operator import attrgetter

import numpy as np

from amr_monitor.dsp.calibration import MuscleCalibration
from amr_monitor.dsp.conditioning import EvidenceReach
from amr_monitor.dsp.tracking import log_odds_of_presence
from amr_monitor.model.case import AmrState, Certainty, Muscle, Reason
from amr_monitor.model.events import Evidence
from amr_monitor.monitor.baseline import is_monitorable
from amr_monitor.monitor.changes import (
    Change,
    HigherCurrentResponse,
    IndeterminateChange,
    Spell,
    StateChange,
)
from amr_monitor.monitor.evidence import SweepEvidence
from amr_monitor.monitor.indeterminate import Indeterminate, QualityWatch
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.transitions import MUSCLE_TABLE, WITH_RESPONSE, Condition
from amr_monitor.monitor.weighing import EvidenceScale

CHALLENGE_SWEEPS = 3
FADING = frozenset({Reason.M_WAVE_LOW, Reason.M_WAVE_MISSING, Reason.RELAXANT, Reason.EMG_ACTIVITY})
"""An M wave that went slowly and is gone now: still a fading muscle, no loose lead."""
SHORTEST_JUDGEMENT = 20
KEPT_SWEEPS = 32768
_time_s = attrgetter("time_s")


class MuscleTracker:
    """Follow one muscle from its accepted baseline to the end of the case.

    Parameters
    ----------
    muscle : Muscle
    calibration : MuscleCalibration
    settings : MonitorSettings
    time_s : float
        When the baseline was accepted.
    """

    def __init__(
        self,
        *,
        muscle: Muscle,
        calibration: MuscleCalibration,
        settings: MonitorSettings,
        time_s: float,
    ) -> None:
        self.muscle = muscle
        self.calibration = calibration
        self._settings = settings
        self._states = settings.states
        self._scale = EvidenceScale(calibration=calibration, settings=settings, time_s=time_s)
        self._quality = QualityWatch(settings=settings)
        self._challenge: deque[bool] = deque(maxlen=10)
        self._challenge_told_ma: float | None = None
        self._valid: list[SweepEvidence] = []
        self.state = AmrState.LEARNING
        self.certainty = Certainty.CONFIRMED
        self.pending: AmrState | None = None
        self.since_s = time_s
        self.time_s = time_s
        self.indeterminate: Indeterminate | None = None
        self._interrupted: Indeterminate | None = None
        self.slow_fall_accepted = False
        self.returned_count = 0
        self.ever_attenuated = False
        self.valid_in_state = 0
        self.m_fraction: float | None = None
        self._vessel_was_moved = False
        self._steps_s: Sequence[float] = ()
        self.last_reasons: tuple[Reason, ...] | None = None
        self.spells: list[Spell] = []

    @property
    def sweeps_to_sustain(self) -> int:
        """Valid sweeps without response for a sustained loss in this patient."""
        rules = self._states
        skips = self._scale.skips
        miss = min(max(skips.miss_rate, 1e-6), 0.999)
        return max(
            rules.sustained_sweeps,
            ceil(rules.sustained_silent_runs * skips.longest_run),
            ceil(log(rules.sustained_chance) / log(miss)),
        )

    @property
    def monitorable(self) -> bool:
        """Whether silence of this muscle could be told from skipping within reason."""
        return is_monitorable(self.calibration, self._settings)

    def begin(self, accepted: Iterable[bool] = ()) -> StateChange | None:
        """Leave `learning` by what the baseline found.

        `accepted` tells of the last sweeps of the baseline whether they counted.
        """
        self._quality.remember(accepted)
        if self.calibration.elicited:
            return self._take({Condition.BASELINE_WITH_RESPONSE})
        return self._take({Condition.BASELINE_WITHOUT_RESPONSE})

    def recalibrate(self, calibration: MuscleCalibration, time_s: float) -> None:
        """Take the baseline of a new epoch; the state stays."""
        last_response_s = self._scale.last_response_s
        self.calibration = calibration
        self._scale = EvidenceScale(calibration=calibration, settings=self._settings, time_s=time_s)
        self._scale.last_response_s = last_response_s
        self._scale.restart(pause_s=0.0, lost=self.state is AmrState.DISAPPEARED)

    # ------------------------------------------------------------- sweeps

    def push(
        self, sweep: SweepEvidence, *, vessel_moved_s: float | None, steps_s: Sequence[float] = ()
    ) -> list[Change]:
        """Take one sweep of class `amr`, accepted or not.

        Parameters
        ----------
        sweep : SweepEvidence
        vessel_moved_s : float or None
            When a vessel was last moved: a slow fall after it is no riddle.
        steps_s : sequence of float
            When steps of the operation were taken: they may explain a loss.

        Returns
        -------
        list of Change
            In order.
        """
        self.time_s = sweep.time_s
        self.m_fraction = sweep.m_fraction
        self.last_reasons = sweep.reasons
        self._vessel_was_moved, self._steps_s = vessel_moved_s is not None, steps_s
        self._quality.push(sweep)
        if sweep.accepted:
            self.valid_in_state += 1
        if self.state in (AmrState.LEARNING, AmrState.NOT_ELICITED):
            return []
        changes = self._judge_quality()
        if not sweep.accepted or (self.indeterminate and not self.indeterminate.withheld):
            return changes
        pause_s = sweep.time_s - self._scale.last_weighed_s
        if pause_s > self._states.longest_pause_s:
            changes += self._withdraw()
            self._scale.restart(pause_s=pause_s, lost=self.is_lost)
        changes += self._challenged(sweep)
        self._scale.push(sweep, lost=self.is_lost)
        changes += self._judge_state(vessel_moved_s)
        if self.indeterminate is None:
            self._valid.append(sweep)
            del self._valid[:-KEPT_SWEEPS]
        return changes

    def silence(self, reasons: tuple[Reason, ...]) -> list[Change]:
        """Tell that no stimuli come; the next good sweeps end it."""
        if self.state in (AmrState.LEARNING, AmrState.NOT_ELICITED):
            return []
        self._quality.forget()
        if self.indeterminate is not None:
            return []
        return self._start(reasons, withheld=False)

    def _challenged(self, sweep: SweepEvidence) -> list[Change]:
        if sweep.challenge_ma is None or not self.is_lost:
            self._challenge.clear()
            self._challenge_told_ma = None
            return []
        seen = sweep.log_odds_present > self._settings.detector.seen_log_odds
        self._challenge.append(seen)
        n_seen = sum(self._challenge)
        if n_seen < CHALLENGE_SWEEPS or self._challenge_told_ma == sweep.challenge_ma:
            return []
        self._challenge_told_ma = sweep.challenge_ma
        return [HigherCurrentResponse(current_ma=sweep.challenge_ma, seen_of_last_10=n_seen)]

    # ------------------------------------------------------- indeterminate

    def _judge_quality(self) -> list[Change]:
        failing = self._quality.failing
        present = self.indeterminate
        if present is None or present.withheld:
            return self._start(failing, withheld=False) if failing else []
        if self._quality.recovered:
            return self._end()
        now = Indeterminate(reasons=failing, withheld=False, since_s=self.time_s)
        fading = Reason.M_WAVE_LOW in present.reasons and set(failing) <= FADING
        graver = failing and now.gravity > present.gravity and not fading
        return self._start(failing, withheld=False) if graver else []

    def _start(self, reasons: tuple[Reason, ...], *, withheld: bool) -> list[Change]:
        changes = self._withdraw()
        if self.indeterminate is not None:
            changes.append(IndeterminateChange(started=False, cause=self.indeterminate))
            if self.indeterminate.withheld and not withheld:
                self._interrupted = self.indeterminate
        self.indeterminate = Indeterminate(reasons=reasons, withheld=withheld, since_s=self.time_s)
        return [*changes, IndeterminateChange(started=True, cause=self.indeterminate)]

    def _end(self) -> list[Change]:
        ended, self.indeterminate = self.indeterminate, None
        if ended is None:
            return []
        pause_s = self.time_s - self._scale.last_weighed_s
        if ended.withheld:
            # Sweeps were weighed all along; what is in doubt is as old as they are.
            pause_s = self.time_s - ended.since_s
        self._scale.restart(pause_s=pause_s, lost=self.is_lost)
        changes: list[Change] = [IndeterminateChange(started=False, cause=ended)]
        resumed, self._interrupted = self._interrupted, None
        if resumed is not None:
            # A verdict that was withheld before an interference is so after it.
            changes += self._start(resumed.reasons, withheld=True)
        return changes

    def _withdraw(self) -> list[Change]:
        if self.pending is None:
            return []
        given_up, self.pending = self.pending, None
        return [
            StateChange(from_state=given_up, to_state=self.state, certainty=Certainty.CONFIRMED)
        ]

    # --------------------------------------------------------------- state

    @property
    def is_lost(self) -> bool:
        """Whether the state is `disappeared`."""
        return self.state is AmrState.DISAPPEARED

    @property
    def is_withheld(self) -> bool:
        """Whether a verdict is held back, an interference on top of it or not."""
        present = self.indeterminate
        return present is not None and (present.withheld or self._interrupted is not None)

    @property
    def has_response(self) -> bool:
        """Whether the response is held to be there."""
        return self.state in WITH_RESPONSE

    @property
    def valid_sweeps(self) -> tuple[SweepEvidence, ...]:
        """Sweeps that counted, of those kept."""
        return tuple(self._valid)

    def shows_response(self, times_s: list[float]) -> bool:
        """Whether the sweeps at these times positively show the response, by themselves."""
        wanted = set(times_s)
        first = bisect_left(self._valid, min(times_s, default=inf), key=_time_s)
        rows = [sweep.log_likelihood for sweep in self._valid[first:] if sweep.time_s in wanted]
        if not rows:
            return False
        detector = self._settings.detector
        log_odds = log_odds_of_presence(
            np.array(rows),
            self.calibration.model.gains,
            self.calibration.lowest_gain(detector),
            self.calibration.rates(detector, watch="loss", skips=self._scale.skips),
        )
        return log_odds > -detector.present_log_odds

    def _judge_state(self, vessel_moved_s: float | None) -> list[Change]:
        if not self._scale.is_fresh:
            return []
        certain = self._settings.detector.confirmed_log_odds
        gone = self._scale.log_odds_absent_by_all >= certain
        if self.indeterminate is not None:
            slow = Reason.SLOW_FALL in self.indeterminate.reasons
            back = self._scale.log_odds_absent_by_all < self._settings.detector.present_log_odds
            stands = self._quality.doubts or (slow and not self.slow_fall_accepted)
            if back:
                self.slow_fall_accepted = False
            return [] if stands and not back else self._end()
        if self.has_response and gone:
            if self._scale.log_odds_absent < certain and self._quality.doubts:
                return self._start(self._quality.doubts, withheld=True)
            if self._fell_slowly(vessel_moved_s) and not self.slow_fall_accepted:
                return self._start((Reason.SLOW_FALL,), withheld=True)
        conditions = self._conditions()
        withdrawn = {Condition.LOSS_WITHDRAWN, Condition.RETURN_WITHDRAWN} & conditions
        changes = self._withdraw() if withdrawn else []
        change = self._take(conditions)
        return changes if change is None else [*changes, change]

    def _fell_slowly(self, vessel_moved_s: float | None) -> bool:
        scale = self._scale
        explained = (
            vessel_moved_s is not None
            and scale.last_response_s - vessel_moved_s < self._states.slow_fall_vessel_s
        )
        return not explained and scale.fall_s > self._states.slow_fall_s

    def _conditions(self) -> set[Condition]:
        detector, states, scale = self._settings.detector, self._states, self._scale
        loss = scale.log_odds_absent
        held: set[Condition] = set()
        if self.has_response:
            if loss >= detector.confirmed_log_odds:
                held.add(Condition.LOSS_CERTAIN)
            elif loss >= detector.provisional_log_odds:
                held.add(Condition.LOSS_LIKELY)
            elif loss < detector.present_log_odds:
                held.add(Condition.LOSS_WITHDRAWN)
                level = scale.rate_times_amplitude if scale.window_is_full else None
                if level is not None and level < states.attenuated_below:
                    held.add(Condition.AMPLITUDE_LOW)
                if level is not None and level > states.present_above:
                    held.add(Condition.AMPLITUDE_RECOVERED)
            if scale.held_sweeps >= states.held_sweeps:
                held.add(Condition.RESPONSE_HELD)
        elif self.is_lost:
            back = scale.log_odds_absent_in_return_watch
            if scale.return_sum >= detector.return_threshold:
                held.add(Condition.RETURN_CERTAIN)
            elif back <= -detector.provisional_log_odds:
                held.add(Condition.RETURN_LIKELY)
            elif back >= -detector.present_log_odds:
                held.add(Condition.RETURN_WITHDRAWN)
            if (
                self.certainty is not Certainty.SUSTAINED
                and loss >= detector.provisional_log_odds
                and scale.silent_sweeps >= self.sweeps_to_sustain
                and self.time_s - scale.silent_from_s >= states.sustained_s
            ):
                held.add(Condition.LOSS_SUSTAINED)
        return held

    def still_present(self, *, complete_s: float | None, ending: bool) -> StateChange | None:
        """Take the row to `persistent` where its condition holds.

        Parameters
        ----------
        complete_s : float or None
            When decompression was complete; None without that mark.
        ending : bool
            The dura is closed, or the case.
        """
        if not self.has_response or self.indeterminate is not None or self.pending is not None:
            return None
        if self._scale.log_odds_absent >= 0.0 or not self._scale.is_fresh:
            return None
        if not self.monitorable:
            return None
        from_s = self.since_s if complete_s is None else complete_s
        n_valid = self.valid_sweeps_since(from_s)
        long_enough = (
            complete_s is not None
            and n_valid >= self._states.persistent_sweeps
            and self.time_s - complete_s >= self._states.persistent_s
        )
        if not long_enough and not (ending and n_valid >= SHORTEST_JUDGEMENT):
            return None
        judged = self.valid_times_s(from_s, inf)[-self._states.persistent_sweeps :]
        if not self.shows_response(judged):
            return None
        return self._take({Condition.STILL_PRESENT})

    def re_explored(self) -> StateChange | None:
        """Take `persistent` back: the surgeon looks again."""
        return self._take({Condition.RE_EXPLORED})

    def seen_first(self) -> StateChange | None:
        """Learn after all: the scan found a response where none was elicited."""
        return self._take({Condition.RESPONSE_SEEN_FIRST})

    def valid_sweeps_since(self, time_s: float) -> int:
        """Count valid sweeps at or after a time (of those kept)."""
        return len(self._valid) - bisect_left(self._valid, time_s, key=_time_s)

    def valid_times_s(self, from_s: float, until_s: float) -> list[float]:
        """Return the times of valid sweeps in [from_s, until_s), of those kept."""
        first, end = (bisect_left(self._valid, edge, key=_time_s) for edge in (from_s, until_s))
        return [sweep.time_s for sweep in self._valid[first:end]]

    def give_up(self) -> list[Change]:
        """Take back what was not settled: the baseline is learnt anew."""
        changes = self._withdraw()
        if self.indeterminate is not None:
            changes.append(IndeterminateChange(started=False, cause=self.indeterminate))
            self.indeterminate = None
        return changes

    def inherit(self, earlier: "MuscleTracker") -> None:
        """Take over what an earlier baseline of the same case went through."""
        self.spells = [*earlier.spells, *self.spells]
        self.returned_count = earlier.returned_count
        self.ever_attenuated = earlier.ever_attenuated
        self._valid[:0] = earlier.valid_sweeps

    def _take(self, conditions: set[Condition]) -> StateChange | None:
        for row in MUSCLE_TABLE:
            if self.state not in row.sources or row.condition not in conditions:
                continue
            if row.certainty is Certainty.CONFIRMED:
                return self._enter(row.target)
            if row.certainty is Certainty.PROVISIONAL:
                if self.pending is row.target:
                    return None
                self.pending = row.target
                return self._change(self.state, row.target, row.certainty)
            self.certainty = Certainty.SUSTAINED
            lost = self.spells[-1]
            self.spells[-1] = Spell(state=lost.state, from_s=lost.from_s, sustained=True)
            before = self.spells[-2].state if len(self.spells) > 1 else lost.state
            return self._change(before, row.target, row.certainty)
        return None

    def _change(self, source: AmrState, target: AmrState, certainty: Certainty) -> StateChange:
        last_response_s = None
        if target is AmrState.DISAPPEARED:
            last_response_s = (
                self._scale.last_response_s
                if certainty is Certainty.SUSTAINED
                else self._scale.last_response_before_loss_s
            )
        return StateChange(
            from_state=source,
            to_state=target,
            certainty=certainty,
            last_response_s=last_response_s,
        )

    def _enter(self, target: AmrState) -> StateChange:
        change = self._change(self.state, target, Certainty.CONFIRMED)
        from_s = self.time_s
        if target is AmrState.DISAPPEARED:
            self._scale.enter_loss()
            from_s = self._scale.last_response_s
        elif target is AmrState.REAPPEARED:
            from_s = self._scale.return_from_s
            self.returned_count += 1
            moved = self._vessel_was_moved
            if self.spells[-1].is_silent_run(self._steps_s, vessel_was_moved=moved):
                # The next one is waited for.
                self._scale.learn(len(self.valid_times_s(self.spells[-1].from_s, from_s)))
            self._scale.enter_return(self.time_s)
        elif target is AmrState.ATTENUATED:
            self.ever_attenuated = True
        if target in (AmrState.PRESENT, AmrState.REAPPEARED):
            # What was accepted was that fall; the next one is another.
            self.slow_fall_accepted = False
        self.state = target
        self.certainty = Certainty.CONFIRMED
        self.pending = None
        self.since_s = self.time_s
        self.valid_in_state = 0
        self.spells.append(Spell(state=target, from_s=from_s))
        return change

    # ------------------------------------------------------------- telling

    @property
    def accepted_of_last_10(self) -> int:
        """How many of the last ten sweeps count."""
        return self._quality.accepted_of_last_10

    @property
    def scale(self) -> EvidenceScale:
        """The evidence that the state rests on."""
        return self._scale

    @property
    def silent_s(self) -> float:
        """Seconds since the last response seen."""
        return max(0.0, self.time_s - self._scale.last_response_s)

    @property
    def watched_silence_s(self) -> float:
        """Seconds of silence that sweeps vouch for.

        From the last response on, but from the first silent sweep where a
        pause or an interference lies between: what nobody watched was no silence.
        """
        scale = self._scale
        gap_s = scale.silent_from_s - scale.last_response_s
        watched = gap_s <= self._settings.stimulus.continuous_gap_s
        from_s = scale.last_response_s if watched else scale.silent_from_s
        return max(0.0, self.time_s - from_s)

    def evidence(self) -> Evidence:
        """Return what stands behind the present state, rounded for telling."""
        reasons = self.indeterminate.reasons if self.indeterminate else self._quality.doubts
        if self.calibration.reach is EvidenceReach.LIMITED:
            reasons = tuple(dict.fromkeys((*reasons, Reason.EVIDENCE_LIMITED)))
        return self._scale.told(
            lost=self.is_lost,
            valid_sweeps=self.valid_in_state,
            m_fraction=self.m_fraction,
            accepted_of_last_10=self.accepted_of_last_10,
            reasons=reasons,
        )
