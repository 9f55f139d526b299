import asyncio
import base64
import json
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed

from amr_monitor.api.live_client import Pace
from amr_monitor.codec import BaselineHeader, SweepHeader, frame_from_bytes
from tests.api.fakes import CASE_ID, MUSCLES, FakeHouse, a_baseline, a_report, a_status

pytestmark = pytest.mark.asyncio
BRISK = Pace(heartbeat_s=0.05, patience_s=0.5, farewell_s=0.2)


@asynccontextmanager
async def opened(url: str, query: str = "") -> AsyncIterator[ClientConnection]:
    address = f"{url.replace('http', 'ws')}/api/v1/live{query}"
    async with open_websocket(address, proxy=None) as websocket, asyncio.timeout(30):
        yield websocket


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(3000):
        if holds():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come to hold")


async def read_to_end(websocket: ClientConnection) -> None:
    while True:
        await websocket.recv()


async def next_text(websocket: ClientConnection, *, skip: str = "heartbeat") -> dict[str, Any]:
    while True:
        frame = await websocket.recv()
        if isinstance(frame, str):
            message: dict[str, Any] = json.loads(frame)
            if message["type"] != skip:
                return message


async def next_heartbeat(websocket: ClientConnection) -> dict[str, Any]:
    while True:
        frame = await websocket.recv()
        if isinstance(frame, str) and '"type":"heartbeat"' in frame:
            heartbeat: dict[str, Any] = json.loads(frame)
            return heartbeat


async def next_frame(websocket: ClientConnection) -> SweepHeader | BaselineHeader:
    while True:
        frame = await websocket.recv()
        if isinstance(frame, bytes):
            return frame_from_bytes(frame).header


async def test_hello_comes_first_and_tells_what_is_running() -> None:
    house = FakeHouse()
    house.tell_gaps(2)
    house.hub.publish_status(a_status())
    with house.server() as server:
        async with opened(server.url) as websocket:
            hello = json.loads(await websocket.recv())
    assert hello["type"] == "hello"
    assert (hello["protocol"], hello["case_id"], hello["newest_seq"]) == (1, CASE_ID, 2)
    assert (hello["origin"], hello["mode"], hello["role"]) == ("simulated", "live", "operator")
    assert [channel["muscle"] for channel in hello["montage"]] == list(MUSCLES)
    assert hello["source"]["trigger_quality"] == "sample-locked"


async def test_every_event_after_since_comes_once_while_new_ones_are_published() -> None:
    house = FakeHouse(ring_size=50)
    house.tell_gaps(700)
    with house.server() as server:
        publisher = threading.Thread(target=house.tell_gaps, args=(800,))
        async with opened(server.url, "?since=0&topics=events") as websocket:
            publisher.start()
            await next_text(websocket)
            received = [(await next_text(websocket))["seq"] for _ in range(1500)]
            publisher.join()
        assert received == list(range(1, 1501))
        async with opened(server.url, "?since=1490") as websocket:
            await next_text(websocket)
            assert [(await next_text(websocket))["seq"] for _ in range(10)] == list(
                range(1491, 1501)
            )


async def test_a_late_client_gets_the_baseline_and_the_newest_sweep() -> None:
    house = FakeHouse()
    house.hub.publish_baseline(a_baseline(epoch=3))
    house.hub.publish_report(a_report(7))
    house.hub.publish_report(a_report(8))
    with house.server() as server:
        async with opened(server.url) as websocket:
            baseline, sweep = await next_frame(websocket), await next_frame(websocket)
            assert isinstance(baseline, BaselineHeader)
            assert baseline.epoch == 3
            assert isinstance(sweep, SweepHeader)
            assert sweep.sweep_number == 8
            house.hub.publish_baseline(a_baseline(epoch=4))
            another = await next_frame(websocket)
            assert isinstance(another, BaselineHeader)
            assert another.epoch == 4


async def test_a_sweep_never_overtakes_the_events_that_it_caused() -> None:
    house = FakeHouse()
    with house.server() as server:
        async with opened(server.url) as websocket:
            newest = 0
            await next_text(websocket)
            for number in range(1, 60):
                house.tell_gaps(1)
                house.hub.publish_report(a_report(number))
            house.tell_gaps(1)
            while newest < 60:
                frame = await websocket.recv()
                if isinstance(frame, bytes):
                    header = frame_from_bytes(frame).header
                    assert header.seq <= newest
                elif '"seq"' in frame and "heartbeat" not in frame:
                    newest = json.loads(frame)["seq"]


async def test_topics_leave_out_what_was_not_asked_for() -> None:
    house = FakeHouse()
    house.tell_gaps(1)
    house.hub.publish_report(a_report(1))
    with house.server(pace=BRISK) as server:
        async with opened(server.url, "?topics=events") as websocket:
            frames = [await websocket.recv() for _ in range(4)]
            assert all(isinstance(frame, str) for frame in frames)
        async with opened(server.url, "?topics=sweeps") as websocket:
            await next_text(websocket)
            assert isinstance(await next_frame(websocket), SweepHeader)
            for _ in range(3):
                assert (await next_text(websocket, skip=""))["type"] == "heartbeat"


