"""Routes of the server itself: sessions, health, metrics, the pace of a replay."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import PlainTextResponse, Response

import amr_monitor
from amr_monitor.api.answers import described_as, json_answer, refusals
from amr_monitor.api.bodies import ReplayBody, SessionBody
from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.messages import ShownPlayback, shown_playback
from amr_monitor.api.metrics import metrics_text
from amr_monitor.api.security import Principal
from amr_monitor.api.settings import Role
from amr_monitor.codec import to_json_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is signed in."""

    user: str
    role: Role
    needs_token: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the server and the monitor behind it work.

    Attributes
    ----------
    status : "ok", "waiting" or "failed"
        Waiting: no samples have come for 2 s. Failed: the monitor hit a
        fault; recording goes on, verdicts do not.
    software_version : str
    case_id : str
    newest_seq : int
    last_sample_age_s : float or None
    clients : int
    """

    status: Literal["ok", "waiting", "failed"]
    software_version: str
    case_id: str
    newest_seq: int
    last_sample_age_s: float | None
    clients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayMark:
    """A mark that a recording holds, given yet or not."""

    time_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How a replay plays, and where its recording has marks."""

    playback: ShownPlayback | None
    marks: tuple[ReplayMark, ...]


SAMPLES_ARE_OLD_S = 2.0


def health_of(dependencies: ApiDependencies) -> Health:
    """Return how server and monitor are."""
    view = dependencies.hub.view(cursor=0, limit=0)
    age_s = dependencies.control.last_sample_age_s
    status: Literal["ok", "waiting", "failed"] = "ok"
    if view.status is not None and view.status.status.failed:
        status = "failed"
    elif age_s is None or age_s > SAMPLES_ARE_OLD_S:
        status = "waiting"
    return Health(
        status=status,
        software_version=amr_monitor.__version__,
        case_id=view.case_id,
        newest_seq=view.newest_seq,
        last_sample_age_s=None if age_s is None else round(age_s, 2),
        clients=dependencies.hub.n_clients,
    )


def system_routes(dependencies: ApiDependencies) -> APIRouter:
    """Return the routes `/session`, `/health`, `/metrics` and `/replay`."""
    router = APIRouter(tags=["system"], responses=refusals(401, 403, 422))
    gatekeeper = dependencies.gatekeeper
    Viewer = Annotated[Principal, Depends(gatekeeper.viewer)]  # noqa: N806

    @router.post(
        "/session",
        status_code=204,
        response_class=Response,
        summary="Sign a browser in: token for cookie",
    )
    def sign_in(request: Request, body: SessionBody | None = None) -> Response:
        response = Response(status_code=204)
        if not gatekeeper.needs_token:
            return response
        token = gatekeeper.token_of(body.token if body else "")
        if token is None:
            raise HTTPException(401, "this token is not known")
        cookie, max_age_s = gatekeeper.new_session(token)
        response.set_cookie(
            gatekeeper.cookie_name(request),
            cookie,
            max_age=max_age_s,
            path="/",
            httponly=True,
            samesite="strict",
            secure=gatekeeper.has_tls,
        )
        return response

    @router.get(
        "/session",
        summary="Who is signed in",
        responses=described_as("User and role", Session),
    )
    def get_session(who: Viewer) -> Response:
        session = Session(user=who.name, role=who.role, needs_token=gatekeeper.needs_token)
        return json_answer(to_json_value(session))

    @router.delete(
        "/session",
        status_code=204,
        response_class=Response,
        summary="Sign a browser out",
    )
    def sign_out(request: Request, _who: Viewer) -> Response:
        response = Response(status_code=204)
        response.delete_cookie(gatekeeper.cookie_name(request), path="/")
        return response

    @router.get(
        "/health",
        summary="Whether server and monitor work",
        responses=described_as("They do, or the samples are awaited", Health)
        | {503: described_as("The monitor failed", Health)[200]},
    )
    def get_health(_who: Viewer) -> Response:
        health = health_of(dependencies)
        return json_answer(to_json_value(health), 503 if health.status == "failed" else 200)

    @router.get("/metrics", response_class=PlainTextResponse, summary="Figures for Prometheus")
    def get_metrics(_who: Viewer) -> PlainTextResponse:
        return PlainTextResponse(
            metrics_text(dependencies), media_type="text/plain; version=0.0.4; charset=utf-8"
        )

    @router.get(
        "/replay",
        summary="How a replay plays, and the marks of its recording",
        responses=described_as("The replay; null and no marks where nothing is replayed", Replay),
    )
    def get_replay(_who: Viewer) -> Response:
        replay, playback = dependencies.control.replay, shown_playback(dependencies.control)
        marks = tuple(
            ReplayMark(time_s=round(at_s, 3), text=text)
            for at_s, text in (() if replay is None else replay.marks)
        )
        return json_answer(to_json_value(Replay(playback=playback, marks=marks)))

    @router.post(
        "/replay",
        status_code=204,
        response_class=Response,
        summary="Pace a replay",
        responses=refusals(409),
        dependencies=[Depends(gatekeeper.operator)],
    )
    def pace_replay(body: ReplayBody) -> Response:
        replay = dependencies.control.replay
        if replay is None:
            raise HTTPException(409, "this is no replay: its pace is the patient's")
        if (body.value is None) == (body.action in ("speed", "seek")):
            raise HTTPException(422, "value: speed and seek take one, the others none")
        if body.action == "pause":
            replay.pause()
        elif body.action == "resume":
            replay.resume()
        elif body.action == "step":
            replay.step()
        elif body.action == "speed":
            if not body.value or body.value > FASTEST_REPLAY:
                raise HTTPException(422, f"value: speed is above 0, at most {FASTEST_REPLAY:g}")
            replay.set_speed(body.value)
        elif body.value is not None:
            replay.seek(body.value)
        return Response(status_code=204)

    return router


FASTEST_REPLAY = 1000.0
