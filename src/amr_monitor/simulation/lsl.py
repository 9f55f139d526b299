"""A simulated surgery over LSL in real time, as an amplifier would send it."""

import gc
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import pylsl

from amr_monitor.model.errors import SourceError
from amr_monitor.model.source import Origin
from amr_monitor.simulation.outbox import COUNTER_TURNS_AT, Outbox
from amr_monitor.simulation.push_timing import ConnectionTiming, PushTiming
from amr_monitor.simulation.recording import TRIGGER_LABEL, channel_label
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.transport import (
    Chunk,
    Connection,
    SentMarker,
    Transport,
    draw_transport,
)

STREAM_NAME = "amr-simulator"
COUNTER_LABEL = "COUNTER"
START_AFTER_S = 0.2
"""From the first consumer to time 0: its inlet takes a moment to fill."""

LINGER_S = 1.0
"""Streams stay so long after the last sample, so that nobody misses it."""

THREAD_SWITCH_S = 0.0005
"""The thread that makes samples hands over to the one that sends within this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamNames:
    """What the streams are called.

    Attributes
    ----------
    emg : str
        The marker stream adds `-markers`.
    source_id : str
        "" makes one of scenario and seed.
    """

    emg: str = STREAM_NAME
    source_id: str = ""

    @property
    def markers(self) -> str:
        """Name of the marker stream."""
        return f"{self.emg}-markers"


def push_surgery(
    surgery: Surgery,
    *,
    names: StreamNames | None = None,
    wait_for_consumer_s: float = 0.0,
    told_ready: Callable[[StreamNames], None] = lambda names: None,
    progress: Callable[[float], None] = lambda share: None,
    timing: PushTiming | None = None,
) -> PushTiming:
    """Send a surgery over LSL, in real time, to its end.

    The clock is that of LSL, and every chunk has a moment at which it is due:
    being late once makes nothing late after it.

    Parameters
    ----------
    surgery : Surgery
    names : StreamNames or None
    wait_for_consumer_s : float
        Time 0 is when someone has connected, or this much later; 0 waits for nobody.
    told_ready : callable
        Called once, when both streams can be found.
    progress : callable
        Called with the share done, 0 to 1, about once a second.
    timing : PushTiming or None
        Kept up to date while it goes, for whoever ends it early.

    Raises
    ------
    SourceError
        Nobody connected in the time given.
    """
    names = StreamNames() if names is None else names
    timing = (
        PushTiming(surgery=surgery, transport=draw_transport(surgery)) if timing is None else timing
    )
    sender = _Sender(surgery, names, timing)
    outbox = Outbox(surgery, timing.transport)
    switch_s = sys.getswitchinterval()
    sys.setswitchinterval(THREAD_SWITCH_S)
    gc.collect()
    gc.freeze()
    try:
        sender.open(timing.transport.connections[0])
        told_ready(names)
        sender.wait(wait_for_consumer_s)
        timing.zero_lsl_s = pylsl.local_clock() + START_AFTER_S
        sender.send(outbox, progress)
        time.sleep(LINGER_S)
    finally:
        sender.close()
        outbox.close()
        gc.unfreeze()
        sys.setswitchinterval(switch_s)
    return timing


class _Sender:
    """The two outlets, and what is due when."""

    def __init__(self, surgery: Surgery, names: StreamNames, timing: PushTiming) -> None:
        self._surgery = surgery
        self._names = names
        self._timing = timing
        self._transport: Transport = timing.transport
        self._emg: pylsl.StreamOutlet | None = None
        self._markers: pylsl.StreamOutlet | None = None

    def open(self, connection: Connection) -> None:
        """Make both streams, as they are in this connection."""
        self._emg = pylsl.StreamOutlet(emg_info(self._surgery, connection, self._names))
        self._markers = pylsl.StreamOutlet(marker_info(self._surgery, connection, self._names))
        self._timing.connections.append(ConnectionTiming(opened_at_lsl_s=pylsl.local_clock()))

    def close(self) -> None:
        """Let both streams go."""
        if self._emg is not None:
            self._timing.connections[-1].closed_at_lsl_s = pylsl.local_clock()
        self._emg = self._markers = None

    def wait(self, seconds: float) -> None:
        """Wait for a consumer of the EMG, and a moment longer for one of the markers."""
        if seconds <= 0.0 or self._emg is None or self._markers is None:
            return
        if not self._emg.wait_for_consumers(seconds):
            raise SourceError(
                f"stream {self._names.emg}: nobody connected within {seconds:g} s; "
                "start the monitor first, or give more time with --wait-consumer"
            )
        self._markers.wait_for_consumers(min(seconds, 2.0))

    def send(self, outbox: Outbox, progress: Callable[[float], None]) -> None:
        """Send everything, each thing when it is due."""
        markers = deque(self._transport.markers)
        current = self._transport.connections[0]
        told_s = 0.0
        for parcel in outbox:
            connection = parcel.chunks[0].connection
            if connection is not current:
                self._change_over(current, connection, markers)
                current = connection
            last_s = parcel.chunks[-1].due_s
            due: list[Chunk | SentMarker] = [*parcel.chunks]
            while markers and markers[0].due_s <= last_s:
                due.append(markers.popleft())
            due.sort(key=_due_s)
            for item in due:
                self._until(item.due_s)
                if isinstance(item, Chunk):
                    self._push(item, parcel.of(item))
                else:
                    self._push_marker(item)
            if last_s - told_s >= 1.0:
                progress(last_s / self._surgery.duration_s)
                told_s = last_s
        for marker in markers:
            self._until(marker.due_s)
            self._push_marker(marker)
        progress(1.0)

    def _change_over(
        self, before: Connection, after: Connection, markers: deque[SentMarker]
    ) -> None:
        """Take the streams away and bring them back; markers between are lost."""
        while markers and markers[0].due_s < before.end_s:
            self._until(markers[0].due_s)
            self._push_marker(markers.popleft())
        self._until(before.end_s)
        self.close()
        self._until(after.start_s)
        self.open(after)
        while markers and markers[0].due_s < after.start_s:
            markers.popleft()

    def _until(self, due_s: float) -> None:
        due_lsl_s = self._timing.zero_lsl_s + self._transport.real_s(due_s)
        # Nothing is due between: sleeping leaves the processor to others.
        while (left_s := due_lsl_s - pylsl.local_clock()) > 0.0:
            time.sleep(left_s)

    def _push(self, chunk: Chunk, samples: object) -> None:
        if self._emg is None:
            return
        stamp = self._timing.zero_lsl_s + self._transport.stamp_s(chunk.last_s)
        self._emg.push_chunk(samples, stamp)
        now = pylsl.local_clock()
        self._timing.pushed(chunk, at_lsl_s=now)
        connection = self._timing.connections[-1]
        if connection.first_consumer_at_lsl_s is None and self._emg.have_consumers():
            connection.first_consumer_at_lsl_s = now

    def _push_marker(self, marker: SentMarker) -> None:
        if self._markers is None:
            return
        stamp_s = self._transport.stamp_s(marker.stamp_s, markers=True)
        self._markers.push_sample([marker.text], self._timing.zero_lsl_s + stamp_s)


def _due_s(item: Chunk | SentMarker) -> float:
    return item.due_s


def emg_info(surgery: Surgery, connection: Connection, names: StreamNames) -> pylsl.StreamInfo:
    """Return what is told of the EMG stream, in the form of XDF's metadata."""
    scenario = surgery.scenario
    channels = [
        (channel_label(muscle, scenario.side), "microvolts", "EMG") for muscle in connection.muscles
    ]
    if scenario.stream.trigger_channel:
        channels.append((TRIGGER_LABEL, "volts", "TRIG"))
    if scenario.stream.counter_channel:
        channels.append((COUNTER_LABEL, "samples", "Counter"))
    info = pylsl.StreamInfo(
        names.emg,
        "EMG",
        len(channels),
        connection.rate_hz,
        pylsl.cf_float32,
        _source_id(surgery, connection, names),
    )
    described = info.desc().append_child("channels")
    for label, unit, kind in channels:
        channel = described.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit)
        channel.append_child_value("type", kind)
        if label == COUNTER_LABEL:
            channel.append_child_value("turns_at", str(COUNTER_TURNS_AT))
    info.desc().append_child("acquisition").append_child_value("manufacturer", "simulated")
    _tell_origin(info, surgery)
    return info


def marker_info(surgery: Surgery, connection: Connection, names: StreamNames) -> pylsl.StreamInfo:
    """Return what is told of the marker stream."""
    info = pylsl.StreamInfo(
        names.markers,
        "Markers",
        1,
        pylsl.IRREGULAR_RATE,
        pylsl.cf_string,
        _source_id(surgery, connection, names) + ":markers",
    )
    _tell_origin(info, surgery)
    return info


def _tell_origin(info: pylsl.StreamInfo, surgery: Surgery) -> None:
    told = info.desc().append_child("amr_monitor")
    told.append_child_value("origin", Origin.SIMULATED.value)
    told.append_child_value("scenario", surgery.scenario.name)
    told.append_child_value("seed", str(surgery.seed))
    told.append_child_value("side", surgery.scenario.side.value)


def _source_id(surgery: Surgery, connection: Connection, names: StreamNames) -> str:
    own = names.source_id or f"{names.emg}:{surgery.scenario.name}:{surgery.seed}"
    return own if connection.source_number == 1 else f"{own}#{connection.source_number}"
