"""The Lab Streaming Layer itself: the one place that calls pylsl.

The library is imported when it is first needed: it reads its configuration
then, and `amr-monitor --help` does without it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.lsl_layout import TEXT_FORMAT, StreamDescription
from amr_monitor.drivers.montage import FoundChannel
from amr_monitor.model.errors import SourceError

Floats = npt.NDArray[np.float64]
Values = npt.NDArray[np.generic]

MOST_STREAMS = 64
BUFFER_S = 60
"""So much is held by the library while nobody pulls; then the oldest is lost, which shows."""

AT_ONCE_S = 0.002
"""So much is waited for: what a pull costs does not depend on how little it brings."""

LATE_TIMES, LATE_S = 3.0, 0.02
"""A pull gives what it has after so many times what its samples take, and so much more: or what
came before a pause would seem to have come in it."""

MOST_PULLED = 16_384
MOST_TEXTS = 256
QUIET_CONFIG = "[log]\nlevel = -3\n"
CONFIG_PLACES = ("lsl_api.cfg", "~/lsl_api/lsl_api.cfg", "/etc/lsl_api/lsl_api.cfg")
FORMATS = ("undefined", "float32", "float64", TEXT_FORMAT, "int32", "int16", "int8", "int64")


class StreamGone(Exception):
    """The other end of an inlet is no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which streams are looked for; an empty text allows any.

    Attributes
    ----------
    stream_type, name, source_id : str
    excluded_name : str
        Never this one.
    """

    stream_type: str = ""
    name: str = ""
    source_id: str = ""
    excluded_name: str = ""

    def fits(self, stream: StreamDescription) -> bool:
        """Tell whether a stream is wanted."""
        return (
            self.stream_type in ("", stream.stream_type)
            and self.name in ("", stream.name)
            and self.source_id in ("", stream.source_id)
            and stream.name != (self.excluded_name or None)
        )

    @property
    def words(self) -> str:
        """What is looked for, for a message."""
        parts = [f"type {self.stream_type!r}"] if self.stream_type else []
        parts += [f"name {self.name!r}"] if self.name else []
        parts += [f"source_id {self.source_id!r}"] if self.source_id else []
        return " and ".join(parts) or "any type"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pulled:
    """What one pull gave.

    Attributes
    ----------
    stamps_s : ndarray of float64, shape (n_samples,)
        As sent.
    values : ndarray, shape (n_samples, n_channels)
        Numbers, or objects of text.
    """

    stamps_s: Floats
    values: Values


class Inlet(Protocol):
    """The receiving end of one stream."""

    description: StreamDescription

    def pull(self, *, timeout_s: float, n_wanted: int = 0) -> Pulled | None:
        """Wait for samples; None where none came. The arrays are the caller's.

        Parameters
        ----------
        timeout_s : float
            No longer than this.
        n_wanted : int
            Wait for so many, and bring what else is there; 0 leaves it to the inlet.

        Raises
        ------
        StreamGone
        """
        ...

    def correction_s(self, *, timeout_s: float) -> float | None:
        """Return what added to its stamps gives this machine's time; None where unknown."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Network(Protocol):
    """Streams in reach."""

    def find(self, wanted: Wanted, *, timeout_s: float, fewest: int) -> list[StreamDescription]:
        """Return streams, without channels; as soon as `fewest` are found."""
        ...

    def open(self, stream: StreamDescription, *, timeout_s: float) -> Inlet:
        """Return its inlet, whose description has the channels.

        Raises
        ------
        StreamGone
        """
        ...

    def now_s(self) -> float:
        """Return this machine's time, as stamps have it."""
        ...


@lru_cache(maxsize=1)  # liblsl reads its configuration once
def library(config_file: Path | None = None) -> Any:
    """Return pylsl.

    Parameters
    ----------
    config_file : Path or None
        Of liblsl; None leaves it to LSLAPICFG and the usual places.

    Raises
    ------
    SourceError
        It cannot be loaded.
    """
    try:
        import pylsl
    except (ImportError, OSError, RuntimeError) as fault:
        raise SourceError(
            f"LSL cannot be used: {fault}; install the package pylsl with its library liblsl"
        ) from fault
    from pylsl import util

    if config_file is not None:
        if not config_file.is_file():
            raise SourceError(f"[lsl] config_file {config_file}: no such file")
        util.set_config_filename(str(config_file))
    elif "LSLAPICFG" not in os.environ and not any(
        Path(place).expanduser().is_file() for place in CONFIG_PLACES
    ):
        # Without a configuration it tells of itself on the terminal.
        util.set_config_content(QUIET_CONFIG)
    return pylsl


@dataclass(frozen=True, slots=True, kw_only=True)
class LslNetwork:
    """The network as liblsl sees it.

    Attributes
    ----------
    config_file : Path or None
    """

    config_file: Path | None = None
    _found: dict[str, Any] = field(default_factory=dict)

    def find(
        self, wanted: Wanted, *, timeout_s: float, fewest: int = MOST_STREAMS
    ) -> list[StreamDescription]:
        """Return streams, without channels; as soon as `fewest` are found."""
        pylsl = library(self.config_file)
        predicate = _predicate(wanted)
        infos = (
            pylsl.resolve_bypred(predicate, fewest, timeout_s)
            if predicate
            else pylsl.resolve_streams(timeout_s)
        )
        self._found.update({info.uid(): info for info in infos})
        found = [_described(info, has_channels=False) for info in infos]
        return sorted(
            (stream for stream in found if wanted.fits(stream)),
            key=lambda stream: (stream.name, stream.host, stream.source_id, stream.uid),
        )

    def open(self, stream: StreamDescription, *, timeout_s: float) -> "LslInlet":
        """Return its inlet."""
        info = self._found.get(stream.uid)
        if info is None:
            raise StreamGone(stream.words)
        return LslInlet(library(self.config_file), info, timeout_s=timeout_s)

    def now_s(self) -> float:
        """Return this machine's time, as stamps have it."""
        return float(library(self.config_file).local_clock())


