"""Routes of the case that runs: what a person can tell the monitor."""

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path
from starlette.responses import Response

from amr_monitor.api.answers import described, described_events, events_answer, json_answer
from amr_monitor.api.answers import refusals as refused
from amr_monitor.api.bodies import (
    AmendBody,
    CaseBody,
    ContextBody,
    MarkBody,
    ReadingBody,
    RestartBody,
)
from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.messages import shown_source
from amr_monitor.api.security import Principal
from amr_monitor.codec import JsonValue, entry_to_json, json_schema, to_json_value
from amr_monitor.model.status import CaseStatus
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    AmendMark,
    CloseCase,
    Command,
    EnterReading,
    MarkCommand,
    OpenCase,
    RestartBaseline,
    SetContext,
)

LONGEST_WAIT_S = 10.0
"""For the acquisition thread to carry a command out."""

CASE_SCHEMA = {
    "type": "object",
    "properties": {
        "case_id": {"type": "string", "description": "Empty before a case is opened"},
        "newest_seq": {"type": "integer"},
        "origin": {"enum": ["device", "replay", "simulated", None]},
        "source": {"type": ["object", "null"]},
        "status_seq": {"type": ["integer", "null"]},
        "status": {"oneOf": [{"type": "null"}, json_schema(CaseStatus)]},
    },
    "required": ["case_id", "newest_seq", "origin", "source", "status_seq", "status"],
}


def case_routes(dependencies: ApiDependencies) -> APIRouter:
    """Return the routes of the running case and of what a person can tell it."""
    router = APIRouter(tags=["case"], responses=refused(401, 403, 409, 422, 504))
    hub, control = dependencies.hub, dependencies.control
    viewer = Depends(dependencies.gatekeeper.viewer)
    Operator = Annotated[Principal, Depends(dependencies.gatekeeper.operator)]  # noqa: N806
    done = described_events("The events that the command brought about")

    async def carry_out(make: Callable[[int], Command]) -> Response:
        future = control.submit(make)
        try:
            entries = await asyncio.wait_for(asyncio.wrap_future(future), LONGEST_WAIT_S)
        except TimeoutError as error:
            raise HTTPException(
                504, "the monitor did not answer in time: look whether it has taken the command"
            ) from error
        case_id = entries[-1].case_id if entries else hub.view(cursor=0, limit=0).case_id
        return events_answer(case_id, [hub.told(entry_to_json(entry)) for entry in entries])

    @router.get(
        "/case",
        dependencies=[viewer],
        summary="How the case stands",
        responses=described("The running case", CASE_SCHEMA),
    )
    def get_case() -> Response:
        view = hub.view(cursor=0, limit=0)
        source, shown = control.source, shown_source(control)
        message: dict[str, JsonValue] = {
            "case_id": view.case_id,
            "newest_seq": view.newest_seq,
            "origin": source.origin.value if source else None,
            "source": to_json_value(shown) if shown else None,
            "status_seq": view.status.seq if view.status else None,
            "status": to_json_value(view.status.status) if view.status else None,
        }
        return json_answer(message)

    @router.post("/case", summary="Open a case", responses=done)
    async def open_case(body: CaseBody, who: Operator) -> Response:
        info = body.info()
        return await carry_out(lambda index: OpenCase(sample_index=index, by=who.name, case=info))

    @router.post("/case/close", summary="Close the case and give its outcome", responses=done)
    async def close_case(who: Operator) -> Response:
        return await carry_out(lambda index: CloseCase(sample_index=index, by=who.name))

    @router.post("/marks", summary="Mark a moment, perhaps back-dated", responses=done)
    async def mark(body: MarkBody, who: Operator) -> Response:
        return await carry_out(
            lambda index: MarkCommand(
                sample_index=index,
                by=who.name,
                mark=body.mark,
                vessel=body.vessel,
                text=body.text,
                seconds_ago=body.seconds_ago,
            )
        )

    @router.post("/marks/{mark_id}/amend", summary="Move, rename or void a mark", responses=done)
    async def amend_mark(
        mark_id: Annotated[int, Path(ge=1, le=1_000_000)], body: AmendBody, who: Operator
    ) -> Response:
        return await carry_out(
            lambda index: AmendMark(
                sample_index=index,
                by=who.name,
                mark_id=mark_id,
                mark=body.mark,
                vessel=body.vessel,
                effective_time_s=body.effective_time_s,
                void=body.void,
                reason=body.reason,
            )
        )

    @router.post("/baseline/accept", summary="Take the sweeps as reference", responses=done)
    async def accept_baseline(who: Operator) -> Response:
        return await carry_out(lambda index: AcceptBaseline(sample_index=index, by=who.name))

    @router.post("/baseline/restart", summary="Learn the reference anew", responses=done)
    async def restart_baseline(who: Operator, body: RestartBody | None = None) -> Response:
        reason = body.reason if body else ""
        return await carry_out(
            lambda index: RestartBaseline(sample_index=index, by=who.name, reason=reason)
        )

    @router.post("/alarms/{alarm_id}/acknowledge", summary="Say it was seen", responses=done)
    async def acknowledge_alarm(
        alarm_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,80}$")], who: Operator
    ) -> Response:
        return await carry_out(
            lambda index: AcknowledgeAlarm(sample_index=index, by=who.name, alarm_id=alarm_id)
        )

    @router.post(
        "/readings",
        summary="Keep what a person sees beside the verdict, which stays as it is",
        responses=done,
    )
    async def enter_reading(body: ReadingBody, who: Operator) -> Response:
        return await carry_out(
            lambda index: EnterReading(
                sample_index=index,
                by=who.name,
                muscle=body.muscle,
                reading=body.reading,
                text=body.text,
            )
        )

    @router.post("/context", summary="Enter a value from the room", responses=done)
    async def set_context(body: ContextBody, who: Operator) -> Response:
        return await carry_out(
            lambda index: SetContext(
                sample_index=index, by=who.name, name=body.name, value=body.value, unit=body.unit
            )
        )

    return router
