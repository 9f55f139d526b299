"""What people did, as the journal tells it: for a command that the recording lost.

A command is recorded before its event is told. Where the disk of the recordings
did not take it and the journal, on another disk, took the event, the command is
made from the event again.
"""

from amr_monitor.model.events import (
    AlarmAcknowledged,
    BaselineAccepted,
    ContextChanged,
    Event,
    MarkAmended,
    PhaseMarked,
    ReadingEntered,
)
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    AmendMark,
    Command,
    EnterReading,
    MarkCommand,
    SetContext,
)


def command_told(event: Event, *, sample_index: int, time_s: float) -> Command | None:
    """Return the command behind an event, given at another sample; None of what no one did.

    Parameters
    ----------
    event : Event
    sample_index : int
        Where it counts now.
    time_s : float
        Of that sample; a mark names the moment that it named.
    """
    if not getattr(event, "by", ""):
        return None
    match event:
        case PhaseMarked(mark_id=0):
            return None  # a command that was refused
        case PhaseMarked():
            return MarkCommand(
                sample_index=sample_index,
                by=event.by,
                mark=event.mark,
                vessel=event.vessel,
                text=event.text,
                seconds_ago=max(round(time_s - event.effective_time_s, 6), 0.0),
            )
        case MarkAmended():
            return AmendMark(
                sample_index=sample_index,
                by=event.by,
                mark_id=event.mark_id,
                mark=event.mark,
                vessel=event.vessel,
                effective_time_s=event.effective_time_s,
                void=event.voided,
                reason=event.reason,
            )
        case ContextChanged():
            return SetContext(
                sample_index=sample_index,
                by=event.by,
                name=event.name,
                value=event.value,
                unit=event.unit,
            )
        case AlarmAcknowledged():
            return AcknowledgeAlarm(sample_index=sample_index, by=event.by, alarm_id=event.alarm_id)
        case BaselineAccepted():
            return AcceptBaseline(sample_index=sample_index, by=event.by)
        case ReadingEntered():
            return EnterReading(
                sample_index=sample_index,
                by=event.by,
                muscle=event.muscle,
                reading=event.reading,
                text=event.text,
            )
        case _:
            return None
