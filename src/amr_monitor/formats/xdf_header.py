"""What an XDF file says of itself and of each stream."""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree

import numpy as np

VALUE_TYPES: dict[str, np.dtype[np.generic] | None] = {
    "float32": np.dtype("<f4"),
    "double64": np.dtype("<f8"),
    "int8": np.dtype("i1"),
    "int16": np.dtype("<i2"),
    "int32": np.dtype("<i4"),
    "int64": np.dtype("<i8"),
    "string": None,
}

MOST_CHANNELS = 10_000
MOST_HEADER_BYTES = 2**24
"""A description of channels is some kilobytes; more than this is no header."""

_FORBIDDEN = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ZONE_WITHOUT_COLON = re.compile(r"([+-]\d{2})(\d{2})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class XdfChannel:
    """One channel as its stream describes it.

    Attributes
    ----------
    label : str
    unit : str
        "" where none is told.
    kind : str
        `EMG`, `TRIGGER` and the like; "" where none is told.
    """

    label: str
    unit: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class XdfStreamHeader:
    """What a stream says of itself.

    Attributes
    ----------
    stream_id : int
        The recorder's number.
    name, kind, source_id, hostname : str
        `kind` is what LSL calls type: `EMG`, `Markers`.
    n_channels : int
    nominal_rate_hz : float
        0 for an irregular stream.
    value_format : str
        A key of `VALUE_TYPES`.
    channels : tuple of XdfChannel
        As many as `n_channels`; those that are not described have no label.
    origin : str
        What our own streams say under desc/amr_monitor/origin; "" of others.
    rail_uv : float or None
        Where the amplifier clips, by desc/amr_monitor/rail_uv.
    """

    stream_id: int
    name: str
    kind: str
    n_channels: int
    nominal_rate_hz: float
    value_format: str
    source_id: str = ""
    hostname: str = ""
    channels: tuple[XdfChannel, ...] = field(default=())
    origin: str = ""
    rail_uv: float | None = None

    @property
    def value_type(self) -> np.dtype[np.generic] | None:
        """How a value is stored; None for texts."""
        return VALUE_TYPES[self.value_format]

    @property
    def is_text(self) -> bool:
        """Whether its values are texts."""
        return self.value_type is None

    @property
    def sample_bytes(self) -> int:
        """Length of the values of one sample; 0 for texts, which have any length."""
        kind = self.value_type
        return 0 if kind is None else kind.itemsize * self.n_channels

    def told(self) -> str:
        """Return its name as messages have it: `'emg' (stream 3)`."""
        return f"{self.name!r} (stream {self.stream_id})"


def parse_stream_header(content: bytes, *, stream_id: int) -> XdfStreamHeader:
    """Read the header of a stream.

    Raises
    ------
    ValueError
        It is no XML, or lacks what samples cannot be read without.
    """
    info = _root(content)
    value_format = _text(info, "channel_format").lower()
    if value_format not in VALUE_TYPES:
        raise ValueError(f"has values of the unknown format {value_format!r}")
    n_channels = _number(info, "channel_count")
    if not 1 <= n_channels <= MOST_CHANNELS or n_channels != int(n_channels):
        raise ValueError(f"says that it has {_text(info, 'channel_count')!r} channels")
    rate_hz = _number(info, "nominal_srate")
    return XdfStreamHeader(
        stream_id=stream_id,
        name=_text(info, "name"),
        kind=_text(info, "type"),
        n_channels=int(n_channels),
        nominal_rate_hz=rate_hz if 0.0 < rate_hz <= 1e9 else 0.0,
        value_format=value_format,
        source_id=_text(info, "source_id"),
        hostname=_text(info, "hostname"),
        channels=_channels(info, int(n_channels)),
        origin=_text(info, "desc/amr_monitor/origin"),
        rail_uv=_rail_uv(info),
    )


def parse_sample_count(content: bytes) -> int | None:
    """Return how many samples a footer counts; None where it does not say."""
    try:
        count = _number(_root(content), "sample_count")
    except ValueError:
        return None
    return int(count) if 0 <= count < 2**62 else None


def parse_start(content: bytes) -> datetime | None:
    """Return the date of a file header, UTC; None where it has none that can be read."""
    try:
        text = _text(_root(content), "datetime")
        start = datetime.fromisoformat(_ZONE_WITHOUT_COLON.sub(r"\1:\2", text))
        return (start if start.tzinfo else start.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _root(content: bytes) -> ElementTree.Element:
    text = content.decode("utf-8", "replace").strip("\0 \r\n\t")
    if _FORBIDDEN.search(text):
        raise ValueError("has a header with entities of its own, which none needs")
    try:
        return ElementTree.fromstring(text)  # noqa: S314 -- entities are refused above
    except ElementTree.ParseError as fault:
        raise ValueError(f"has a header that is no XML ({fault})") from fault


def _channels(info: ElementTree.Element, n_channels: int) -> tuple[XdfChannel, ...]:
    described = info.findall("desc/channels/channel")[:n_channels]
    channels = [
        XdfChannel(
            label=_text(channel, "label") or _text(channel, "name"),
            unit=_text(channel, "unit") or _text(channel, "units"),
            kind=_text(channel, "type"),
        )
        for channel in described
    ]
    return (*channels, *[XdfChannel(label="")] * (n_channels - len(channels)))


def _rail_uv(info: ElementTree.Element) -> float | None:
    rail_uv = _number(info, "desc/amr_monitor/rail_uv")
    return rail_uv if rail_uv > 0.0 else None


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _number(element: ElementTree.Element, path: str) -> float:
    """Return a finite number; -1 where there is none."""
    try:
        number = float(_text(element, path))
    except ValueError:
        return -1.0
    return number if math.isfinite(number) else -1.0
