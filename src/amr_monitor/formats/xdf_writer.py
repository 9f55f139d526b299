"""Writer of XDF, chunk by chunk, in the form that LabRecorder gives its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.xdf_chunks import BOUNDARY_UUID, MAGIC, Tag
from amr_monitor.formats.xdf_header import VALUE_TYPES
from amr_monitor.formats.xdf_layout import STAMP_BYTES
from amr_monitor.model.errors import StorageError


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelToWrite:
    """How a channel is described.

    Attributes
    ----------
    label, unit, kind : str
        "" leaves it out.
    """

    label: str
    unit: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamToWrite:
    """How a stream is described.

    Attributes
    ----------
    name, kind : str
        `kind` is what LSL calls type.
    value_format : str
        A key of `VALUE_TYPES`.
    nominal_rate_hz : float
        0 for an irregular stream.
    channels : sequence of ChannelToWrite
        At least one.
    is_described : bool
        False: without any word on the channels.
    source_id, hostname : str
    origin : str
        `simulated` for what is no patient; "" says nothing.
    rail_uv : float or None
        Where the amplifier clips.
    """

    name: str
    kind: str
    value_format: str
    nominal_rate_hz: float
    channels: Sequence[ChannelToWrite]
    is_described: bool = True
    source_id: str = ""
    hostname: str = "localhost"
    origin: str = ""
    rail_uv: float | None = None


class XdfWriter:
    """Write one file.

    Parameters
    ----------
    path : Path
    start : datetime
        Aware; when the recorder began.

    Raises
    ------
    StorageError
        The disk does not take it.
    """

    def __init__(self, path: Path, *, start: datetime) -> None:
        self._path = path
        self._streams: dict[int, StreamToWrite] = {}
        self._last_s: dict[int, float] = {}
        self._first_s: dict[int, float] = {}
        self._counts: dict[int, int] = {}
        try:
            self._file: BinaryIO = path.open("wb")
        except OSError as fault:
            raise self._unwritable(fault) from fault
        self._put(MAGIC)
        told = start.strftime("%Y-%m-%dT%H:%M:%S%z")
        self._put_chunk(
            Tag.FILE_HEADER,
            f'<?xml version="1.0"?><info><version>1.0</version>'
            f"<datetime>{told}</datetime></info>".encode(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if fault is None:
            self.close()
        else:
            self._file.close()

    def add_stream(self, stream: StreamToWrite) -> int:
        """Write the header of a stream; return its number."""
        stream_id = len(self._streams) + 1
        self._streams[stream_id] = stream
        self._counts[stream_id] = 0
        self._put_chunk(Tag.STREAM_HEADER, _header(stream).encode(), stream_id=stream_id)
        return stream_id

    def write_samples(
        self, stream_id: int, stamps_s: npt.NDArray[np.float64], values: npt.NDArray[np.generic]
    ) -> None:
        """Write samples as one chunk.

        Parameters
        ----------
        stream_id : int
        stamps_s : ndarray of float64, shape (n_samples,)
            One that is the one before it and an interval is left out.
        values : ndarray, shape (n_samples, n_channels)
            Rounded where the stream holds whole numbers.
        """
        if not len(stamps_s):
            return
        stream = self._streams[stream_id]
        kind = VALUE_TYPES[stream.value_format]
        is_rounded = kind is not None and kind.kind == "i" and values.dtype.kind == "f"
        held = np.ascontiguousarray((np.rint(values) if is_rounded else values).astype(kind))
        rows = held.view(np.uint8).reshape(len(stamps_s), -1)
        has_stamp = self._needed(stream_id, stamps_s)
        lengths = 1 + STAMP_BYTES * has_stamp + rows.shape[1]
        starts = np.cumsum(lengths) - lengths
        content = np.zeros(int(lengths.sum()), dtype=np.uint8)
        content[starts[has_stamp]] = STAMP_BYTES
        stamps = np.ascontiguousarray(stamps_s[has_stamp], dtype="<f8").view(np.uint8)
        at_stamps = starts[has_stamp, None] + 1 + np.arange(STAMP_BYTES)
        content[at_stamps] = stamps.reshape(-1, STAMP_BYTES)
        at_values = starts[:, None] + 1 + STAMP_BYTES * has_stamp[:, None]
        content[at_values + np.arange(rows.shape[1])] = rows
        self._put_samples(stream_id, stamps_s, content.tobytes())

    def write_texts(
        self, stream_id: int, stamps_s: Sequence[float], texts: Sequence[Sequence[str]]
    ) -> None:
        """Write samples of a stream of texts as one chunk; each has a text per channel."""
        if not len(stamps_s):
            return
        content = bytearray()
        for stamp_s, values in zip(stamps_s, texts, strict=True):
            content += bytes([STAMP_BYTES]) + np.float64(stamp_s).astype("<f8").tobytes()
            for value in values:
                encoded = value.encode("utf-8")
                content += _length(len(encoded)) + encoded
        self._put_samples(stream_id, np.asarray(stamps_s, dtype=np.float64), bytes(content))

    def write_offset(self, stream_id: int, *, time_s: float, offset_s: float) -> None:
        """Write a comparison of clocks.

        Parameters
        ----------
        stream_id : int
        time_s : float
            On the sender's clock.
        offset_s : float
            To be added to the sender's clock to have the recorder's.
        """
        content = np.array([time_s, offset_s], dtype="<f8").tobytes()
        self._put_chunk(Tag.CLOCK_OFFSET, content, stream_id=stream_id)

    def write_boundary(self) -> None:
        """Write what reading can go on at, should anything before it be damaged."""
        self._put_chunk(Tag.BOUNDARY, BOUNDARY_UUID)

    def close(self) -> None:
        """Write the footers, and close."""
        for stream_id, count in self._counts.items():
            first, last = self._first_s.get(stream_id, 0.0), self._last_s.get(stream_id, 0.0)
            self._put_chunk(
                Tag.STREAM_FOOTER,
                f'<?xml version="1.0"?><info><first_timestamp>{first!r}</first_timestamp>'
                f"<last_timestamp>{last!r}</last_timestamp>"
                f"<sample_count>{count}</sample_count></info>".encode(),
                stream_id=stream_id,
            )
        try:
            self._file.close()
        except OSError as fault:
            raise self._unwritable(fault) from fault

    def _needed(self, stream_id: int, stamps_s: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Tell which stamps the one before them does not tell."""
        rate_hz = self._streams[stream_id].nominal_rate_hz
        if rate_hz <= 0.0:
            return np.ones(len(stamps_s), dtype=np.bool_)
        before = np.concatenate([[self._last_s.get(stream_id, np.nan)], stamps_s[:-1]])
        needed: npt.NDArray[np.bool_] = before + 1.0 / rate_hz != stamps_s
        return needed

    def _put_samples(
        self, stream_id: int, stamps_s: npt.NDArray[np.float64], content: bytes
    ) -> None:
        count = len(stamps_s)
        self._put_chunk(Tag.SAMPLES, _length(count) + content, stream_id=stream_id)
        self._counts[stream_id] += count
        self._first_s.setdefault(stream_id, float(stamps_s[0]))
        self._last_s[stream_id] = float(stamps_s[-1])

    def _put_chunk(self, tag: Tag, content: bytes, *, stream_id: int | None = None) -> None:
        body = int(tag).to_bytes(2, "little")
        if stream_id is not None:
            body += stream_id.to_bytes(4, "little")
        self._put(_length(len(body) + len(content)) + body + content)

    def _put(self, content: bytes) -> None:
        try:
            self._file.write(content)
        except OSError as fault:
            raise self._unwritable(fault) from fault

    def _unwritable(self, fault: OSError) -> StorageError:
        return StorageError(f"{self._path}: cannot be written: {fault.strerror}; check the disk")


