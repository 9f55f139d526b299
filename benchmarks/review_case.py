"""A case of four hours as the journal keeps it, made up: sweeps, figures, marks and verdicts."""

from datetime import UTC, datetime

import numpy as np

from amr_monitor.codec import SWEEPS_A_PAGE, KeptSweep, baseline_to_frame, kept_sweep
from amr_monitor.model.case import (
    AmrState,
    Branch,
    CaseMode,
    Certainty,
    IndeterminateClass,
    MarkName,
    Muscle,
    Outcome,
    Phase,
    Reason,
    Side,
    Vessel,
)
from amr_monitor.model.events import (
    AmrStateChanged,
    BaselineAccepted,
    CaseClosed,
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
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal

CASE_ID = "four-hours"
RATE_HZ = 20_000
LEAD, OTHER = Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS
MUSCLES = (LEAD, OTHER)
WINDOWS_MS = ((8.0, 28.0), (11.0, 28.0))
STEP_MS = 0.1
TIMES_MS = -20.0 + STEP_MS * np.arange(1000)

MARKS = (
    (0.16, MarkName.DURA_OPENED, None, Phase.DURA_OPEN),
    (0.40, MarkName.DECOMPRESSION_STARTED, None, Phase.DECOMPRESSION),
    (0.55, MarkName.VESSEL_MOVED, Vessel.AICA, Phase.DECOMPRESSION),
    (0.75, MarkName.DECOMPRESSION_COMPLETE, None, Phase.DECOMPRESSED),
    (0.90, MarkName.DURA_CLOSED, None, Phase.CLOSING),
)
"""As shares of the case."""

INTERFERENCE_EVERY_S, INTERFERENCE_S = 300, 12
"""Cautery, again and again."""


def enter_long_case(journal: Journal, *, hours: float = 4.0, seed: int = 1) -> str:
    """Enter a case of one stimulus a second and return its id."""
    end_s = round(hours * 3600)
    journal.open_case(_record())
    events = sorted(_events(end_s), key=lambda event: event.time_s)
    entries = journal.append(CASE_ID, events)
    accepted = next(e for e in entries if isinstance(e.event, BaselineAccepted))
    frame = baseline_to_frame(_view(), muscles=MUSCLES, seq=accepted.seq)
    journal.keep_baseline(CASE_ID, accepted.seq, time_s=accepted.event.time_s, frame=frame)
    rng = np.random.default_rng(seed)
    page: list[KeptSweep] = []
    newest = 0
    for time_s in range(1, end_s):
        while newest < len(entries) and entries[newest].event.time_s <= time_s:
            newest += 1
        page.append(kept_sweep(_report(time_s, end_s, rng), seq=newest))
        if len(page) == SWEEPS_A_PAGE or time_s == end_s - 1:
            journal.keep_page(CASE_ID, page)
            page = []
    return CASE_ID


def _record() -> CaseRecord:
    return CaseRecord(
        case_id=CASE_ID,
        kind=CaseKind.RUN,
        origin=Origin.SIMULATED,
        source_name="four hours, made up",
        side=Side.RIGHT,
        pseudonym="HFS-0240",
        settings_hash="",
        software_version="",
        opened_at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
    )


def _is_interference(time_s: float) -> bool:
    return time_s > INTERFERENCE_EVERY_S and time_s % INTERFERENCE_EVERY_S < INTERFERENCE_S


def _is_present(time_s: float, end_s: float) -> bool:
    share = time_s / end_s
    return share < 0.56 or 0.62 < share < 0.66


def _wave(onset_ms: float, length_ms: float, peak_uv: float) -> FloatArray:
    phase = (TIMES_MS - onset_ms) / length_ms
    shape = np.sin(3 * np.pi * phase) * np.sin(np.pi * np.clip(phase, 0, 1))
    return np.where((phase > 0) & (phase < 1), peak_uv * shape, 0.0).astype(np.float32)


_RESPONSES = (_wave(10.2, 5.0, 45.0), _wave(12.5, 4.0, 12.0))
_M_WAVE = _wave(2.0, 6.0, 900.0)


def _report(time_s: float, end_s: float, rng: np.random.Generator) -> SweepReport:
    is_rejected = _is_interference(time_s)
    is_present = _is_present(time_s, end_s)
    noise_uv = 60.0 if is_rejected else 4.0
    samples = rng.normal(0.0, noise_uv, (2, TIMES_MS.size)).astype(np.float32)
    samples[1] += _M_WAVE
    size = float(rng.normal(1.0, 0.2)) if is_present else 0.0
    for row, response in enumerate(_RESPONSES):
        samples[row] += size * response
    peak_uv = 84.0 * size + 5.3 * noise_uv
    return SweepReport(
        sweep_number=int(time_s),
        sample_index=int(time_s * RATE_HZ),
        time_s=float(time_s),
        current_ma=8.0,
        start_ms=float(TIMES_MS[0]),
        step_ms=STEP_MS,
        cleaned_uv=samples,
        findings=tuple(
            _finding(muscle, peak_uv, noise_uv, is_rejected=is_rejected, is_present=is_present)
            for muscle in MUSCLES
        ),
        statuses=tuple(
            _status(muscle, time_s, end_s, is_rejected=is_rejected, is_present=is_present)
            for muscle in MUSCLES
        ),
    )


def _finding(
    muscle: Muscle, peak_uv: float, noise_uv: float, *, is_rejected: bool, is_present: bool
) -> Finding:
    reasons = (Reason.NOISY,) if is_rejected else ()
    return Finding(
        muscle=muscle,
        quality=Quality(accepted=not is_rejected, reasons=reasons),
        measurement=Measurement(
            peak_to_peak_uv=round(peak_uv, 1),
            onset_latency_ms=10.2 if is_present and not is_rejected else None,
            noise_rms_uv=noise_uv,
            mains_uv=3.0,
            artifact_uv=900.0,
            m_wave_uv=1800.0,
            m_wave_percent=98.0,
            artifact_percent=101.0,
        ),
        log_likelihood=np.zeros(0),
    )


def _status(
    muscle: Muscle, time_s: float, end_s: float, *, is_rejected: bool, is_present: bool
) -> MuscleStatus:
    state = AmrState.PRESENT if is_present else AmrState.DISAPPEARED
    words = "PRESENT, 98 % of baseline" if is_present else "DISAPPEARED"
    return MuscleStatus(
        muscle=muscle,
        is_lead=muscle is LEAD,
        state=state if time_s > 60 else AmrState.LEARNING,
        certainty=Certainty.CONFIRMED if is_present else Certainty.SUSTAINED,
        since_time_s=60.0 if is_present else 0.56 * end_s,
        indeterminate=IndeterminateClass.INTERFERENCE if is_rejected else None,
        reasons=(Reason.INTERFERENCE,) if is_rejected else (),
        probability_present=0.9999 if is_present else 0.0001,
        log_odds_absent=-9.2 if is_present else 9.2,
        amplitude_uv=82.0 if is_present else 2.0,
        amplitude_upper_bound_uv=96.0 if is_present else 10.0,
        amplitude_percent_of_baseline=98.0 if is_present else 2.0,
        onset_latency_ms=10.2 if is_present else None,
        m_wave_percent_of_baseline=98.0,
        valid_sweeps=60,
        accepted_of_last_10=10,
        silent_s=0.0,
        silent_sweeps=0,
        returned_count=0,
        words="cautery: cannot tell" if is_rejected else words,
    )


def _view() -> BaselineView:
    mean = np.stack((_RESPONSES[0], _RESPONSES[1] + _M_WAVE))
    return BaselineView(
        epoch=1,
        start_ms=float(TIMES_MS[0]),
        step_ms=STEP_MS,
        mean_uv=mean,
        spread_uv=np.full_like(mean, 6.0),
        windows_ms=WINDOWS_MS,
    )


def _events(end_s: float) -> list[Event]:
    events: list[Event] = [
        CaseOpened(
            sample_index=0,
            time_s=0.0,
            pseudonym="HFS-0240",
            side=Side.RIGHT,
            branch=Branch.MARGINAL_MANDIBULAR,
            mode=CaseMode.LIVE,
            muscles=MUSCLES,
            lead=LEAD,
            sampling_rate_hz=float(RATE_HZ),
        ),
        BaselineAccepted(
            sample_index=61 * RATE_HZ,
            time_s=61.0,
            epoch=1,
            valid_sweeps=60,
            reference_current_ma=8.0,
            by="anna",
            lead=LEAD,
            basis="lead",
            muscles=(),
        ),
    ]
    for number, (share, mark, vessel, phase) in enumerate(MARKS, start=1):
        time_s = float(round(share * end_s))
        events.append(
            PhaseMarked(
                sample_index=int(time_s * RATE_HZ),
                time_s=time_s,
                mark_id=number,
                mark=mark,
                vessel=vessel,
                text="",
                effective_time_s=time_s,
                by="anna",
                phase=phase,
                provisional_outcome=None,
            )
        )
    for start in range(2 * INTERFERENCE_EVERY_S, round(end_s), INTERFERENCE_EVERY_S):
        events += _interference(float(start), end_s)
    changes = ((61.0, True), (0.56 * end_s, False), (0.62 * end_s, True), (0.66 * end_s, False))
    events += [_change(round(time_s), is_present=is_present) for time_s, is_present in changes]
    events.append(
        CaseClosed(
            sample_index=int(end_s * RATE_HZ),
            time_s=float(end_s),
            outcome=Outcome.DISAPPEARED,
            tags=(),
            basis="lead",
            phase_known=True,
            residual_mentalis=False,
            after_mark=None,
            muscles=(),
            counts={"sweeps": round(end_s)},
            by="anna",
        )
    )
    return events


def _interference(start_s: float, end_s: float) -> list[Event]:
    state = AmrState.PRESENT if _is_present(start_s, end_s) else AmrState.DISAPPEARED
    told: list[Event] = []
    for muscle in MUSCLES:
        started = IndeterminateStarted(
            sample_index=int(start_s * RATE_HZ),
            time_s=start_s,
            muscle=muscle,
            indeterminate_class=IndeterminateClass.INTERFERENCE,
            reasons=(Reason.INTERFERENCE,),
            last_state=state,
            last_state_age_s=1.0,
        )
        ended = IndeterminateEnded(
            sample_index=int((start_s + INTERFERENCE_S) * RATE_HZ),
            time_s=start_s + INTERFERENCE_S,
            muscle=muscle,
            indeterminate_class=IndeterminateClass.INTERFERENCE,
            reasons=(Reason.INTERFERENCE,),
            last_state=state,
            last_state_age_s=float(INTERFERENCE_S),
        )
        told += [started, ended]
    return told


def _change(time_s: float, *, is_present: bool) -> Event:
    return AmrStateChanged(
        sample_index=int(time_s * RATE_HZ),
        time_s=float(time_s),
        muscle=LEAD,
        from_state=AmrState.DISAPPEARED if is_present else AmrState.PRESENT,
        to_state=AmrState.PRESENT if is_present else AmrState.DISAPPEARED,
        certainty=Certainty.CONFIRMED,
        evidence=Evidence(
            probability_present=0.9999 if is_present else 0.0001,
            log_odds_absent=-9.2 if is_present else 9.2,
            valid_sweeps=60,
            amplitude_uv=82.0 if is_present else 2.0,
            amplitude_upper_bound_uv=96.0 if is_present else 10.0,
            amplitude_percent_of_baseline=98.0 if is_present else 2.0,
            onset_latency_ms=10.2 if is_present else None,
            m_wave_percent_of_baseline=98.0,
            accepted_of_last_10=10,
            reasons=(),
            seen_of_last_10=10 if is_present else 0,
        ),
        after_mark=None,
        provisional_outcome=None,
        words="PRESENT, 98 % of baseline" if is_present else "DISAPPEARED",
    )
