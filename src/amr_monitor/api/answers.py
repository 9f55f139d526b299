"""Answers of the routes: JSON of the codec, with schema and example for the OpenAPI."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from amr_monitor.codec import JsonValue, json_schema, to_json_text

Responses = dict[int | str, dict[str, Any]]

REFUSAL_SCHEMA = {
    "type": "object",
    "properties": {"detail": {"type": "string"}},
    "required": ["detail"],
}

EVENT_EXAMPLE = {
    "type": "phase_marked",
    "seq": 14,
    "case_id": "5f0c2a9d1b7e4c3f",
    "scope": "core",
    "sample_index": 600000,
    "time_s": 120.0,
    "utc": "2026-03-01T08:32:00.000000Z",
    "origin": "replay",
    "mark_id": 3,
    "mark": "vessel_moved",
    "vessel": "AICA",
    "text": "",
    "effective_time_s": 120.0,
    "by": "recording",
    "phase": "decompression",
    "provisional_outcome": None,
}

EVENT_SCHEMA = {
    "type": "object",
    "description": "An event; each type's own schema stands in docs/asyncapi.yaml",
    "properties": {
        "type": {"type": "string"},
        "seq": {"type": "integer", "minimum": 1},
        "case_id": {"type": "string"},
        "scope": {"enum": ["core", "shell"]},
        "sample_index": {"type": "integer"},
        "time_s": {"type": "number"},
        "utc": {"type": ["string", "null"], "format": "date-time"},
        "origin": {"enum": ["device", "replay", "simulated"]},
    },
    "required": ["type", "seq", "case_id", "scope", "sample_index", "time_s", "utc", "origin"],
}


def json_answer(value: JsonValue, status_code: int = 200) -> Response:
    """Return `value` as the codec writes it."""
    return Response(to_json_text(value), status_code, media_type="application/json")


def events_answer(case_id: str, lines: Iterable[str], *, newest_seq: int | None = None) -> Response:
    """Return events as the journal holds them, byte for byte."""
    head = f'"case_id":{to_json_text(case_id)}'
    if newest_seq is not None:
        head += f',"newest_seq":{newest_seq}'
    return Response(f'{{{head},"events":[{",".join(lines)}]}}', media_type="application/json")


def described(description: str, schema: Mapping[str, Any], example: object = None) -> Responses:
    """Return the OpenAPI entry of a successful answer."""
    content: dict[str, Any] = {"schema": dict(schema)}
    if example is not None:
        content["example"] = example
    return {200: {"description": description, "content": {"application/json": content}}}


def described_as(description: str, kind: type, example: object = None) -> Responses:
    """Return the OpenAPI entry of an answer that is a dataclass of ours."""
    return described(description, json_schema(kind), example)


def described_events(description: str) -> Responses:
    """Return the OpenAPI entry of an answer that holds events."""
    schema = {
        "type": "object",
        "properties": {
            "case_id": {"type": "string"},
            "newest_seq": {"type": "integer"},
            "events": {"type": "array", "items": EVENT_SCHEMA},
        },
        "required": ["case_id", "events"],
    }
    example = {"case_id": EVENT_EXAMPLE["case_id"], "events": [EVENT_EXAMPLE]}
    return described(description, schema, example)


def refusals(*statuses: int) -> Responses:
    """Return the OpenAPI entries of refusals: each one clear line."""
    lines = {
        401: "No token, or one that is not known",
        403: "The role does not allow it, or the request comes from a foreign origin",
        404: "There is no such thing",
        409: "The state of the case does not allow it",
        422: "The request misfits: which field, and why",
        429: "Another one is at work; try again later",
        504: "The monitor did not answer in time",
    }
    return {
        status: {
            "description": lines[status],
            "content": {"application/json": {"schema": REFUSAL_SCHEMA}},
        }
        for status in statuses
    }
