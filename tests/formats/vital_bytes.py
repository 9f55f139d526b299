"""A writer of `.vital` files, after the description of the format, for tests alone."""

import gzip
import struct
from collections.abc import Sequence
from pathlib import Path

START_S = 1_772_352_000.0
"""2026-03-01 08:00 UTC."""

FORMATS = {1: "f", 2: "d", 3: "b", 4: "B", 5: "h", 6: "H", 7: "i", 8: "I"}


def text(words: str) -> bytes:
    raw = words.encode()
    return struct.pack("<I", len(raw)) + raw


def packet(kind: int, data: bytes) -> bytes:
    return struct.pack("<BI", kind, len(data)) + data


def header(*, bias_min: int = 0, version: int = 3, extended: bool = False) -> bytes:
    rest = struct.pack("<hII", bias_min, 7, 11)
    if extended:
        rest += struct.pack("<ddB", START_S, START_S + 60.0, 0)
    return b"VITA" + struct.pack("<IH", version, len(rest)) + rest


def device(number: int, kind: str, name: str | None = None) -> bytes:
    return packet(
        9, struct.pack("<I", number) + text(kind) + text(kind if name is None else name) + text("")
    )


def track(
    number: int,
    name: str,
    *,
    device_number: int = 1,
    kind: int = 2,
    form: int = 1,
    unit: str = "",
    gain: float = 1.0,
    offset: float = 0.0,
    montype: int = 0,
    more: bytes = b"",
) -> bytes:
    tail = struct.pack(
        "<ff4sfddBI", 0.0, 100.0, b"\xff\xff\xff\xff", 0.0, gain, offset, montype, device_number
    )
    head = struct.pack("<HBB", number, kind, form)
    return packet(0, head + text(name) + text(unit) + tail + more)


def number(track_number: int, time_s: float, value: float, *, form: int = 1) -> bytes:
    return packet(1, struct.pack("<HdH" + FORMATS[form], 10, START_S + time_s, track_number, value))


def waveform(track_number: int, time_s: float, samples: Sequence[float]) -> bytes:
    head = struct.pack("<HdHI", 10, START_S + time_s, track_number, len(samples))
    return packet(1, head + struct.pack(f"<{len(samples)}f", *samples))


def words(track_number: int, time_s: float, said: str) -> bytes:
    head = struct.pack("<HdHI", 10, START_S + time_s, track_number, 0)
    return packet(1, head + text(said))


def compressed(*parts: bytes) -> bytes:
    return gzip.compress(b"".join(parts), mtime=0)


def surgery(*, bias_min: int = 0, minutes: float = 10.0) -> bytes:
    """Return a small file of an operation: BIS each 5 s, MAC each 10 s, TOF twice, an ECG."""
    parts = [
        header(bias_min=bias_min),
        device(1, "BIS"),
        device(2, "Primus"),
        device(3, "TOFScan"),
        track(1, "BIS"),
        track(2, "MAC", device_number=2),
        track(3, "TOF_CNT", device_number=3, form=4, montype=86),
        track(4, "ECG_II", kind=1, form=1, unit="mV"),
        track(5, "EVENT", device_number=0, kind=5, form=0),
        words(5, 1.0, "intubation"),
    ]
    for second in range(0, int(60 * minutes), 5):
        parts.append(waveform(4, second, [0.0] * 100))
        parts.append(number(1, second, 45.0 + (second % 10) / 5.0))
        if second % 10 == 0:
            parts.append(number(2, second, 0.5 if second < 300 else 0.9))
    parts.append(number(3, 20.0, 4, form=4))
    parts.append(number(3, 400.0, 2, form=4))
    return compressed(*parts)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
