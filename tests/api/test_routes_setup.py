from dataclasses import replace

import httpx
import pytest

from amr_monitor.model.case import AmrState, CaseMode
from amr_monitor.model.finding import SweepReport
from tests.api.fakes import CASE_ID, FakeHouse, a_change, a_report, a_status, an_opening

pytestmark = pytest.mark.asyncio


def learning(number: int, current_ma: float) -> SweepReport:
    report = a_report(number, current_ma=current_ma, raw_uv=a_report(number).cleaned_uv)
    statuses = tuple(replace(status, state=AmrState.LEARNING) for status in report.statuses)
    return replace(report, statuses=statuses, raw_start_ms=-20.0, raw_step_ms=0.3)


async def test_the_checklist_is_told(house: FakeHouse, browser: httpx.AsyncClient) -> None:
    house.hub.publish_status(a_status())
    answer = (await browser.get("/api/v1/setup")).json()
    assert answer["case_id"] == CASE_ID
    assert answer["total"] == len(answer["items"])
    assert {"pseudonym", "channel:mentalis", "tof"} <= {item["key"] for item in answer["items"]}


async def test_the_ramp_is_read_from_the_sweeps(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    house.hub.publish_status(a_status())
    assert (await browser.get("/api/v1/ramp")).json()["unknown"] == [
        "no sweeps yet: stimulate once a second at a low current"
    ]
    for number in range(1, 19):
        house.hub.publish_report(learning(number, current_ma=2.0 + 2.0 * ((number - 1) // 6)))
    ramp = (await browser.get("/api/v1/ramp")).json()
    assert (ramp["lead"], ramp["direct"]) == ("orbicularis_oculi", "mentalis")
    assert [(step["current_ma"], step["sweeps"]) for step in ramp["steps"]] == [
        (2.0, 6),
        (4.0, 6),
        (6.0, 6),
    ]
    house.hub.follow_case("case-2", muscles=())
    assert (await browser.get("/api/v1/ramp")).json()["sweeps"] == 0


async def test_the_hand_over_holds_status_and_journal(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    house.tell(an_opening(), a_change())
    house.hub.publish_status(a_status())
    told = (await browser.get("/api/v1/handover")).json()
    assert (told["case_id"], told["newest_seq"], told["is_open"]) == (CASE_ID, 2, True)
    assert [change["to"] for change in told["changes"]] == ["disappeared"]


async def test_raw_sweeps_are_told_as_they_were_received(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    for number in (1, 2, 3):
        house.hub.publish_report(learning(number, current_ma=8.0))
    newest = (await browser.get("/api/v1/sweeps/raw?muscle=mentalis")).json()
    assert [sweep["sweep_number"] for sweep in newest["sweeps"]] == [3]
    one = (await browser.get("/api/v1/sweeps/raw?muscle=mentalis&number=2")).json()
    assert [sweep["sweep_number"] for sweep in one["sweeps"]] == [2]
    assert (await browser.get("/api/v1/sweeps/raw?muscle=mentalis&limit=61")).status_code == 422


async def test_in_shadow_mode_nothing_of_the_response_is_told(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    house.tell(an_opening(CaseMode.SHADOW), a_change())
    house.hub.publish_status(a_status())
    for number in range(1, 10):
        house.hub.publish_report(learning(number, current_ma=8.0))
    ramp = (await browser.get("/api/v1/ramp")).json()
    assert (ramp["steps"], ramp["words"]) == ([], [])
    assert ramp["unknown"][0].startswith("shadow mode")
    assert (await browser.get("/api/v1/sweeps/raw?muscle=mentalis")).json()["sweeps"] == []
    told = (await browser.get("/api/v1/handover")).json()
    assert told["is_in_shadow"] is True
    assert told["muscles"] == told["changes"] == []
    text = (await browser.get("/api/v1/handover")).text + (await browser.get("/api/v1/setup")).text
    assert "disappeared" not in text
    assert "no response" not in text


@pytest.mark.parametrize("path", ["/remote", "/handover"])
async def test_the_pages_are_there(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert "<!doctype html>" in answer.text
