"""A stream of type `Context` beside the EMG: its values come as annotations."""

from queue import Empty, Queue

import numpy as np
import pytest

from amr_monitor.drivers.lsl_layout import StreamDescription
from amr_monitor.drivers.lsl_network import Pulled, StreamGone, Wanted
from amr_monitor.drivers.lsl_opening import LslSourceSettings
from amr_monitor.drivers.lsl_settings import LslSettings
from amr_monitor.drivers.lsl_source import LslSource, open_lsl
from amr_monitor.drivers.montage import FoundChannel
from amr_monitor.model.source import Annotation, SourceItem, SourceWarning

RATE_HZ = 2000.0
MOST_READS = 400


def described(kind: str, channels: list[tuple[str, str]], rate_hz: float) -> StreamDescription:
    return StreamDescription(
        name=kind.lower(),
        stream_type=kind,
        host="theatre",
        source_id=kind,
        uid=kind,
        channel_format="float32",
        rate_hz=rate_hz,
        n_channels=len(channels),
        channels=tuple(FoundChannel(label=label, dimension=unit) for label, unit in channels),
    )


class LineOfTests:
    """An inlet that gives what a test puts into it."""

    def __init__(self, description: StreamDescription) -> None:
        self.description = description
        self.sent: Queue[Pulled | None] = Queue()

    def pull(self, *, timeout_s: float, n_wanted: int = 0) -> Pulled | None:
        del n_wanted
        try:
            pulled = self.sent.get(timeout=timeout_s)
        except Empty:
            return None
        if pulled is None:
            raise StreamGone("ended")
        return pulled

    def correction_s(self, *, timeout_s: float) -> float | None:
        del timeout_s
        return 0.0

    def close(self) -> None:
        """Nothing is held."""


class NetworkOfTests:
    """A network with the streams that a test made; its clock stands with the newest samples."""

    def __init__(self, *streams: StreamDescription) -> None:
        self.lines = {stream.stream_type: LineOfTests(stream) for stream in streams}
        self.time_s = 100.0

    def find(self, wanted: Wanted, *, timeout_s: float, fewest: int) -> list[StreamDescription]:
        del timeout_s, fewest
        return [line.description for line in self.lines.values() if wanted.fits(line.description)]

    def open(self, stream: StreamDescription, *, timeout_s: float) -> LineOfTests:
        del timeout_s
        return self.lines[stream.stream_type]

    def now_s(self) -> float:
        self.time_s += 0.001
        return self.time_s

    def send_emg(self, n_samples: int) -> None:
        stamps = self.time_s + np.arange(n_samples) / RATE_HZ
        self.time_s += n_samples / RATE_HZ
        values = np.random.default_rng(1).normal(0.0, 5.0, (n_samples, 2)).astype(np.float32)
        self.lines["EMG"].sent.put(Pulled(stamps_s=stamps, values=values))


EMG = described("EMG", [("OOc", "uV"), ("TRIG", "")], RATE_HZ)
ROOM = described("Context", [("MAC", ""), ("TOF_count", ""), ("HR", "/min")], 0.0)


def opened(network: NetworkOfTests, *, use_context: bool = True) -> LslSource:
    lsl = LslSettings(use_markers=False, use_context=use_context)
    return open_lsl(LslSourceSettings(lsl=lsl), network=network)


def read_until(
    source: LslSource, network: NetworkOfTests, kind: type, count: int
) -> list[SourceItem]:
    """Read until so many items of a kind have come; samples go on meanwhile."""
    items: list[SourceItem] = []
    for _ in range(MOST_READS):
        network.send_emg(200)
        items += source.read(timeout_s=0.05) or ()
        if sum(isinstance(item, kind) for item in items) >= count:
            return items
    pytest.fail(f"no {count} {kind.__name__} came")


def test_values_come_as_annotations_and_unknown_channels_are_named() -> None:
    network = NetworkOfTests(EMG, ROOM)
    source = opened(network)
    try:
        values = np.array([[0.5, 4.0, 60.0]], dtype=np.float32)
        network.lines["Context"].sent.put(Pulled(stamps_s=np.array([1.0]), values=values))
        items = read_until(source, network, Annotation, 2)
    finally:
        source.close()
    told = [item for item in items if isinstance(item, Annotation)]
    assert [each.text for each in told] == [
        "cmd: context by=lsl name=MAC value=0.5",
        "cmd: context by=lsl name=TOF_count value=4",
    ]
    warned = {item.code: item.message for item in items if isinstance(item, SourceWarning)}
    assert warned["context_connected"] == (
        "values from the room come from LSL stream 'context' of theatre"
    )
    assert "'HR /min'" in warned["context_stream"]


def test_a_stream_that_goes_is_told_and_the_samples_go_on() -> None:
    network = NetworkOfTests(EMG, ROOM)
    source = opened(network)
    try:
        network.lines["Context"].sent.put(None)
        items: list[SourceItem] = []
        while not any(
            isinstance(item, SourceWarning) and item.code == "context_gone" for item in items
        ):
            items += read_until(source, network, SourceWarning, 1)
            assert len(items) < 100 * MOST_READS
    finally:
        source.close()


def test_nobody_asks_for_it_where_it_is_switched_off() -> None:
    network = NetworkOfTests(EMG, ROOM)
    source = opened(network, use_context=False)
    source.close()
    assert network.lines["Context"].sent.empty()
