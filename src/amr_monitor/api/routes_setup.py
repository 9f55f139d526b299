"""Routes of the set-up and of whoever comes to the case: checklist, ramp, hand-over, raw sweeps."""

import json
import math
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from amr_monitor.api.answers import described, described_as, json_answer, refusals
from amr_monitor.api.checklist import LOOKED_AT, Checklist, checklist_of
from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.handover import Handover, handover_of, quality_of
from amr_monitor.api.raw_shelf import KEPT_RAW_SWEEPS, RawSweep
from amr_monitor.codec import JsonValue, SweepHeader, json_schema, to_json_value
from amr_monitor.model.case import Branch, Muscle
from amr_monitor.monitor.ramp import Ramp, ramp_of

SWEEPS_OF_TEN_MINUTES = 600

WITHHELD = Ramp(unknown=("shadow mode: the response is shown after the case is closed",))

RAW_SCHEMA = {
    "type": "object",
    "properties": {
        "muscle": {"enum": [muscle.value for muscle in Muscle]},
        "sweeps": {"type": "array", "items": json_schema(RawSweep)},
    },
    "required": ["muscle", "sweeps"],
}


def setup_routes(dependencies: ApiDependencies) -> APIRouter:
    """Return the routes `/setup`, `/ramp`, `/handover` and `/sweeps/raw`; all only read."""
    router = APIRouter(
        dependencies=[Depends(dependencies.gatekeeper.viewer)],
        responses=refusals(401, 403, 422),
    )
    hub, control, store = dependencies.hub, dependencies.control, dependencies.store

    def newest_headers(limit: int) -> list[SweepHeader]:
        kept = hub.history.sweeps(start_s=-math.inf, end_s=math.inf, limit=limit)
        return [sweep.header for sweep in kept]

    @router.get(
        "/setup",
        tags=["case"],
        summary="The checklist of the set-up",
        responses=described_as("What is done and what is not", Checklist),
    )
    def get_setup() -> Response:
        view = hub.view(cursor=0, limit=0)
        checklist = checklist_of(
            view.case_id,
            view.status.status if view.status else None,
            control.source,
            control.recording,
            newest_headers(LOOKED_AT),
        )
        return json_answer(to_json_value(checklist))

    @router.get(
        "/ramp",
        tags=["case"],
        summary="Response and M wave against the current, before the baseline",
        responses=described_as("Threshold, plateaus, and the current that follows", Ramp),
    )
    def get_ramp() -> Response:
        if hub.is_in_shadow:
            return json_answer(to_json_value(WITHHELD))
        status = hub.view(cursor=0, limit=0).status
        info = status.status.case if status else None
        branch = info.branch if info else Branch.MARGINAL_MANDIBULAR
        lead, sweeps = hub.ramp
        return json_answer(to_json_value(ramp_of(sweeps, lead=lead, branch=branch)))

    @router.get(
        "/handover",
        tags=["records"],
        summary="One page for the relief",
        responses=described_as("How the case stands, and what to watch", Handover),
    )
    def get_handover() -> Response:
        # Asked first: a case that is closed meanwhile is veiled once more, never too little.
        in_shadow = hub.is_in_shadow
        view = hub.view(cursor=0, limit=0)
        status = view.status.status if view.status else None
        events: list[dict[str, Any]] = []
        if view.case_id:
            events = [json.loads(line) for line in store.lines(view.case_id)]
        quality = quality_of(
            source=control.source,
            status=status,
            sweeps=newest_headers(SWEEPS_OF_TEN_MINUTES),
            last_sample_age_s=control.last_sample_age_s,
            delivery=control.delivery,
            sweeps_last_minute=hub.sweeps_last_minute,
            recording=control.recording,
        )
        handover = handover_of(
            case_id=view.case_id,
            newest_seq=view.newest_seq,
            is_in_shadow=in_shadow,
            status=status,
            events=events,
            source=control.source,
            quality=quality,
        )
        return json_answer(to_json_value(handover))

    @router.get(
        "/sweeps/raw",
        tags=["records"],
        summary="The newest sweeps as they were received",
        responses=described("Oldest first; none in shadow mode", RAW_SCHEMA),
    )
    def get_raw_sweeps(
        muscle: Muscle,
        number: Annotated[int | None, Query(ge=1, le=2**53, description="This one alone")] = None,
        limit: Annotated[
            int, Query(ge=1, le=KEPT_RAW_SWEEPS, description="The newest so many")
        ] = 1,
    ) -> Response:
        sweeps = () if hub.is_in_shadow else hub.raw.sweeps(muscle, number=number, limit=limit)
        shown: list[JsonValue] = [to_json_value(sweep) for sweep in sweeps]
        return json_answer({"muscle": muscle.value, "sweeps": shown})

    return router
