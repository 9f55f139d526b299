"""A short operation for the page: sweeps, words and events as a monitor would give them.

Nothing here is judged: a script says what the state is at each sweep. Run it to
look at the page:

    python -m tests.browser.theatre [PORT] [SECONDS_A_SWEEP]
"""

import sys
import time
from dataclasses import dataclass, replace

import numpy as np

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.case import (
    AmrState,
    Branch,
    CaseInfo,
    CaseMode,
    Certainty,
    IndeterminateClass,
    Mark,
    MarkName,
    Muscle,
    Outcome,
    Phase,
    Reason,
    Side,
    Vessel,
)
from amr_monitor.model.events import (
    AfterMark,
    AlarmEnded,
    AlarmPriority,
    AlarmRaised,
    AmrStateChanged,
    BaselineAccepted,
    BaselineProgress,
    CaseOpened,
    Event,
    Evidence,
    IndeterminateEnded,
    IndeterminateStarted,
    PhaseMarked,
)
from amr_monitor.model.finding import (
    BaselineView,
    Finding,
    Measurement,
    MuscleStatus,
    Quality,
    SweepReport,
)
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.status import AlarmStatus
from tests.api.fakes import MUSCLES, FakeHouse, a_closing, a_muscle_status, a_status
from tests.browser.scenery import LEARNT, N_COLUMNS, ONE_BURST, ROOM, TIME_MS, wave

RATE_HZ = 5000.0
WINDOWS_MS = ((8.0, 28.0), (11.0, 28.0))

