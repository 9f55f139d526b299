from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from amr_monitor.api.settings import ApiSettings
from tests.api.conftest import client_of
from tests.api.fakes import OPERATOR, VIEWER, FakeHouse

pytestmark = pytest.mark.asyncio
FOREIGN = [
    "http://evil.example",
    "https://127.0.0.1:8000",
    "http://127.0.0.1:9000",
    "http://127.0.0.1:8000.evil.example",
    "null",
    "",
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_origin_is_refused_for_reads_and_writes(
    house: FakeHouse, browser: httpx.AsyncClient, origin: str
) -> None:
    headers = {"Origin": origin}
    for answer in (
        await browser.get("/api/v1/case", headers=headers),
        await browser.post("/api/v1/marks", json={"mark": "note"}, headers=headers),
        await browser.get("/", headers=headers),
    ):
        assert answer.status_code == 403
        assert "Origin" in answer.json()["detail"]
    assert house.commands == []


async def test_the_own_origin_and_an_allowed_one_pass(house: FakeHouse) -> None:
    settings = ApiSettings(allowed_origins=("https://screen.example:8443",))
    async with client_of(house, settings) as client:
        for origin in ("http://127.0.0.1:8000", "https://screen.example:8443"):
            answer = await client.get("/api/v1/case", headers={"Origin": origin})
            assert answer.status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
async def test_a_name_that_is_not_ours_is_refused(browser: httpx.AsyncClient, host: str) -> None:
    answer = await browser.get("/api/v1/case", headers={"Host": host})
    assert answer.status_code == 403
    assert "allowed_hosts" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]:8000"])
async def test_every_name_of_the_loopback_is_ours(browser: httpx.AsyncClient, host: str) -> None:
    assert (await browser.get("/api/v1/case", headers={"Host": host})).status_code == 200


async def test_an_allowed_name_is_ours(house: FakeHouse) -> None:
    async with client_of(house, ApiSettings(allowed_hosts=("theatre-3",))) as client:
        for host, status in (("theatre-3:8765", 200), ("theatre-4:8765", 403)):
            answer = await client.get("/api/v1/case", headers={"Host": host})
            assert answer.status_code == status


@pytest.mark.parametrize("path", ["/", "/docs", "/api/v1/case", "/static/nothing", "/openapi.json"])
async def test_every_answer_carries_the_headers(browser: httpx.AsyncClient, path: str) -> None:
    headers = (await browser.get(path)).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


async def test_a_body_beyond_any_command_is_refused_unread(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"mark": "note"}'

    large = await browser.post("/api/v1/marks", content=b" " * 70_000)
    assert (large.status_code, "65536" in large.json()["detail"]) == (413, True)
    endless = await browser.post("/api/v1/marks", content=chunks())
    assert (endless.status_code, "Content-Length" in endless.json()["detail"]) == (411, True)
    assert house.commands == []


async def test_the_websocket_refuses_a_foreign_origin_and_host_before_it_opens() -> None:
    house = FakeHouse()
    with house.server() as server:
        address = f"ws://127.0.0.1:{server.port}/api/v1/live"
        with pytest.raises(InvalidStatus) as caught:
            await open_websocket(address, origin=Origin("http://evil.example"), proxy=None)
        assert caught.value.response.status_code == 403
        own = Origin(f"http://127.0.0.1:{server.port}")
        async with open_websocket(address, origin=own, proxy=None) as websocket:
            assert b"hello" in await websocket.recv(decode=False)
        with pytest.raises(InvalidStatus) as caught:
            await open_websocket(
                f"ws://evil.example:{server.port}/api/v1/live",
                host="127.0.0.1",
                port=server.port,
                proxy=None,
            )
        assert caught.value.response.status_code == 403


async def test_the_websocket_asks_for_a_token_where_there_are_some() -> None:
    house = FakeHouse()
    with house.server(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        address = f"ws://127.0.0.1:{server.port}/api/v1/live"
        with pytest.raises(InvalidStatus) as caught:
            await open_websocket(address, proxy=None)
        assert caught.value.response.status_code == 401
        headers = {"Authorization": f"Bearer {VIEWER.token}"}
        async with open_websocket(address, additional_headers=headers, proxy=None) as websocket:
            assert b'"role":"viewer"' in await websocket.recv(decode=False)
