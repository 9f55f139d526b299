"""Dataclasses of the model to plain JSON values and back, led by their declared types.

The declared type of a field decides how it is written, so that 3 in a field of
type float is written as 3.0 and the same event gives the same bytes each time.
Whatever comes in is held against the same types: a value that does not fit is
a `ProtocolError` that names the field, never another exception.
"""

import dataclasses
import json
import math
import types
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from amr_monitor.model.errors import ProtocolError

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
"""What `json` reads and writes."""

T = TypeVar("T")

LARGEST_INTEGER = 2**53 - 1
"""Beyond it a browser can no longer tell neighbours apart."""


def to_json_value(value: object) -> JsonValue:
    """Return a dataclass of the model as plain JSON values.

    Raises
    ------
    ProtocolError
        A number in it is not finite, or a time has no zone.
    """
    return _converter(type(value)).encode(value, type(value).__name__)


def from_json_value(kind: type[T], value: JsonValue, where: str = "") -> T:
    """Return the `kind` that plain JSON values describe; unknown keys are ignored.

    Raises
    ------
    ProtocolError
        Something is missing or does not fit; the message names the field.
    """
    parsed = _converter(kind).decode(value, where or kind.__name__)
    if not isinstance(parsed, kind):
        raise TypeError(f"{kind} is not what its converter gives")
    return parsed


def json_schema(kind: type) -> dict[str, JsonValue]:
    """Return the JSON schema of a dataclass of the model."""
    return _converter(kind).schema()


