import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from amr_monitor.api.settings import ApiSettings
from amr_monitor.client import Patience, connect
from amr_monitor.model.errors import ConfigError, ProtocolError
from amr_monitor.model.events import JournalEntry
from tests.api.fakes import CASE_ID, MUSCLES, OPERATOR, VIEWER, FakeHouse

QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, silence_s=5.0)
pytestmark = pytest.mark.asyncio


async def take(events: AsyncGenerator[JournalEntry], count: int) -> list[int]:
    async with asyncio.timeout(20):
        return [(await anext(events)).seq for _ in range(count)]


async def test_events_from_the_first_on_and_then_the_live_ones() -> None:
    house = FakeHouse()
    house.tell_gaps(3)
    with house.server() as server:
        async with aclosing(connect(server.url, patience=QUICK)) as events:
            assert await take(events, 3) == [1, 2, 3]
            house.tell_gaps(2)
            assert await take(events, 2) == [4, 5]
        async with aclosing(connect(server.url, since=4, patience=QUICK)) as events:
            assert await take(events, 1) == [5]


async def test_entries_are_typed_and_equal_to_the_journal() -> None:
    house = FakeHouse()
    house.tell_gaps(1)
    with house.server() as server:
        async with aclosing(connect(f"{server.url}/", patience=QUICK)) as events:
            async with asyncio.timeout(20):
                assert await anext(events) == house.store.entries[CASE_ID][0]


async def test_after_a_restart_of_the_server_nothing_is_missing_and_nothing_comes_twice() -> None:
    house = FakeHouse()
    house.tell_gaps(3)
    server = house.server().start()
    settings = ApiSettings(port=server.port)
    async with aclosing(connect(server.url, patience=QUICK)) as events:
        assert await take(events, 3) == [1, 2, 3]
        await asyncio.to_thread(server.stop)
        house.tell_gaps(2)
        with house.server(settings):
            assert await take(events, 2) == [4, 5]
            house.tell_gaps(1)
            assert await take(events, 1) == [6]


async def test_another_case_follows_from_its_first_event_on() -> None:
    house = FakeHouse()
    house.tell_gaps(4)
    with house.server() as server:
        async with aclosing(connect(server.url, patience=QUICK)) as events:
            assert await take(events, 4) == [1, 2, 3, 4]
            house.tell_gaps(1)
            house.case_id = "case-2"
            house.hub.follow_case("case-2", muscles=MUSCLES)
            house.tell_gaps(2)
            assert await take(events, 3) == [5, 1, 2]


async def test_the_token_is_sent_and_a_wrong_one_is_told_in_one_line() -> None:
    house = FakeHouse()
    house.tell_gaps(1)
    settings = ApiSettings(port=0, tokens=(OPERATOR, VIEWER))
    with house.server(settings) as server:
        async with aclosing(connect(server.url, VIEWER.token, patience=QUICK)) as events:
            assert await take(events, 1) == [1]
        for wrong in ("", "not-the-token-at-all"):
            with pytest.raises(ConfigError, match="401: give a token"):
                await take(connect(server.url, wrong, patience=QUICK), 1)


async def test_since_beyond_the_newest_event_is_told_and_not_tried_again() -> None:
    house = FakeHouse()
    with house.server() as server:
        with pytest.raises(ConfigError, match="since must be a whole number from 0 to 0"):
            await take(connect(server.url, since=7, patience=QUICK), 1)


@pytest.mark.parametrize("url", ["", "127.0.0.1:8765", "ftp://127.0.0.1", "http://"])
async def test_an_address_that_makes_no_sense_is_told(url: str) -> None:
    with pytest.raises(ConfigError, match="no address of a monitor"):
        await take(connect(url), 1)


@asynccontextmanager
async def strange_server(*frames: str | bytes) -> AsyncIterator[str]:
    async def handle(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


HELLO = json.dumps({"type": "hello", "protocol": 1, "case_id": "c"})


@pytest.mark.parametrize(
    ("frames", "complaint"),
    [
        (("howdy",), "not JSON"),
        (('{"type": "welcome"}',), "no hello"),
        (('{"type": "hello", "protocol": 2}',), "speaks protocol 2, this client 1"),
        ((HELLO, '{"type": "what"}'), "unknown type"),
        ((HELLO, b"\x00\x01"), "binary frame"),
    ],
)
async def test_what_is_not_the_protocol_is_an_error_and_no_loop(
    frames: tuple[str | bytes, ...], complaint: str
) -> None:
    async with strange_server(*frames) as url:
        with pytest.raises(ProtocolError, match=complaint):
            await take(connect(url, patience=QUICK), 1)


async def test_a_silent_connection_counts_as_lost_and_is_opened_again() -> None:
    n_connections = 0
    house = FakeHouse()

    async def handle(connection: ServerConnection) -> None:
        nonlocal n_connections
        n_connections += 1
        await connection.send(HELLO)
        if n_connections > 1:
            house.tell_gaps(1)
            await connection.send(house.store.lines(CASE_ID)[0])
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        quick = Patience(first_wait_s=0.01, longest_wait_s=0.05, silence_s=0.2)
        async with aclosing(connect(f"http://127.0.0.1:{port}", patience=quick)) as events:
            assert await take(events, 1) == [1]
    assert n_connections >= 2
