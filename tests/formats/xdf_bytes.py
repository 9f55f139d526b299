"""XDF files made byte by byte, as recorders and damage leave them."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

UUID = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
NUMPY = {
    "float32": "<f4",
    "double64": "<f8",
    "int8": "i1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
}


def varlen(number: int, width: int | None = None) -> bytes:
    if width is None:
        width = 1 if number < 256 else 4
    return bytes([width]) + number.to_bytes(width, "little")


def chunk(
    tag: int,
    content: bytes,
    *,
    stream_id: int | None = None,
    width: int | None = None,
    length: int | None = None,
) -> bytes:
    body = struct.pack("<H", tag)
    if stream_id is not None:
        body += struct.pack("<I", stream_id)
    body += content
    return varlen(len(body) if length is None else length, width) + body


def file_header(datetime: str = "2026-01-05T09:00:00+0100") -> bytes:
    xml = f'<?xml version="1.0"?><info><version>1.0</version><datetime>{datetime}</datetime></info>'
    return b"XDF:" + chunk(1, xml.encode())


def boundary() -> bytes:
    return chunk(5, UUID)


def clock_offset(stream_id: int, time_s: float, offset_s: float) -> bytes:
    return chunk(4, struct.pack("<dd", time_s, offset_s), stream_id=stream_id)


def footer(stream_id: int, count: int) -> bytes:
    xml = f'<?xml version="1.0"?><info><sample_count>{count}</sample_count></info>'
    return chunk(6, xml.encode(), stream_id=stream_id)


@dataclass(kw_only=True)
class RawStream:
    """One stream; its chunks are made by `samples` and `texts`."""

    stream_id: int = 1
    name: str = "amplifier"
    kind: str = "EMG"
    value_format: str = "float32"
    n_channels: int = 2
    rate: str = "1000"
    channels: Sequence[tuple[str, str]] = (("OOc L", "microvolts"), ("Ment L", "uV"))
    extra: str = ""
    source_id: str = ""
    described: dict[str, str] = field(default_factory=dict)

    def header(self) -> bytes:
        channels = "".join(
            f"<channel><label>{label}</label>{f'<unit>{unit}</unit>' if unit else ''}</channel>"
            for label, unit in self.channels
        )
        told = {
            "name": self.name,
            "type": self.kind,
            "channel_count": str(self.n_channels),
            "nominal_srate": self.rate,
            "channel_format": self.value_format,
            "source_id": self.source_id,
        } | self.described
        fields = "".join(f"<{key}>{value}</{key}>" for key, value in told.items())
        xml = (
            f'<?xml version="1.0"?><info>{fields}<desc><channels>{channels}</channels>'
            f"{self.extra}</desc></info>"
        )
        return chunk(2, xml.encode(), stream_id=self.stream_id)

    def samples(
        self,
        values: npt.NDArray[np.generic],
        stamps: Sequence[float | None],
        *,
        count: int | None = None,
        count_width: int | None = None,
        width: int | None = None,
        length: int | None = None,
    ) -> bytes:
        rows = np.asarray(values).astype(NUMPY[self.value_format])
        content = varlen(len(rows) if count is None else count, count_width)
        for row, stamp in zip(rows, stamps, strict=True):
            content += b"\x00" if stamp is None else b"\x08" + struct.pack("<d", stamp)
            content += row.tobytes()
        return chunk(3, content, stream_id=self.stream_id, width=width, length=length)

    def texts(
        self,
        texts: Sequence[Sequence[str]],
        stamps: Sequence[float | None],
        *,
        count: int | None = None,
    ) -> bytes:
        content = varlen(len(texts) if count is None else count)
        for values, stamp in zip(texts, stamps, strict=True):
            content += b"\x00" if stamp is None else b"\x08" + struct.pack("<d", stamp)
            for text in values:
                encoded = text.encode()
                content += varlen(len(encoded)) + encoded
        return chunk(3, content, stream_id=self.stream_id)


def markers(stream_id: int = 2, name: str = "stimulator") -> RawStream:
    return RawStream(
        stream_id=stream_id,
        name=name,
        kind="Markers",
        value_format="string",
        n_channels=1,
        rate="0",
        channels=(),
    )
