"""A fault that escapes the monitor is told once, and the monitor is not asked again."""

import pytest

from amr_monitor.daemon.guarded_monitor import GuardedMonitor
from amr_monitor.model.case import CaseInfo
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import Event, MonitorFailed
from amr_monitor.monitor.commands import CloseCase, OpenCase
from amr_monitor.monitor.engine import Monitor
from tests.daemon.scripted import block, source_info


class BrokenMonitor(Monitor):
    def receive_recorded(self, *items: object) -> tuple[Event, ...]:
        raise ZeroDivisionError("no reason")


def test_a_fault_is_told_once_and_what_stood_stays() -> None:
    told: list[MonitorFailed] = []
    monitor = GuardedMonitor(BrokenMonitor(info=source_info()), on_fault=told.append)
    monitor.receive(OpenCase(sample_index=0, case=CaseInfo()))
    assert monitor.receive(block(0, 100)) == ()
    assert monitor.place == (100, 0.1)
    assert monitor.receive_recorded(block(100, 100)) == ()
    assert monitor.is_gone
    assert [(failed.sample_index, failed.message) for failed in told] == [
        (100, "ZeroDivisionError: no reason")
    ]
    assert monitor.receive_recorded(block(100, 100)) == monitor.flush() == ()
    assert monitor.take_reports() == ()
    assert monitor.baseline_view is None
    assert monitor.command_index() == 100
    assert monitor.status is monitor.newest
    assert len(told) == 1


def test_a_refusal_is_no_fault() -> None:
    told: list[MonitorFailed] = []
    monitor = GuardedMonitor(Monitor(info=source_info()), on_fault=told.append)
    with pytest.raises(CommandRefused):
        monitor.receive(CloseCase(sample_index=0, by="anna"))
    assert not monitor.is_gone
    assert told == []
