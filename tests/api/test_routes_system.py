import math
from typing import Any

import httpx
import pytest

from tests.api.fake_replay import FakeReplay
from tests.api.fakes import FakeHouse, a_status

pytestmark = pytest.mark.asyncio


async def test_health_is_waiting_without_samples_and_failed_with_the_monitor(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    assert (await browser.get("/api/v1/health")).json()["status"] == "ok"
    for age_s in (None, 5.0):
        house.last_sample_age_s = age_s
        answer = await browser.get("/api/v1/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "waiting")
    house.hub.publish_status(a_status(failed=True))
    for path in ("/api/v1/health", "/healthz"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.json()["status"]) == (503, "failed")


async def test_without_a_replay_there_is_nothing_to_pace(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/api/v1/replay", json={"action": "pause"})
    assert answer.status_code == 409
    assert "no replay" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "call"),
    [
        ({"action": "pause"}, ("pause", None)),
        ({"action": "resume"}, ("resume", None)),
        ({"action": "step"}, ("step", None)),
        ({"action": "speed", "value": 4}, ("speed", 4.0)),
        ({"action": "seek", "value": 120}, ("seek", 120.0)),
    ],
)
async def test_a_replay_is_paced(
    house: FakeHouse, browser: httpx.AsyncClient, body: dict[str, Any], call: tuple[str, float]
) -> None:
    house.replay = FakeReplay()
    assert (await browser.post("/api/v1/replay", json=body)).status_code == 204
    assert house.replay.calls == [call]


async def test_a_replay_tells_how_it_plays_and_where_its_marks_are(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    assert (await browser.get("/api/v1/replay")).json() == {"playback": None, "marks": []}
    house.replay = FakeReplay()
    house.replay.state.speed = math.inf
    assert (await browser.get("/api/v1/replay")).json() == {
        "playback": {
            "is_paused": False,
            "speed": None,
            "position_s": 100.0,
            "start_s": 0.0,
            "end_s": 240.0,
            "seeking_s": None,
        },
        "marks": [
            {"time_s": 61.0, "text": "dura opened"},
            {"time_s": 130.0, "text": "vessel moved AICA"},
        ],
    }


async def test_what_is_past_is_refused_with_the_reason(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    house.replay = FakeReplay()
    answer = await browser.post("/api/v1/replay", json={"action": "seek", "value": 3})
    assert answer.status_code == 409
    assert "only runs forward" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"action": "speed"},
        {"action": "speed", "value": 0},
        {"action": "speed", "value": 1001},
        {"action": "seek"},
        {"action": "seek", "value": -1},
        {"action": "pause", "value": 1},
        {"action": "rewind"},
        {},
    ],
)
async def test_a_pace_that_makes_no_sense_is_422(
    house: FakeHouse, browser: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    house.replay = FakeReplay()
    assert (await browser.post("/api/v1/replay", json=body)).status_code == 422
    assert house.replay.calls == []


async def test_without_tokens_everyone_is_operator_and_needs_no_session(
    browser: httpx.AsyncClient,
) -> None:
    assert (await browser.get("/api/v1/session")).json() == {
        "user": "local",
        "role": "operator",
        "needs_token": False,
    }
    answer = await browser.post("/api/v1/session", json={"token": "anything"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (204, False)
