"""`.vital` files of Vital Recorder: numbers and texts of the devices in a room.

After the published description of the format (version 3): one gzip stream of
packets, all little-endian. Header: "VITA", version, length of the rest, bias
of the time zone in minutes (UTC is local time plus bias). Packets: type (1
byte), length (4 bytes), data; 9 tells of a device, 0 of a track, 1 holds a
record, 6 is a command. What is not asked for is passed over and never held:
waveforms of hours cost no memory.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from math import isfinite
from pathlib import Path
from typing import BinaryIO

from amr_monitor.model.errors import SourceFormatError

GZIP_MAGIC = b"\x1f\x8b"
SIGN = b"VITA"

COMPRESSED_CHUNK = 2**16
INFLATED_CHUNK = 2**18
LONGEST_INFO = 2**16
"""Longer descriptions and single values than this are not believed."""
MOST_POINTS = 2_000_000
"""Of all tracks together: a day of ten numbers a second."""
MOST_TRACKS = 65_536
MOST_INFLATED = 2**36
MOST_PACKETS = 50_000_000
"""A day of five hundred numbers a second; more is a stream that was made to have no end."""
MOST_MALFORMED = 1000

_HEADER = struct.Struct("<4sIH")
_PACKET = struct.Struct("<BI")
_RECORD = struct.Struct("<HdH")
_LENGTH = struct.Struct("<I")
_TRACK = struct.Struct("<HBB")
_TRACK_TAIL = struct.Struct("<ff4sfddBI")
_VALUES = {
    1: struct.Struct("<f"),
    2: struct.Struct("<d"),
    3: struct.Struct("<b"),
    4: struct.Struct("<B"),
    5: struct.Struct("<h"),
    6: struct.Struct("<H"),
    7: struct.Struct("<i"),
    8: struct.Struct("<I"),
}
_FLOATS = (1, 2)
_NOTHING = {3: -128, 4: 255, 5: -32768, 6: 65535, 7: -2147483648, 8: 4294967295}
"""What stands for no value in the integer formats."""


class TrackKind(IntEnum):
    """What the records of a track hold."""

    WAVEFORM = 1
    NUMBER = 2
    TEXT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalTrack:
    """A track as the file describes it.

    Attributes
    ----------
    device, device_type : str
        "" of Vital Recorder itself.
    name, unit : str
    kind : TrackKind
    montype : int
        Physiologic meaning by the format's own numbers; 0 for none.
    """

    device: str
    device_type: str
    name: str
    unit: str
    kind: TrackKind
    montype: int

    @property
    def path(self) -> str:
        """Return "BIS/BIS": device and track."""
        return f"{self.device}/{self.name}" if self.device else self.name


@dataclass(slots=True, kw_only=True)
class VitalSeries:
    """The numbers of one track: times in seconds since 1970 (UTC), in order."""

    track: VitalTrack
    times_s: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalFile:
    """What was asked for of a file.

    Attributes
    ----------
    series : tuple of VitalSeries
        Wanted tracks that hold at least one number.
    paths : tuple of str
        Every track of the file, for messages.
    first_s, last_s : float
        Time of its first and last record of any track, seconds since 1970 (UTC).
    utc_less_local_s : float
        UTC is local time plus this.
    warnings : tuple of str
    """

    series: tuple[VitalSeries, ...]
    paths: tuple[str, ...]
    first_s: float
    last_s: float
    utc_less_local_s: float
    warnings: tuple[str, ...]


def is_gzip(head: bytes) -> bool:
    """Tell by its first bytes whether a file may be a `.vital`."""
    return head.startswith(GZIP_MAGIC)


def read_vital(path: Path, wanted: Callable[[VitalTrack], bool]) -> VitalFile:
    """Read the numbers of the tracks that are wanted.

    A file that was cut short is read up to the cut, with a warning.

    Parameters
    ----------
    path : Path
    wanted : callable
        Tells of each track of numbers whether it is.

    Raises
    ------
    SourceFormatError
        One line: it cannot be opened, or is no `.vital` file.
    """
    try:
        with path.open("rb") as file:
            return _Reader(file, path.name, wanted).read()
    except OSError as fault:
        raise SourceFormatError(
            f"{path}: cannot be opened: {fault.strerror}; check the path"
        ) from fault


class _Inflated:
    """The bytes of a gzip stream, a little at a time; `is_cut` once it broke off."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._inflate = zlib.decompressobj(wbits=31)
        self._pending = b""
        self._buffer = b""
        self._at = 0
        self.n_inflated = 0
        self.is_over = False
        self.is_cut = False

    def take(self, n: int) -> bytes:
        """Return the next n bytes; fewer at the end."""
        while len(self._buffer) - self._at < n and self._fill():
            pass
        taken = self._buffer[self._at : self._at + n]
        self._at += len(taken)
        return taken

    def skip(self, n: int) -> bool:
        """Pass over n bytes; False where there were fewer."""
        while n > 0:
            here = min(n, len(self._buffer) - self._at)
            self._at += here
            n -= here
            if n and not self._fill():
                return False
        return True

    def _fill(self) -> bool:
        """Inflate some more; False at the end."""
        while not self.is_over:
            if not self._pending:
                self._pending = self._file.read(COMPRESSED_CHUNK)
                if not self._pending:
                    self.is_over, self.is_cut = True, not self._inflate.eof
                    return False
            if self._inflate.eof:
                # Another member of the same file; anything else ends it.
                if not self._pending.startswith(GZIP_MAGIC):
                    self.is_over = True
                    return False
                self._inflate = zlib.decompressobj(wbits=31)
            try:
                more = self._inflate.decompress(self._pending, INFLATED_CHUNK)
            except zlib.error:
                self.is_over = self.is_cut = True
                return False
            self._pending = (
                self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            )
            if more:
                self._buffer = self._buffer[self._at :] + more
                self._at = 0
                self.n_inflated += len(more)
                if self.n_inflated > MOST_INFLATED:
                    self.is_over = self.is_cut = True
                return True
        return False


