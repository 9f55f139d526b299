"""One page for the relief: how the case stands, how it came there, and what to watch.

Everything is read from the server's own status and journal. Of an open case in
shadow mode both are veiled before they come here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from amr_monitor.api.handover_watch import what_to_watch
from amr_monitor.codec import SweepHeader
from amr_monitor.model.case import (
    AmrState,
    CaseInfo,
    Certainty,
    MarkName,
    Muscle,
    Phase,
    Reason,
    Vessel,
)
from amr_monitor.model.context import ContextValue
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.model.status import (
    AlarmStatus,
    BaselineStatus,
    CaseStatus,
    Delivery,
    RecordingStatus,
)
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.monitor.words import reasons_in_words

RECENT_S = 600.0
"""Quality is told of so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldMark:
    """A mark, with its author."""

    mark: MarkName
    vessel: Vessel | None
    text: str
    time_s: float
    voided: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldChange:
    """A confirmed change of state, with the mark that it came after."""

    muscle: Muscle
    time_s: float
    to: AmrState
    certainty: Certainty
    words: str
    after_mark: MarkName | None
    after_vessel: Vessel | None
    after_s: float | None
    within_tolerance: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldMuscle:
    """One muscle as it stands, with its newest change."""

    muscle: Muscle
    is_lead: bool
    state: AmrState
    certainty: Certainty
    is_unknown: bool
    words: str
    since_time_s: float
    valid_sweeps: int
    accepted_of_last_10: int
    amplitude_percent_of_baseline: float | None
    amplitude_upper_bound_uv: float | None
    m_wave_percent_of_baseline: float | None
    returned_count: int
    change: ToldChange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldReading:
    """What a person saw, beside what the monitor said."""

    time_s: float
    muscle: Muscle
    reading: str
    monitor_reading: str | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldQuality:
    """Whether what is shown can be believed.

    Attributes
    ----------
    source_name : str
    trigger_quality : TriggerQuality or None
    last_sample_age_s : float or None
    delivery : Delivery or None
    sweeps_last_minute : int
    counts : dict of str to int
    recent_sweeps, recent_rejected : int
        Of the last ten minutes, as far as they are kept, in the lead muscle.
    recent_reasons : tuple of str
        Why, the most frequent first, with how often.
    recording : RecordingStatus or None
    """

    source_name: str
    trigger_quality: TriggerQuality | None
    last_sample_age_s: float | None
    delivery: Delivery | None
    sweeps_last_minute: int
    counts: dict[str, int]
    recent_sweeps: int
    recent_rejected: int
    recent_reasons: tuple[str, ...]
    recording: RecordingStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Everything that the relief is told.

    Attributes
    ----------
    case_id : str
    newest_seq : int
        Event up to which it holds.
    origin : Origin or None
    utc : datetime or None
        Of `time_s`; None where the source has no date.
    time_s : float
    is_open, is_in_shadow : bool
    case : CaseInfo or None
    lead : Muscle or None
    phase : Phase or None
    outcome : str
        Of a closed case; "" of an open one.
    muscles : tuple of ToldMuscle
    changes : tuple of ToldChange
        All confirmed ones, oldest first.
    baseline : BaselineStatus or None
    baseline_time_s : float or None
    baseline_by : str
    baseline_hints : tuple of str
        What a person was told when it was accepted.
    marks : tuple of ToldMark
    readings : tuple of ToldReading
    room : tuple of ContextValue
    alarms : tuple of AlarmStatus
    quality : ToldQuality
    watch : tuple of str
        What to watch, the weightiest first.
    """

    case_id: str
    newest_seq: int
    origin: Origin | None
    utc: datetime | None
    time_s: float
    is_open: bool
    is_in_shadow: bool
    case: CaseInfo | None
    lead: Muscle | None
    phase: Phase | None
    outcome: str
    muscles: tuple[ToldMuscle, ...]
    changes: tuple[ToldChange, ...]
    baseline: BaselineStatus | None
    baseline_time_s: float | None
    baseline_by: str
    baseline_hints: tuple[str, ...]
    marks: tuple[ToldMark, ...]
    readings: tuple[ToldReading, ...]
    room: tuple[ContextValue, ...]
    alarms: tuple[AlarmStatus, ...]
    quality: ToldQuality
    watch: tuple[str, ...]


def handover_of(
    *,
    case_id: str,
    newest_seq: int,
    is_in_shadow: bool,
    status: CaseStatus | None,
    events: Sequence[Mapping[str, Any]],
    source: SourceInfo | None,
    quality: ToldQuality,
) -> Handover:
    """Return what the relief is told.

    Parameters
    ----------
    case_id : str
    newest_seq : int
    is_in_shadow : bool
    status : CaseStatus or None
        None before a case is opened.
    events : sequence of mapping
        Of the whole case, as the protocol has them.
    source : SourceInfo or None
    quality : ToldQuality
    """
    time_s = 0.0 if status is None else status.time_s
    start = None if source is None else source.start_utc
    changes = tuple(_change(event) for event in events if _is_told(event))
    accepted = _last(events, "baseline_accepted") or {}
    closed = _last(events, "case_closed")
    outcome = ""
    if closed is not None:
        outcome = ", ".join([closed["outcome"], *closed["tags"]]).replace("_", " ")
    return Handover(
        case_id=case_id,
        newest_seq=newest_seq,
        origin=None if source is None else source.origin,
        utc=None if start is None else start + timedelta(seconds=time_s),
        time_s=time_s,
        is_open=status is not None and status.is_open,
        is_in_shadow=is_in_shadow,
        case=None if status is None else status.case,
        lead=None if status is None else status.lead,
        phase=None if status is None else status.phase,
        outcome=outcome,
        muscles=() if status is None else _muscles(status, changes),
        changes=changes,
        baseline=None if status is None else status.baseline,
        baseline_time_s=accepted.get("time_s"),
        baseline_by=str(accepted.get("by", "")),
        baseline_hints=tuple(accepted.get("hints", ())),
        marks=() if status is None else _marks(status, events),
        readings=tuple(_readings(events)),
        room=() if status is None else status.context,
        alarms=() if status is None else status.alarms,
        quality=quality,
        watch=what_to_watch(
            status,
            is_in_shadow=is_in_shadow,
            baseline_hints=tuple(accepted.get("hints", ())),
            last_after_mark_is_late=_is_late(status, changes),
            last_sample_age_s=quality.last_sample_age_s,
            recent_sweeps=quality.recent_sweeps,
            recent_rejected=quality.recent_rejected,
            recording=quality.recording,
            is_recording_replayed=source is not None and source.duration_s is not None,
        ),
    )


def quality_of(
    *,
    source: SourceInfo | None,
    status: CaseStatus | None,
    sweeps: Sequence[SweepHeader],
    last_sample_age_s: float | None,
    delivery: Delivery | None,
    sweeps_last_minute: int,
    recording: RecordingStatus | None,
) -> ToldQuality:
    """Return how far what is shown can be believed.

    Parameters
    ----------
    source : SourceInfo or None
    status : CaseStatus or None
    sweeps : sequence of SweepHeader
        The newest sweeps.
    last_sample_age_s : float or None
    delivery : Delivery or None
    sweeps_last_minute : int
    recording : RecordingStatus or None
    """
    now_s = 0.0 if status is None else status.time_s
    lead = None if status is None else status.lead
    rows = [
        header.quality[header.muscles.index(lead) if lead in header.muscles else 0]
        for header in sweeps
        if header.time_s > now_s - RECENT_S and header.muscles
    ]
    reasons: Counter[Reason] = Counter(reason for quality in rows for reason in quality.reasons)
    return ToldQuality(
        source_name="" if source is None else source.name,
        trigger_quality=None if source is None else source.trigger_quality,
        last_sample_age_s=None if last_sample_age_s is None else round(last_sample_age_s, 1),
        delivery=delivery,
        sweeps_last_minute=sweeps_last_minute,
        counts={} if status is None else status.counts,
        recent_sweeps=len(rows),
        recent_rejected=sum(not quality.accepted for quality in rows),
        recent_reasons=tuple(
            f"{reasons_in_words((reason,))} ({n_times} x)"
            for reason, n_times in reasons.most_common(4)
        ),
        recording=recording,
    )


def _last(events: Sequence[Mapping[str, Any]], kind: str) -> Mapping[str, Any] | None:
    return next((event for event in reversed(events) if event["type"] == kind), None)


def _is_told(event: Mapping[str, Any]) -> bool:
    if event["type"] != "amr_state_changed":
        return False
    return Certainty(event["certainty"]) is not Certainty.PROVISIONAL


def _change(event: Mapping[str, Any]) -> ToldChange:
    after = event["after_mark"]
    return ToldChange(
        muscle=Muscle(event["muscle"]),
        time_s=event["time_s"],
        to=AmrState(event["to"]),
        certainty=Certainty(event["certainty"]),
        words=event["words"],
        after_mark=None if after is None else MarkName(after["mark"]),
        after_vessel=None if after is None or not after["vessel"] else Vessel(after["vessel"]),
        after_s=None if after is None else after["seconds"],
        within_tolerance=after is not None and after["within_tolerance"],
    )


def _muscles(status: CaseStatus, changes: Sequence[ToldChange]) -> tuple[ToldMuscle, ...]:
    newest = {change.muscle: change for change in changes}
    told = [
        ToldMuscle(
            muscle=muscle.muscle,
            is_lead=muscle.is_lead,
            state=muscle.state,
            certainty=muscle.certainty,
            is_unknown=muscle.indeterminate is not None,
            words=muscle.words,
            since_time_s=muscle.since_time_s,
            valid_sweeps=muscle.valid_sweeps,
            accepted_of_last_10=muscle.accepted_of_last_10,
            amplitude_percent_of_baseline=muscle.amplitude_percent_of_baseline,
            amplitude_upper_bound_uv=muscle.amplitude_upper_bound_uv,
            m_wave_percent_of_baseline=muscle.m_wave_percent_of_baseline,
            returned_count=muscle.returned_count,
            change=newest.get(muscle.muscle),
        )
        for muscle in status.muscles
    ]
    return tuple(sorted(told, key=lambda each: not each.is_lead))


def _marks(status: CaseStatus, events: Sequence[Mapping[str, Any]]) -> tuple[ToldMark, ...]:
    authors = {event["mark_id"]: event["by"] for event in events if event["type"] == "phase_marked"}
    return tuple(
        ToldMark(
            mark=mark.name,
            vessel=mark.vessel,
            text=mark.text,
            time_s=mark.effective_time_s,
            voided=mark.voided,
            by=str(authors.get(mark.mark_id, "")),
        )
        for mark in sorted(status.marks, key=lambda each: each.effective_time_s)
    )


def _readings(events: Iterable[Mapping[str, Any]]) -> Iterable[ToldReading]:
    for event in events:
        if event["type"] == "reading_entered":
            yield ToldReading(
                time_s=event["time_s"],
                muscle=Muscle(event["muscle"]),
                reading=event["reading"],
                monitor_reading=event["monitor_reading"],
                by=event["by"],
            )


def _is_late(status: CaseStatus | None, changes: Sequence[ToldChange]) -> bool:
    """Whether the lead's standing loss is attributed to a mark that came after it."""
    if status is None:
        return False
    lead = [change for change in changes if change.muscle is status.lead]
    newest = lead[-1] if lead else None
    return newest is not None and newest.to is AmrState.DISAPPEARED and newest.within_tolerance
