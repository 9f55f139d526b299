"""Write what follows from the Python classes: docs/asyncapi.yaml, the page's types and words.

    python docs/generate_protocol.py

A test fails while a file is not what this would write.
"""

from pathlib import Path
from typing import Any

import yaml

from amr_monitor.api.checklist import Checklist
from amr_monitor.api.handover import Handover
from amr_monitor.api.messages import PROTOCOL_VERSION, Heartbeat, Hello
from amr_monitor.codec import (
    EVENT_CLASSES,
    BaselineHeader,
    JsonValue,
    SweepHeader,
    entry_schema,
    json_schema,
)
from amr_monitor.model.case import Reason
from amr_monitor.model.context import CONTEXT
from amr_monitor.model.status import CaseStatus
from amr_monitor.monitor.ramp import Ramp
from amr_monitor.monitor.words import reasons_in_words

ROOT = Path(__file__).parents[1]
ASYNCAPI = ROOT / "docs" / "asyncapi.yaml"
DASHBOARD = ROOT / "src" / "amr_monitor" / "api" / "dashboard"
TYPES = DASHBOARD / "messages.d.ts"
ANSWERS = DASHBOARD / "answers.d.ts"
REASONS = DASHBOARD / "reasons.js"
QUANTITIES = DASHBOARD / "quantities.js"

INTRODUCTION = """\
What a running monitor says over its websocket. In prose: docs/protocol.md.

First `hello`, then every event of the case after `since`, then what happens
from now on: no event is missing and none comes twice. Once a second a
`heartbeat`. Binary frames are pictures for display, latest wins.
Decision support, not a certified medical device.
"""

BINARY = """\
uint32 little-endian: length of the header in bytes; the header: JSON in UTF-8,
padded with spaces to a multiple of 4 with the length; then float32 little-endian,
one row of `n_columns` a muscle{rows}. The schema is the header's.
"""


def asyncapi_document() -> dict[str, Any]:
    """Return the AsyncAPI 3 document."""
    messages: dict[str, Any] = {
        "hello": _message("First frame of a connection", json_schema(Hello)),
        "heartbeat": _message("Once a second", json_schema(Heartbeat)),
    }
    for name, kind in sorted(EVENT_CLASSES.items()):
        schema = entry_schema(kind)
        messages[name] = _message(str(schema["description"]), schema)
    messages["sweep"] = _message("A sweep for display", json_schema(SweepHeader))
    messages["sweep"] |= {
        "contentType": "application/octet-stream",
        "description": BINARY.format(rows=""),
    }
    messages["baseline"] = _message("The accepted baseline", json_schema(BaselineHeader))
    messages["baseline"] |= {
        "contentType": "application/octet-stream",
        "description": BINARY.format(rows=": first the means, then the spreads"),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "amr-monitor live",
            "version": f"{PROTOCOL_VERSION}.0.0",
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:8765",
                "protocol": "ws",
                "description": "wss where the server has a certificate",
                "security": [{"$ref": "#/components/securitySchemes/bearer"}],
            }
        },
        "channels": {
            "live": {
                "address": "/api/v1/live",
                "description": "Closed with 1008 (since or topics make no sense), 1012 (another "
                "case, or the server stops) or 1013 (too slow); the reason says how to go on.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"query": QUERY, "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            "follow": {
                "action": "send",
                "channel": {"$ref": "#/channels/live"},
                "summary": "The server sends; whatever a client says is dropped.",
            }
        },
        "components": {
            "messages": messages,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Where tokens are configured; a browser has its cookie instead",
                }
            },
        },
    }


QUERY = {
    "type": "object",
    "properties": {
        "since": {
            "type": "integer",
            "minimum": 0,
            "default": 0,
            "description": "The last event that the client has",
        },
        "case_id": {
            "type": "string",
            "description": "The case that `since` counts in; in another case it begins at 1",
        },
        "topics": {
            "type": "string",
            "default": "events,sweeps",
            "enum": ["events", "sweeps", "events,sweeps"],
        },
    },
}


