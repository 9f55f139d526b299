"""The websocket: who may open it, and where it begins."""

from fastapi import APIRouter, WebSocket
from starlette.responses import JSONResponse

from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.live_client import LiveClient, Pace

TOPICS = frozenset({"events", "sweeps"})
CLOSE_INVALID = 1008
CLOSE_TRY_LATER = 1013
MOST_CLIENTS = 100
_LONGEST_NUMBER = 16


def live_routes(dependencies: ApiDependencies, pace: Pace) -> APIRouter:
    """Return the route `/live`."""
    router = APIRouter()
    hub = dependencies.hub

    @router.websocket("/live")
    async def live(
        websocket: WebSocket, since: str = "0", topics: str = "events,sweeps", case_id: str = ""
    ) -> None:
        principal = dependencies.gatekeeper.principal(websocket)
        if principal is None:
            refusal = JSONResponse({"detail": "a bearer token or a session is needed"}, 401)
            await websocket.send_denial_response(refusal)
            return
        await websocket.accept()
        view = hub.view(cursor=0, limit=0)
        cursor = _cursor(since)
        if case_id and case_id != view.case_id:
            # It knows another case: of this one it has nothing yet.
            cursor = 0
        wanted = frozenset(topics.split(","))
        if cursor is None or cursor > view.newest_seq:
            line = f"since must be a whole number from 0 to {view.newest_seq}"
            await websocket.close(CLOSE_INVALID, line)
        elif hub.n_clients >= MOST_CLIENTS:
            await websocket.close(CLOSE_TRY_LATER, f"{MOST_CLIENTS} clients look already")
        elif not wanted <= TOPICS:
            await websocket.close(CLOSE_INVALID, "topics must be events, sweeps or events,sweeps")
        else:
            client = LiveClient(
                websocket,
                hub=hub,
                store=dependencies.store,
                control=dependencies.control,
                principal=principal,
                case_id=view.case_id,
                cursor=cursor,
                topics=wanted,
                pace=pace,
            )
            await client.serve()

    return router


def _cursor(since: str) -> int | None:
    if since.isascii() and since.isdigit() and len(since) <= _LONGEST_NUMBER:
        return int(since)
    return None
