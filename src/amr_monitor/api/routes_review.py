"""Routes of the review of a case: its trends, its sweeps as they were shown, its documents."""

import math
import shutil
import struct
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from amr_monitor.api.answers import Responses, described_as, json_answer, refusals
from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.raster import MOST_COLUMNS, raster_of, raster_to_bytes
from amr_monitor.api.retrospect import Retrospect
from amr_monitor.api.settings import Role
from amr_monitor.api.thinning import thinned
from amr_monitor.codec import DisplayFrame, frame_to_bytes, to_json_value
from amr_monitor.model.case import Muscle
from amr_monitor.model.trend import Trend

MOST_POINTS = 20_000
MOST_SHOWN_SWEEPS = 240
LATEST_S = 1e7
"""Seconds: no case is so long."""

BINARY = "application/octet-stream"

CaseId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
Start = Annotated[
    float,
    Query(
        alias="from", ge=-LATEST_S, le=LATEST_S, description="Seconds of the recording, included"
    ),
]
End = Annotated[
    float | None,
    Query(
        alias="to",
        ge=-LATEST_S,
        le=LATEST_S,
        description="Seconds of the recording, excluded; else all",
    ),
]
PointLimit = Annotated[
    int,
    Query(
        ge=1,
        le=MOST_POINTS,
        description="At most so many sweeps; of a longer stretch those that leave its outline:"
        " the lowest and the highest of each part",
    ),
]
ShownLimit = Annotated[int, Query(ge=1, le=MOST_SHOWN_SWEEPS, description="The newest so many")]
Columns = Annotated[
    int, Query(ge=1, le=MOST_COLUMNS, description="Columns that the stretch is divided into")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProof:
    """What proves a case, and what can be taken home of it.

    Attributes
    ----------
    n_events : int
    head_hash : str
        Of the last event: written down elsewhere, it proves the whole chain.
    n_sweeps : int
        Judged, and kept.
    start_s, end_s : float or None
        Of the first sweep and the last; null while there is none.
    downloads : tuple of str
        Of `export.zip` and `report` those that this server can give.
    """

    case_id: str
    n_events: int
    head_hash: str
    n_sweeps: int
    start_s: float | None
    end_s: float | None
    downloads: tuple[str, ...]


def review_routes(dependencies: ApiDependencies) -> APIRouter:
    """Return the routes of figures and pictures of any case, the running one too."""
    router = APIRouter(
        tags=["review"],
        dependencies=[Depends(dependencies.gatekeeper.viewer)],
        responses=refusals(401, 403, 422),
    )
    hub, store, documents = dependencies.hub, dependencies.store, dependencies.documents
    retrospect = Retrospect(dependencies.review, hub, store)

    def known(case_id: str) -> None:
        if store.case(case_id) is None:
            raise HTTPException(404, f"no case {case_id!r}; GET /api/v1/cases lists them")

    def told_trend(case_id: str, start_s: float, end_s: float | None, limit: int) -> Response:
        trend = retrospect.trend(case_id, start_s=start_s, end_s=_end(end_s), limit=limit)
        return json_answer(to_json_value(thinned(trend, limit)))

    @router.get(
        "/trends",
        summary="Figures of every sweep of the running case, column by column",
        responses=described_as("Columns of equal length", Trend),
    )
    def get_trends(start_s: Start = 0.0, end_s: End = None, limit: PointLimit = 2_000) -> Response:
        return told_trend(hub.case_id, start_s, end_s, limit)

    @router.get(
        "/cases/{case_id}/trends",
        summary="The same of any case",
        responses=described_as("Columns of equal length", Trend) | refusals(404),
    )
    def get_case_trends(
        case_id: CaseId, start_s: Start = 0.0, end_s: End = None, limit: PointLimit = 2_000
    ) -> Response:
        known(case_id)
        return told_trend(case_id, start_s, end_s, limit)

    @router.get(
        "/cases/{case_id}/raster",
        summary="A stretch as a picture: time across, latency down",
        response_class=Response,
        responses=_binary(
            "Header, counts and mean sweeps of the columns (docs/protocol.md). Of sweeps that"
            " count alone; where none does the column is empty"
        )
        | refusals(404),
    )
    def get_raster(
        case_id: CaseId,
        muscle: Muscle,
        start_s: Start = 0.0,
        end_s: End = None,
        columns: Columns = 1_200,
    ) -> Response:
        known(case_id)
        pages = retrospect.sample_pages(case_id, start_s=start_s, end_s=_end(end_s))
        if end_s is None:
            end_s = max((page.trend.time_s[-1] for page in pages), default=start_s) + 1.0
        if end_s <= start_s:
            raise HTTPException(422, "to: must be later than from")
        raster = raster_of(
            pages,
            case_id=case_id,
            muscle=muscle,
            start_s=start_s,
            end_s=end_s,
            n_columns=columns,
        )
        return Response(raster_to_bytes(raster), media_type=BINARY)

    @router.get(
        "/cases/{case_id}/display-sweeps",
        summary="Sweeps of a stretch as they were shown, with what was held to be true then",
        response_class=Response,
        responses=_binary(
            "Binary frames as on the websocket, oldest first, before each its length as uint32"
            " little-endian"
        )
        | refusals(404),
    )
    def get_display_sweeps(
        case_id: CaseId, start_s: Start = 0.0, end_s: End = None, limit: ShownLimit = 60
    ) -> Response:
        known(case_id)
        sweeps = retrospect.sweeps(case_id, start_s=start_s, end_s=_end(end_s), limit=limit)
        return _frames(
            DisplayFrame(header=sweep.header, samples_uv=sweep.samples_uv) for sweep in sweeps
        )

    @router.get(
        "/cases/{case_id}/baselines",
        summary="Every baseline of a case as it was shown behind the sweeps",
        response_class=Response,
        responses=_binary("Binary frames like those of display-sweeps; `seq` is its event's")
        | refusals(404),
    )
    def get_baselines(case_id: CaseId) -> Response:
        known(case_id)
        return _frames(retrospect.baselines(case_id))

    @router.get(
        "/cases/{case_id}/proof",
        summary="Head hash of a case, its sweeps, and what can be taken home of it",
        responses=described_as("The proof", CaseProof) | refusals(404),
    )
    def get_proof(case_id: CaseId, request: Request) -> Response:
        known(case_id)
        n_events, head_hash = retrospect.head(case_id) or (0, "")
        n_sweeps, start_s, end_s = retrospect.extent(case_id)
        proof = CaseProof(
            case_id=case_id,
            n_events=n_events,
            head_hash=head_hash,
            n_sweeps=n_sweeps,
            start_s=start_s,
            end_s=end_s,
            downloads=downloads(case_id) if may_take_home(request) else (),
        )
        return json_answer(to_json_value(proof))

    def downloads(case_id: str) -> tuple[str, ...]:
        if documents is None or store.withholds(case_id):
            return ()
        return ("export.zip", "report") if documents.has_reports else ("export.zip",)

    def may_take_home(request: Request) -> bool:
        """Beside a case that is live and open only who runs it may have the machine at work."""
        running = store.case(hub.case_id)
        is_live = dependencies.control.delivery is not None
        if not is_live or (running is not None and running.closed_at is not None):
            return True
        principal = dependencies.gatekeeper.principal(request)
        return principal is not None and principal.role is Role.OPERATOR

    def taken_home(case_id: str, what: str, request: Request) -> None:
        known(case_id)
        if not may_take_home(request):
            raise HTTPException(403, "while a case is live this needs the role operator")
        if store.withholds(case_id):
            raise HTTPException(409, "withheld until the case is closed (shadow mode)")
        if what not in downloads(case_id):
            raise HTTPException(404, f"this server gives no {what}")

    at_work = threading.Lock()

    @contextmanager
    def one_at_a_time() -> Iterator[None]:
        """Whatever takes a core for seconds is done once at a time: acquisition comes first."""
        if not at_work.acquire(blocking=False):
            raise HTTPException(429, "another export or report is being written; try again later")
        try:
            yield
        finally:
            at_work.release()

    @router.get(
        "/cases/{case_id}/export.zip",
        summary="The whole case as `amr-monitor export` writes it",
        response_class=FileResponse,
        responses=_content("The zip file", "application/zip") | refusals(404, 409, 429),
    )
    def get_export(case_id: CaseId, request: Request) -> Response:
        taken_home(case_id, "export.zip", request)
        with one_at_a_time():
            return exported(case_id)

    def exported(case_id: str) -> Response:
        folder = FilePath(tempfile.mkdtemp(prefix="amr-monitor-export-"))
        target = folder / f"{case_id}.zip"
        try:
            if documents is not None:
                documents.export(case_id, target)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return FileResponse(
            target,
            media_type="application/zip",
            filename=f"{case_id}.zip",
            background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
        )

    @router.get(
        "/cases/{case_id}/report",
        summary="The report of a case",
        response_class=Response,
        responses=_content("One HTML document", "text/html") | refusals(404, 409, 429),
    )
    def get_report(case_id: CaseId, request: Request) -> Response:
        taken_home(case_id, "report", request)
        with one_at_a_time():
            content = b"" if documents is None else documents.report(case_id)
        # It stands by itself, pictures and styles within; it runs no script.
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
        headers = {"Content-Security-Policy": policy}
        return Response(content, media_type="text/html; charset=utf-8", headers=headers)

    return router


def _end(end_s: float | None) -> float:
    return math.inf if end_s is None else end_s


def _frames(frames: Iterable[DisplayFrame]) -> Response:
    parts = []
    for frame in frames:
        content = frame_to_bytes(frame)
        parts += [struct.pack("<I", len(content)), content]
    return Response(b"".join(parts), media_type=BINARY)


def _content(description: str, media_type: str) -> Responses:
    schema = {"type": "string", "format": "binary"}
    return {200: {"description": description, "content": {media_type: {"schema": schema}}}}


def _binary(description: str) -> Responses:
    return _content(description, BINARY)
