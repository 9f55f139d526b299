import dataclasses

import pytest

from amr_monitor.model.case import Phase
from amr_monitor.model.events import AlarmPriority
from amr_monitor.model.status import AlarmStatus, BaselineStatus, CaseStatus

NO_BASELINE = BaselineStatus(
    epoch=1,
    accepted=False,
    acceptable=False,
    valid_sweeps=0,
    needed_sweeps=60,
    reference_current_ma=None,
    hints=(),
    muscles=(),
)
NO_CASE = CaseStatus(
    is_open=False,
    case=None,
    lead=None,
    phase=Phase.BEFORE_DURA,
    time_s=0.0,
    sample_index=0,
    provisional_outcome=None,
    baseline=NO_BASELINE,
    muscles=(),
    marks=(),
    alarms=(),
    counts={},
    failed=False,
)


def test_a_status_can_be_told_before_a_case_is_opened() -> None:
    assert NO_CASE.case is None
    assert NO_CASE.provisional_outcome is None


def test_a_status_is_replaced_and_never_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        NO_CASE.failed = True  # type: ignore[misc]
    assert dataclasses.replace(NO_CASE, failed=True).failed


def test_an_alarm_says_how_urgent_it_is_and_whether_it_waits_for_a_person() -> None:
    alarm = AlarmStatus(
        alarm_id="monitor_failed",
        priority=AlarmPriority.HIGH,
        latched=True,
        acknowledged=False,
        message="the monitor failed",
        since_time_s=12.0,
    )
    assert (alarm.priority, alarm.latched, alarm.acknowledged) == (AlarmPriority.HIGH, True, False)
