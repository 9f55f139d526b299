"""Journal entries as lines of JSON.

The order of the keys is fixed: `type`, `seq`, `case_id`, `scope`,
`sample_index`, `time_s`, `utc`, `origin`, then the event's own fields as they
are declared. The same entry gives the same bytes each time.
"""

from datetime import datetime
from typing import get_args

from amr_monitor.codec.values import (
    JsonValue,
    from_json_text,
    from_json_value,
    json_schema,
    to_json_text,
    to_json_value,
)
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.events import Event, EventBase, JournalEntry
from amr_monitor.model.source import Origin

EVENT_CLASSES: dict[str, type[EventBase]] = {kind.type: kind for kind in get_args(Event)}
"""Every class of event by its `type`."""

LONGEST_ENTRY = 1_000_000
"""Characters; the longest real entry has a few thousand."""

_SHARED = ("sample_index", "time_s")


def entry_to_json(entry: JournalEntry) -> str:
    """Return `entry` as one line of JSON, without a line break.

    Raises
    ------
    ProtocolError
        The entry holds NaN, an infinity or a time without zone: a fault of
        whoever made it, since nothing could be read back from it.
    """
    event = entry.event
    own = to_json_value(event)
    place = to_json_value(entry.utc) if entry.utc is not None else None
    if not isinstance(own, dict):
        raise TypeError(f"{type(event).__name__} is not a dataclass")
    message: dict[str, JsonValue] = {
        "type": event.type,
        "seq": int(entry.seq),
        "case_id": entry.case_id,
        "scope": event.scope,
        "sample_index": own["sample_index"],
        "time_s": own["time_s"],
        "utc": place,
        "origin": entry.origin.value,
    }
    message |= {key: value for key, value in own.items() if key not in _SHARED}
    return to_json_text(message)


def entry_from_json(text: str | bytes) -> JournalEntry:
    """Return the typed entry that one line of JSON holds.

    Keys that are not known are ignored, so that a newer writer can add some.

    Parameters
    ----------
    text : str or bytes
        From a journal, a file or a peer; it is not trusted.

    Raises
    ------
    ProtocolError
        It is no JSON, its type is unknown, or a field is missing or misfits.
    """
    message = from_json_text(text, longest=LONGEST_ENTRY)
    if not isinstance(message, dict):
        raise ProtocolError("an event is a JSON object")
    name = message.get("type")
    if not isinstance(name, str) or name not in EVENT_CLASSES:
        raise ProtocolError(f"unknown type of event: {str(name)[:60]!r}")
    kind = EVENT_CLASSES[name]
    if message.get("scope") != kind.scope:
        raise ProtocolError(f"{name}.scope must be {kind.scope!r}")
    seq = from_json_value(int, message.get("seq"), f"{name}.seq")
    if seq < 1:
        raise ProtocolError(f"{name}.seq must be 1 or more, not {seq}")
    utc = message.get("utc")
    return JournalEntry(
        seq=seq,
        case_id=from_json_value(str, message.get("case_id"), f"{name}.case_id"),
        utc=None if utc is None else from_json_value(datetime, utc, f"{name}.utc"),
        origin=from_json_value(Origin, message.get("origin"), f"{name}.origin"),
        event=from_json_value(kind, message, name),  # type: ignore[arg-type]  # the union's member
    )


def entry_schema(kind: type[EventBase]) -> dict[str, JsonValue]:
    """Return the JSON schema of a journal entry that holds an event of class `kind`."""
    described = json_schema(kind)
    own = described["properties"]
    if not isinstance(own, dict):
        raise TypeError(f"{kind.__name__} is not a dataclass")
    properties: dict[str, JsonValue] = {
        "type": {"const": kind.type},
        "seq": {"type": "integer", "minimum": 1},
        "case_id": {"type": "string"},
        "scope": {"const": kind.scope},
        "sample_index": own["sample_index"],
        "time_s": own["time_s"],
        "utc": {"oneOf": [{"type": "null"}, json_schema(datetime)]},
        "origin": json_schema(Origin),
    }
    properties |= {key: value for key, value in own.items() if key not in _SHARED}
    return described | {"properties": properties, "required": list(properties)}
