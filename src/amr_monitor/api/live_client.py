"""One websocket client: hello, every event after its cursor, the newest pictures, a heartbeat."""

import asyncio
import time
from dataclasses import dataclass

from starlette.websockets import WebSocket, WebSocketDisconnect

from amr_monitor.api.live import LiveHub, LiveView
from amr_monitor.api.messages import heartbeat_message, hello_message
from amr_monitor.api.seams import CaseControl, EventStore
from amr_monitor.api.security import Principal

EVENTS_A_TURN = 200
"""Events sent before a look at the pictures and the heartbeat."""

CLOSE_ANOTHER_CASE = 1012
CLOSE_TOO_SLOW = 1013


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a client is waited for.

    Attributes
    ----------
    heartbeat_s : float
        Between heartbeats.
    patience_s : float
        How old the first event that a client has not taken may become.
    farewell_s : float
        How long the close of a client that does not read may take.
    """

    heartbeat_s: float = 1.0
    patience_s: float = 10.0
    farewell_s: float = 5.0


class LiveClient:
    """Serve one accepted websocket until either side ends it.

    Parameters
    ----------
    websocket : WebSocket
        Accepted.
    hub, store, control : what is shown
    principal : Principal
    case_id : str
        The case whose events `cursor` counts.
    cursor : int
        The last event that the client has.
    topics : frozenset of str
        `events`, `sweeps` or both.
    pace : Pace
    """

    def __init__(
        self,
        websocket: WebSocket,
        *,
        hub: LiveHub,
        store: EventStore,
        control: CaseControl,
        principal: Principal,
        case_id: str,
        cursor: int,
        topics: frozenset[str],
        pace: Pace,
    ) -> None:
        self._websocket = websocket
        self._hub = hub
        self._store = store
        self._control = control
        self._principal = principal
        self._case_id = case_id
        self._cursor = cursor
        self._topics = topics
        self._pace = pace
        self._woken = asyncio.Event()
        self._has_caught_up = False
        self._send_began_s: float | None = None
        self._sweep_number = 0
        self._baseline_number = 0
        self._n_sweeps_lost = 0

    async def serve(self) -> None:
        """Send what there is; return when the connection has ended."""
        self._hub.join(self._woken)
        sender = asyncio.create_task(self._send_all())
        reader = asyncio.create_task(self._read_all())
        watcher = asyncio.create_task(self._watch())
        tasks = (sender, reader, watcher)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(self._woken)
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        if reader.done() and not reader.cancelled():
            return
        if watcher.done() and not watcher.cancelled():
            self._hub.tell_too_slow()
            await self._close(CLOSE_TOO_SLOW, f"too slow: reconnect with since={self._cursor}")
        elif results[0] is None:
            await self._close(CLOSE_ANOTHER_CASE, "another case: reconnect with since=0")
        elif isinstance(results[0], Exception) and not isinstance(results[0], WebSocketDisconnect):
            raise results[0]

    async def _close(self, code: int, reason: str) -> None:
        """Close; a client that does not read is not waited for beyond `farewell_s`."""
        try:
            async with asyncio.timeout(self._pace.farewell_s):
                await self._websocket.close(code, reason)
        except (TimeoutError, WebSocketDisconnect):
            return

    async def _read_all(self) -> None:
        """Take and drop whatever the client says, until it goes."""
        try:
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
        except WebSocketDisconnect:
            return

    async def _watch(self) -> None:
        """Return once the client cannot keep up with the events."""
        while True:
            await asyncio.sleep(min(1.0, self._pace.patience_s / 4))
            oldest_s = self._hub.waiting_since(cursor=self._cursor)
            if oldest_s is None or "events" not in self._topics:
                continue
            if not self._has_caught_up:
                # It is reading up: only a single message that does not go through counts.
                oldest_s = self._send_began_s
            if oldest_s is not None and time.monotonic() - oldest_s > self._pace.patience_s:
                return

    async def _send_all(self) -> None:
        """Send for ever; return only where the hub has turned to another case."""
        view = self._hub.view(cursor=self._cursor, limit=0)
        hello = hello_message(
            case_id=self._case_id,
            newest_seq=view.newest_seq,
            principal=self._principal,
            control=self._control,
            status=view.status.status if view.status else None,
        )
        await self._send_text(hello)
        heartbeat_due_s = time.monotonic()
        while True:
            self._woken.clear()
            view = self._hub.view(cursor=self._cursor, limit=EVENTS_A_TURN)
            if view.case_id != self._case_id:
                await self._send_rest_of_case()
                return
            sent = await self._send_events(view)
            await self._send_pictures(view)
            now_s = time.monotonic()
            if now_s >= heartbeat_due_s:
                heartbeat_due_s = max(heartbeat_due_s + self._pace.heartbeat_s, now_s)
                await self._send_heartbeat()
            if not sent:
                await self._wait(heartbeat_due_s - time.monotonic())

    async def _wait(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, timeout_s)):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _send_events(self, view: LiveView) -> int:
        """Send the next events; return how many."""
        if "events" not in self._topics:
            self._cursor = view.newest_seq
            return 0
        lines = view.lines
        if lines is None:
            lines = tuple(await self._stored_lines())
        for line in lines:
            await self._send_text(line)
            self._cursor += 1
        if self._cursor >= view.newest_seq:
            self._has_caught_up = True
        return len(lines)

    async def _send_rest_of_case(self) -> None:
        while "events" in self._topics:
            lines = await self._stored_lines()
            if not lines:
                return
            for line in lines:
                await self._send_text(line)
                self._cursor += 1

    async def _stored_lines(self) -> list[str]:
        return await asyncio.to_thread(
            self._store.lines, self._case_id, since=self._cursor, limit=EVENTS_A_TURN
        )

    async def _send_pictures(self, view: LiveView) -> None:
        """Send baseline and sweep where they are new and their events are out."""
        if "sweeps" not in self._topics:
            return
        baseline, sweep = view.baseline, view.sweep
        if baseline and baseline.number > self._baseline_number and baseline.seq <= self._cursor:
            self._baseline_number = baseline.number
            await self._send_bytes(baseline.frame)
        if sweep and sweep.number > self._sweep_number and sweep.seq <= self._cursor:
            if self._sweep_number:
                self._n_sweeps_lost += sweep.number - self._sweep_number - 1
            self._sweep_number = sweep.number
            await self._send_bytes(sweep.frame)

    async def _send_heartbeat(self) -> None:
        view = self._hub.view(cursor=self._cursor, limit=0)
        latest = view.status if view.status and view.status.seq <= self._cursor else None
        await self._send_text(
            heartbeat_message(
                case_id=view.case_id,
                newest_seq=view.newest_seq,
                latest=latest,
                control=self._control,
                n_clients=self._hub.n_clients,
                n_sweeps_lost=self._n_sweeps_lost,
                sweeps_last_minute=self._hub.sweeps_last_minute,
                heard=self._hub.heard,
                spoken=self._hub.spoken,
            )
        )

    async def _send_text(self, text: str) -> None:
        self._send_began_s = time.monotonic()
        await self._websocket.send_text(text)
        self._send_began_s = None

    async def _send_bytes(self, frame: bytes) -> None:
        self._send_began_s = time.monotonic()
        await self._websocket.send_bytes(frame)
        self._send_began_s = None