ACCEPTED_AT = 60
DURA_AT, STARTED_AT, INTERFERENCE_AT, MOVED_AT, LAST_RESPONSE_AT = 66, 72, 76, 90, 94
CONFIRMED_AT, SUSTAINED_AT, FAILED_AT, REPAIRED_AT, RETURNED_AT = 106, 155, 160, 172, 182
END = 200


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is true at one sweep."""

    sweep: int

    @property
    def responds(self) -> bool:
        return self.sweep <= LAST_RESPONSE_AT or self.sweep >= RETURNED_AT - 4

    @property
    def is_interfered(self) -> bool:
        return INTERFERENCE_AT <= self.sweep < INTERFERENCE_AT + 4

    @property
    def is_undelivered(self) -> bool:
        return FAILED_AT <= self.sweep < REPAIRED_AT

    @property
    def reasons(self) -> tuple[Reason, ...]:
        if self.is_interfered:
            return (Reason.SATURATED,)
        return (Reason.M_WAVE_MISSING, Reason.ARTIFACT_MISSING) if self.is_undelivered else ()

    @property
    def state(self) -> AmrState:
        if self.sweep < ACCEPTED_AT:
            return AmrState.LEARNING
        if self.sweep >= RETURNED_AT:
            return AmrState.REAPPEARED
        return AmrState.DISAPPEARED if self.sweep >= CONFIRMED_AT else AmrState.PRESENT

    @property
    def silence(self) -> int:
        return max(0, self.sweep - LAST_RESPONSE_AT) if self.state is AmrState.DISAPPEARED else 0

    @property
    def indeterminate(self) -> IndeterminateClass | None:
        if self.is_interfered and self.sweep >= INTERFERENCE_AT + 2:
            return IndeterminateClass.INTERFERENCE
        if self.is_undelivered and self.sweep >= FAILED_AT + 2:
            return IndeterminateClass.TECHNICAL
        return None

    def words(self) -> str:
        if self.indeterminate is IndeterminateClass.INTERFERENCE:
            return "CANNOT TELL: amplifier saturated (last known: present, 0:03 ago)"
        if self.indeterminate is not None:
            age = clock(self.sweep - FAILED_AT)
            return (
                "CANNOT TELL: no M wave: stimulus does not reach the nerve "
                f"(last known: disappeared, {age} ago)"
            )
        if self.state is AmrState.LEARNING:
            return f"LEARNING BASELINE: {self.sweep} of 60 valid sweeps"
        if self.state is AmrState.DISAPPEARED:
            silence = f"no response for {clock(self.silence)}, {self.silence} sweeps"
            return f"DISAPPEARED: {silence}" if self.sweep >= SUSTAINED_AT else silence
        if self.state is AmrState.REAPPEARED:
            seen = min(10, self.sweep - RETURNED_AT + 5)
            return f"REAPPEARED: seen in {seen} of the last 10; returned 1 x"
        return "PRESENT"

    def mentalis_words(self) -> str:
        if self.indeterminate is not None or self.state is AmrState.LEARNING:
            return self.words()
        return "PRESENT, reduced to 34 % of baseline"


class Theatre:
    """Play the operation, sweep by sweep, into a house."""

    def __init__(
        self, house: FakeHouse, *, auto_accept: bool = True, mode: CaseMode = CaseMode.LIVE
    ) -> None:
        self._house = house
        self._random = np.random.default_rng(11)
        self._mode = mode
        self._status = a_status(case=CaseInfo(pseudonym="HFS-0042", side=Side.RIGHT, mode=mode))
        self._alarms: tuple[AlarmStatus, ...] = ()
        self._marks: list[Mark] = []
        self._valid = self._rejected = 0
        self._phase = Phase.BEFORE_DURA
        self._auto_accept = auto_accept
        self.sweep = 0

    def play_to(self, sweep: int) -> None:
        """Play until the sweep of this number is out."""
        while self.sweep < sweep:
            self.step()

    def step(self) -> None:
        """Play one sweep: its events first, then its picture, then the status."""
        self.sweep += 1
        scene = Scene(sweep=self.sweep)
        if scene.reasons:
            self._rejected += 1
        else:
            self._valid += 1
        statuses = tuple(self._muscle_status(scene, muscle) for muscle in MUSCLES)
        self._house.tell(*self._events(scene))
        if self.sweep == ACCEPTED_AT and self._auto_accept:
            self._house.hub.publish_baseline(self._baseline())
        self._house.hub.publish_report(self._report(scene, statuses))
        accepted = self.sweep >= ACCEPTED_AT and self._auto_accept
        self._status = replace(
            self._status,
            phase=self._phase,
            time_s=self.sweep + 0.2,
            sample_index=round((self.sweep + 0.2) * RATE_HZ),
            muscles=statuses,
            marks=tuple(self._marks),
            alarms=self._alarms,
            context=tuple(value for value in ROOM if value.time_s <= self.sweep),
            provisional_outcome=Outcome.DISAPPEARED if scene.silence else None,
            baseline=replace(
                self._status.baseline,
                accepted=accepted,
                acceptable=self.sweep >= 30,
                valid_sweeps=min(60, self.sweep),
                reference_current_ma=8.0 if accepted else None,
                hints=(
                    "M wave not shown to be steady: no two bursts 4 min apart",
                    "TOF not known",
                ),
                conditions=ONE_BURST,
                muscles=(LEARNT,) if accepted else (),
            ),
            counts={
                "stimuli": self.sweep + 2,
                "sweeps": self.sweep,
                "valid": self._valid,
                "rejected": self._rejected,
                "incomplete": 1,
            },
        )
        self._house.hub.publish_status(self._status)

    def close_case(self) -> None:
        """Close the case as it stands."""
        index, time_s = round(self.sweep * RATE_HZ), float(self.sweep)
        self._house.tell(a_closing(sample_index=index, time_s=time_s))
        self._status = replace(self._status, is_open=False)
        self._house.hub.publish_status(self._status)

    def _at(self) -> dict[str, float]:
        return {"sample_index": round(self.sweep * RATE_HZ), "time_s": float(self.sweep)}

    def _events(self, scene: Scene) -> list[Event]:
        at = self._at()
        index, time_s = int(at["sample_index"]), at["time_s"]
        events: list[Event] = []
        lead, n = Muscle.ORBICULARIS_OCULI, scene.sweep
        if n == 1:
            events.append(
                CaseOpened(
                    sample_index=index,
                    time_s=time_s,
                    pseudonym="HFS-0042",
                    side=Side.RIGHT,
                    branch=Branch.MARGINAL_MANDIBULAR,
                    mode=self._mode,
                    muscles=MUSCLES,
                    lead=lead,
                    sampling_rate_hz=RATE_HZ,
                )
            )
        if n < ACCEPTED_AT and n % 10 == 0:
            events.append(
                BaselineProgress(
                    sample_index=index,
                    time_s=time_s,
                    valid_sweeps=n,
                    needed_sweeps=60,
                    acceptable=n >= 30,
                    hints=(),
                )
            )
        if n == ACCEPTED_AT and self._auto_accept:
            events.append(
                BaselineAccepted(
                    sample_index=index,
                    time_s=time_s,
                    epoch=1,
                    valid_sweeps=60,
                    reference_current_ma=8.0,
                    by="recording",
                    lead=lead,
                    basis="orbicularis_oculi",
                    muscles=(),
                )
            )
            events += [self._changed(scene, muscle, AmrState.LEARNING) for muscle in MUSCLES]
        marks = {
            DURA_AT: (MarkName.DURA_OPENED, None, Phase.DURA_OPEN),
            STARTED_AT: (MarkName.DECOMPRESSION_STARTED, None, Phase.DECOMPRESSION),
            MOVED_AT: (MarkName.VESSEL_MOVED, Vessel.AICA, Phase.DECOMPRESSION),
        }
        if n in marks:
            events.append(self._mark(*marks[n]))
        if n in (CONFIRMED_AT, SUSTAINED_AT):
            events.append(self._changed(scene, lead, AmrState.PRESENT))
        if n == RETURNED_AT:
            events.append(self._changed(scene, lead, AmrState.DISAPPEARED))
        if n in (INTERFERENCE_AT + 2, FAILED_AT + 2):
            events += [self._cannot_tell(scene, muscle) for muscle in MUSCLES]
        if n in (INTERFERENCE_AT + 4, REPAIRED_AT):
            events += [self._can_tell(scene, muscle) for muscle in MUSCLES]
        if n == FAILED_AT + 8:
            events.append(self._raise_alarm())
        if n == REPAIRED_AT + 2:
            self._alarms = ()
            events.append(AlarmEnded(sample_index=index, time_s=time_s, alarm_id="stimulator"))
        return events

    def _mark(self, mark: MarkName, vessel: Vessel | None, phase: Phase) -> PhaseMarked:
        self._phase = phase
        index, number = round(self.sweep * RATE_HZ), len(self._marks) + 1
        self._marks.append(
            Mark(
                mark_id=number,
                name=mark,
                vessel=vessel,
                sample_index=index,
                effective_time_s=float(self.sweep),
            )
        )
        return PhaseMarked(
            sample_index=index,
            time_s=float(self.sweep),
            mark_id=number,
            mark=mark,
            vessel=vessel,
            text="",
            effective_time_s=float(self.sweep),
            by="recording",
            phase=phase,
            provisional_outcome=None,
        )

    def _raise_alarm(self) -> AlarmRaised:
        message = "Stimulus does not reach the nerve: look at the stimulator and its leads"
        self._alarms = (
            AlarmStatus(
                alarm_id="stimulator",
                priority=AlarmPriority.MEDIUM,
                latched=False,
                acknowledged=False,
                message=message,
                since_time_s=float(self.sweep),
            ),
        )
        return AlarmRaised(
            sample_index=round(self.sweep * RATE_HZ),
            time_s=float(self.sweep),
            alarm_id="stimulator",
            priority=AlarmPriority.MEDIUM,
            latched=False,
            message=message,
        )

    def _changed(self, scene: Scene, muscle: Muscle, before: AmrState) -> AmrStateChanged:
        status = self._muscle_status(scene, muscle)
        gone = status.state is AmrState.DISAPPEARED
        return AmrStateChanged(
            sample_index=round(scene.sweep * RATE_HZ),
            time_s=float(scene.sweep),
            muscle=muscle,
            from_state=before,
            to_state=status.state,
            certainty=status.certainty,
            evidence=Evidence(
                probability_present=status.probability_present,
                log_odds_absent=status.log_odds_absent,
                valid_sweeps=status.valid_sweeps,
                amplitude_uv=status.amplitude_uv,
                amplitude_upper_bound_uv=status.amplitude_upper_bound_uv,
                amplitude_percent_of_baseline=status.amplitude_percent_of_baseline,
                onset_latency_ms=status.onset_latency_ms,
                m_wave_percent_of_baseline=status.m_wave_percent_of_baseline,
                accepted_of_last_10=status.accepted_of_last_10,
                reasons=(),
            ),
            after_mark=AfterMark(
                mark=MarkName.VESSEL_MOVED,
                vessel=Vessel.AICA,
                seconds=float(LAST_RESPONSE_AT - MOVED_AT),
                within_tolerance=False,
            )
            if gone
            else None,
            provisional_outcome=Outcome.DISAPPEARED if gone else None,
            words=status.words,
        )

    def _cannot_tell(self, scene: Scene, muscle: Muscle) -> IndeterminateStarted:
        return IndeterminateStarted(
            sample_index=round(scene.sweep * RATE_HZ),
            time_s=float(scene.sweep),
            muscle=muscle,
            indeterminate_class=scene.indeterminate or IndeterminateClass.TECHNICAL,
            reasons=scene.reasons,
            last_state=scene.state,
            last_state_age_s=3.0,
        )

    def _can_tell(self, scene: Scene, muscle: Muscle) -> IndeterminateEnded:
        return IndeterminateEnded(
            sample_index=round(scene.sweep * RATE_HZ),
            time_s=float(scene.sweep),
            muscle=muscle,
            indeterminate_class=IndeterminateClass.TECHNICAL,
            reasons=(),
            last_state=scene.state,
            last_state_age_s=12.0,
        )

    def _muscle_status(self, scene: Scene, muscle: Muscle) -> MuscleStatus:
        is_lead = muscle is Muscle.ORBICULARIS_OCULI
        gone = scene.state is AmrState.DISAPPEARED and is_lead
        state = scene.state if is_lead or scene.sweep < ACCEPTED_AT else AmrState.ATTENUATED
        since = {AmrState.DISAPPEARED: CONFIRMED_AT, AmrState.REAPPEARED: RETURNED_AT}
        sustained = gone and scene.sweep >= SUSTAINED_AT
        return a_muscle_status(
            muscle,
            state=state,
            certainty=Certainty.SUSTAINED if sustained else Certainty.CONFIRMED,
            since_time_s=float(since.get(state, min(scene.sweep, ACCEPTED_AT))),
            indeterminate=scene.indeterminate,
            reasons=scene.reasons if scene.indeterminate else (),
            probability_present=0.0004 if gone else 0.9991,
            amplitude_uv=3.1 if gone else 84.2 if is_lead else 21.4,
            amplitude_upper_bound_uv=11.2 if gone else 101.7 if is_lead else 33.0,
            amplitude_percent_of_baseline=4.0 if gone else 97.0 if is_lead else 34.0,
            onset_latency_ms=None if gone else 10.2 if is_lead else 12.6,
            onset_latency_sd_ms=None if gone else 0.14,
            m_wave_percent_of_baseline=8.0 if scene.is_undelivered else 98.0,
            valid_sweeps=max(0, scene.sweep - since.get(state, ACCEPTED_AT)),
            accepted_of_last_10=10 - min(10, len(scene.reasons) * 3),
            silent_s=float(scene.silence) if is_lead else 0.0,
            silent_sweeps=scene.silence if is_lead else 0,
            returned_count=int(scene.state is AmrState.REAPPEARED and is_lead),
            words=scene.words() if is_lead else scene.mentalis_words(),
        )

    def _waveforms(self, scene: Scene) -> FloatArray:
        noise = self._random.normal(0.0, 4.0, (2, N_COLUMNS))
        after = TIME_MS - 0.2
        delivered = 0.0 if scene.is_undelivered else 1.0
        artifact = np.where(after > 0, 900.0 * np.exp(-np.clip(after, 0, None) / 0.35), 0.0)
        gain = self._random.normal(1.0, 0.18)
        response = wave(10.2, 5.0, 42.0 * gain) if scene.responds else 0.0
        m_wave = wave(3.0, 6.0, 1400.0 * self._random.normal(1.0, 0.04))
        cleaned = noise
        cleaned[0] += delivered * (artifact + response + 0.02 * m_wave)
        cleaned[1] += delivered * (artifact * 0.6 + m_wave + wave(12.6, 4.0, 12.0 * gain))
        if scene.is_interfered:
            cleaned += 700.0 * np.sign(np.sin(TIME_MS * 2.3))
        return cleaned.astype(np.float32)

    def _report(self, scene: Scene, statuses: tuple[MuscleStatus, ...]) -> SweepReport:
        cleaned = self._waveforms(scene)
        in_window = (TIME_MS >= 11.0) & (TIME_MS < 28.0)
        findings = tuple(
            Finding(
                muscle=muscle,
                quality=Quality(accepted=not scene.reasons, reasons=scene.reasons),
                measurement=Measurement(
                    peak_to_peak_uv=round(float(np.ptp(cleaned[row][in_window])), 1),
                    onset_latency_ms=10.2 if scene.responds and row == 0 else None,
                    noise_rms_uv=4.0,
                    mains_uv=1.0,
                    artifact_uv=900.0,
                    m_wave_uv=2000.0,
                    m_wave_percent=98.0,
                ),
                log_likelihood=np.empty(0),
            )
            for row, muscle in enumerate(MUSCLES)
        )
        return SweepReport(
            sweep_number=scene.sweep,
            sample_index=round(scene.sweep * RATE_HZ),
            time_s=float(scene.sweep),
            current_ma=8.0,
            start_ms=-20.0,
            step_ms=0.2,
            cleaned_uv=cleaned,
            findings=findings,
            statuses=statuses,
        )

    def _baseline(self) -> BaselineView:
        sweeps = np.stack([self._waveforms(Scene(sweep=n)) for n in range(1, 41)])
        return BaselineView(
            epoch=1,
            start_ms=-20.0,
            step_ms=0.2,
            mean_uv=sweeps.mean(axis=0),
            spread_uv=sweeps.std(axis=0),
            windows_ms=WINDOWS_MS,
        )


def main() -> None:
    """Serve the operation at a port, over and over in one case."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    pause_s = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    house = FakeHouse()
    theatre = Theatre(house)
    with house.server(ApiSettings(port=port)) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        while theatre.sweep < END:
            theatre.step()
            time.sleep(pause_s)


if __name__ == "__main__":
    main()
