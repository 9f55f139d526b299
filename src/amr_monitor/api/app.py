"""The application: routes and middleware composed over its dependencies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.responses import FileResponse, JSONResponse, Response

import amr_monitor
from amr_monitor.api.answers import json_answer
from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.live_client import Pace
from amr_monitor.api.perimeter import Perimeter
from amr_monitor.api.routes_case import case_routes
from amr_monitor.api.routes_live import live_routes
from amr_monitor.api.routes_records import record_routes
from amr_monitor.api.routes_review import review_routes
from amr_monitor.api.routes_setup import setup_routes
from amr_monitor.api.routes_system import health_of, system_routes
from amr_monitor.model.errors import CommandRefused, StorageError

PREFIX = "/api/v1"

DESCRIPTION = """\
Is the abnormal muscle response still there? Cases, marks, events, sweeps and trends of the
monitor. Everything live comes over the websocket `/api/v1/live` (docs/protocol.md,
docs/asyncapi.yaml). Decision support, not a certified medical device.
"""


def create_app(dependencies: ApiDependencies, *, pace: Pace = Pace()) -> FastAPI:  # noqa: B008
    """Return the application.

    Parameters
    ----------
    dependencies : ApiDependencies
    pace : Pace
        How long websocket clients are waited for.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        dependencies.hub.serve_on(asyncio.get_running_loop())
        try:
            yield
        finally:
            dependencies.hub.serve_on(None)

    app = FastAPI(
        title="amr-monitor",
        version=amr_monitor.__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.add_middleware(Perimeter, settings=dependencies.settings)
    app.add_exception_handler(RequestValidationError, _misfit)
    app.add_exception_handler(CommandRefused, _refused)
    app.add_exception_handler(StorageError, _not_stored)
    for router in (
        case_routes(dependencies),
        setup_routes(dependencies),
        record_routes(dependencies),
        review_routes(dependencies),
        system_routes(dependencies),
        live_routes(dependencies, pace),
    ):
        app.include_router(router, prefix=PREFIX)

    @app.get("/healthz", include_in_schema=False)
    async def get_liveness() -> Response:
        """Tell a container's health check, which has no token, the bare minimum.

        It never waits for a thread: those may all be at work for somebody.
        """
        status = health_of(dependencies).status
        return json_answer({"status": status}, 503 if status == "failed" else 200)

    pages = Path(str(files("amr_monitor.api") / "dashboard"))

    @app.get("/", include_in_schema=False)
    def get_page() -> FileResponse:
        return FileResponse(pages / "index.html")

    @app.get("/surgeon", include_in_schema=False)
    def get_surgeons_page() -> FileResponse:
        return FileResponse(pages / "surgeon.html")

    @app.get("/remote", include_in_schema=False)
    def get_remote_page() -> FileResponse:
        return FileResponse(pages / "remote.html")

    @app.get("/handover", include_in_schema=False)
    def get_handover_page() -> FileResponse:
        return FileResponse(pages / "handover.html")

    @app.get("/cases", include_in_schema=False)
    def get_cases_page() -> FileResponse:
        return FileResponse(pages / "cases.html")

    @app.get("/cases/{case_id}", include_in_schema=False)
    def get_review_page(case_id: str) -> FileResponse:
        return FileResponse(pages / "review.html")

    @app.get("/docs", include_in_schema=False)
    def get_docs() -> FileResponse:
        return FileResponse(pages / "docs.html")

    app.mount("/static", StaticFiles(directory=pages), name="static")
    return app


def _misfit(_request: Request, error: Exception) -> Response:
    """Tell what misfits in one line, the first fault of each field."""
    if not isinstance(error, RequestValidationError):
        raise error
    lines = []
    for fault in error.errors()[:5]:
        where = ".".join(str(part) for part in fault["loc"] if part not in ("body", "query"))
        lines.append(f"{where or 'body'}: {fault['msg']}")
    return JSONResponse({"detail": "; ".join(lines)[:500]}, 422)


def _refused(_request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 409)


def _not_stored(_request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 503)
