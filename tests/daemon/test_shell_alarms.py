"""Alarms about source, recorder and journal."""

from amr_monitor.daemon.shell_alarms import ShellAlarms
from amr_monitor.model.events import AlarmPriority
from amr_monitor.model.status import AlarmStatus


def begin(alarms: ShellAlarms, alarm_id: str, *, latched: bool = False, message: str = "x") -> None:
    alarms.begin(
        alarm_id, priority=AlarmPriority.HIGH, message=message, time_s=1.0, latched=latched
    )


def told(alarms: ShellAlarms) -> list[tuple[str, bool, str]]:
    return [(a.alarm_id, a.acknowledged, a.message) for a in alarms.shown()]


def test_an_alarm_stands_until_its_condition_is_over() -> None:
    alarms = ShellAlarms()
    begin(alarms, "stalled")
    assert told(alarms) == [("stalled", False, "x")]
    alarms.end("stalled")
    assert told(alarms) == []
    alarms.end("stalled")


def test_a_latched_one_stays_until_it_is_acknowledged() -> None:
    alarms = ShellAlarms()
    begin(alarms, "lost", latched=True)
    alarms.end("lost", message="they come again")
    assert told(alarms) == [("lost", False, "they come again")]
    assert alarms.acknowledge("lost")
    assert told(alarms) == []


def test_one_acknowledged_while_it_lasts_ends_by_itself() -> None:
    alarms = ShellAlarms()
    begin(alarms, "lost", latched=True)
    assert alarms.acknowledge("lost")
    assert told(alarms) == [("lost", True, "x")]
    alarms.end("lost")
    assert told(alarms) == []


def test_one_that_comes_again_is_not_acknowledged() -> None:
    alarms = ShellAlarms()
    begin(alarms, "lost", latched=True)
    alarms.end("lost")
    begin(alarms, "lost", latched=True, message="again")
    assert told(alarms) == [("lost", False, "again")]


def test_what_others_keep_can_be_acknowledged_too() -> None:
    alarms = ShellAlarms()
    other = AlarmStatus(
        alarm_id="disk",
        priority=AlarmPriority.MEDIUM,
        latched=False,
        acknowledged=False,
        message="little room",
        since_time_s=0.0,
    )
    assert not alarms.acknowledge("disk")
    alarms.shown([other])
    assert alarms.acknowledge("disk")
    assert [a.acknowledged for a in alarms.shown([other])] == [True]
    alarms.shown([])  # it is over
    assert [a.acknowledged for a in alarms.shown([other])] == [False]
