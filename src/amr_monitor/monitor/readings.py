"""What a person sees beside what the monitor says, so that they can be compared. Ours.

Most entries are disagreements. They are evidence about the monitor, never for it: no
state, no odds and no outcome changes by one.
"""

from amr_monitor.model.case import AmrState, Reading
from amr_monitor.model.events import ReadingEntered
from amr_monitor.model.finding import MuscleStatus
from amr_monitor.monitor.commands import EnterReading

_READINGS = {
    AmrState.PRESENT: Reading.PRESENT,
    AmrState.ATTENUATED: Reading.PRESENT,
    AmrState.REAPPEARED: Reading.PRESENT,
    AmrState.PERSISTENT: Reading.PRESENT,
    AmrState.DISAPPEARED: Reading.ABSENT,
}


def monitor_reading(status: MuscleStatus) -> Reading | None:
    """Return a verdict in the words of a reading; None where there is no verdict."""
    if status.state not in _READINGS:
        return None
    if status.indeterminate is not None:
        return Reading.CANNOT_TELL
    return _READINGS[status.state]


def reading_entered(command: EnterReading, time_s: float, status: MuscleStatus) -> ReadingEntered:
    """Return a person's reading beside the verdict on that muscle."""
    return ReadingEntered(
        sample_index=command.sample_index,
        time_s=time_s,
        muscle=command.muscle,
        reading=command.reading,
        monitor_reading=monitor_reading(status),
        monitor_state=status.state,
        monitor_words=status.words,
        text=command.text,
        by=command.by,
    )
