"""Streams that do what a test says, without a network and without waiting."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.lsl_layout import StreamDescription
from amr_monitor.drivers.lsl_network import Pulled, StreamGone, Wanted
from amr_monitor.drivers.montage import FoundChannel
from amr_monitor.model.source import SampleSource, SourceInfo, SourceItem

RATE_HZ = 2000.0
EMG_CHANNELS = (("L OOc", "uV"), ("L Mentalis", "uV"), ("TRIG", "V"))
WITH_COUNTER = (*EMG_CHANNELS, ("COUNTER", ""))

Floats = npt.NDArray[np.float64]
Step = Pulled | Callable[[], None] | None
"""What a pull gives: samples, nothing, or something that is done before the next."""


def described(
    *,
    name: str = "amp",
    kind: str = "EMG",
    uid: str = "uid-1",
    source_id: str = "amp-1",
    host: str = "theatre",
    rate_hz: float = RATE_HZ,
    channels: Sequence[tuple[str, str]] = EMG_CHANNELS,
    channel_format: str = "float32",
    origin: str = "",
) -> StreamDescription:
    return StreamDescription(
        name=name,
        stream_type=kind,
        host=host,
        source_id=source_id,
        uid=uid,
        channel_format=channel_format,
        rate_hz=rate_hz,
        n_channels=len(channels),
        channels=tuple(FoundChannel(label=label, dimension=unit) for label, unit in channels),
        origin=origin,
    )


def markers(
    texts: Sequence[tuple[float, str]], *, uid: str = "uid-m", name: str = "amp-markers"
) -> tuple[StreamDescription, list[Step]]:
    """Return a marker stream; each text comes when the samples have come to its time."""
    description = described(
        name=name, kind="Markers", uid=uid, rate_hz=0.0, channels=(), channel_format="string"
    )
    description = replace(description, n_channels=1)
    return description, [
        Pulled(stamps_s=np.array([stamp]), values=np.array([[text.encode()]], dtype=object))
        for stamp, text in texts
    ]


@dataclass
class FakeClock:
    """This machine's time: it stands where the newest samples put it."""

    now: float = 100.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reach(self, seconds: float) -> None:
        with self.lock:
            self.now = max(self.now, seconds)

    def passes(self, seconds: float) -> None:
        with self.lock:
            self.now += seconds


@dataclass
class FakeInlet:
    """Give the steps of a script, one a pull; at its end nothing more, or the stream is gone.

    Samples come a few chunks for each time that somebody reads.
    """

    description: StreamDescription
    script: deque[Step]
    clock: FakeClock
    ends: bool
    turns: threading.Semaphore
    others: Sequence["FakeInlet"]
    correction: float = 0.0
    is_done: threading.Event = field(default_factory=threading.Event)
    wanted: list[int] = field(default_factory=list)

    def pull(self, *, timeout_s: float, n_wanted: int = 0) -> Pulled | None:
        self.wanted.append(n_wanted)
        if not self.script:
            self.is_done.set()
            if self.ends:
                raise StreamGone(self.description.name)
            # Time passes where nobody sends, or whoever waits for that waits for ever.
            self.clock.passes(timeout_s)
            threading.Event().wait(0.002)
            return None
        is_regular = self.description.rate_hz > 0.0
        if is_regular and not self.turns.acquire(timeout=0.02):
            return None
        step = self.script[0]
        if is_regular:
            self.wait_for_texts()
        if not is_regular and isinstance(step, Pulled) and step.stamps_s[0] > self.clock.now:
            threading.Event().wait(0.0005)
            return None
        self.script.popleft()
        if callable(step):
            step()
            return None
        if step is not None:
            self.clock.reach(float(step.stamps_s[-1]) - self.correction)
        return step

    def wait_for_texts(self) -> None:
        """Let the texts of what has come be read first, as they are sent before it."""
        for _ in range(4000):
            if not any(inlet.is_behind(self.clock.now) for inlet in self.others):
                return
            threading.Event().wait(0.0005)

    def is_behind(self, now_s: float) -> bool:
        """Tell whether a text of the past was not read yet."""
        step = self.script[0] if self.script else None
        is_text = self.description.rate_hz == 0.0 and not self.is_done.is_set()
        return is_text and isinstance(step, Pulled) and bool(step.stamps_s[0] <= now_s)

    def correction_s(self, *, timeout_s: float) -> float | None:
        del timeout_s
        return self.correction

    def close(self) -> None:
        """Nothing is held."""


