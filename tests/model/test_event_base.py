import dataclasses

import pytest

from amr_monitor.model.event_base import EventBase


def test_an_event_is_placed_by_sample_and_time_and_is_the_cores_unless_it_says_otherwise() -> None:
    event = EventBase(sample_index=5, time_s=0.5)
    assert (event.sample_index, event.time_s, event.scope) == (5, 0.5, "core")
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.time_s = 1.0  # type: ignore[misc]  # that is what must not work
