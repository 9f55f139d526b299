"""The `.iom` of an EPWorks study: objects of tagged, length-prefixed values.

The format is known by reverse engineering alone (docs/formats.md tells how
well). Everything is read lazily and within bounds: an object is a table of
names and offsets until somebody asks for a value, so what nobody asks for, a
patient's name first of all, is never decoded. Nothing recurses and nothing is
allocated by a count that the file claims.

::

    header    GUID (16), u32 1
    object    GUID (16), u32 length, one value of exactly that length; repeated
    value     u8 type, u32 length with these 5 bytes, payload
    property  value of type 5 with a name and, mostly, a value
"""

import struct
from collections.abc import Iterator
from uuid import UUID

from amr_monitor.model.errors import SourceFormatError

IOM_GUID = UUID("1d7ec620-1943-11d4-b263-006097198957").bytes_le
IOM_VERSION = 1
HEADER_BYTES = 20
ENVELOPE_BYTES = 20

INT32, FLOAT64, STRING, BLOB, ARRAY, OBJECT, ID = range(7)
GUID_BYTES = 16
FILETIME_BYTES = 8

_HEAD = struct.Struct("<BI")
_COUNT = struct.Struct("<I")
_INT32 = struct.Struct("<i")
_FLOAT64 = struct.Struct("<d")
_FILETIME = struct.Struct("<Q")
_LIST_BYTES = _HEAD.size + _COUNT.size
_NO_VALUE = 0


def is_iom(head: bytes) -> bool:
    """Tell by its first bytes whether a file is the `.iom` of a study."""
    return head[: len(IOM_GUID)] == IOM_GUID


