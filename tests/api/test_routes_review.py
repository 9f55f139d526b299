"""What the review of a case asks for."""

import asyncio
import json
import struct
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import numpy as np
import pytest
import pytest_asyncio

from amr_monitor.api.settings import ApiSettings
from amr_monitor.codec import DisplayFrame, baseline_to_frame, frame_from_bytes, kept_sweep
from amr_monitor.model.case import CaseMode
from amr_monitor.model.errors import StorageError
from amr_monitor.model.finding import BaselineView
from amr_monitor.model.source import Origin
from amr_monitor.model.status import Delivery
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from tests.api.conftest import client_of
from tests.api.fakes import CASE_ID, MUSCLES, OPERATOR, VIEWER, FakeHouse, a_closing, an_opening
from tests.storage.test_journal import gap
from tests.sweep_reports import a_report

pytestmark = pytest.mark.asyncio

CASE = f"/api/v1/cases/{CASE_ID}"
RECORD = CaseRecord(
    case_id=CASE_ID,
    kind=CaseKind.RUN,
    origin=Origin.SIMULATED,
    source_name="theatre 3",
    settings_hash="",
    software_version="0.1.0",
    opened_at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
)
VIEW = BaselineView(
    epoch=1,
    start_ms=-20.0,
    step_ms=2.0,
    mean_uv=np.zeros((2, 50), dtype=np.float32),
    spread_uv=np.ones((2, 50), dtype=np.float32),
    windows_ms=((8.0, 28.0), (11.0, 28.0)),
)


class Reviewed(FakeHouse):
    """A house whose running case has 120 sweeps on pages and 10 in memory."""

    def __init__(self) -> None:
        super().__init__()
        journal = Journal.in_memory()
        journal.open_case(RECORD)
        journal.append(CASE_ID, [gap(1)])
        reports = [a_report(sample_index=1000 * n, sweep_number=n) for n in range(1, 131)]
        for first in (0, 60):
            page = [kept_sweep(report, seq=1) for report in reports[first : first + 60]]
            journal.keep_page(CASE_ID, page)
        frame = baseline_to_frame(VIEW, muscles=MUSCLES, seq=1)
        journal.keep_baseline(CASE_ID, 1, time_s=0.0, frame=frame)
        for report in reports[120:]:
            self.hub.publish_report(report)
        self.review = self.journal = journal


@pytest.fixture
def house() -> FakeHouse:
    return Reviewed()


@pytest.fixture
def reviewed(house: FakeHouse) -> Reviewed:
    assert isinstance(house, Reviewed)
    return house


@pytest_asyncio.fixture
async def page(reviewed: Reviewed) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(reviewed, ApiSettings()) as client:
        yield client
    reviewed.journal.close()


def frames(content: bytes) -> list[DisplayFrame]:
    found = []
    while content:
        (length,) = struct.unpack_from("<I", content)
        found.append(frame_from_bytes(content[4 : 4 + length]))
        content = content[4 + length :]
    return found


async def test_the_trend_of_the_whole_case_and_of_a_part(page: httpx.AsyncClient) -> None:
    for address in ("/api/v1/trends", f"{CASE}/trends"):
        trend = (await page.get(address)).json()
        assert trend["sweep_number"] == list(range(1, 131))
        assert trend["muscles"][0]["reasons"][0] == ["noisy"]
    part = (await page.get(f"{CASE}/trends?from=119&to=123")).json()
    assert part["time_s"] == [119.0, 120.0, 121.0, 122.0]
    thin = (await page.get(f"{CASE}/trends?limit=20")).json()
    assert len(thin["time_s"]) <= 20
    assert thin["time_s"][-1] == 130.0


async def test_a_raster_of_the_whole_and_of_a_part(page: httpx.AsyncClient) -> None:
    answer = await page.get(f"{CASE}/raster?muscle=mentalis&columns=13")
    assert answer.headers["content-type"] == "application/octet-stream"
    (length,) = struct.unpack_from("<I", answer.content)
    header = json.loads(answer.content[4 : 4 + length])
    assert (header["from_s"], header["to_s"], header["n_columns"]) == (0.0, 131.0, 13)
    counts = np.frombuffer(answer.content, "<u2", count=26, offset=4 + length).reshape(2, 13)
    assert counts[1].sum() == 130
    assert counts[0].sum() == 0, "a sweep that does not count is in no mean"
    part = await page.get(f"{CASE}/raster?muscle=mentalis&from=100&to=110&columns=10")
    (length,) = struct.unpack_from("<I", part.content)
    assert json.loads(part.content[4 : 4 + length])["from_s"] == 100.0


async def test_sweeps_of_any_stretch_as_frames(page: httpx.AsyncClient) -> None:
    found = frames((await page.get(f"{CASE}/display-sweeps?from=118&to=124")).content)
    assert [frame.header.sweep_number for frame in found if frame.header.kind == "sweep"] == [
        *range(118, 124)
    ]
    (one,) = frames((await page.get(f"{CASE}/display-sweeps?from=7&to=7.5&limit=1")).content)
    assert one.samples_uv[0, 0] == 3500.0


async def test_baselines_as_frames(page: httpx.AsyncClient) -> None:
    (frame,) = frames((await page.get(f"{CASE}/baselines")).content)
    assert frame.header.kind == "baseline"


