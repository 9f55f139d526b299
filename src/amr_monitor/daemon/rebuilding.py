"""The monitor of a case that goes on, rebuilt from what was recorded and told."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from amr_monitor.daemon.guarded_monitor import GuardedMonitor, MonitorItem
from amr_monitor.daemon.resumption import OpenedAgain, ToldBefore
from amr_monitor.daemon.retold import command_told
from amr_monitor.daemon.shell_alarms import ShellAlarms
from amr_monitor.daemon.tape import begin_loss_alarm
from amr_monitor.daemon.watchdog import LOST_ALARM, STALLED_ALARM, tell_delivery
from amr_monitor.model.events import (
    AlarmPriority,
    Event,
    JournalEntry,
    RecorderLost,
    SourceRecovered,
    SourceStalled,
    SourceWarned,
    SourceWentLost,
)
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.source import Annotation, SourceItem, SourceWarning
from amr_monitor.monitor.annotations import command_from_annotation
from amr_monitor.monitor.commands import Command

ACKNOWLEDGED = "alarm_acknowledged"
RESUMED_ALARM = "resumed"

_ACKNOWLEDGED = re.compile(r"alarm (\S+) acknowledged by ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of it.

    Attributes
    ----------
    new : tuple of Event
        Recorded before, and told by nobody yet.
    n_unlike : int
        Events of the journal and of the recording that do not fit together.
    commands : tuple of Command
        What people did and the recording had lost; to be recorded now.
    """

    new: tuple[Event, ...]
    n_unlike: int
    commands: tuple[Command, ...] = ()


def rebuild(
    monitor: GuardedMonitor,
    again: OpenedAgain,
    *,
    on_told: Callable[[Sequence[Event], Sequence[JournalEntry]], None],
    is_stopping: Callable[[], bool],
) -> Rebuilt:
    """Bring a new monitor to where the case was left.

    Parameters
    ----------
    monitor : GuardedMonitor
    again : OpenedAgain
    on_told : callable
        Gets the events of each step, and those entries of the journal that told them.
    is_stopping : callable
        Whether nobody wants it any more.

    Raises
    ------
    SourceError
        The recording cannot be read.
    """
    told = ToldBefore(again.entries)
    for batch in _recorded(again):
        if is_stopping():
            return Rebuilt(new=(), n_unlike=0)
        events = monitor.receive_recorded(*batch)
        on_told(events, told.take(events))
    events = monitor.flush()
    on_told(events, told.take(events))
    new, n_unlike = told.finish()
    index, time_s = monitor.place
    made = [
        command_told(entry.event, sample_index=index, time_s=time_s)
        for entry in told.not_told_again
    ]
    commands = tuple(command for command in made if command is not None)
    # Their events stand in the journal already; what the monitor says now is no news.
    on_told(monitor.receive_recorded(*commands), ())
    return Rebuilt(new=new, n_unlike=n_unlike, commands=commands)


def _recorded(again: OpenedAgain) -> Iterator[list[MonitorItem]]:
    """Give the recording step by step, its texts as the commands that they are."""
    if again.recorded is None:
        texts = [
            Annotation(sample_index=0, time_s=again.left.time_s, text=text.text)
            for text in again.texts
        ]
        yield [command_from_annotation(text) for text in texts]
        return
    try:
        while (items := again.recorded.read(timeout_s=0.0)) is not None:
            yield _for_monitor(items, again.left.index)
    finally:
        again.recorded.close()


def _for_monitor(items: Sequence[SourceItem], end_index: int) -> list[MonitorItem]:
    """Return what the monitor takes; a text behind the last sample counts at the end.

    There it counts in every later replay, too: what follows stands behind a gap.
    """
    taken: list[MonitorItem] = []
    is_at_end = not any(isinstance(item, SampleBlock) for item in items)
    for item in items:
        if isinstance(item, SourceWarning):
            continue
        if isinstance(item, Annotation):
            if is_at_end and item.sample_index > end_index:
                item = replace(item, sample_index=end_index)
            taken.append(command_from_annotation(item))
        else:
            taken.append(item)
    return taken


def restore_alarms(alarms: ShellAlarms, entries: Sequence[JournalEntry]) -> None:
    """Let the alarms of the shell stand as they were told and acknowledged."""
    for event in (entry.event for entry in entries):
        if isinstance(event, SourceStalled | SourceWentLost | SourceRecovered):
            tell_delivery(alarms, [event])
        elif isinstance(event, RecorderLost):
            begin_loss_alarm(alarms, event)
        elif isinstance(event, SourceWarned) and event.code == ACKNOWLEDGED:
            match = _ACKNOWLEDGED.match(event.message)
            if match is not None:
                alarms.acknowledge(match[1])
    # The source is open again, or the case would not go on.
    alarms.end(STALLED_ALARM)
    alarms.end(LOST_ALARM)


def begin_resumed_alarm(alarms: ShellAlarms, *, n_unlike: int, time_s: float) -> str:
    """Have a person see that the program was away; return what is to be told."""
    message = "the monitor was started again and the case goes on: samples in between are missing"
    if n_unlike:
        message += (
            f"; {n_unlike} events do not fit what was recorded: the state shown is that of the"
            " recording, look at the events"
        )
    alarms.begin(
        RESUMED_ALARM,
        priority=AlarmPriority.HIGH if n_unlike else AlarmPriority.MEDIUM,
        message=message,
        time_s=time_s,
        latched=True,
    )
    alarms.end(RESUMED_ALARM)
    return message
