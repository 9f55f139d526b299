"""A house of cardboard around the server: events, cases and commands in memory."""

import math
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from amr_monitor.api.app import create_app
from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.live import LiveHub
from amr_monitor.api.live_client import Pace
from amr_monitor.api.review_seams import ReviewStore
from amr_monitor.api.server import ApiServer
from amr_monitor.api.settings import AccessToken, ApiSettings, Role
from amr_monitor.codec import SweepRecord, entry_to_json
from amr_monitor.model.case import (
    AmrState,
    Branch,
    CaseInfo,
    CaseMode,
    Certainty,
    MarkName,
    Muscle,
    Outcome,
    Phase,
    Reading,
    Side,
)
from amr_monitor.model.errors import CommandRefused, StorageError
from amr_monitor.model.events import (
    AlarmAcknowledged,
    AlarmPriority,
    AmrStateChanged,
    BaselineRestarted,
    CaseClosed,
    CaseOpened,
    ContextChanged,
    Event,
    Evidence,
    GapReceived,
    JournalEntry,
    MarkAmended,
    PhaseMarked,
    ReadingEntered,
)
from amr_monitor.model.finding import (
    BaselineView,
    Finding,
    Measurement,
    MuscleStatus,
    Quality,
    SweepReport,
)
from amr_monitor.model.signal import Channel, Montage
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.model.status import (
    AlarmStatus,
    BaselineStatus,
    CaseStatus,
    Delivery,
    RecordingStatus,
)
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.monitor.commands import (
    AcknowledgeAlarm,
    AmendMark,
    Command,
    EnterReading,
    MarkCommand,
    SetContext,
)
from tests.api.fake_replay import FakeReplay

