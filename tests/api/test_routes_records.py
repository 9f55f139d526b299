import json

import httpx
import numpy as np
import pytest

from amr_monitor.codec import sweep_record
from tests.api.fakes import CASE_ID, FakeHouse, a_report
from tests.sweep_reports import a_report as kept_report

pytestmark = pytest.mark.asyncio


async def test_events_come_as_the_journal_holds_them(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    house.tell_gaps(5)
    answer = (await browser.get("/api/v1/events?since=2&limit=2")).json()
    assert (answer["case_id"], answer["newest_seq"]) == (CASE_ID, 5)
    assert answer["events"] == [json.loads(line) for line in house.store.lines(CASE_ID)[2:4]]
    assert (await browser.get("/api/v1/cases/case-1/events?since=4")).json()["events"][0][
        "seq"
    ] == 5


@pytest.mark.parametrize("query", ["since=-1", "since=x", "limit=0", "limit=5001", "since=1e99"])
async def test_a_beginning_that_makes_no_sense_is_422(
    browser: httpx.AsyncClient, query: str
) -> None:
    answer = await browser.get(f"/api/v1/events?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["detail"]


async def test_sweeps_of_one_muscle_in_a_stretch_of_time(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    for number in range(1, 11):
        house.hub.publish_report(a_report(number))
    answer = (await browser.get("/api/v1/sweeps?muscle=mentalis&from=3&to=6")).json()
    assert answer["muscle"] == "mentalis"
    assert [sweep["sweep_number"] for sweep in answer["sweeps"]] == [3, 4, 5]
    expected = a_report(3).cleaned_uv[1]
    np.testing.assert_allclose(answer["sweeps"][0]["samples_uv"], expected, atol=0.006)
    newest = (await browser.get("/api/v1/sweeps?muscle=orbicularis_oculi&limit=1")).json()
    assert [sweep["sweep_number"] for sweep in newest["sweeps"]] == [10]
    assert newest["sweeps"][0]["accepted"] is True
    none = (await browser.get("/api/v1/sweeps?muscle=frontalis")).json()
    assert none["sweeps"] == []
    assert (await browser.get("/api/v1/sweeps?muscle=biceps")).status_code == 422


async def test_a_sample_that_is_no_number_is_null(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    broken = np.full((2, 4), np.nan, dtype=np.float32)
    house.hub.publish_report(a_report(1, cleaned_uv=broken))
    answer = (await browser.get("/api/v1/sweeps?muscle=mentalis")).json()
    assert answer["sweeps"][0]["samples_uv"] == [None] * 4


async def test_trends_are_columns_of_equal_length(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    for number in range(1, 6):
        house.hub.publish_report(a_report(number))
    trend = (await browser.get("/api/v1/trends?from=2")).json()
    assert trend["sweep_number"] == [2, 3, 4, 5]
    assert [muscle["muscle"] for muscle in trend["muscles"]] == ["orbicularis_oculi", "mentalis"]
    thin = (await browser.get("/api/v1/trends?limit=2")).json()
    assert thin["sweep_number"] == [1, 5]
    for muscle in trend["muscles"]:
        assert {len(column) for name, column in muscle.items() if name != "muscle"} == {4}


async def test_cases_are_listed_newest_first_and_an_unknown_one_is_404(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    cases = (await browser.get("/api/v1/cases")).json()["cases"]
    assert [case["case_id"] for case in cases] == [CASE_ID]
    assert (await browser.get("/api/v1/cases/case-1")).json() == cases[0]
    for path in ("/api/v1/cases/case-9", "/api/v1/cases/case-9/events"):
        answer = await browser.get(path)
        assert answer.status_code == 404
        assert "case-9" in answer.json()["detail"]


async def test_the_sweeps_beside_a_verdict_are_told_raw_and_cleaned(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    records = [sweep_record(kept_report(sample_index=1000 * n)) for n in (1, 2, 3)]
    house.store.beside[CASE_ID, 7] = records
    answer = (await browser.get("/api/v1/cases/case-1/sweeps?seq=7&muscle=mentalis")).json()
    assert (answer["case_id"], answer["seq"]) == (CASE_ID, 7)
    assert [sweep["sample_index"] for sweep in answer["sweeps"]] == [1000, 2000, 3000]
    assert answer["sweeps"][0]["raw"]["samples_uv"] == [1000.0] * 100
    assert answer["sweeps"][0]["cleaned"]["samples_uv"] == [500.0] * 50
    both = (await browser.get("/api/v1/cases/case-1/sweeps?seq=7&from=2&to=3")).json()
    assert [sweep["muscle"] for sweep in both["sweeps"]] == ["orbicularis_oculi", "mentalis"]
    assert (await browser.get("/api/v1/cases/nobody/sweeps")).status_code == 404
    assert (await browser.get("/api/v1/cases/case-1/sweeps?limit=121")).status_code == 422