def _message(summary: str, schema: dict[str, JsonValue]) -> dict[str, Any]:
    return {"name": schema["title"], "summary": summary, "payload": schema}


def typescript_types() -> str:
    """Return TypeScript declarations of every message, for the page's type checks."""
    lines = ["// Written by docs/generate_protocol.py from the Python classes: do not edit.", ""]
    for kind in (Hello, Heartbeat, CaseStatus, SweepHeader, BaselineHeader):
        lines.append(f"export interface {kind.__name__} {_typescript(json_schema(kind))}")
    for _, event in sorted(EVENT_CLASSES.items()):
        lines.append(f"export interface {event.__name__} {_typescript(entry_schema(event))}")
    names = " | ".join(event.__name__ for _, event in sorted(EVENT_CLASSES.items()))
    lines += [
        f"export type Event = {names};",
        'export type MuscleStatus = CaseStatus["muscles"][number];',
        "",
    ]
    return "\n".join(lines)


def answer_types() -> str:
    """Return TypeScript declarations of the answers that the page reads by REST."""
    lines = ["// Written by docs/generate_protocol.py from the Python classes: do not edit.", ""]
    for kind in (Checklist, Ramp, Handover):
        lines.append(f"export interface {kind.__name__} {_typescript(json_schema(kind))}")
    return "\n".join((*lines, ""))


def reasons_module() -> str:
    """Return the module with the monitor's own words for reasons."""
    lines = [f'  {reason.value}: "{reasons_in_words((reason,))}",' for reason in Reason]
    return "\n".join(
        (
            "// @ts-check",
            "// Written by docs/generate_protocol.py from monitor/words.py: do not edit.",
            "",
            "/** @type {{ [reason: string]: string }} */",
            "export const REASONS = {",
            *lines,
            "};",
            "",
        )
    )


def quantities_module() -> str:
    """Return the module with the values from the room that can be entered."""
    lines = [
        f'  {{ name: "{quantity.name}", kind: "{quantity.kind}", unit: "{quantity.unit}", '
        f'meaning: "{quantity.meaning}", words: {str(quantity.in_words).lower()} }},'
        for quantity in CONTEXT
    ]
    return "\n".join(
        (
            "// @ts-check",
            "// Written by docs/generate_protocol.py from model/context.py: do not edit.",
            "",
            "export const QUANTITIES = [",
            *lines,
            "];",
            "",
        )
    )


def _typescript(schema: Any) -> str:
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return " | ".join(f'"{word}"' for word in schema["enum"])
    if "oneOf" in schema:
        return " | ".join(_typescript(inner) for inner in schema["oneOf"])
    match schema["type"]:
        case "object" if "properties" in schema:
            fields = "; ".join(f"{k}: {_typescript(v)}" for k, v in schema["properties"].items())
            return f"{{ {fields} }}"
        case "object":
            return f"{{ [key: string]: {_typescript(schema['additionalProperties'])} }}"
        case "array":
            return f"Array<{_typescript(schema['items'])}>"
        case "integer":
            return "number"
        case other:
            return str(other)


class _Flow(yaml.SafeDumper):
    """Longer texts as blocks, and every value written out where it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Flow.add_representer(str, _text)


def asyncapi_text() -> str:
    """Return docs/asyncapi.yaml."""
    head = "# Written by docs/generate_protocol.py from the Python classes: do not edit.\n"
    return head + yaml.dump(
        asyncapi_document(), Dumper=_Flow, sort_keys=False, width=96, allow_unicode=True
    )


def generated() -> dict[Path, str]:
    """Return every generated file with its text."""
    return {
        ASYNCAPI: asyncapi_text(),
        TYPES: typescript_types(),
        ANSWERS: answer_types(),
        REASONS: reasons_module(),
        QUANTITIES: quantities_module(),
    }


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
