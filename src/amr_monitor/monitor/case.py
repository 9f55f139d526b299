"""The opened case: sweeps, commands and due times in, events out, in order."""

from dataclasses import replace
from math import inf

from amr_monitor.dsp.adaptation import SweepAdapter
from amr_monitor.dsp.conditioning import EvidenceReach, SweepGeometry, evidence_reach
from amr_monitor.model.case import (
    LEAD_MUSCLES,
    CaseInfo,
    IndeterminateClass,
    MarkName,
    Muscle,
    Outcome,
    Reason,
)
from amr_monitor.model.events import (
    AfterMark,
    AlarmPriority,
    AmrStateChanged,
    BaselineAccepted,
    BaselineProgress,
    BaselineRestarted,
    Event,
    IndeterminateStarted,
    MuscleBaseline,
    ResponseAtHigherCurrent,
)
from amr_monitor.model.signal import Montage
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.monitor.alarms import AlarmDesk, AlarmKind, muscle_alarm
from amr_monitor.monitor.baseline import Reference, muscle_baseline
from amr_monitor.monitor.baseline_desk import BaselineDesk, Purpose
from amr_monitor.monitor.changes import (
    Change,
    HigherCurrentResponse,
    IndeterminateChange,
    StateChange,
    noted,
)
from amr_monitor.monitor.context import ContextLog
from amr_monitor.monitor.current import CurrentWatch
from amr_monitor.monitor.current_setting import CurrentSetting
from amr_monitor.monitor.evidence import AnalysedSweep, sweep_evidence
from amr_monitor.monitor.gate import SweepGate
from amr_monitor.monitor.lead import deciding_muscle
from amr_monitor.monitor.marks import MarkLog
from amr_monitor.monitor.muscle import MuscleTracker
from amr_monitor.monitor.outcome import Verdict, judge
from amr_monitor.monitor.outdated import OutdatedWatch
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.stimuli import StimulusWatch
from amr_monitor.monitor.words import reasons_in_words, state_in_words

SILENCE_ALARM = AlarmKind(
    priority=AlarmPriority.MEDIUM,
    message="no stimuli: check the stimulator, or mark a pause",
)


