"""Hypothesis strategies that build any dataclass of the model from its declared types."""

import dataclasses
import types
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from amr_monitor.codec import EVENT_CLASSES
from amr_monitor.model.events import JournalEntry
from amr_monitor.model.source import Origin

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
MOMENTS = st.integers(-(2 * 10**15), 7 * 10**15).map(
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a declared type."""
    origin, arguments = get_origin(kind), get_args(kind)
    plain = {bool: st.booleans(), int: INTEGERS, float: NUMBERS, str: TEXTS, datetime: MOMENTS}
    if kind in plain:
        return plain[kind]
    if origin in (Union, types.UnionType):
        return st.one_of([st.none() if a is type(None) else values_of(a) for a in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and Ellipsis in arguments:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*[values_of(argument) for argument in arguments])
    if origin is dict:
        return st.dictionaries(TEXTS, values_of(arguments[1]), max_size=3)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    hints = get_type_hints(kind)
    parts = {field.name: values_of(hints[field.name]) for field in dataclasses.fields(kind)}
    return st.builds(kind, **parts)


def entries_of(kind: type) -> st.SearchStrategy[JournalEntry]:
    """Return a strategy for journal entries that hold an event of class `kind`."""
    return st.builds(
        JournalEntry,
        seq=st.integers(1, 2**53 - 1),
        case_id=TEXTS,
        utc=st.none() | MOMENTS,
        origin=st.sampled_from(Origin),
        event=values_of(kind),
    )


ANY_ENTRY = st.sampled_from(sorted(EVENT_CLASSES)).flatmap(
    lambda name: entries_of(EVENT_CLASSES[name])
)
