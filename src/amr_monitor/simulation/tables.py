"""TOML tables -> frozen dataclasses, with errors a person can act on."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation.distributions import Distribution, LogUniform, Uniform

Table = TypeVar("Table")


def nearest(name: str, known: list[str]) -> str:
    """Return a hint for a name that is not among `known`."""
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(sorted(known))}"


def refuse_unknown(table: Mapping[str, object], known: list[str], where: str) -> None:
    """Raise for the first key that nobody would read.

    Raises
    ------
    ConfigError
        With the nearest name that exists.
    """
    for key in table:
        if key not in known:
            raise ConfigError(f"{where}: unknown key {key!r}; {nearest(key, known)}")


def read_table(
    kind: type[Table], table: Mapping[str, object], where: str, **ready: object
) -> Table:
    """Return a `kind` with the values of `table`; what is missing keeps its default.

    Parameters
    ----------
    kind : type
        A dataclass whose fields are numbers, texts, switches, words of an
        enumeration, or distributions (one number, or `[low, high]`).
    table : mapping
        As `tomllib` gives it.
    where : str
        For messages, for instance "my.toml, [patient]".
    **ready : object
        Fields that the caller has made already.

    Raises
    ------
    ConfigError
        A key is unknown or missing, or a value is not of its kind.
    """
    hints = get_type_hints(kind)
    own = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    refuse_unknown(table, [name for name in own if name not in ready], where)
    values = dict(ready)
    for name, field in own.items():
        if name in table:
            default = None if field.default is MISSING else field.default
            values[name] = _value(table[name], hints[name], default, f"{where}, {name}")
        elif name not in ready and field.default is MISSING and field.default_factory is MISSING:
            raise ConfigError(f"{where}: {name!r} is missing")
    try:
        return kind(**values)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error


def distribution_from(value: object, default: object, where: str) -> Uniform | LogUniform:
    """Return one number as itself, `[low, high]` as a range of the default's kind."""
    bounds = value if isinstance(value, list) else [value, value]
    numbers = [float(bound) for bound in bounds if _is_number(bound)]
    if len(bounds) != 2 or len(numbers) != 2:
        raise ConfigError(f"{where}: a number or [low, high] is needed, not {value!r}")
    low, high = numbers
    spread = LogUniform if isinstance(default, LogUniform) and low > 0.0 else Uniform
    try:
        return spread(low=low, high=high)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _value(value: object, hint: Any, default: object, where: str) -> object:
    if get_origin(hint) in (Union, UnionType):
        hint = next(kind for kind in get_args(hint) if kind is not NoneType)
    if hint is Distribution:
        return distribution_from(value, default, where)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{where}: a list is needed, not {value!r}")
        return tuple(_value(item, get_args(hint)[0], None, where) for item in value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        words = [word.value for word in hint]
        if value not in words:
            raise ConfigError(f"{where}: {value!r} is unknown; {nearest(str(value), words)}")
        return hint(value)
    if hint is float and _is_number(value):
        return float(value)
    if hint is not float and type(value) is hint:
        return value
    raise ConfigError(f"{where}: {hint.__name__} is needed, not {value!r}")