class OpenedCase:
    """Everything that is known of a case between its opening and its closing.

    Parameters
    ----------
    info : CaseInfo
    montage : Montage
    geometry : SweepGeometry
    settings : MonitorSettings
    """

    def __init__(
        self,
        *,
        info: CaseInfo,
        montage: Montage,
        geometry: SweepGeometry,
        settings: MonitorSettings,
    ) -> None:
        self.info = info
        self.marks = MarkLog()
        self.context = ContextLog(settings=settings.context)
        self.alarms = AlarmDesk(delay_s=settings.alarm_delay_s)
        self.stimuli = StimulusWatch(settings=settings.stimulus)
        self.reference: Reference | None = None
        self.trackers: dict[Muscle, MuscleTracker] = {}
        self.counts = dict.fromkeys(
            ("stimuli", "sweeps", "valid", "rejected", "other_class", "gaps"), 0
        )
        self.time_s = 0.0
        self.leads: tuple[Muscle, ...] = tuple(
            muscle for muscle in LEAD_MUSCLES[info.branch] if muscle in montage.muscles
        )
        """Recorded muscles outside the stimulated branch, most trusted first."""
        self._montage = montage
        self._settings = settings
        reach = evidence_reach(geometry, settings.detector)
        self._is_display_only = reach is EvidenceReach.DISPLAY_ONLY
        self._setting = CurrentSetting(settings=settings.stimulus)
        self._current = CurrentWatch(settings=settings.stimulus)
        self._earlier: dict[Muscle, MuscleTracker] = {}
        self._gate = SweepGate(
            settings=settings,
            stimuli=self.stimuli,
            current=self._current,
            marks=self.marks,
            context=self.context,
            is_display_only=self._is_display_only,
        )
        self._outdated = OutdatedWatch(settings=settings, alarms=self.alarms)
        self._silent = False
        self.desk = BaselineDesk(
            info=info,
            montage=montage,
            geometry=geometry,
            settings=settings,
            leads=self.leads,
            context=self.context,
        )

    # ------------------------------------------------------------- muscles

    @property
    def muscles(self) -> tuple[Muscle, ...]:
        """Recorded muscles."""
        return self._montage.muscles

    @property
    def deciding(self) -> Muscle | None:
        """The muscle that the case is judged on; None before a reference."""
        return deciding_muscle(self.leads, self.trackers, self.info.branch, self._settings)

    def verdict(self) -> Verdict:
        """Judge the case as it stands."""
        deciding = self.deciding
        tracker = None if deciding is None else self.trackers[deciding]
        return judge(tracker, self.marks, self.time_s, self._settings)

    @property
    def provisional_outcome(self) -> Outcome | None:
        """The outcome if the case ended now; None before a reference."""
        return self.verdict().outcome if self.reference is not None else None

    def words(self, muscle: Muscle) -> str:
        """Return the one line of a muscle."""
        tracker = self.trackers.get(muscle)
        if tracker is not None:
            cause = tracker.indeterminate
            note = self.context.note(cause.reasons, self.time_s) if cause else ""
            beside = muscle is Muscle.MENTALIS and self._is_lost() and muscle != self.deciding
            return state_in_words(tracker, self.marks, note, lead_is_lost=beside)
        if self.reference is not None:
            return "NOT MONITORED: too few clean sweeps at baseline"
        if self._is_display_only:
            return "DISPLAY ONLY: the sweeps of this source are too short to be judged"
        needed = self._settings.baseline.needed_sweeps
        return f"LEARNING BASELINE: {self.desk.n_valid} of {needed} valid sweeps"

    # -------------------------------------------------------------- sweeps

    def stimulus(self, stimulus: Stimulus, time_s: float) -> list[Event]:
        """Take a stimulus of any class as it comes."""
        self.time_s = max(self.time_s, time_s)
        self.counts["stimuli"] += 1
        if not self.stimuli.push(stimulus, time_s) or not self._silent:
            return []
        self._silent = False
        return self.alarms.over("stimulation_silent", stimulus.sample_index, time_s)

    def gap(self, time_s: float) -> None:
        """Take note that samples are missing before `time_s`."""
        self.counts["gaps"] += 1
        self.stimuli.samples_resume(time_s)

    @property
    def next_due_s(self) -> float:
        """When something is due even if no sweep comes; infinity for never."""
        return min(self.alarms.next_due_s, self._silence_due_s)

    @property
    def _silence_due_s(self) -> float:
        last_s = self.stimuli.last_amr_s
        if self._silent or last_s is None or not self.stimuli.is_continuous:
            return inf
        rules = self._settings.stimulus
        due_s = last_s + rules.silence_s
        paused = self.marks.last(MarkName.STIMULATION_PAUSED)
        if paused is not None:
            due_s = max(due_s, paused.effective_time_s + rules.paused_s)
        return due_s

    def due(self, sample_index: int, time_s: float) -> list[Event]:
        """Do what is due at `time_s`: raise alarms, tell a silent stimulator."""
        self.time_s = max(self.time_s, time_s)
        events: list[Event] = []
        if self._silence_due_s <= time_s:
            self._silent = True
            events += self.alarms.raise_now(
                "stimulation_silent", SILENCE_ALARM, sample_index, time_s
            )
            for muscle, tracker in self.trackers.items():
                tracker.time_s = time_s
                changes = tracker.silence((Reason.STIMULATION_SILENT,))
                events += self.told(muscle, changes, sample_index, time_s)
        return events + self.alarms.fire(sample_index, time_s)

    def sweep(self, analysed: AnalysedSweep) -> list[Event]:
        """Take a sweep of class `amr`."""
        sweep = self._setting.applied(analysed)
        self.time_s = max(self.time_s, sweep.time_s)
        self.counts["sweeps"] += 1
        outside = self._gate.outside(sweep, self.reference)
        events = self._current.push(sweep, self.reference, lost=self._is_lost())
        if self._current.wants_epoch and self.desk.purpose is None:
            self.desk.begin(Purpose.EPOCH)
        elif not self._current.wants_epoch and self.desk.purpose is Purpose.EPOCH:
            self.desk.stop()
        if self.reference is not None:
            raised = self._current.challenge_ma(sweep.stimulus.current_ma, self.reference)
            events += self._outdated.push(sweep, counts=not outside and raised is None)
            events += self._judge(sweep, outside)
        if not outside:
            events += self._collect(sweep)
        elif self.reference is None:
            self.counts["rejected"] += 1
        return events

    def _is_lost(self) -> bool:
        deciding = self.deciding
        return deciding is not None and self.trackers[deciding].is_lost

    def _judge(self, sweep: AnalysedSweep, outside: tuple[Reason, ...]) -> list[Event]:
        events: list[Event] = []
        vessel = self.marks.last(MarkName.VESSEL_MOVED)
        vessel_moved_s = None if vessel is None else vessel.effective_time_s
        complete_s, steps_s = self.marks.decompression_end_s, self.marks.steps_s
        for muscle, tracker in self.trackers.items():
            circumstances = self._gate.circumstances(
                sweep, outside, self.reference, tracker, is_lead=muscle in self.leads
            )
            evidence = sweep_evidence(sweep, muscle, circumstances, self._settings.detector.gates)
            if muscle is self.deciding:
                self.counts["valid" if evidence.accepted else "rejected"] += 1
            changes = tracker.push(evidence, vessel_moved_s=vessel_moved_s, steps_s=steps_s)
            if complete_s is not None and evidence.accepted:
                still = tracker.still_present(complete_s=complete_s, ending=False)
                changes += [] if still is None else [still]
            events += self.told(muscle, changes, sweep.sample_index, sweep.time_s)
        return events

    def told(
        self, muscle: Muscle, changes: list[Change], sample_index: int, time_s: float
    ) -> list[Event]:
        """Return changes of a muscle as events."""
        events: list[Event] = []
        tracker = self.trackers[muscle]
        for change in changes:
            if isinstance(change, StateChange):
                events.append(self._state_event(tracker, change, sample_index, time_s))
            elif isinstance(change, HigherCurrentResponse):
                reference_ma = self.reference.current_ma if self.reference else None
                events.append(
                    ResponseAtHigherCurrent(
                        sample_index=sample_index,
                        time_s=time_s,
                        muscle=muscle,
                        current_ma=change.current_ma,
                        reference_current_ma=reference_ma or 0.0,
                        seen_of_last_10=change.seen_of_last_10,
                    )
                )
            else:
                age_s = time_s - tracker.scale.last_weighed_s
                event = change.event(
                    muscle, tracker.state, age_s, sample_index=sample_index, time_s=time_s
                )
                if isinstance(event, IndeterminateStarted):
                    note = self.context.note(event.reasons, time_s)
                    event = replace(event, note=note)
                events.append(event)
                self._note_alarm(tracker, change, time_s)
                if not change.started:
                    events += self.alarms.over(f"technical:{muscle}", sample_index, time_s)
                    events += self.alarms.over("slow_fall", sample_index, time_s)
        return events

    def _note_alarm(
        self, tracker: MuscleTracker, change: IndeterminateChange, time_s: float
    ) -> None:
        slow = Reason.SLOW_FALL in change.cause.reasons
        technical = change.cause.indeterminate_class is IndeterminateClass.TECHNICAL
        if change.started and (slow or (technical and not self._silent)):
            note = self.context.note(change.cause.reasons, time_s)
            why = reasons_in_words(change.cause.reasons) + (f" ({note})" if note else "")
            is_lead = tracker.muscle is self.deciding
            alarm = muscle_alarm(tracker.muscle, why, is_slow_fall=slow, is_lead=is_lead)
            self.alarms.expect(*alarm, time_s)

    def _state_event(
        self, tracker: MuscleTracker, change: StateChange, sample_index: int, time_s: float
    ) -> AmrStateChanged:
        return AmrStateChanged(
            sample_index=sample_index,
            time_s=time_s,
            muscle=tracker.muscle,
            from_state=change.from_state,
            to_state=change.to_state,
            certainty=change.certainty,
            evidence=tracker.evidence(),
            after_mark=self._attributed(change.last_response_s),
            provisional_outcome=self.provisional_outcome,
            words=self.words(tracker.muscle),
        )

    def _attributed(self, last_response_s: float | None) -> AfterMark | None:
        if last_response_s is None:
            return None
        return self.marks.attribution(last_response_s, self._settings.marks.tolerance_s)

    # ------------------------------------------------------------ baseline

    @property
    def dura_open(self) -> bool:
        """Whether the dura is marked as opened."""
        return self.marks.first(MarkName.DURA_OPENED) is not None

    def _collect(self, sweep: AnalysedSweep) -> list[Event]:
        desk = self.desk
        kept = desk.push(sweep)
        if self.reference is None:
            self.counts["valid" if kept else "rejected"] += 1
        if not kept:
            return []
        events: list[Event] = []
        if desk.purpose is Purpose.REFERENCE and desk.has_news(
            acceptable=desk.is_acceptable(dura_open=self.dura_open)
        ):
            events.append(self.progress(sweep.sample_index, sweep.time_s))
        return events + self.take_if_due(sweep.sample_index, sweep.time_s)

    def take_if_due(self, sample_index: int, time_s: float) -> list[Event]:
        """Take a reference where one is due without a person."""
        desk = self.desk
        if not desk.is_due(dura_open=self.dura_open):
            return []
        if desk.purpose is Purpose.REFERENCE:
            return self.take_reference(sample_index, time_s, by=desk.accepted_by)
        reference = desk.reference()
        if not desk.shows_response(reference):
            if desk.purpose is Purpose.EPOCH:
                # Without a response there is nothing to compare with: the
                # reference before stays, and so does the watch for a loss.
                desk.stop()
            return []
        if desk.purpose is Purpose.EPOCH:
            return self._next_epoch(reference, sample_index, time_s)
        return self._first_response(reference, sample_index, time_s)

    def progress(self, sample_index: int, time_s: float) -> BaselineProgress:
        """Return how far the baseline is, as an event."""
        return BaselineProgress(
            sample_index=sample_index,
            time_s=time_s,
            valid_sweeps=self.desk.n_valid,
            needed_sweeps=self._settings.baseline.needed_sweeps,
            acceptable=self.desk.is_acceptable(dura_open=self.dura_open),
            hints=self.desk.hints,
            conditions=self.desk.conditions,
        )

    def take_reference(self, sample_index: int, time_s: float, *, by: str) -> list[Event]:
        """Take what is gathered as the reference of the case."""
        return self._install(self.desk.reference(), sample_index, time_s, by=by)

    def _use(self, reference: Reference, sample_index: int, time_s: float) -> list[Event]:
        """Compare with this reference from now on."""
        self.reference = reference
        self.desk.epoch = reference.epoch
        self.desk.stop()
        self._current.reference_taken()
        self.context.baseline_taken(time_s)
        return self._outdated.restart(sample_index, time_s)

    def _install(
        self, reference: Reference, sample_index: int, time_s: float, *, by: str
    ) -> list[Event]:
        over = self._use(reference, sample_index, time_s)
        self.trackers = {
            muscle: MuscleTracker(
                muscle=muscle, calibration=calibration, settings=self._settings, time_s=time_s
            )
            for muscle, calibration in reference.calibrations.items()
        }
        begun = {
            muscle: tracker.begin(self.desk.kept_recently)
            for muscle, tracker in self.trackers.items()
        }
        for muscle, tracker in self.trackers.items():
            if muscle in self._earlier:
                tracker.inherit(self._earlier[muscle])
        self._earlier = {}
        events: list[Event] = [self._accepted(sample_index, time_s, by=by), *over]
        for muscle, change in begun.items():
            if change is not None:
                events.append(
                    self._state_event(self.trackers[muscle], change, sample_index, time_s)
                )
        if not self.desk.shows_response(reference):
            self.desk.begin(Purpose.FIRST_RESPONSE)
        return events

    def _next_epoch(self, reference: Reference, sample_index: int, time_s: float) -> list[Event]:
        for muscle, calibration in reference.calibrations.items():
            if muscle in self.trackers and calibration.elicited:
                self.trackers[muscle].recalibrate(calibration, time_s)
        over = self._use(reference, sample_index, time_s)
        return [self._accepted(sample_index, time_s, by="monitor"), *over]

    def _first_response(
        self, reference: Reference, sample_index: int, time_s: float
    ) -> list[Event]:
        if self.marks.decompression_start_s is not None:
            self.desk.stop()
            late = "a response appeared after decompression began; no verdict"
            return [noted("first_seen_late", late, sample_index=sample_index, time_s=time_s)]
        events: list[Event] = []
        for muscle, tracker in self.trackers.items():
            calibration = reference.calibrations.get(muscle)
            if calibration is not None and calibration.elicited:
                change = tracker.seen_first()
                if change is not None:
                    events.append(self._state_event(tracker, change, sample_index, time_s))
        # What was gathered reaches back to where no response was: a reference
        # with those silent sweeps in it would take a later loss for a skip.
        return events + self.restart(sample_index, time_s, reason="a response appeared")

    def source_changed(
        self, adapter: SweepAdapter, sample_index: int, time_s: float
    ) -> list[Event]:
        """Tell that the source came back as another, and learn anew where that must be."""
        events: list[Event] = [
            noted("source", adapter.described, sample_index=sample_index, time_s=time_s)
        ]
        if self.reference is not None:
            self.reference = self.reference.without(adapter.missing, self.leads, self._settings)
            if self.reference.m_wave_uv is not None and self.reference.m_control_uv is None:
                how = "shown by the artifact alone: no M wave"
                events.append(noted("delivery", how, sample_index=sample_index, time_s=time_s))
        why = adapter.why_new_baseline
        return events + (self.restart(sample_index, time_s, reason=why) if why else [])

    def restart(self, sample_index: int, time_s: float, *, reason: str) -> list[Event]:
        """Throw the reference away and learn anew."""
        events: list[Event] = []
        for muscle, tracker in self.trackers.items():
            events += self.told(muscle, tracker.give_up(), sample_index, time_s)
        self._earlier = self.trackers or self._earlier
        self.trackers = {}
        self.reference = None
        self.desk.begin(Purpose.REFERENCE)
        return [
            *events,
            *self._outdated.restart(sample_index, time_s),
            BaselineRestarted(sample_index=sample_index, time_s=time_s, reason=reason),
        ]

    @property
    def baselines(self) -> tuple[MuscleBaseline, ...]:
        """What the reference holds, muscle by muscle."""
        m_wave_uv = 0.0 if self.reference is None else self.reference.m_wave_uv or 0.0
        return tuple(
            muscle_baseline(
                tracker.calibration,
                m_wave_uv=m_wave_uv,
                expected_sweeps=tracker.scale.expected_sweeps,
                sweeps_to_sustain=tracker.sweeps_to_sustain,
                is_lead=muscle in self.leads,
                settings=self._settings,
            )
            for muscle, tracker in self.trackers.items()
        )

    def _accepted(self, sample_index: int, time_s: float, *, by: str) -> BaselineAccepted:
        deciding = self.deciding
        reference = self.reference
        return BaselineAccepted(
            sample_index=sample_index,
            time_s=time_s,
            epoch=self.desk.epoch,
            valid_sweeps=0 if reference is None else reference.n_sweeps,
            reference_current_ma=None if reference is None else reference.current_ma,
            by=by,
            lead=deciding,
            basis="" if deciding is None else deciding.value,
            muscles=self.baselines,
            hints=self.desk.hints,
            conditions=self.desk.conditions,
        )