class _Fields:
    """Reads the fields of one packet; ValueError where it is too short."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def unpack(self, form: struct.Struct) -> tuple[float, ...]:
        try:
            values = form.unpack_from(self._data, self._at)
        except struct.error as fault:
            raise ValueError("a packet is too short") from fault
        self._at += form.size
        return values

    def text(self) -> str:
        (n,) = self.unpack(_LENGTH)
        end = self._at + int(n)
        if end > len(self._data):
            raise ValueError("a text is longer than its packet")
        raw, self._at = self._data[self._at : end], end
        return raw.decode("utf-8", "replace").strip("\x00 ")

    def text_or(self, otherwise: str) -> str:
        return self.text() if self._at + _LENGTH.size <= len(self._data) else otherwise


class _Reader:
    """Goes through one file."""

    def __init__(self, file: BinaryIO, name: str, wanted: Callable[[VitalTrack], bool]) -> None:
        self._stream = _Inflated(file)
        self._name = name
        self._wanted = wanted
        self._devices: dict[int, tuple[str, str]] = {0: ("", "")}
        self._tracks: dict[int, VitalTrack] = {}
        self._numbers: dict[int, tuple[VitalSeries, int, float, float]] = {}
        self._first_s: float | None = None
        self._last_s = 0.0
        self._n_points = 0
        self._n_malformed = 0

    def read(self) -> VitalFile:
        bias_s = self._header()
        is_whole = self._body()
        warnings = []
        if not is_whole or self._stream.is_cut:
            warnings.append(f"{self._name}: is cut short; read up to the cut")
        if self._n_malformed:
            warnings.append(f"{self._name}: {self._n_malformed} packets make no sense; passed over")
        if self._n_points >= MOST_POINTS:
            warnings.append(f"{self._name}: more than {MOST_POINTS} numbers; the rest is left out")
        if self._first_s is None:
            raise SourceFormatError(f"{self._name}: a .vital file without a record")
        found = [series for series, *_ in self._numbers.values() if series.times_s]
        return VitalFile(
            series=tuple(_in_order(series) for series in found),
            paths=tuple(dict.fromkeys(track.path for track in self._tracks.values())),
            first_s=self._first_s,
            last_s=self._last_s,
            utc_less_local_s=bias_s,
            warnings=tuple(warnings),
        )

    def _header(self) -> float:
        """Return the bias of the time zone in seconds."""
        head = self._stream.take(_HEADER.size)
        if len(head) < _HEADER.size or head[:4] != SIGN:
            raise SourceFormatError(
                f"{self._name}: is no .vital file: no gzip stream that begins with VITA; "
                "save it from Vital Recorder"
            )
        _, version, length = _HEADER.unpack(head)
        rest = self._stream.take(length)
        if len(rest) < length:
            raise SourceFormatError(f"{self._name}: is cut within its header; nothing can be read")
        if not 1 <= version <= 100:
            raise SourceFormatError(
                f"{self._name}: version {version} of the .vital format is not known; 3 is"
            )
        return 60.0 * float(struct.unpack_from("<h", rest)[0]) if length >= 2 else 0.0

    def _body(self) -> bool:
        """Go through the packets; False where one is cut."""
        stream = self._stream
        for _ in range(MOST_PACKETS):
            head = stream.take(_PACKET.size)
            if not head:
                return True
            if len(head) < _PACKET.size:
                return False
            kind, length = _PACKET.unpack(head)
            if kind == 1:
                whole = self._record(length)
            elif kind in (0, 9):
                whole = self._info(kind, length)
            else:
                whole = stream.skip(length)
            if not whole:
                return False
            if self._n_malformed > MOST_MALFORMED:
                raise SourceFormatError(
                    f"{self._name}: more than {MOST_MALFORMED} packets make no sense; "
                    "the file is damaged"
                )
        return False

    def _info(self, kind: int, length: int) -> bool:
        if length > LONGEST_INFO:
            self._n_malformed += 1
            return self._stream.skip(length)
        data = self._stream.take(length)
        if len(data) < length:
            return False
        try:
            if kind == 9:
                self._device(_Fields(data))
            else:
                self._track(_Fields(data))
        except ValueError:
            self._n_malformed += 1
        return True

    def _device(self, fields: _Fields) -> None:
        (number,) = fields.unpack(_LENGTH)
        kind = fields.text()
        name = fields.text_or(kind)
        if len(self._devices) < MOST_TRACKS:
            self._devices[int(number)] = (name or kind, kind)

    def _track(self, fields: _Fields) -> None:
        number, kind, form = (int(value) for value in fields.unpack(_TRACK))
        name, unit = fields.text(), fields.text_or("")
        tail = fields.unpack(_TRACK_TAIL)
        gain, offset, montype, device_number = tail[4], tail[5], int(tail[6]), int(tail[7])
        device, device_type = self._devices.get(device_number, ("", ""))
        track = VitalTrack(
            device=device,
            device_type=device_type,
            name=name,
            unit=unit,
            kind=TrackKind(kind),
            montype=montype,
        )
        known = self._numbers.get(number)
        self._tracks[number] = track
        if known is not None and known[0].track == track:
            self._numbers[number] = (known[0], form, gain, offset)
        elif track.kind is TrackKind.NUMBER and form in _VALUES and self._wanted(track):
            self._numbers[number] = (VitalSeries(track=track), form, gain, offset)
        else:
            self._numbers.pop(number, None)

    def _record(self, length: int) -> bool:
        """Take one record; False where it is cut."""
        stream = self._stream
        head = stream.take(min(_RECORD.size, length))
        if len(head) < min(_RECORD.size, length):
            return False
        if length < _RECORD.size:
            self._n_malformed += 1
            return True
        rest = length - _RECORD.size
        info_length, time_s, number = _RECORD.unpack(head)
        track = self._tracks.get(number)
        if track is None or not 0.0 < time_s < 1e11:
            self._n_malformed += track is not None
            return stream.skip(rest)
        self._first_s = time_s if self._first_s is None else min(self._first_s, time_s)
        self._last_s = max(self._last_s, time_s)
        wanted = self._numbers.get(number)
        if wanted is None or self._n_points >= MOST_POINTS:
            return stream.skip(rest)
        series, form, gain, offset = wanted
        extra = max(info_length - (_RECORD.size - 2), 0)
        size = _VALUES[form].size
        if rest < extra + size:
            self._n_malformed += 1
            return stream.skip(rest)
        if not stream.skip(extra):
            return False
        raw = stream.take(size)
        if len(raw) < size:
            return False
        (value,) = _VALUES[form].unpack(raw)
        if value != _NOTHING.get(form) and isfinite(value):
            series.times_s.append(time_s)
            # Gain and offset are those of integers; floats are stored as measured.
            series.values.append(value if form in _FLOATS else offset + value * gain)
            self._n_points += 1
        return stream.skip(rest - extra - size)


def _in_order(series: VitalSeries) -> VitalSeries:
    """Sort by time: records of one track may lie in any order."""
    if all(a <= b for a, b in zip(series.times_s, series.times_s[1:], strict=False)):
        return series
    order = sorted(range(len(series.times_s)), key=series.times_s.__getitem__)
    return VitalSeries(
        track=series.track,
        times_s=[series.times_s[i] for i in order],
        values=[series.values[i] for i in order],
    )
