import json

import pytest
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from amr_monitor.api import routes_live
from amr_monitor.api.settings import ApiSettings
from tests.api.fakes import CASE_ID, OPERATOR, FakeHouse
from tests.api.test_live_client import next_text, opened

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("?since=-1", "since must be a whole number from 0 to 2"),
        ("?since=3", "since must be a whole number from 0 to 2"),
        ("?since=x", "since must be a whole number from 0 to 2"),
        ("?since=99999999999999999999999", "since must be a whole number from 0 to 2"),
        ("?since=", "since must be a whole number from 0 to 2"),
        ("?topics=movies", "topics must be events, sweeps"),
        ("?topics=", "topics must be events, sweeps"),
    ],
)
async def test_a_beginning_that_makes_no_sense_is_closed_with_the_reason(
    query: str, reason: str
) -> None:
    house = FakeHouse()
    house.tell_gaps(2)
    with house.server() as server:
        async with opened(server.url, query) as websocket:
            with pytest.raises(ConnectionClosed) as caught:
                await websocket.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1008
    assert caught.value.rcvd.reason.startswith(reason)


async def test_a_client_of_another_case_begins_at_the_first_event() -> None:
    house = FakeHouse()
    house.tell_gaps(2)
    with house.server() as server:
        async with opened(server.url, "?since=90&case_id=yesterday") as websocket:
            assert (await next_text(websocket))["case_id"] == CASE_ID
            assert (await next_text(websocket))["seq"] == 1


async def test_without_a_token_the_websocket_is_denied_with_a_line() -> None:
    with FakeHouse().server(ApiSettings(port=0, tokens=(OPERATOR,))) as server:
        address = f"ws://127.0.0.1:{server.port}/api/v1/live"
        with pytest.raises(InvalidStatus) as caught:
            await open_websocket(address, proxy=None)
    response = caught.value.response
    assert response.status_code == 401
    assert "token" in json.loads(response.body or b"")["detail"]


async def test_no_more_clients_than_can_be_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_live, "MOST_CLIENTS", 1)
    house = FakeHouse()
    with house.server() as server:
        async with opened(server.url) as first:
            await next_text(first)
            async with opened(server.url) as second:
                with pytest.raises(ConnectionClosed) as caught:
                    await second.recv()
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1013, "1 clients look already")