class LslInlet:
    """An inlet that changes nothing on what was sent.

    It does not recover by itself: the library would wait for ever for a
    stream that came back under another source_id.
    """

    def __init__(self, pylsl: Any, info: Any, *, timeout_s: float) -> None:
        self._util = pylsl.util
        faults = (self._util.LostError, self._util.TimeoutError, RuntimeError)
        try:
            self._inlet = pylsl.StreamInlet(
                info, max_buflen=BUFFER_S, recover=False, processing_flags=0
            )
            self.description = _described(self._inlet.info(timeout_s), has_channels=True)
            self._inlet.open_stream(timeout_s)
        except faults as fault:
            raise StreamGone(str(fault)) from fault
        self._is_text = self.description.channel_format == TEXT_FORMAT
        n_channels = self.description.n_channels
        n_pulled = max(MOST_PULLED // max(n_channels, 1), 1024)
        rate_hz = self.description.rate_hz
        self._period_s = 1.0 / rate_hz if rate_hz > 0.0 else 0.0
        self._n_at_once = min(max(round(AT_ONCE_S * rate_hz), 1), n_pulled)
        dtype = None if self._is_text else self._inlet.np_dtype
        self._buffer = None if dtype is None else np.empty((n_pulled, n_channels), dtype=dtype)

    def pull(self, *, timeout_s: float, n_wanted: int = 0) -> Pulled | None:
        """Wait for samples; None where none came."""
        inlet = self._inlet
        try:
            if self._buffer is None:
                values, stamps = inlet.pull_chunk(
                    timeout_s, max_samples=MOST_TEXTS, min_samples=1, as_numpy=True
                )
            else:
                n_wanted = min(n_wanted or self._n_at_once, len(self._buffer))
                late_s = LATE_S + LATE_TIMES * n_wanted * self._period_s
                values, stamps = inlet.pull_chunk(
                    min(timeout_s, late_s) if self._period_s else timeout_s,
                    max_samples=len(self._buffer),
                    dest_obj=self._buffer,
                    min_samples=n_wanted,
                    as_numpy=True,
                )
        except (self._util.LostError, RuntimeError) as fault:
            raise StreamGone(str(fault)) from fault
        if not len(stamps):
            return None
        return Pulled(stamps_s=np.array(stamps, dtype=np.float64), values=np.array(values))

    def correction_s(self, *, timeout_s: float) -> float | None:
        """Return what added to its stamps gives this machine's time; None where unknown."""
        try:
            return float(self._inlet.time_correction(timeout_s))
        except (self._util.LostError, self._util.TimeoutError, RuntimeError):
            return None

    def close(self) -> None:
        """Stop receiving; the library lets go when no thread uses it any more."""
        self._inlet.close_stream()


def text_of(value: object) -> str:
    """Return one value of a marker stream as text."""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace").strip()
    return f"{value:g}" if isinstance(value, float) else str(value).strip()


def _described(info: Any, *, has_channels: bool) -> StreamDescription:
    number = info.channel_format()
    origin, rail_uv = "", None
    channels: tuple[FoundChannel, ...] = ()
    if has_channels:
        own = info.desc().child("amr_monitor")
        origin = own.child_value("origin")
        rail_uv = _number(own.child_value("rail_uv"))
        channels = _channels(info)
    return StreamDescription(
        name=info.name(),
        stream_type=info.type(),
        host=info.hostname(),
        source_id=info.source_id(),
        uid=info.uid(),
        channel_format=FORMATS[number] if 0 <= number < len(FORMATS) else "undefined",
        rate_hz=float(info.nominal_srate()),
        n_channels=info.channel_count(),
        channels=channels,
        origin=origin,
        rail_uv=rail_uv,
    )


def _channels(info: Any) -> tuple[FoundChannel, ...]:
    channels: list[FoundChannel] = []
    channel = info.desc().child("channels").child("channel")
    while not channel.empty():
        channels.append(
            FoundChannel(
                label=channel.child_value("label"), dimension=_unit(channel.child_value("unit"))
            )
        )
        channel = channel.next_sibling("channel")
    return tuple(channels)


_UNIT_WORDS = {
    "microvolts": "uV",
    "microvolt": "uV",
    "millivolts": "mV",
    "millivolt": "mV",
    "volts": "V",
    "volt": "V",
    "nanovolts": "nV",
    "nanovolt": "nV",
}
"""The words that the XDF metadata specification has for units."""


def _unit(text: str) -> str:
    return _UNIT_WORDS.get(text.strip().casefold(), text)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _predicate(wanted: Wanted) -> str:
    """Return an XPath predicate; what it cannot say is sorted out afterwards."""
    parts: Sequence[tuple[str, str]] = (
        ("type", wanted.stream_type),
        ("name", wanted.name),
        ("source_id", wanted.source_id),
    )
    said = []
    for key, value in parts:
        quote = "'" if "'" not in value else '"'
        if value and quote not in value:
            said.append(f"{key}={quote}{value}{quote}")
    return " and ".join(said)
