"""Commands say who gave them and where they count."""

import pytest

from amr_monitor.model.case import CaseInfo, MarkName, Muscle, Reading
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    AmendMark,
    CloseCase,
    Command,
    CommandBase,
    EnterReading,
    MarkCommand,
    OpenCase,
    RestartBaseline,
    SetContext,
)

ALL: list[Command] = [
    OpenCase(sample_index=1, case=CaseInfo()),
    AcceptBaseline(sample_index=1),
    RestartBaseline(sample_index=1),
    MarkCommand(sample_index=1, mark=MarkName.NOTE),
    AmendMark(sample_index=1, mark_id=1),
    SetContext(sample_index=1, name="MAC", value="0.5"),
    EnterReading(sample_index=1, muscle=Muscle.MENTALIS, reading=Reading.ABSENT),
    AcknowledgeAlarm(sample_index=1, alarm_id="slow_fall"),
    CloseCase(sample_index=1),
]


@pytest.mark.parametrize("command", ALL, ids=lambda command: type(command).__name__)
def test_a_command_without_a_name_comes_from_a_recording(command: Command) -> None:
    assert isinstance(command, CommandBase)
    assert command.by == "recording"


def test_an_amendment_leaves_what_it_does_not_name() -> None:
    amend = AmendMark(sample_index=1, mark_id=1)
    assert (amend.mark, amend.vessel, amend.effective_time_s, amend.void) == (
        None,
        None,
        None,
        False,
    )


def test_a_mark_counts_at_once_unless_back_dated() -> None:
    assert MarkCommand(sample_index=1, mark=MarkName.NOTE).seconds_ago == 0.0
