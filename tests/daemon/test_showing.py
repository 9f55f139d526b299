"""What is shown: committed events, sweeps after them, alarms of the shell beside the monitor's."""

import pytest

from amr_monitor.api.live import LiveHub
from amr_monitor.daemon.guarded_monitor import GuardedMonitor
from amr_monitor.daemon.shell_alarms import ShellAlarms
from amr_monitor.daemon.showing import REBUILDING_ALARM, Showing, breakdown_alarms, is_breakdown
from amr_monitor.daemon.sweep_shelf import SweepShelf
from amr_monitor.model.case import CaseInfo
from amr_monitor.model.events import JournalEntry
from amr_monitor.model.status import AlarmStatus, Delivery
from amr_monitor.monitor.commands import OpenCase
from amr_monitor.monitor.engine import Monitor
from tests.daemon.scripted import Clock, Shelf, block, source_info
from tests.sweep_reports import a_report


class Screen:
    """A showing with everything around it."""

    def __init__(self, *, session: str | None = None) -> None:
        self.shelf = Shelf()
        self.hub = LiveHub()
        self.hub.follow_case("case", muscles=source_info().montage.muscles)
        self.clock = Clock()
        self.told: list[JournalEntry] = []
        self.reached_s: list[float] = []
        self.session = session
        self.monitor = GuardedMonitor(Monitor(info=source_info()), on_fault=lambda _: None)
        self.showing = Showing(
            monitor=self.monitor,
            shelf=SweepShelf(self.shelf.journal, "case", writes_at_once=True),
            alarms=ShellAlarms(),
            standing=self.standing,
            hub=self.hub,
            on_entries=self.told.extend,
            on_progress=self.reached_s.append,
            clock=self.clock,
        )

    def standing(self, time_s: float) -> tuple[AlarmStatus, ...]:
        return breakdown_alarms(time_s, session=self.session, journal=None)


def test_committed_events_reach_the_hub_and_the_listener() -> None:
    screen = Screen()
    events = screen.monitor.receive(OpenCase(sample_index=0, case=CaseInfo()))
    entries = screen.shelf.journal.append("case", events)
    screen.showing.let_out(entries)
    assert screen.told == list(entries)
    assert screen.hub.view(cursor=0, limit=9).newest_seq == 1


def test_the_status_is_shown_four_times_a_second_at_most_unless_asked() -> None:
    screen = Screen()
    screen.monitor.receive(OpenCase(sample_index=0, case=CaseInfo()))
    screen.showing.show()
    first = screen.hub.view(cursor=0, limit=0).status
    screen.monitor.receive(block(0, 100))
    screen.showing.show()
    assert screen.hub.view(cursor=0, limit=0).status is first
    screen.showing.show(at_once=True)
    shown = screen.hub.view(cursor=0, limit=0).status
    assert shown is not None
    assert shown.status.sample_index == 100
    assert screen.reached_s == [0.0]
    screen.clock.now_s += 0.3
    screen.showing.show()
    assert screen.reached_s == [0.0, 0.1]


def test_a_broken_session_stands_among_the_alarms_and_is_told_as_failed() -> None:
    screen = Screen(session="the monitor failed")
    screen.showing.show()
    shown = screen.hub.view(cursor=0, limit=0).status
    assert shown is not None
    assert shown.status.failed
    assert [alarm.alarm_id for alarm in shown.status.alarms] == ["session"]
    assert all(is_breakdown(a) for a in breakdown_alarms(0.0, session="x", journal="y"))


def test_while_a_case_is_rebuilt_its_past_is_kept_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Screen()
    screen.showing.begin_rebuilding()
    reports = [a_report(sample_index=1000 * n, sweep_number=n) for n in range(1, 4)]
    monkeypatch.setattr(screen.monitor, "take_reports", lambda: tuple(reports))
    events = screen.monitor.receive(OpenCase(sample_index=0, case=CaseInfo()))
    screen.showing.show_sweeps(events)
    screen.showing.show(at_once=True)
    view = screen.hub.view(cursor=0, limit=0)
    assert view.status is not None
    assert not view.status.status.is_open
    assert [alarm.alarm_id for alarm in view.status.status.alarms] == [REBUILDING_ALARM]
    assert view.sweep is None
    assert screen.showing.delivery(Delivery.LIVE) is Delivery.STALLED
    screen.showing.end_rebuilding()
    view = screen.hub.view(cursor=0, limit=0)
    assert view.status is not None
    assert view.status.status.is_open
    assert view.status.status.alarms == ()
    assert view.sweep is not None
    assert view.sweep.report is reports[-1]
    assert screen.hub.history.extent[0] == 3
    assert screen.showing.delivery(Delivery.LIVE) is Delivery.LIVE


def test_what_breaks_while_a_case_is_rebuilt_is_shown() -> None:
    screen = Screen()
    screen.showing.begin_rebuilding()
    screen.session = "the recording is gone"
    screen.showing.show(at_once=True)
    shown = screen.hub.view(cursor=0, limit=0).status
    assert shown is not None
    assert shown.status.failed
