"""Routes of what is kept: events, newest sweeps, sweeps beside verdicts, cases."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from starlette.responses import Response

from amr_monitor.api.answers import (
    described,
    described_as,
    described_events,
    events_answer,
    json_answer,
    refusals,
)
from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.seams import CaseSummary
from amr_monitor.api.verdict_sweeps import (
    MOST_VERDICT_SWEEPS,
    VERDICT_SWEEPS_SCHEMA,
    told_sweeps,
)
from amr_monitor.codec import JsonValue, KeptSweep, json_schema, to_json_value
from amr_monitor.model.case import Muscle, Outcome, Reason, Side
from amr_monitor.model.source import Origin

MOST_EVENTS = 5_000
MOST_SWEEPS = 120

Since = Annotated[int, Query(ge=0, le=2**53, description="Events after this `seq`")]
EventLimit = Annotated[int, Query(ge=1, le=MOST_EVENTS, description="At most this many events")]
CaseId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
Start = Annotated[float, Query(alias="from", description="Seconds of the recording, included")]
End = Annotated[
    float | None, Query(alias="to", description="Seconds of the recording, excluded; else all")
]
VerdictSeq = Annotated[
    int | None, Query(ge=1, le=2**53, description="Of the event that they stand beside; else all")
]
VerdictLimit = Annotated[
    int, Query(ge=1, le=MOST_VERDICT_SWEEPS, description="The newest so many sweeps")
]
SweepLimit = Annotated[int, Query(ge=1, le=MOST_SWEEPS, description="The newest so many")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCase:
    """One case of the catalogue."""

    case_id: str
    origin: Origin
    source_name: str
    side: Side | None
    pseudonym: str
    start_utc: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSweep:
    """One muscle in one sweep, with its cleaned waveform."""

    sweep_number: int
    sample_index: int
    time_s: float
    current_ma: float | None
    accepted: bool
    reasons: tuple[Reason, ...]
    peak_to_peak_uv: float | None
    onset_latency_ms: float | None
    start_ms: float
    step_ms: float
    samples_uv: tuple[float | None, ...]


SWEEPS_SCHEMA = {
    "type": "object",
    "properties": {
        "muscle": {"enum": [muscle.value for muscle in Muscle]},
        "sweeps": {"type": "array", "items": json_schema(ListedSweep)},
    },
    "required": ["muscle", "sweeps"],
}
CASES_SCHEMA = {
    "type": "object",
    "properties": {"cases": {"type": "array", "items": json_schema(ListedCase)}},
    "required": ["cases"],
}


def record_routes(dependencies: ApiDependencies) -> APIRouter:
    """Return the routes under `/events`, `/sweeps` and `/cases`."""
    router = APIRouter(
        tags=["records"],
        dependencies=[Depends(dependencies.gatekeeper.viewer)],
        responses=refusals(401, 403, 422),
    )
    hub, store = dependencies.hub, dependencies.store

    def known_case(case_id: str) -> CaseSummary:
        case = store.case(case_id)
        if case is None:
            raise HTTPException(404, f"no case {case_id!r}; GET /api/v1/cases lists them")
        return case

    @router.get(
        "/events",
        summary="Events of the running case",
        responses=described_events("Events after `since`, in their order"),
    )
    def get_events(since: Since = 0, limit: EventLimit = 1000) -> Response:
        view = hub.view(cursor=0, limit=0)
        lines = store.lines(view.case_id, since=since, limit=limit) if view.case_id else []
        return events_answer(view.case_id, lines, newest_seq=view.newest_seq)

    @router.get(
        "/sweeps",
        summary="Sweeps that are kept for display",
        responses=described("Oldest first", SWEEPS_SCHEMA),
    )
    def get_sweeps(
        muscle: Muscle, start_s: Start = 0.0, end_s: End = None, limit: SweepLimit = 60
    ) -> Response:
        kept = []
        if not hub.is_in_shadow:
            kept = hub.history.sweeps(start_s=start_s, end_s=_end(end_s), limit=limit)
        shown: list[JsonValue] = [
            to_json_value(_listed_sweep(sweep, sweep.header.muscles.index(muscle)))
            for sweep in kept
            if muscle in sweep.header.muscles
        ]
        return json_answer({"muscle": muscle.value, "sweeps": shown})

    @router.get(
        "/cases",
        summary="All cases",
        responses=described("Newest first", CASES_SCHEMA),
    )
    def get_cases() -> Response:
        cases = sorted(store.cases(), key=lambda case: case.opened_at, reverse=True)
        return json_answer({"cases": [to_json_value(_listed_case(case)) for case in cases]})

    @router.get(
        "/cases/{case_id}",
        summary="One case",
        responses=described_as("The case", ListedCase) | refusals(404),
    )
    def get_case(case_id: CaseId) -> Response:
        return json_answer(to_json_value(_listed_case(known_case(case_id))))

    @router.get(
        "/cases/{case_id}/events",
        summary="Events of any case",
        responses=described_events("Events after `since`, in their order") | refusals(404),
    )
    def get_case_events(case_id: CaseId, since: Since = 0, limit: EventLimit = 1000) -> Response:
        known_case(case_id)
        return events_answer(case_id, store.lines(case_id, since=since, limit=limit))

    @router.get(
        "/cases/{case_id}/sweeps",
        summary="Sweeps beside the verdicts of a case, raw and cleaned",
        responses=described("Oldest first", VERDICT_SWEEPS_SCHEMA) | refusals(404),
    )
    def get_case_sweeps(
        case_id: CaseId,
        seq: VerdictSeq = None,
        muscle: Muscle | None = None,
        start_s: Start = 0.0,
        end_s: End = None,
        limit: VerdictLimit = 60,
    ) -> Response:
        known_case(case_id)
        kept = store.sweeps(case_id, seq=seq, start_s=start_s, end_s=_end(end_s), limit=limit)
        told: list[JsonValue] = [
            to_json_value(sweep) for record in kept for sweep in told_sweeps(record, muscle)
        ]
        return json_answer({"case_id": case_id, "seq": seq, "sweeps": told})

    return router


def _end(end_s: float | None) -> float:
    return math.inf if end_s is None else end_s


def _listed_case(case: CaseSummary) -> ListedCase:
    return ListedCase(
        case_id=case.case_id,
        origin=case.origin,
        source_name=case.source_name,
        side=case.side,
        pseudonym=case.pseudonym,
        start_utc=case.start_utc,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
    )


def _listed_sweep(kept: KeptSweep, row: int) -> ListedSweep:
    header = kept.header
    quality, measurement = header.quality[row], header.measurement[row]
    samples = kept.samples_uv[row].astype(float).round(2).tolist()
    return ListedSweep(
        sweep_number=header.sweep_number,
        sample_index=header.sample_index,
        time_s=header.time_s,
        current_ma=header.current_ma,
        accepted=quality.accepted,
        reasons=quality.reasons,
        peak_to_peak_uv=measurement.peak_to_peak_uv,
        onset_latency_ms=measurement.onset_latency_ms,
        start_ms=header.start_ms,
        step_ms=header.step_ms,
        samples_uv=tuple(value if math.isfinite(value) else None for value in samples),
    )