CASE_ID = "case-1"
MUSCLES = (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
OPERATOR = AccessToken(name="anna", role=Role.OPERATOR, token="operator" * 3)
VIEWER = AccessToken(name="viktor", role=Role.VIEWER, token="viewer" * 4)

SOURCE = SourceInfo(
    name="abrupt_loss.edf",
    origin=Origin.SIMULATED,
    montage=Montage(
        channels=(
            Channel(label="R O. Oculi", muscle=Muscle.ORBICULARIS_OCULI, side=Side.RIGHT),
            Channel(label="R Mentalis", muscle=Muscle.MENTALIS, side=Side.RIGHT),
        )
    ),
    sampling_rate_hz=5000.0,
    trigger_quality=TriggerQuality.SAMPLE_LOCKED,
    start_utc=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
    side=Side.RIGHT,
)


@dataclass(kw_only=True)
class FakeCaseRecord:
    case_id: str = CASE_ID
    origin: Origin = Origin.SIMULATED
    source_name: str = SOURCE.name
    side: Side | None = Side.RIGHT
    pseudonym: str = "HFS-0042"
    start_utc: datetime | None = SOURCE.start_utc
    opened_at: datetime = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    closed_at: datetime | None = None
    outcome: Outcome | None = None


class FakeStore:
    """Events and cases in memory."""

    def __init__(self) -> None:
        self.records = {CASE_ID: FakeCaseRecord()}
        self.entries: dict[str, list[JournalEntry]] = {CASE_ID: []}
        self.n_reads = 0
        self.beside: dict[tuple[str, int | None], list[SweepRecord]] = {}

    def append(self, *events: Event, case_id: str = CASE_ID) -> tuple[JournalEntry, ...]:
        kept = self.entries.setdefault(case_id, [])
        new = tuple(
            JournalEntry(
                seq=len(kept) + number,
                case_id=case_id,
                utc=None,
                origin=Origin.SIMULATED,
                event=event,
            )
            for number, event in enumerate(events, start=1)
        )
        kept.extend(new)
        return new

    def lines(self, case_id: str, *, since: int = 0, limit: int | None = None) -> list[str]:
        self.n_reads += 1
        chosen = self.entries.get(case_id, [])[since : None if limit is None else since + limit]
        return [entry_to_json(entry) for entry in chosen]

    def cases(self) -> list[FakeCaseRecord]:
        return list(self.records.values())

    def case(self, case_id: str) -> FakeCaseRecord | None:
        return self.records.get(case_id)

    def sweeps(
        self,
        case_id: str,
        *,
        seq: int | None = None,
        start_s: float = 0.0,
        end_s: float = math.inf,
        limit: int = 60,
    ) -> list[SweepRecord]:
        beside = self.beside.get((case_id, seq), [])
        return [r for r in beside if start_s <= r.header.time_s < end_s][-limit:]


class FakeDocuments:
    """Export and report of a case, in one line each."""

    def __init__(self) -> None:
        self.has_reports = True
        self.fault: StorageError | None = None
        self.written: list[Path] = []

    def export(self, case_id: str, target: Path) -> None:
        self.written.append(target)
        if self.fault is not None:
            raise self.fault
        target.write_bytes(f"zip of {case_id}".encode())

    def report(self, case_id: str) -> bytes:
        return f"<h1>{case_id}</h1>".encode()


class FakeHouse:
    """Store, control and hub together, as the daemon would compose them."""

    def __init__(self, *, ring_size: int = 4096) -> None:
        self.store = FakeStore()
        self.hub = LiveHub(ring_size=ring_size)
        self.hub.follow_case(CASE_ID, muscles=MUSCLES)
        self.source: SourceInfo | None = SOURCE
        self.last_sample_age_s: float | None = 0.1
        self.replay: FakeReplay | None = None
        self.delivery: Delivery | None = None
        self.recording: RecordingStatus | None = None
        self.commands: list[Command] = []
        self.refuses = ""
        self.answers = True
        self.review: ReviewStore | None = None
        self.documents = FakeDocuments()
        self.case_id = CASE_ID

    # ------------------------------------------------ what the daemon does

    def tell(self, *events: Event) -> tuple[JournalEntry, ...]:
        """Journal events and publish them."""
        entries = self.store.append(*events, case_id=self.case_id)
        self.hub.publish_entries(entries)
        return entries

    def tell_gaps(self, n_events: int) -> None:
        """Publish the simplest events there are."""
        for _ in range(n_events):
            self.tell(GapReceived(sample_index=0, time_s=0.0, missing_s=None, reason="test"))

    def submit(self, make: Callable[[int], Command]) -> Future[tuple[JournalEntry, ...]]:
        future: Future[tuple[JournalEntry, ...]] = Future()
        if not self.answers:
            return future
        command = make(600_000)
        if self.refuses:
            future.set_exception(CommandRefused(self.refuses))
            return future
        self.commands.append(command)
        future.set_result(self.tell(*events_of(command)))
        return future

    # ------------------------------------------------ what a test needs

    def dependencies(self, settings: ApiSettings) -> ApiDependencies:
        return ApiDependencies.compose(
            store=self.store,
            control=self,
            hub=self.hub,
            settings=settings,
            review=self.review,
            documents=self.documents,
        )

    def server(self, settings: ApiSettings | None = None, *, pace: Pace = Pace()) -> ApiServer:  # noqa: B008
        settings = settings or ApiSettings(port=0)
        return ApiServer(create_app(self.dependencies(settings), pace=pace), settings)


def events_of(command: Command) -> tuple[Event, ...]:
    """Return an event that the monitor could answer with."""
    at = {"sample_index": command.sample_index, "time_s": command.sample_index / 5000.0}
    match command:
        case MarkCommand():
            event: Event = PhaseMarked(
                sample_index=command.sample_index,
                time_s=at["time_s"],
                mark_id=1,
                mark=command.mark,
                vessel=command.vessel,
                text=command.text,
                effective_time_s=at["time_s"] - command.seconds_ago,
                by=command.by,
                phase=Phase.DECOMPRESSION,
                provisional_outcome=None,
            )
        case AmendMark():
            event = MarkAmended(
                sample_index=command.sample_index,
                time_s=at["time_s"],
                mark_id=command.mark_id,
                mark=command.mark or MarkName.NOTE,
                vessel=command.vessel,
                effective_time_s=command.effective_time_s or 0.0,
                voided=command.void,
                reason=command.reason,
                by=command.by,
                provisional_outcome=None,
            )
        case AcknowledgeAlarm():
            event = AlarmAcknowledged(
                sample_index=command.sample_index,
                time_s=at["time_s"],
                alarm_id=command.alarm_id,
                by=command.by,
            )
        case EnterReading():
            event = ReadingEntered(
                sample_index=command.sample_index,
                time_s=at["time_s"],
                muscle=command.muscle,
                reading=command.reading,
                monitor_reading=Reading.ABSENT,
                monitor_state=AmrState.DISAPPEARED,
                monitor_words="DISAPPEARED: no response for 1:02, 62 sweeps",
                text=command.text,
                by=command.by,
            )
        case SetContext():
            event = ContextChanged(
                sample_index=command.sample_index,
                time_s=at["time_s"],
                name=command.name,
                value=command.value,
                unit=command.unit,
                by=command.by,
            )
        case _:
            event = BaselineRestarted(
                sample_index=command.sample_index,
                time_s=at["time_s"],
                reason=type(command).__name__,
            )
    return (event,)


def an_opening(mode: CaseMode = CaseMode.LIVE) -> CaseOpened:
    return CaseOpened(
        sample_index=0,
        time_s=0.0,
        pseudonym="HFS-0042",
        side=Side.RIGHT,
        branch=Branch.MARGINAL_MANDIBULAR,
        mode=mode,
        muscles=MUSCLES,
        lead=Muscle.ORBICULARIS_OCULI,
        sampling_rate_hz=5000.0,
    )


def a_change(**changes: object) -> AmrStateChanged:
    change = AmrStateChanged(
        sample_index=500_000,
        time_s=100.0,
        muscle=Muscle.ORBICULARIS_OCULI,
        from_state=AmrState.PRESENT,
        to_state=AmrState.DISAPPEARED,
        certainty=Certainty.CONFIRMED,
        evidence=Evidence(
            probability_present=0.0009,
            log_odds_absent=7.0,
            valid_sweeps=12,
            amplitude_uv=3.1,
            amplitude_upper_bound_uv=11.2,
            amplitude_percent_of_baseline=4.0,
            onset_latency_ms=None,
            m_wave_percent_of_baseline=98.0,
            accepted_of_last_10=10,
            reasons=(),
            seen_of_last_10=0,
        ),
        after_mark=None,
        provisional_outcome=Outcome.DISAPPEARED,
        words="no response for 0:12, 12 sweeps",
    )
    return replace(change, **changes)  # type: ignore[arg-type]  # whatever the test wants changed


def a_closing(*, sample_index: int = 600_000, time_s: float = 120.0) -> CaseClosed:
    return CaseClosed(
        sample_index=sample_index,
        time_s=time_s,
        outcome=Outcome.DISAPPEARED,
        tags=(),
        basis="orbicularis_oculi",
        phase_known=True,
        residual_mentalis=False,
        after_mark=None,
        muscles=(),
        counts={},
        by="anna",
    )


def a_muscle_status(muscle: Muscle, **changes: object) -> MuscleStatus:
    status = MuscleStatus(
        muscle=muscle,
        is_lead=muscle is Muscle.ORBICULARIS_OCULI,
        state=AmrState.PRESENT,
        certainty=Certainty.CONFIRMED,
        since_time_s=60.0,
        indeterminate=None,
        reasons=(),
        probability_present=0.9987,
        log_odds_absent=-6.6,
        amplitude_uv=84.2,
        amplitude_upper_bound_uv=102.0,
        amplitude_percent_of_baseline=96.0,
        onset_latency_ms=10.2,
        m_wave_percent_of_baseline=98.0,
        valid_sweeps=40,
        accepted_of_last_10=9,
        silent_s=0.0,
        silent_sweeps=0,
        returned_count=0,
        words="PRESENT",
    )
    return replace(status, **changes)  # type: ignore[arg-type]  # whatever the test wants changed


def a_status(**changes: object) -> CaseStatus:
    status = CaseStatus(
        is_open=True,
        case=CaseInfo(pseudonym="HFS-0042", side=Side.RIGHT),
        lead=Muscle.ORBICULARIS_OCULI,
        phase=Phase.DURA_OPEN,
        time_s=120.0,
        sample_index=600_000,
        provisional_outcome=None,
        baseline=BaselineStatus(
            epoch=1,
            accepted=True,
            acceptable=True,
            valid_sweeps=60,
            needed_sweeps=60,
            reference_current_ma=8.0,
            hints=(),
            muscles=(),
        ),
        muscles=tuple(a_muscle_status(muscle) for muscle in MUSCLES),
        marks=(),
        alarms=(),
        counts={"stimuli": 130, "sweeps": 128, "valid": 120, "rejected": 8, "incomplete": 2},
        failed=False,
    )
    return replace(status, **changes)  # type: ignore[arg-type]  # whatever the test wants changed


def an_alarm(alarm_id: str = "stimulator") -> AlarmStatus:
    return AlarmStatus(
        alarm_id=alarm_id,
        priority=AlarmPriority.MEDIUM,
        latched=False,
        acknowledged=False,
        message="No M wave: look at the stimulator and its leads",
        since_time_s=100.0,
    )


def a_report(number: int = 1, **changes: object) -> SweepReport:
    """Return a sweep of 400 columns a muscle, with a response in its first muscle."""
    n_columns = 400
    time_ms = -20.0 + 0.3 * np.arange(n_columns)
    noise = np.random.default_rng(number).normal(0.0, 4.0, (2, n_columns))
    response = 60.0 * np.sin((time_ms - 10.0) * 1.6) * ((time_ms > 10.0) & (time_ms < 14.0))
    report = SweepReport(
        sweep_number=number,
        sample_index=5000 * number,
        time_s=float(number),
        current_ma=8.0,
        start_ms=-20.0,
        step_ms=0.3,
        cleaned_uv=(noise + np.vstack((response, 0 * response))).astype(np.float32),
        findings=tuple(
            Finding(
                muscle=muscle,
                quality=Quality(accepted=True),
                measurement=Measurement(
                    peak_to_peak_uv=120.0,
                    onset_latency_ms=10.2,
                    noise_rms_uv=4.0,
                    mains_uv=2.0,
                    artifact_uv=900.0,
                    m_wave_uv=30.0,
                    m_wave_percent=98.0,
                ),
                log_likelihood=np.empty(0),
            )
            for muscle in MUSCLES
        ),
        statuses=tuple(a_muscle_status(muscle) for muscle in MUSCLES),
    )
    return replace(report, **changes)  # type: ignore[arg-type]  # whatever the test wants changed


def a_baseline(epoch: int = 1) -> BaselineView:
    n_columns = 400
    time_ms = -20.0 + 0.3 * np.arange(n_columns)
    response = 60.0 * np.sin((time_ms - 10.0) * 1.6) * ((time_ms > 10.0) & (time_ms < 14.0))
    mean = np.vstack((response, 0 * response)).astype(np.float32)
    return BaselineView(
        epoch=epoch,
        start_ms=-20.0,
        step_ms=0.3,
        mean_uv=mean,
        spread_uv=np.full_like(mean, 8.0),
        windows_ms=((8.0, 28.0), (11.0, 28.0)),
    )
