import json
from dataclasses import dataclass

import jsonschema
import pytest
from hypothesis import given

from amr_monitor.codec import (
    from_json_text,
    from_json_value,
    json_schema,
    to_json_text,
    to_json_value,
)
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.status import CaseStatus
from amr_monitor.model.sweep import ResponseWindow
from tests.codec.strategies import values_of


@given(values_of(CaseStatus))
def test_the_status_of_a_case_comes_back_as_it_was_and_fits_its_schema(status: CaseStatus) -> None:
    value = json.loads(to_json_text(to_json_value(status)))
    assert from_json_value(CaseStatus, value) == status
    jsonschema.Draft7Validator(json_schema(CaseStatus)).validate(value)


def test_counts_are_written_in_the_order_of_their_keys() -> None:
    @dataclass(frozen=True)
    class Counted:
        counts: dict[str, int]

    assert to_json_text(to_json_value(Counted({"b": 1, "a": 2}))) == '{"counts":{"a":2,"b":1}}'


def test_an_invariant_of_the_model_refuses_like_any_misfit() -> None:
    with pytest.raises(ProtocolError, match="a window ends after it starts"):
        from_json_value(ResponseWindow, {"start_ms": 3.0, "end_ms": 2.0})


def test_a_type_without_a_json_form_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        json_schema(complex)


def test_a_text_is_not_read_beyond_its_bound() -> None:
    assert from_json_text('"abc"', longest=5) == "abc"
    with pytest.raises(ProtocolError, match="too long: 6 characters, at most 5"):
        from_json_text('"abcd"', longest=5)


def test_letters_beyond_ascii_stay_readable() -> None:
    assert to_json_text("µV") == '"µV"'
