"""Values and blocks of EPWorks files as bytes: the counterpart of their readers."""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.epworks_rec import (
    BLOCK_HEADER_BYTES,
    REC_GUID,
    REC_VERSION,
    SAMPLE_BYTES,
    SHORT_BLOCK_HEADER_BYTES,
)
from amr_monitor.formats.epworks_tlv import (
    ARRAY,
    BLOB,
    FLOAT64,
    INT32,
    IOM_GUID,
    IOM_VERSION,
    OBJECT,
    STRING,
)

KIND_TRIGGERED = 1

_VALUE_HEAD = struct.Struct("<BI")

TlvValue = int | float | str | bytes | list["TlvValue"] | dict[str, "TlvValue"] | None


def tlv(value: TlvValue) -> bytes:
    """Return a value as type, length and payload."""
    if isinstance(value, int):
        return _tagged(INT32, struct.pack("<i", value))
    if isinstance(value, float):
        return _tagged(FLOAT64, struct.pack("<d", value))
    if isinstance(value, str):
        return _tagged(STRING, value.encode("utf-8") + b"\0")
    if isinstance(value, bytes):
        return _tagged(BLOB, value)
    if isinstance(value, list):
        return _listed(ARRAY, [tlv(item) for item in value])
    if isinstance(value, dict):
        return _listed(OBJECT, [_property(name, item) for name, item in value.items()])
    raise TypeError(f"{type(value).__name__} has no form in an .iom")


def iom_bytes(objects: Sequence[bytes]) -> bytes:
    """Return a whole `.iom` of objects that are encoded already."""
    header = IOM_GUID + struct.pack("<I", IOM_VERSION)
    return header + b"".join(IOM_GUID + struct.pack("<I", len(item)) + item for item in objects)


def rec_header(*, filetime: int, trace_id: bytes, channel_id: bytes, block_bytes: int) -> bytes:
    """Return the 96 bytes in front of the blocks of a `.REC`."""
    told = struct.pack("<IQ", REC_VERSION, filetime) + trace_id + channel_id
    return REC_GUID + told + struct.pack("<I", block_bytes) + bytes(32)


def rec_block(
    *,
    guid: bytes,
    filetime: int,
    set_number: int,
    current_ma: float,
    samples_uv: npt.NDArray[np.float32],
    has_cursor_area: bool = True,
) -> bytes:
    """Return one block of a `.REC`: fields, cursor area, samples."""
    n_head = BLOCK_HEADER_BYTES if has_cursor_area else SHORT_BLOCK_HEADER_BYTES
    head = bytearray(n_head)
    struct.pack_into("<I16sQ", head, 0, n_head + SAMPLE_BYTES * len(samples_uv), guid, filetime)
    struct.pack_into("<III", head, 36, KIND_TRIGGERED, 2048, set_number)
    struct.pack_into("<f", head, 56, current_ma)
    return bytes(head) + np.ascontiguousarray(samples_uv, dtype="<f4").tobytes()


def _property(name: str, value: TlvValue) -> bytes:
    return _listed(OBJECT, [tlv(name)] if value is None else [tlv(name), tlv(value)])


def _listed(kind: int, items: Sequence[bytes]) -> bytes:
    return _tagged(kind, struct.pack("<I", len(items)) + b"".join(items))


def _tagged(kind: int, payload: bytes) -> bytes:
    return _VALUE_HEAD.pack(kind, _VALUE_HEAD.size + len(payload)) + payload
