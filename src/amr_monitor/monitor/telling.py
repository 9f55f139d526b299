"""The state of a case as screens show it, put together in one place."""

from amr_monitor.model.case import AmrState, CaseInfo, Certainty, Muscle, Phase
from amr_monitor.model.finding import MuscleStatus
from amr_monitor.model.status import BaselineStatus, CaseStatus
from amr_monitor.monitor.case import OpenedCase
from amr_monitor.monitor.settings import MonitorSettings


def muscle_status(case: OpenedCase, muscle: Muscle) -> MuscleStatus:
    """Return what the screen says of one muscle."""
    tracker = case.trackers.get(muscle)
    if tracker is None:
        return MuscleStatus(
            muscle=muscle,
            is_lead=muscle in case.leads,
            state=AmrState.LEARNING,
            certainty=Certainty.CONFIRMED,
            since_time_s=0.0,
            indeterminate=None,
            reasons=(),
            probability_present=None,
            log_odds_absent=None,
            amplitude_uv=None,
            amplitude_upper_bound_uv=None,
            amplitude_percent_of_baseline=None,
            onset_latency_ms=None,
            m_wave_percent_of_baseline=None,
            valid_sweeps=case.desk.n_valid,
            accepted_of_last_10=0,
            silent_s=0.0,
            silent_sweeps=0,
            returned_count=0,
            words=case.words(muscle),
        )
    evidence = tracker.evidence()
    cause = tracker.indeterminate
    return MuscleStatus(
        muscle=muscle,
        is_lead=muscle is case.deciding,
        state=tracker.state,
        certainty=Certainty.PROVISIONAL if tracker.pending else tracker.certainty,
        since_time_s=tracker.since_s,
        indeterminate=None if cause is None else cause.indeterminate_class,
        reasons=evidence.reasons,
        probability_present=evidence.probability_present,
        log_odds_absent=evidence.log_odds_absent,
        amplitude_uv=evidence.amplitude_uv,
        amplitude_upper_bound_uv=evidence.amplitude_upper_bound_uv,
        amplitude_percent_of_baseline=evidence.amplitude_percent_of_baseline,
        onset_latency_ms=evidence.onset_latency_ms,
        m_wave_percent_of_baseline=evidence.m_wave_percent_of_baseline,
        valid_sweeps=evidence.valid_sweeps,
        accepted_of_last_10=evidence.accepted_of_last_10,
        silent_s=round(tracker.silent_s, 1),
        silent_sweeps=tracker.scale.silent_sweeps,
        returned_count=tracker.returned_count,
        words=case.words(muscle),
        onset_latency_sd_ms=evidence.onset_latency_sd_ms,
    )


def case_status(
    case: OpenedCase | None,
    muscles: tuple[Muscle, ...],
    settings: MonitorSettings,
    *,
    is_open: bool,
    time_s: float,
    sample_index: int,
    counts: dict[str, int],
    failed: bool,
) -> CaseStatus:
    """Return everything a screen needs that no single event tells."""
    info: CaseInfo | None = None
    if case is None:
        baseline = BaselineStatus(
            epoch=0,
            accepted=False,
            acceptable=False,
            valid_sweeps=0,
            needed_sweeps=settings.baseline.needed_sweeps,
            reference_current_ma=None,
            hints=(),
            muscles=(),
        )
    else:
        info = case.info
        baseline = case.desk.status(
            case.reference, dura_open=case.dura_open, muscles=case.baselines
        )
    return CaseStatus(
        is_open=is_open,
        case=info,
        lead=None if case is None else case.deciding,
        phase=Phase.BEFORE_DURA if case is None else case.marks.phase,
        time_s=time_s,
        sample_index=sample_index,
        provisional_outcome=None if case is None else case.provisional_outcome,
        baseline=baseline,
        muscles=() if case is None else tuple(muscle_status(case, m) for m in muscles),
        marks=() if case is None else case.marks.all,
        alarms=() if case is None else case.alarms.standing,
        counts=counts,
        failed=failed,
        context=() if case is None else case.context.values,
    )
