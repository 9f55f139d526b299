"""What a client of the monitor gets over the websocket, and when."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from amr_monitor.client import connect
from amr_monitor.codec import LONGEST_FRAME, SweepHeader, frame_from_bytes
from amr_monitor.drivers.lsl_network import library
from amr_monitor.model.events import (
    AmrStateChanged,
    BaselineProgress,
    CaseClosed,
    Event,
    IndeterminateEnded,
    IndeterminateStarted,
    JournalEntry,
)

AGAIN_AFTER_S = 0.2
OF_SWEEPS = (AmrStateChanged, BaselineProgress, IndeterminateStarted, IndeterminateEnded)
"""Events that a sweep causes."""

SWEEP_DONE_S = 0.1
"""A sweep can be judged so long after its stimulus, and not before."""


@dataclass(slots=True, kw_only=True)
class Heard:
    """Everything that came, with the moment in LSL's clock.

    Attributes
    ----------
    entries : list of (float, JournalEntry)
    sweeps : list of (float, float)
        Moment, and time of the sweep's stimulus.
    """

    entries: list[tuple[float, JournalEntry]] = field(default_factory=list)
    sweeps: list[tuple[float, float]] = field(default_factory=list)

    @property
    def events(self) -> tuple[Event, ...]:
        """The events in their order."""
        return tuple(entry.event for _, entry in self.entries)

    def by_the_quickest(self) -> list[tuple[float, float]]:
        """Return the moment of each event, and that of its stimulus, in LSL's clock.

        For an amplifier that does not tell when it stimulated: the quickest of
        all sweeps is taken to have needed 0.1 s, since no sweep is whole before.
        """
        if not self.sweeps:
            return []
        shift_s = min(at - time_s for at, time_s in self.sweeps) - SWEEP_DONE_S
        return [
            (at, entry.event.time_s + shift_s)
            for at, entry in self.entries
            if isinstance(entry.event, OF_SWEEPS)
        ]

    @property
    def case_id(self) -> str:
        """Of the case that they belong to."""
        return self.entries[0][1].case_id if self.entries else ""


def lsl_clock_s() -> float:
    """Return LSL's clock, by which a simulator on this machine tells when it sent what."""
    return float(library().local_clock())


async def listen_to_events(
    url: str, heard: Heard, on_event: Callable[[Event], None] = lambda event: None
) -> None:
    """Take every event until the case is closed."""
    async with aclosing(connect(url)) as entries:
        async for entry in entries:
            heard.entries.append((lsl_clock_s(), entry))
            on_event(entry.event)
            if isinstance(entry.event, CaseClosed):
                return


async def listen_to_sweeps(url: str, heard: Heard) -> None:
    """Take the sweeps for display, for ever; connect again where that ends."""
    parts = urlsplit(url)
    address = urlunsplit(("ws", parts.netloc, "/api/v1/live", "topics=sweeps", ""))
    while True:
        try:
            async with open_websocket(
                address, max_size=LONGEST_FRAME, compression=None, proxy=None
            ) as websocket:
                async for frame in websocket:
                    now = lsl_clock_s()
                    if isinstance(frame, bytes):
                        header = frame_from_bytes(frame).header
                        if isinstance(header, SweepHeader):
                            heard.sweeps.append((now, header.time_s))
        except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
            # Not there yet, or going: the case's events tell what matters.
            pass
        await asyncio.sleep(AGAIN_AFTER_S)