def to_json_text(value: JsonValue) -> str:
    """Return compact JSON, in UTF-8's full range, without NaN or infinities."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json_text(text: str | bytes, *, longest: int) -> JsonValue:
    """Return what a JSON text holds.

    Parameters
    ----------
    text : str or bytes
        From anywhere: it may be cut, huge, nested or no JSON at all.
    longest : int
        Characters (or bytes) above which it is not looked at.

    Raises
    ------
    ProtocolError
        It is no JSON, or too long.
    """
    if len(text) > longest:
        raise ProtocolError(f"message too long: {len(text)} characters, at most {longest}")
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"message is not JSON: {error}") from error
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


class _Converter(Protocol):
    """One declared type: how it is written, read and described."""

    def encode(self, value: Any, where: str) -> JsonValue: ...
    def decode(self, value: JsonValue, where: str) -> Any: ...
    def schema(self) -> dict[str, JsonValue]: ...


class _Flag:
    def encode(self, value: Any, where: str) -> JsonValue:
        return bool(value)

    def decode(self, value: JsonValue, where: str) -> bool:
        if not isinstance(value, bool):
            raise _misfit(where, "true or false", value)
        return value

    def schema(self) -> dict[str, JsonValue]:
        return {"type": "boolean"}


class _Integer:
    def encode(self, value: Any, where: str) -> JsonValue:
        return int(value)

    def decode(self, value: JsonValue, where: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_INTEGER:
            raise _misfit(where, "a whole number", value)
        return value

    def schema(self) -> dict[str, JsonValue]:
        return {"type": "integer"}


class _Number:
    def encode(self, value: Any, where: str) -> JsonValue:
        number = float(value)
        if not math.isfinite(number):
            raise ProtocolError(f"{where} is {number}: only finite numbers can be told")
        return number

    def decode(self, value: JsonValue, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _misfit(where, "a number", value)
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise _misfit(where, "a number", value)
        if not math.isfinite(value):
            raise _misfit(where, "a finite number", value)
        return float(value)

    def schema(self) -> dict[str, JsonValue]:
        return {"type": "number"}


class _Text:
    def encode(self, value: Any, where: str) -> JsonValue:
        # Half a surrogate pair, as a broken header can leave it, is not UTF-8.
        return str(value).encode("utf-8", "replace").decode("utf-8")

    def decode(self, value: JsonValue, where: str) -> str:
        if not isinstance(value, str):
            raise _misfit(where, "a text", value)
        return value

    def schema(self) -> dict[str, JsonValue]:
        return {"type": "string"}


class _Moment:
    def encode(self, value: Any, where: str) -> JsonValue:
        if value.tzinfo is None:
            raise ProtocolError(f"{where} has no time zone")
        utc = value.astimezone(UTC).replace(tzinfo=None)
        return f"{utc.isoformat(timespec='microseconds')}Z"

    def decode(self, value: JsonValue, where: str) -> datetime:
        if not isinstance(value, str) or len(value) > 40:
            raise _misfit(where, "a time such as 2026-03-01T08:30:00.000000Z", value)
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError("no time zone")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            expected = "a time with zone such as 2026-03-01T08:30:00.000000Z"
            raise _misfit(where, expected, value) from error

    def schema(self) -> dict[str, JsonValue]:
        return {"type": "string", "format": "date-time"}


class _Word:
    """An enum, or a Literal of strings: one of a few words."""

    def __init__(self, words: Mapping[str, object]) -> None:
        self._words = dict(words)

    def encode(self, value: Any, where: str) -> JsonValue:
        return str(value)

    def decode(self, value: JsonValue, where: str) -> object:
        if not isinstance(value, str) or value not in self._words:
            raise _misfit(where, f"one of {', '.join(self._words)}", value)
        return self._words[value]

    def schema(self) -> dict[str, JsonValue]:
        return {"type": "string", "enum": list(self._words)}


class _Perhaps:
    def __init__(self, inner: _Converter) -> None:
        self._inner = inner

    def encode(self, value: Any, where: str) -> JsonValue:
        return None if value is None else self._inner.encode(value, where)

    def decode(self, value: JsonValue, where: str) -> object:
        return None if value is None else self._inner.decode(value, where)

    def schema(self) -> dict[str, JsonValue]:
        return {"oneOf": [{"type": "null"}, self._inner.schema()]}


class _Many:
    """A tuple of any length, or of a fixed one."""

    def __init__(self, inner: _Converter, length: int | None) -> None:
        self._inner = inner
        self._length = length

    def encode(self, value: Any, where: str) -> JsonValue:
        return [self._inner.encode(item, f"{where}[{i}]") for i, item in enumerate(value)]

    def decode(self, value: JsonValue, where: str) -> tuple[object, ...]:
        if not isinstance(value, list) or self._length not in (None, len(value)):
            wanted = "a list" if self._length is None else f"a list of {self._length}"
            raise _misfit(where, wanted, value)
        return tuple(self._inner.decode(item, f"{where}[{i}]") for i, item in enumerate(value))

    def schema(self) -> dict[str, JsonValue]:
        described: dict[str, JsonValue] = {"type": "array", "items": self._inner.schema()}
        if self._length is not None:
            described |= {"minItems": self._length, "maxItems": self._length}
        return described


class _Counts:
    """A mapping from text; written in the order of its keys, so that bytes repeat."""

    def __init__(self, inner: _Converter) -> None:
        self._inner = inner

    def encode(self, value: Any, where: str) -> JsonValue:
        return {str(k): self._inner.encode(value[k], f"{where}.{k}") for k in sorted(value)}

    def decode(self, value: JsonValue, where: str) -> dict[str, object]:
        if not isinstance(value, dict):
            raise _misfit(where, "an object", value)
        return {key: self._inner.decode(item, f"{where}.{key}") for key, item in value.items()}

    def schema(self) -> dict[str, JsonValue]:
        return {"type": "object", "additionalProperties": self._inner.schema()}


class _Record:
    """A dataclass: its fields in their order, by their JSON names."""

    def __init__(self, kind: type) -> None:
        hints = get_type_hints(kind)
        self._kind = kind
        self._fields = [
            (field.name, str(field.metadata.get("json", field.name)), _converter(hints[field.name]))
            for field in dataclasses.fields(kind)
        ]
        self._optional = {
            field.name
            for field in dataclasses.fields(kind)
            if field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING
        }

    def encode(self, value: Any, where: str) -> JsonValue:
        return {
            key: inner.encode(getattr(value, name), f"{where}.{key}")
            for name, key, inner in self._fields
        }

    def decode(self, value: JsonValue, where: str) -> object:
        if not isinstance(value, dict):
            raise _misfit(where, "an object", value)
        arguments = {}
        for name, key, inner in self._fields:
            if key in value:
                arguments[name] = inner.decode(value[key], f"{where}.{key}")
            elif name not in self._optional:
                raise ProtocolError(f"{where}.{key} is missing")
        try:
            return self._kind(**arguments)
        except ValueError as error:
            raise ProtocolError(f"{where}: {error}") from error

    def schema(self) -> dict[str, JsonValue]:
        described: dict[str, JsonValue] = {"title": self._kind.__name__, "type": "object"}
        if self._kind.__doc__:
            described["description"] = self._kind.__doc__.strip().splitlines()[0]
        described["properties"] = {key: inner.schema() for _, key, inner in self._fields}
        described["required"] = [key for _, key, _ in self._fields]
        return described


_PLAIN: dict[object, Callable[[], _Converter]] = {
    bool: _Flag,
    int: _Integer,
    float: _Number,
    str: _Text,
    datetime: _Moment,
}


_made: dict[Any, _Converter] = {}


def _converter(kind: Any) -> _Converter:
    """Return the converter of a declared type; made once a type."""
    if kind not in _made:
        _made[kind] = _new_converter(kind)
    return _made[kind]


def _new_converter(kind: Any) -> _Converter:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]()
    if origin in (Union, types.UnionType) and type(None) in arguments and len(arguments) == 2:
        inner = next(argument for argument in arguments if argument is not type(None))
        return _Perhaps(_converter(inner))
    if origin is Literal:
        return _Word({str(word): word for word in arguments})
    if origin is tuple and len(set(arguments) - {Ellipsis}) == 1:
        length = None if Ellipsis in arguments else len(arguments)
        return _Many(_converter(arguments[0]), length)
    if origin is dict and arguments[0] is str:
        return _Counts(_converter(arguments[1]))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _Word({member.value: member for member in kind})
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _Record(kind)
    raise TypeError(f"no JSON form is known for {kind}")


def _misfit(where: str, expected: str, value: JsonValue) -> ProtocolError:
    shown = repr(value)
    if len(shown) > 60:
        shown = f"{shown[:57]}..."
    return ProtocolError(f"{where} must be {expected}, not {shown}")
