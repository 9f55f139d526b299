"""What a session has recorded: samples as they come, and what people do, as texts."""

from dataclasses import replace

from amr_monitor.daemon.shell_alarms import ShellAlarms
from amr_monitor.model.events import AlarmPriority, Event, RecorderLost
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, SourceChanged, SourceInfo, SourceItem
from amr_monitor.model.status import AlarmStatus, RecordingStatus
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.monitor.annotations import (
    annotation_text,
    command_from_annotation,
    stimulus_from_text,
)
from amr_monitor.monitor.commands import Command
from amr_monitor.storage.recorder import Recorder

OWN_WORDS = ("padding", "segment:")
"""Texts that begin with one of these mean something to a reader of our files."""

MOST_CHARACTERS = 900


class Tape:
    """Record a session; give back what the replay of the recording will give.

    Parameters
    ----------
    recorder : Recorder
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @property
    def info(self) -> SourceInfo:
        """The source as the recording will tell of it."""
        return self._recorder.info

    def take(self, item: SourceItem, *, settled_index: int) -> SourceItem:
        """Record what a source gave, before anything is made of it.

        Parameters
        ----------
        item : SourceItem
        settled_index : int
            The monitor has done with everything before: what is told later of
            an earlier sample counts there, and is recorded there.

        Returns
        -------
        SourceItem
            For the monitor.
        """
        match item:
            case SampleBlock():
                return self._recorder.take_block(item)
            case Stimulus():
                return self._recorder.take_stimulus(item)
            case Gap():
                return self._recorder.take_gap(item)
            case SourceChanged():
                return self._recorder.take_change(item)
            case Annotation():
                told = replace(item, sample_index=max(item.sample_index, settled_index))
                told = replace(told, text=kept_text(told))
                self._recorder.take_text(told.sample_index, told.text)
                return told
            case _:
                return item

    def take_command(self, command: Command) -> None:
        """Record what a person, or the program, did."""
        self._recorder.take_text(command.sample_index, annotation_text(command))

    def write_ahead(self) -> None:
        """Have on the disk what was taken: before anyone is told what it led to."""
        self._recorder.write_ahead()

    @property
    def status(self) -> RecordingStatus:
        """Whether samples are kept, and how long the disk has room."""
        return self._recorder.status

    def take_events(self, alarms: ShellAlarms) -> tuple[Event, ...]:
        """Return what happened to the recording since the last call.

        A loss stands among the alarms until a person has seen it.
        """
        events = self._recorder.take_events()
        for event in events:
            if isinstance(event, RecorderLost):
                begin_loss_alarm(alarms, event)
        return events

    def alarms(self, time_s: float) -> tuple[AlarmStatus, ...]:
        """Return what is wrong with it now."""
        told = []
        if self._recorder.fault is not None:
            told.append(("recorder", AlarmPriority.HIGH, self._recorder.fault))
        if self._recorder.disk_warning is not None:
            told.append(("disk", AlarmPriority.MEDIUM, self._recorder.disk_warning))
        return tuple(
            AlarmStatus(
                alarm_id=alarm_id,
                priority=priority,
                latched=False,
                acknowledged=False,
                message=message,
                since_time_s=time_s,
            )
            for alarm_id, priority, message in told
        )

    def close(self) -> None:
        """Write what waits; returns when it is on the disk, or given up and told."""
        self._recorder.close()


def begin_loss_alarm(alarms: ShellAlarms, lost: RecorderLost) -> None:
    """Let a loss of the recording stand among the alarms until a person has seen it."""
    alarms.begin(
        "recorder_lost",
        priority=AlarmPriority.HIGH,
        message=f"the recording lacks samples: {lost.message}",
        time_s=lost.time_s,
        latched=True,
    )
    alarms.end("recorder_lost")


def kept_text(annotation: Annotation) -> str:
    """Return a text that comes back from a recording and means the same.

    As it is, where a file can hold it; else as the command that it is.
    """
    text = annotation.text[:MOST_CHARACTERS]
    is_plain = text.isprintable() and text.strip() == text != ""
    if is_plain and not text.casefold().startswith(OWN_WORDS) and stimulus_from_text(text) is None:
        return text
    return annotation_text(command_from_annotation(replace(annotation, text=text)))