async def test_what_proves_a_case_is_told(page: httpx.AsyncClient, reviewed: Reviewed) -> None:
    proof = (await page.get(f"{CASE}/proof")).json()
    assert proof["head_hash"] == reviewed.journal.head(CASE_ID)[1]
    assert (proof["n_sweeps"], proof["start_s"], proof["end_s"]) == (130, 1.0, 130.0)
    assert proof["downloads"] == ["export.zip", "report"]


async def test_a_case_is_taken_home_and_nothing_stays_behind(
    page: httpx.AsyncClient, reviewed: Reviewed
) -> None:
    answer = await page.get(f"{CASE}/export.zip")
    assert answer.content == f"zip of {CASE_ID}".encode()
    assert f'filename="{CASE_ID}.zip"' in answer.headers["content-disposition"]
    reviewed.documents.fault = StorageError("no room")
    refused = await page.get(f"{CASE}/export.zip")
    assert (refused.status_code, refused.json()["detail"]) == (503, "no room")
    assert not any(target.parent.exists() for target in reviewed.documents.written)


async def test_a_report_comes_as_a_document_that_runs_no_script(page: httpx.AsyncClient) -> None:
    answer = await page.get(f"{CASE}/report")
    assert answer.text == f"<h1>{CASE_ID}</h1>"
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_reports_and_exports_are_written_one_at_a_time(
    page: httpx.AsyncClient, reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow_report(case_id: str) -> bytes:
        began.set()
        may_end.wait(30.0)
        return case_id.encode()

    monkeypatch.setattr(reviewed.documents, "report", slow_report)
    first = asyncio.create_task(page.get(f"{CASE}/report"))
    try:
        assert await asyncio.to_thread(began.wait, 30.0)
        for what in ("report", "export.zip"):
            refused = await page.get(f"{CASE}/{what}")
            assert refused.status_code == 429
            assert "being written" in refused.json()["detail"]
    finally:
        may_end.set()
    assert (await first).status_code == 200
    assert (await page.get(f"{CASE}/export.zip")).status_code == 200


async def test_beside_a_live_case_the_operator_alone_takes_home(reviewed: Reviewed) -> None:
    reviewed.delivery = Delivery.LIVE
    viewers = {"Authorization": f"Bearer {VIEWER.token}"}
    operators = {"Authorization": f"Bearer {OPERATOR.token}"}
    async with client_of(reviewed, ApiSettings(tokens=(OPERATOR, VIEWER))) as client:
        for what in ("report", "export.zip"):
            refused = await client.get(f"{CASE}/{what}", headers=viewers)
            assert refused.status_code == 403
            assert "operator" in refused.json()["detail"]
            assert (await client.get(f"{CASE}/{what}", headers=operators)).status_code == 200
        proof = await client.get(f"{CASE}/proof", headers=viewers)
        assert proof.json()["downloads"] == []
        reviewed.delivery = None
        assert (await client.get(f"{CASE}/report", headers=viewers)).status_code == 200


async def test_a_server_without_reports_gives_none(reviewed: Reviewed) -> None:
    reviewed.documents.has_reports = False
    async with client_of(reviewed, ApiSettings()) as client:
        assert (await client.get(f"{CASE}/proof")).json()["downloads"] == ["export.zip"]
        assert (await client.get(f"{CASE}/report")).status_code == 404


async def test_of_an_open_case_in_shadow_mode_nothing_is_revealed(
    page: httpx.AsyncClient, reviewed: Reviewed
) -> None:
    reviewed.tell(an_opening(CaseMode.SHADOW))
    assert (await page.get("/api/v1/trends")).json()["time_s"] == []
    assert (await page.get(f"{CASE}/trends")).json()["time_s"] == []
    assert (await page.get(f"{CASE}/display-sweeps")).content == b""
    assert (await page.get(f"{CASE}/baselines")).content == b""
    proof = (await page.get(f"{CASE}/proof")).json()
    assert (proof["n_sweeps"], proof["downloads"]) == (0, [])
    raster = (await page.get(f"{CASE}/raster?muscle=mentalis&columns=10")).content
    (length,) = struct.unpack_from("<I", raster)
    assert json.loads(raster[4 : 4 + length])["n_rows"] == 0
    for what in ("export.zip", "report"):
        assert (await page.get(f"{CASE}/{what}")).status_code == 409
    reviewed.tell(a_closing())
    assert len((await page.get(f"{CASE}/trends")).json()["time_s"]) == 130


@pytest.mark.parametrize(
    "query",
    [
        "trends?limit=0",
        "trends?from=nan",
        "trends?to=1e99",
        "raster?muscle=mentalis&columns=9999",
        "raster?muscle=biceps",
        "raster?muscle=mentalis&from=5&to=5",
        "display-sweeps?limit=241",
        "display-sweeps?from=x",
    ],
)
async def test_what_makes_no_sense_is_refused(page: httpx.AsyncClient, query: str) -> None:
    assert (await page.get(f"{CASE}/{query}")).status_code == 422


@pytest.mark.parametrize(
    "what",
    [
        "trends",
        "raster?muscle=mentalis",
        "display-sweeps",
        "baselines",
        "proof",
        "export.zip",
        "report",
    ],
)
async def test_an_unknown_case_is_404_and_an_unknown_caller_401(
    reviewed: Reviewed, what: str
) -> None:
    async with client_of(reviewed, ApiSettings()) as client:
        assert (await client.get(f"/api/v1/cases/nobody/{what}")).status_code == 404
    async with client_of(reviewed, ApiSettings(tokens=(VIEWER,))) as client:
        assert (await client.get(f"{CASE}/{what}")).status_code == 401
