"""An M wave that has grown since the baseline."""

from amr_monitor.model.case import Reason
from amr_monitor.model.events import AlarmEnded, AlarmRaised
from amr_monitor.monitor.alarms import AlarmDesk
from amr_monitor.monitor.outdated import ALARM_ID, OutdatedWatch
from amr_monitor.monitor.settings import MonitorSettings
from tests.feeding import run, surgery
from tests.monitor.evidence import analysed
from tests.sweeps import Recording


def watch() -> tuple[OutdatedWatch, AlarmDesk]:
    desk = AlarmDesk(delay_s=10.0)
    return OutdatedWatch(settings=MonitorSettings(), alarms=desk), desk


def test_an_m_wave_above_130_percent_makes_the_baseline_outdated() -> None:
    outdated, desk = watch()
    for number in range(20):
        assert outdated.push(analysed(number, m_fraction=1.29), counts=True) == []
    assert not outdated.is_outdated
    for number in range(20, 40):
        outdated.push(analysed(number, m_fraction=1.45), counts=True)
    assert outdated.is_outdated
    (raised,) = desk.fire(0, 100.0)
    assert isinstance(raised, AlarmRaised)
    assert raised.alarm_id == ALARM_ID
    assert "baseline outdated: M wave at 1" in raised.message


def test_it_ends_when_the_m_wave_is_back_and_not_at_every_crossing() -> None:
    outdated, desk = watch()
    for number in range(20):
        outdated.push(analysed(number, m_fraction=1.4), counts=True)
    desk.fire(0, 100.0)
    for number in range(20, 40):
        assert outdated.push(analysed(number, m_fraction=1.27), counts=True) == []
    told = [
        event
        for number in range(40, 60)
        for event in outdated.push(analysed(number, m_fraction=1.0), counts=True)
    ]
    assert [type(event) for event in told] == [AlarmEnded]


def test_sweeps_that_prove_nothing_of_the_m_wave_are_left_out() -> None:
    outdated, _ = watch()
    for number in range(60):
        outdated.push(analysed(number, m_fraction=2.0), counts=False)
        outdated.push(analysed(number, m_fraction=2.0, reasons=(Reason.NOISY,)), counts=True)
        outdated.push(analysed(number, m_fraction=None), counts=True)
    assert not outdated.is_outdated


def test_another_baseline_starts_it_anew() -> None:
    outdated, desk = watch()
    for number in range(20):
        outdated.push(analysed(number, m_fraction=1.4), counts=True)
    desk.fire(0, 100.0)
    assert [event.type for event in outdated.restart(0, 101.0)] == ["alarm_ended"]
    assert not outdated.is_outdated


def test_it_is_told_in_a_case_once_and_over_with_a_new_baseline() -> None:
    r = Recording(140, rate_hz=2000.0, seed=77)
    r.m_wave[70:] = 1.5
    told = run(r, surgery(r, dura=65))
    (raised,) = [e for e in told.of(AlarmRaised) if e.alarm_id == ALARM_ID]
    # The tenth large one of twenty makes the median, and 10 s later it is an alarm.
    assert 85.0 < raised.time_s < 100.0
    assert [alarm.alarm_id for alarm in told.monitor.status.alarms] == [ALARM_ID]
