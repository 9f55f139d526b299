"""A command that the recording lost is made from its event again."""

from dataclasses import replace

import pytest

from amr_monitor.daemon.retold import command_told
from amr_monitor.model.case import CaseInfo, MarkName, Vessel
from amr_monitor.model.events import BaselineRestarted, Event, PhaseMarked
from amr_monitor.monitor.commands import (
    AmendMark,
    Command,
    MarkCommand,
    OpenCase,
    SetContext,
)
from amr_monitor.monitor.engine import Monitor
from tests.daemon.scripted import block, source_info

MOVED = MarkCommand(
    sample_index=5000,
    by="anna",
    mark=MarkName.VESSEL_MOVED,
    vessel=Vessel.AICA,
    text="the loop",
    seconds_ago=2.5,
)


def events_of(*commands: Command) -> tuple[Event, ...]:
    monitor = Monitor(info=source_info())
    monitor.receive(OpenCase(sample_index=0, case=CaseInfo()), block(0, 5000))
    return tuple(event for command in commands for event in monitor.receive(command))


def test_a_mark_names_the_moment_that_it_named() -> None:
    (event,) = events_of(MOVED)
    told = command_told(event, sample_index=4000, time_s=4.0)
    assert told == replace(MOVED, sample_index=4000, seconds_ago=1.5)
    early = command_told(event, sample_index=1000, time_s=1.0)
    assert isinstance(early, MarkCommand)
    assert early.seconds_ago == 0.0


@pytest.mark.parametrize(
    "command",
    [
        AmendMark(
            sample_index=5000,
            by="anna",
            mark_id=1,
            mark=MarkName.VESSEL_MOVED,
            vessel=Vessel.PICA,
            effective_time_s=1.25,
            reason="seen on the video",
        ),
        SetContext(sample_index=5000, by="Kim", name="MAC", value="0.9", unit=""),
    ],
)
def test_what_a_person_did_comes_back_as_it_was(command: Command) -> None:
    events = events_of(MOVED, command)
    assert command_told(events[-1], sample_index=5000, time_s=5.0) == command


def test_what_nobody_did_or_was_refused_is_no_command() -> None:
    restarted = BaselineRestarted(sample_index=1, time_s=0.001, reason="another amplifier")
    assert command_told(restarted, sample_index=1, time_s=0.001) is None
    (event,) = events_of(MOVED)
    assert isinstance(event, PhaseMarked)
    assert command_told(replace(event, mark_id=0), sample_index=1, time_s=0.001) is None
    assert command_told(replace(event, by=""), sample_index=1, time_s=0.001) is None
