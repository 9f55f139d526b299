import asyncio
import re
import threading
from importlib.resources import files
from typing import Any

import anyio.to_thread
import httpx
import jsonschema
import pytest

from amr_monitor.api.app import create_app
from amr_monitor.api.settings import ApiSettings
from tests.api.fakes import CASE_ID, OPERATOR, VIEWER, FakeHouse

pytestmark = pytest.mark.asyncio

SCHEMA = create_app(FakeHouse().dependencies(ApiSettings())).openapi()
ROUTES = sorted(
    (method.upper(), path)
    for path, methods in SCHEMA["paths"].items()
    for method in methods
    if method in ("get", "post", "put", "patch", "delete")
)
# Signing in is how one gets a role, and signing out gives it up: neither writes to a case.
WRITES = [route for route in ROUTES if route[0] != "GET" and not route[1].endswith("/session")]


def filled(path: str) -> str:
    values = {"mark_id": "1", "alarm_id": "stimulator", "case_id": CASE_ID}
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], path)


async def test_every_route_of_the_interface_is_there() -> None:
    assert set(ROUTES) >= {
        ("GET", "/api/v1/case"),
        ("POST", "/api/v1/case"),
        ("POST", "/api/v1/case/close"),
        ("POST", "/api/v1/marks"),
        ("POST", "/api/v1/marks/{mark_id}/amend"),
        ("POST", "/api/v1/baseline/accept"),
        ("POST", "/api/v1/baseline/restart"),
        ("POST", "/api/v1/alarms/{alarm_id}/acknowledge"),
        ("POST", "/api/v1/context"),
        ("POST", "/api/v1/replay"),
        ("POST", "/api/v1/session"),
        ("GET", "/api/v1/events"),
        ("GET", "/api/v1/sweeps"),
        ("GET", "/api/v1/trends"),
        ("GET", "/api/v1/cases"),
        ("GET", "/api/v1/cases/{case_id}"),
        ("GET", "/api/v1/cases/{case_id}/events"),
        ("GET", "/api/v1/health"),
        ("GET", "/api/v1/metrics"),
    }


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_token_every_route_answers_401(
    guarded: httpx.AsyncClient, method: str, path: str
) -> None:
    for headers in ({}, {"Authorization": "Bearer not-a-token-of-ours"}):
        answer = await guarded.request(method, filled(path), headers=headers)
        assert answer.status_code == 401
        assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_a_viewer_cannot_write(
    house: FakeHouse, guarded: httpx.AsyncClient, method: str, path: str
) -> None:
    headers = {"Authorization": f"Bearer {VIEWER.token}"}
    answer = await guarded.request(method, filled(path), headers=headers)
    assert answer.status_code == 403
    assert house.commands == []


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[0] == "GET"])
async def test_a_viewer_can_read_and_gets_what_the_openapi_says(
    house: FakeHouse, guarded: httpx.AsyncClient, method: str, path: str
) -> None:
    house.tell_gaps(2)
    headers = {"Authorization": f"Bearer {VIEWER.token}"}
    query = "?muscle=mentalis" if path.endswith(("/sweeps", "/sweeps/raw", "/raster")) else ""
    answer = await guarded.request(method, filled(path) + query, headers=headers)
    assert answer.status_code == 200
    described: dict[str, Any] = SCHEMA["paths"][path]["get"]["responses"]["200"]["content"]
    if answer.headers["content-type"] == "application/json":
        jsonschema.validate(answer.json(), described["application/json"]["schema"])


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_an_operator_is_not_kept_from_any_write(
    guarded: httpx.AsyncClient, method: str, path: str
) -> None:
    headers = {"Authorization": f"Bearer {OPERATOR.token}"}
    answer = await guarded.request(method, filled(path), headers=headers)
    assert answer.status_code in (200, 204, 409, 422)


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_every_route_is_described_with_summary_and_example(method: str, path: str) -> None:
    described = SCHEMA["paths"][path][method.lower()]
    assert described["summary"]
    if "requestBody" in described and "session" not in path:
        assert "example" in str(described["requestBody"]) or "$ref" in str(described["requestBody"])
    for status, answer in described["responses"].items():
        assert answer["description"], status


async def test_every_body_has_an_example_that_fits_it() -> None:
    bodies = {name: s for name, s in SCHEMA["components"]["schemas"].items() if "Body" in name}
    assert bodies
    for body in bodies.values():
        resolved = body | {"components": SCHEMA["components"]}
        assert body["additionalProperties"] is False
        for example in body["examples"]:
            jsonschema.validate(example, resolved)


async def test_the_pages_load_nothing_from_elsewhere(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/docs"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert not re.search(r"(src|href)=\"https?:", page.text)
        for linked in re.findall(r"(?:src|href)=\"(/[^\"#]*)\"", page.text):
            assert (await browser.get(linked)).status_code == 200, linked


async def test_every_module_of_the_page_is_served_small_and_checked() -> None:
    modules = [
        path
        for path in (files("amr_monitor.api") / "dashboard").iterdir()
        if path.name[-3:] == ".js"
    ]
    assert modules
    for module in modules:
        text = module.read_text(encoding="utf-8")
        assert text.startswith("// @ts-check\n"), module.name
        assert len(text.splitlines()) <= 300, module.name
        assert "innerHTML" not in text, module.name


async def test_a_container_learns_without_a_token_whether_the_server_lives(
    guarded: httpx.AsyncClient,
) -> None:
    answer = await guarded.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_container_learns_it_while_every_thread_is_at_work(
    guarded: httpx.AsyncClient,
) -> None:
    limiter = anyio.to_thread.current_default_thread_limiter()
    n_threads = limiter.total_tokens
    began, may_end = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        may_end.wait(30.0)

    limiter.total_tokens = 1
    at_work = asyncio.create_task(anyio.to_thread.run_sync(work))
    try:
        assert await asyncio.to_thread(began.wait, 30.0)
        answer = await asyncio.wait_for(guarded.get("/healthz"), 20.0)
        assert answer.status_code == 200
    finally:
        may_end.set()
        await at_work
        limiter.total_tokens = n_threads
