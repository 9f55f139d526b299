"""Alarms come late, end by themselves, and some wait for a person."""

from math import inf

import pytest

from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import AlarmPriority, AlarmRaised
from amr_monitor.monitor.alarms import AlarmDesk, AlarmKind

KIND = AlarmKind(priority=AlarmPriority.MEDIUM, message="electrode?")
LATCHED = AlarmKind(priority=AlarmPriority.HIGH, message="failed", latched=True)


@pytest.fixture
def desk() -> AlarmDesk:
    """Return a desk that waits for ten seconds."""
    return AlarmDesk(delay_s=10.0)


def test_a_condition_that_lasts_raises_its_alarm_after_ten_seconds(desk: AlarmDesk) -> None:
    desk.expect("a", KIND, 100.0)
    assert desk.next_due_s == 110.0
    assert desk.fire(1, 109.9) == []
    (raised,) = desk.fire(2, 110.0)
    assert (raised.type, raised.time_s) == ("alarm_raised", 110.0)
    assert desk.next_due_s == inf
    assert [alarm.alarm_id for alarm in desk.standing] == ["a"]


def test_a_condition_that_ends_before_says_nothing(desk: AlarmDesk) -> None:
    desk.expect("a", KIND, 100.0)
    assert desk.over("a", 1, 105.0) == []
    assert desk.fire(2, 200.0) == []


def test_expecting_again_does_not_put_it_off(desk: AlarmDesk) -> None:
    desk.expect("a", KIND, 100.0)
    desk.expect("a", KIND, 108.0)
    assert desk.next_due_s == 110.0


def test_an_alarm_that_stands_is_raised_once_and_ends_by_itself(desk: AlarmDesk) -> None:
    assert len(desk.raise_now("a", KIND, 1, 5.0)) == 1
    assert desk.raise_now("a", KIND, 2, 6.0) == []
    desk.expect("a", KIND, 6.0)
    assert desk.fire(3, 60.0) == []
    assert [event.type for event in desk.over("a", 4, 70.0)] == ["alarm_ended"]
    assert desk.standing == ()


def test_a_latched_alarm_waits_for_a_person(desk: AlarmDesk) -> None:
    desk.raise_now("f", LATCHED, 1, 5.0)
    assert desk.over("f", 2, 6.0) == []
    (seen,) = desk.acknowledge("f", 3, 7.0, by="Kim")
    assert (seen.type, desk.standing[0].acknowledged) == ("alarm_acknowledged", True)
    assert len(desk.over("f", 4, 8.0)) == 1


def test_acknowledging_what_does_not_stand_is_refused(desk: AlarmDesk) -> None:
    desk.expect("a", KIND, 0.0)
    with pytest.raises(CommandRefused, match="'a'"):
        desk.acknowledge("a", 1, 1.0, by="Kim")


def test_several_are_raised_in_the_order_in_which_they_were_expected(desk: AlarmDesk) -> None:
    desk.expect("b", KIND, 1.0)
    desk.expect("a", KIND, 0.0)
    raised = [event for event in desk.fire(1, 60.0) if isinstance(event, AlarmRaised)]
    assert [event.alarm_id for event in raised] == ["b", "a"]
