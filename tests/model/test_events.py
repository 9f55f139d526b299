import dataclasses
import inspect
import re
from typing import get_args

import pytest

from amr_monitor.model import events
from amr_monitor.model.events import (
    AlarmPriority,
    AmrStateChanged,
    Event,
    EventBase,
    IndeterminateStarted,
    ShellEventBase,
)

EVENTS: tuple[type[EventBase], ...] = get_args(Event)


def test_every_event_class_is_in_the_union() -> None:
    declared = [kind for _, kind in inspect.getmembers(events, inspect.isclass)]
    assert {kind for kind in declared if "type" in vars(kind)} == set(EVENTS)


def test_no_two_events_have_the_same_type() -> None:
    types = [event.type for event in EVENTS]
    assert len(set(types)) == len(types)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_is_a_frozen_value_with_named_fields(event: type[EventBase]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", event.type)
    parameters = event.__dataclass_params__  # type: ignore[attr-defined]
    assert parameters.frozen
    assert all(field.kw_only for field in dataclasses.fields(event))
    assert "__slots__" in vars(event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_says_when(event: type[EventBase]) -> None:
    assert [field.name for field in dataclasses.fields(event)][:2] == ["sample_index", "time_s"]


def test_what_the_shell_tells_of_itself_is_not_compared_between_live_and_replay() -> None:
    shell = {event.type for event in EVENTS if event.scope == "shell"}
    assert shell == {event.type for event in EVENTS if issubclass(event, ShellEventBase)}
    assert {"source_stalled", "source_lost", "source_recovered"} <= shell


@pytest.mark.parametrize(
    ("event", "field", "name"),
    [
        (AmrStateChanged, "from_state", "from"),
        (AmrStateChanged, "to_state", "to"),
        (IndeterminateStarted, "indeterminate_class", "class"),
    ],
)
def test_a_field_whose_name_is_a_word_of_python_carries_its_public_name(
    event: type[EventBase], field: str, name: str
) -> None:
    metadata = {each.name: each.metadata for each in dataclasses.fields(event)}
    assert metadata[field]["json"] == name


def test_alarms_have_three_priorities() -> None:
    assert [priority.value for priority in AlarmPriority] == ["high", "medium", "low"]