async def test_the_heartbeat_tells_age_newest_event_and_status() -> None:
    house = FakeHouse()
    house.last_sample_age_s = 1.234
    house.tell_gaps(3)
    house.hub.publish_status(a_status())
    with house.server(pace=BRISK) as server:
        async with opened(server.url) as websocket:
            heartbeat = await next_heartbeat(websocket)
            while heartbeat["status"] is None:
                heartbeat = await next_heartbeat(websocket)
            assert heartbeat["last_sample_age_s"] == 1.23
            assert (heartbeat["seq"], heartbeat["status_seq"], heartbeat["clients"]) == (3, 3, 1)
            assert heartbeat["status"]["muscles"][0]["words"] == "PRESENT"


async def test_when_the_case_changes_its_last_events_still_come_before_the_close() -> None:
    house = FakeHouse()
    house.tell_gaps(1)
    with house.server() as server:
        async with opened(server.url) as websocket:
            await next_text(websocket)
            house.store.append(*[entry.event for entry in house.store.entries[CASE_ID]])
            house.hub.follow_case("case-2", muscles=MUSCLES)
            assert [(await next_text(websocket))["seq"] for _ in range(2)] == [1, 2]
            with pytest.raises(ConnectionClosed) as caught:
                await next_text(websocket)
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (
        1012,
        "another case: reconnect with since=0",
    )


def stalled_client(port: int, query: str = "") -> socket.socket:
    """Return a socket that has opened the websocket and never reads again."""
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.connect(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    stalled.sendall(
        f"GET /api/v1/live{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert stalled.recv(12) == b"HTTP/1.1 101"
    return stalled


async def test_a_client_that_never_reads_costs_the_others_nothing_and_is_given_up() -> None:
    house = FakeHouse()
    with house.server(pace=BRISK) as server:
        stalled = [stalled_client(server.port) for _ in range(3)]
        async with opened(server.url) as websocket:
            await next_text(websocket)
            for number in range(1, 301):
                house.tell_gaps(5)
                house.hub.publish_report(a_report(number % 7 + 1, cleaned_uv=_wide()))
                received = [(await next_text(websocket))["seq"] for _ in range(5)]
                assert received == list(range(5 * number - 4, 5 * number + 1))
            while house.hub.n_too_slow < 3:
                house.tell_gaps(1)
                await next_text(websocket)
                await asyncio.sleep(0.01)
            heartbeat = await next_heartbeat(websocket)
            while heartbeat["clients"] > 1:
                heartbeat = await next_heartbeat(websocket)
        for client in stalled:
            client.close()


def _wide() -> Any:
    return a_report(1).cleaned_uv.repeat(20, axis=1)


async def test_a_slow_reader_loses_sweeps_and_is_told_how_many_but_loses_no_event() -> None:
    house = FakeHouse()
    with house.server(pace=Pace(heartbeat_s=0.05)) as server:
        async with opened(server.url) as websocket:
            await next_text(websocket)
            for number in range(1, 2001):
                house.hub.publish_report(a_report(number % 7 + 1, cleaned_uv=_wide()))
                if number % 100 == 0:
                    house.tell_gaps(1)
            assert [(await next_text(websocket))["seq"] for _ in range(20)] == list(range(1, 21))
            lost = 0
            while lost == 0:
                lost = (await next_heartbeat(websocket))["sweeps_lost"]
            assert 0 < lost < 2000


async def test_a_client_that_reads_up_slowly_is_closed_with_1013_once_it_takes_nothing() -> None:
    house = FakeHouse(ring_size=10)
    house.tell_gaps(20_000)
    with house.server(pace=BRISK) as server:
        with stalled_client(server.port, "?topics=events") as stalled:
            await until(lambda: house.hub.n_too_slow > 0)
            # Reading at last, it finds its way to the close and the number to resume from.
            stalled.settimeout(20)
            received = b""
            while b"too slow: reconnect with since=" not in received:
                received += await asyncio.to_thread(stalled.recv, 1 << 20)
    assert b'"seq":1,' in received
    assert b"\x03\xf5too slow" in received


async def test_what_a_client_says_is_dropped_and_its_leaving_noticed() -> None:
    house = FakeHouse()
    with house.server(pace=BRISK) as server:
        async with opened(server.url) as websocket:
            for _ in range(50):
                await websocket.send("hello? " * 20)
            house.tell_gaps(1)
            assert (await next_text(websocket))["type"] == "hello"
            assert (await next_text(websocket))["seq"] == 1
        await until(lambda: house.hub.n_clients == 0)


async def test_a_message_beyond_the_bound_ends_the_connection() -> None:
    house = FakeHouse()
    with house.server() as server:
        async with opened(server.url) as websocket:
            await websocket.send("x" * 10_000)
            with pytest.raises(ConnectionClosed) as caught:
                await read_to_end(websocket)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009


async def test_stopping_the_server_closes_every_client_even_a_stalled_one() -> None:
    house = FakeHouse()
    server = house.server().start()
    with stalled_client(server.port):
        async with opened(server.url) as websocket:
            await next_text(websocket)
            await asyncio.to_thread(server.stop)
            with pytest.raises(ConnectionClosed):
                await read_to_end(websocket)
