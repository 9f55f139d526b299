import json

import jsonschema

from amr_monitor.api.answers import (
    EVENT_EXAMPLE,
    EVENT_SCHEMA,
    described_events,
    events_answer,
    json_answer,
    refusals,
)
from amr_monitor.codec import entry_from_json, entry_to_json


def test_the_example_of_an_event_is_a_real_one() -> None:
    entry = entry_from_json(json.dumps(EVENT_EXAMPLE))
    assert json.loads(entry_to_json(entry)) == EVENT_EXAMPLE
    jsonschema.validate(EVENT_EXAMPLE, EVENT_SCHEMA)


def test_events_are_handed_on_byte_for_byte() -> None:
    lines = ['{"seq":1,"x":1.0}', '{"seq":2,"x":"µ"}']
    answer = events_answer('c"1', lines, newest_seq=2)
    assert bytes(answer.body).decode() == (
        '{"case_id":"c\\"1","newest_seq":2,"events":[{"seq":1,"x":1.0},{"seq":2,"x":"µ"}]}'
    )
    assert json.loads(bytes(events_answer("c", []).body)) == {"case_id": "c", "events": []}


def test_an_answer_says_what_it_is() -> None:
    answer = json_answer({"a": 1.0}, 503)
    assert (answer.status_code, answer.media_type) == (503, "application/json")


def test_the_described_example_fits_the_described_schema() -> None:
    content = described_events("x")[200]["content"]["application/json"]
    jsonschema.validate(content["example"], content["schema"])


def test_every_refusal_is_described_as_one_line() -> None:
    for answer in refusals(401, 403, 404, 409, 422, 504).values():
        assert answer["description"]
        jsonschema.validate({"detail": "why"}, answer["content"]["application/json"]["schema"])
