"""Events of a running monitor, for a program of one's own.

::

    async with aclosing(connect("http://127.0.0.1:8765")) as events:
        async for entry in events:
            print(entry.seq, entry.event)

Each event comes once and in order. When the connection is lost the client
connects again, waiting longer each time, and goes on after the last event that
it has given out. When the monitor turns to another case the events of that
case follow, from its first on: look at `entry.case_id`.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from amr_monitor.codec import LONGEST_ENTRY, JsonValue, entry_from_json, from_json_text
from amr_monitor.model.errors import ConfigError, ProtocolError
from amr_monitor.model.events import JournalEntry

PROTOCOL_VERSION = 1
_LIVE_PATH = "/api/v1/live"
_CLOSED_AS_INVALID = 1008
_REFUSED_FOR_GOOD = (400, 401, 403, 404)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How a client waits.

    Attributes
    ----------
    first_wait_s, longest_wait_s : float
        Before connecting again: twice as long each time, up to the longest.
    silence_s : float
        Without any frame for so long (a heartbeat comes once a second) the
        connection counts as lost.
    """

    first_wait_s: float = 0.2
    longest_wait_s: float = 5.0
    silence_s: float = 10.0


async def connect(
    url: str,
    token: str = "",
    *,
    since: int = 0,
    tls: ssl.SSLContext | None = None,
    patience: Patience = Patience(),  # frozen
) -> AsyncGenerator[JournalEntry]:
    """Give out the events of the running case, those after `since` first, for ever.

    Parameters
    ----------
    url : str
        Of the monitor: `http://host:port`, `https://`, `ws://` or `wss://`.
    token : str
        Bearer token, where the monitor asks for one.
    since : int
        The last event already known; 0 begins with the first.
    tls : SSLContext or None
        For a certificate that the system does not trust by itself.
    patience : Patience

    Yields
    ------
    JournalEntry

    Raises
    ------
    ConfigError
        The address makes no sense, or the monitor refuses the token or
        `since`: trying again would not help.
    ProtocolError
        The monitor speaks another version of the protocol, or not the protocol.
    """
    address = _live_address(url)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    cursor, case_id, wait_s = since, "", patience.first_wait_s
    while True:
        query = {"topics": "events", "since": cursor} | ({"case_id": case_id} if case_id else {})
        try:
            async with open_websocket(
                f"{address}?{urlencode(query)}",
                additional_headers=headers,
                ssl=tls if address.startswith("wss:") else None,
                max_size=LONGEST_ENTRY,
                compression=None,
                proxy=None,
            ) as websocket:
                told_case_id = await _greeting(websocket, patience.silence_s)
                if case_id and told_case_id != case_id:
                    cursor = 0
                case_id = told_case_id
                while True:
                    entry = await _next_entry(websocket, patience.silence_s)
                    wait_s = patience.first_wait_s
                    if entry is None:
                        continue
                    if entry.seq != cursor + 1:
                        raise ProtocolError(f"event {entry.seq} came after event {cursor}")
                    cursor = entry.seq
                    yield entry
        except InvalidStatus as error:
            if error.response.status_code in _REFUSED_FOR_GOOD:
                raise ConfigError(_refusal(address, error)) from error
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == _CLOSED_AS_INVALID:
                raise ConfigError(f"{address}: {error.rcvd.reason}") from error
        except (OSError, InvalidHandshake, TimeoutError):
            # Not there, not ready, or silent: come again below.
            pass
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, patience.longest_wait_s)


async def _greeting(websocket: ClientConnection, silence_s: float) -> str:
    """Return the case that `hello` names."""
    hello = await _message(websocket, silence_s)
    if not isinstance(hello, dict) or hello.get("type") != "hello":
        raise ProtocolError("the first frame is no hello: is this a monitor?")
    if hello.get("protocol") != PROTOCOL_VERSION:
        raise ProtocolError(
            f"the monitor speaks protocol {str(hello.get('protocol'))[:20]}, "
            f"this client {PROTOCOL_VERSION}: update the older one"
        )
    return str(hello.get("case_id", ""))


async def _next_entry(websocket: ClientConnection, silence_s: float) -> JournalEntry | None:
    """Return the event of the next frame, or None for a heartbeat."""
    text = await _frame(websocket, silence_s)
    message = from_json_text(text, longest=LONGEST_ENTRY)
    if isinstance(message, dict) and message.get("type") == "heartbeat":
        return None
    return entry_from_json(text)


async def _message(websocket: ClientConnection, silence_s: float) -> JsonValue:
    return from_json_text(await _frame(websocket, silence_s), longest=LONGEST_ENTRY)


async def _frame(websocket: ClientConnection, silence_s: float) -> str:
    async with asyncio.timeout(silence_s):
        frame = await websocket.recv()
    if not isinstance(frame, str):
        raise ProtocolError("a binary frame came where only events were asked for")
    return frame


def _live_address(url: str) -> str:
    parts = urlsplit(url)
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if parts.scheme not in schemes or not parts.hostname:
        raise ConfigError(f"{url!r} is no address of a monitor, such as http://127.0.0.1:8765")
    path = parts.path if parts.path.endswith(_LIVE_PATH) else parts.path.rstrip("/") + _LIVE_PATH
    return urlunsplit((schemes[parts.scheme], parts.netloc, path, "", ""))


def _refusal(address: str, error: InvalidStatus) -> str:
    status = error.response.status_code
    hints = {401: "give a token that it knows", 403: "it does not go by that name"}
    return (
        f"{address}: the monitor refuses with status {status}: {hints.get(status, 'wrong path?')}"
    )