class IomFile:
    """The objects of one `.iom`.

    Parameters
    ----------
    name : str
        For messages.
    data : bytes
        The whole file.

    Attributes
    ----------
    cut_at : int or None
        Where the file ends inside an object, as a copy that was cut short or
        is still being written does; the objects before it are whole.

    Raises
    ------
    SourceFormatError
        It is none, or of another version, or damaged: file and offset.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.cut_at: int | None = None
        if not is_iom(data):
            raise SourceFormatError(f"{name}: is no .iom of EPWorks: its first 16 bytes differ")
        if len(data) < HEADER_BYTES:
            raise self.fault(len(data), "the file ends inside its header")
        version = _COUNT.unpack_from(data, len(IOM_GUID))[0]
        if version != IOM_VERSION:
            raise self.fault(
                len(IOM_GUID), f"version {version} is not known, {IOM_VERSION} can be read"
            )

    def fault(self, offset: int, what: str) -> SourceFormatError:
        """Return an error that names file and offset."""
        return SourceFormatError(f"{self.name}: at byte {offset}: {what}")

    def objects(self) -> Iterator["IomObject"]:
        """Yield the objects in the order of the file; `cut_at` is known after the last.

        Raises
        ------
        SourceFormatError
            One of them is damaged.
        """
        at, end = HEADER_BYTES, len(self.data)
        while at < end:
            start = at + ENVELOPE_BYTES
            if self.data[at : at + GUID_BYTES] != IOM_GUID[: end - at]:
                raise self.fault(at, "an object begins with an unknown GUID")
            if start + _LIST_BYTES > end:
                break
            length = _COUNT.unpack_from(self.data, at + GUID_BYTES)[0]
            if start + length > end:
                if self.data.find(IOM_GUID, start) >= 0:
                    raise self.fault(
                        at + GUID_BYTES, f"an object of {length} bytes reaches past the end"
                    )
                break
            if self.kind_and_end(start, start + length) != (OBJECT, start + length):
                raise self.fault(start, "an object is not as long as announced, or is none")
            yield IomObject(self, start)
            at = start + length
        if at < end:
            self.cut_at = at

    def kind_and_end(self, at: int, limit: int) -> tuple[int, int]:
        """Return the type of the value at an offset, and where it ends.

        Raises
        ------
        SourceFormatError
            It is of an unknown type or reaches past `limit`.
        """
        if at + _HEAD.size > limit:
            raise self.fault(at, "a value begins where there is no room for one")
        kind, length = _HEAD.unpack_from(self.data, at)
        if kind > ID:
            raise self.fault(at, f"type {kind} is not known")
        if length < _HEAD.size or at + length > limit:
            raise self.fault(at, f"a value of {length} bytes does not fit where it stands")
        return kind, at + length

    def list_of(self, at: int, end: int) -> tuple[int, int]:
        """Return how many values an array or object at an offset holds, and where they begin."""
        if at + _LIST_BYTES > end:
            raise self.fault(at, "a list has no room for its count")
        count = _COUNT.unpack_from(self.data, at + _HEAD.size)[0]
        first = at + _LIST_BYTES
        if count * _HEAD.size > end - first:
            raise self.fault(at, f"a list of {count} values does not fit where it stands")
        return count, first

    def text_at(self, at: int, end: int) -> str:
        """Return a string; its last byte must be NUL."""
        raw = self.data[at + _HEAD.size : end]
        if raw[-1:] != b"\0":
            raise self.fault(at, "a string does not end with NUL")
        raw = raw[: raw.index(0)]
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")


class IomObject:
    """Names and values of one object, decoded when they are asked for.

    Every method answers None (or nothing) where there is no such property or
    it has no value, and raises `SourceFormatError` with the offset where the
    value is of another type than asked for.

    Parameters
    ----------
    file : IomFile
    at : int
        Offset of its value of type 5.
    """

    __slots__ = ("_file", "_offsets", "at")

    def __init__(self, file: IomFile, at: int) -> None:
        self._file = file
        self.at = at
        self._offsets: dict[str, int] = {}
        kind, end = file.kind_and_end(at, len(file.data))
        if kind != OBJECT:
            raise file.fault(at, f"an object was expected, not type {kind}")
        count, at = file.list_of(at, end)
        for _ in range(count):
            name, value_at, at = self._property(at, end)
            plain = _without_guid(name)
            self._offsets[name if plain in self._offsets else plain] = value_at
        if at != end:
            raise file.fault(at, "an object is longer than its properties")

    def _property(self, at: int, limit: int) -> tuple[str, int, int]:
        file = self._file
        kind, end = file.kind_and_end(at, limit)
        count, name_at = file.list_of(at, end) if kind == OBJECT else (0, at)
        if count not in (1, 2):
            raise file.fault(at, "a property has a name and at most one value")
        name_kind, value_at = file.kind_and_end(name_at, end)
        if name_kind != STRING:
            raise file.fault(name_at, f"the name of a property is a string, not type {name_kind}")
        last = value_at if count == 1 else file.kind_and_end(value_at, end)[1]
        if last != end:
            raise file.fault(at, "a property is longer than its name and value")
        return file.text_at(name_at, value_at), value_at if count == 2 else _NO_VALUE, end

    def fault(self, what: str) -> SourceFormatError:
        """Return an error that names the file and where this object stands."""
        return self._file.fault(self.at, what)

    def number(self, name: str) -> float | None:
        """Return an integer or a float."""
        found = self._payload(name, INT32, FLOAT64)
        if found is None:
            return None
        kind, at, end = found
        form = _INT32 if kind == INT32 else _FLOAT64
        if end - at != form.size:
            raise self._file.fault(at, f"{name}: {end - at} bytes are no number")
        value: float = form.unpack_from(self._file.data, at)[0]
        return value

    def text(self, name: str) -> str:
        """Return a string; empty where there is none."""
        found = self._payload(name, STRING)
        return "" if found is None else self._file.text_at(found[1] - _HEAD.size, found[2])

    def guid(self, name: str) -> bytes | None:
        """Return an identifier of 16 bytes."""
        found = self._payload(name, BLOB, ID)
        if found is None or found[1] == found[2]:
            return None
        if found[2] - found[1] != GUID_BYTES:
            raise self._file.fault(found[1], f"{name}: {found[2] - found[1]} bytes are no GUID")
        return self._file.data[found[1] : found[2]]

    def filetime(self, name: str) -> int | None:
        """Return a time in 100 ns since 1601, UTC: the first 8 bytes of a blob."""
        found = self._payload(name, BLOB)
        if found is None or found[1] == found[2]:
            return None
        if found[2] - found[1] < FILETIME_BYTES:
            raise self._file.fault(found[1], f"{name}: {found[2] - found[1]} bytes are no time")
        value: int = _FILETIME.unpack_from(self._file.data, found[1])[0]
        return value

    def child(self, name: str) -> "IomObject | None":
        """Return an object that is the value of a property."""
        found = self._payload(name, OBJECT)
        return None if found is None else IomObject(self._file, found[1] - _HEAD.size)

    def children(self, name: str) -> list["IomObject"]:
        """Return the objects of a list: an array, or an object with numbers for names."""
        found = self._payload(name, ARRAY, OBJECT)
        if found is None:
            return []
        kind, at, end = found
        if kind == OBJECT:
            return IomObject(self._file, at - _HEAD.size).numbered()
        count, at = self._file.list_of(at - _HEAD.size, end)
        objects = []
        for _ in range(count):
            objects.append(IomObject(self._file, at))
            at = self._file.kind_and_end(at, end)[1]
        return objects

    def numbered(self) -> list["IomObject"]:
        """Return the objects whose names are numbers (`000`, `001`), in their order."""
        return [
            IomObject(self._file, at)
            for name, at in sorted(self._offsets.items())
            if name.isdecimal() and at != _NO_VALUE
        ]

    def _payload(self, name: str, *kinds: int) -> tuple[int, int, int] | None:
        at = self._offsets.get(name, _NO_VALUE)
        if at == _NO_VALUE:
            return None
        kind, end = self._file.kind_and_end(at, len(self._file.data))
        if kind not in kinds:
            raise self._file.fault(at, f"{name} is of type {kind}, which was not expected")
        return kind, at + _HEAD.size, end


def _without_guid(name: str) -> str:
    """Return a name without the `{GUID}` that some begin with."""
    end = name.rfind("}") if name.startswith("{") else -1
    return name[end + 1 :] or name