def _length(n_bytes: int) -> bytes:
    for width in (1, 4):
        if n_bytes < 256**width:
            return bytes([width]) + n_bytes.to_bytes(width, "little")
    return bytes([8]) + n_bytes.to_bytes(8, "little")


def _header(stream: StreamToWrite) -> str:
    rate = f"{stream.nominal_rate_hz:.15g}" if stream.nominal_rate_hz else "0"
    desc = "".join(_channel(channel) for channel in stream.channels)
    desc = f"<channels>{desc}</channels>" if stream.is_described else ""
    own = f"<origin>{escape(stream.origin)}</origin>" if stream.origin else ""
    own += f"<rail_uv>{stream.rail_uv:.15g}</rail_uv>" if stream.rail_uv is not None else ""
    desc += f"<amr_monitor>{own}</amr_monitor>" if own else ""
    return (
        f'<?xml version="1.0"?><info><name>{escape(stream.name)}</name>'
        f"<type>{escape(stream.kind)}</type>"
        f"<channel_count>{len(stream.channels)}</channel_count>"
        f"<nominal_srate>{rate}</nominal_srate>"
        f"<channel_format>{escape(stream.value_format)}</channel_format>"
        f"<source_id>{escape(stream.source_id)}</source_id><version>1.1</version>"
        f"<hostname>{escape(stream.hostname)}</hostname><desc>{desc}</desc></info>"
    )


def _channel(channel: ChannelToWrite) -> str:
    told = f"<label>{escape(channel.label)}</label>"
    if channel.unit:
        told += f"<unit>{escape(channel.unit)}</unit>"
    if channel.kind:
        told += f"<type>{escape(channel.kind)}</type>"
    return f"<channel>{told}</channel>"