class FakeNetwork:
    """Streams that come one after the other: the next of a name is there when one is gone.

    Parameters
    ----------
    *streams : (StreamDescription, list of steps)
        Of one name and type: one connection after the other.
    """

    def __init__(self, *streams: tuple[StreamDescription, Sequence[Step]]) -> None:
        self.clock = FakeClock()
        self.turns = threading.Semaphore(0)
        self.inlets: list[FakeInlet] = []
        self._waiting: list[FakeInlet] = []
        seen = [(d.name, d.stream_type) for d, _ in streams]
        for number, (description, script) in enumerate(streams):
            key = (description.name, description.stream_type)
            inlet = FakeInlet(
                description=description,
                script=deque(script),
                clock=self.clock,
                turns=self.turns,
                others=self.inlets,
                ends=key in seen[number + 1 :],
            )
            self.inlets.append(inlet)
            self._waiting.append(inlet)

    def add(self, inlet: FakeInlet) -> None:
        """Bring a stream into reach."""
        self.inlets.append(inlet)
        self._waiting.append(inlet)

    def find(self, wanted: Wanted, *, timeout_s: float, fewest: int) -> list[StreamDescription]:
        del timeout_s, fewest
        found: dict[tuple[str, str], StreamDescription] = {}
        for inlet in self._waiting:
            description = inlet.description
            if wanted.fits(description):
                found.setdefault((description.name, description.stream_type), description)
        if not found:
            self.clock.passes(0.1)
            threading.Event().wait(0.002)
        return list(found.values())

    def open(self, stream: StreamDescription, *, timeout_s: float) -> FakeInlet:
        del timeout_s
        for inlet in self._waiting:
            if inlet.description.uid == stream.uid:
                self._waiting.remove(inlet)
                return inlet
        raise StreamGone(stream.name)

    def now_s(self) -> float:
        return self.clock.now


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a device samples: EMG with artifacts and M waves, trigger and counter.

    Attributes
    ----------
    values : ndarray, shape (n_samples, n_channels)
    stamps_s : ndarray, shape (n_samples,)
    """

    values: npt.NDArray[np.float32]
    stamps_s: Floats

    def cut(self, sizes: Sequence[int]) -> list[Step]:
        """Return chunks of these sizes, over and over, to the end."""
        steps: list[Step] = []
        done = number = 0
        while done < len(self.stamps_s):
            end = done + sizes[number % len(sizes)]
            steps.append(Pulled(stamps_s=self.stamps_s[done:end], values=self.values[done:end]))
            done, number = end, number + 1
        return steps

    def without(self, first: int, end: int) -> "Sent":
        """Return what arrives where some samples are lost."""
        kept = np.r_[0:first, end : len(self.stamps_s)]
        return Sent(values=self.values[kept], stamps_s=self.stamps_s[kept])

    def later(self, first: int, seconds: float) -> "Sent":
        """Return what arrives where the clock jumps before a sample."""
        stamps = self.stamps_s.copy()
        stamps[first:] += seconds
        return Sent(values=self.values, stamps_s=stamps)


def sent(
    *,
    seconds: float = 6.0,
    stimuli_s: Sequence[float] = (),
    rate_hz: float = RATE_HZ,
    start_s: float = 100.0,
    drift: float = 0.0,
    n_channels: int = 4,
    seed: int = 3,
) -> Sent:
    """Return the samples of a device with a stimulator beside it."""
    generator = np.random.default_rng(seed)
    n_samples = round(seconds * rate_hz)
    values = np.zeros((n_samples, 4))
    values[:, :2] = generator.normal(0.0, 2.0, size=(n_samples, 2))
    at_ms = np.arange(n_samples) * 1000.0 / rate_hz
    for onset_s in stimuli_s:
        since_ms = at_ms - 1000.0 * onset_s
        pulse = (since_ms >= 0.0) & (since_ms < 0.6)
        tail = np.where(since_ms >= 0.6, np.exp(-np.clip(since_ms - 0.6, 0, 50) / 0.4), 0.0)
        values[:, 0] += 400.0 * pulse + 120.0 * tail
        values[:, 1] += 900.0 * pulse + 250.0 * tail
        wave = (since_ms >= 3.0) & (since_ms < 9.0)
        values[:, 1] += wave * 1200.0 * np.sin((since_ms - 3.0) * np.pi / 3.0)
        values[(since_ms >= 0.0) & (since_ms < 10.0), 2] = 5.0
    values[:, 3] = np.arange(n_samples) % 256
    stamps = start_s + np.arange(n_samples, dtype=np.float64) * ((1.0 + drift) / rate_hz)
    return Sent(values=values[:, :n_channels].astype(np.float32), stamps_s=stamps)


CHUNKS_A_READ = 8


def all_items(
    source: SampleSource, network: FakeNetwork, *, reads: int = 20_000
) -> list[SourceItem]:
    """Read until every script is through and nothing more comes."""
    items: list[SourceItem] = []
    quiet = 0
    for _ in range(reads):
        network.turns.release(CHUNKS_A_READ)
        read = source.read(timeout_s=0.0)
        if read is None:
            break
        items += read
        is_done = all(inlet.is_done.is_set() for inlet in network.inlets)
        quiet = quiet + 1 if is_done and not read else 0
        if quiet > 40:
            break
        if not read:
            threading.Event().wait(0.001)
    return items


class EndingSource:
    """A live source that ends when its streams have nothing more to give.

    Parameters
    ----------
    source : SampleSource
    network : FakeNetwork
    """

    def __init__(self, source: SampleSource, network: FakeNetwork) -> None:
        self._source = source
        self._network = network
        self._n_quiet = 0

    @property
    def info(self) -> SourceInfo:
        return self._source.info

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        del timeout_s
        self._network.turns.release(CHUNKS_A_READ)
        read = self._source.read(timeout_s=0.0)
        if read:
            self._n_quiet = 0
            return read
        threading.Event().wait(0.001)
        is_done = all(inlet.is_done.is_set() for inlet in self._network.inlets)
        self._n_quiet += is_done
        if self._n_quiet > 40:
            self.close()
            return None
        return read

    def close(self) -> None:
        self._source.close()
