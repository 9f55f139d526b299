"""Technical alarms: raised late, ended by themselves, some latched."""

from dataclasses import dataclass, replace
from math import inf

from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import (
    AlarmAcknowledged,
    AlarmEnded,
    AlarmPriority,
    AlarmRaised,
    Event,
)
from amr_monitor.model.status import AlarmStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmKind:
    """What an alarm says and how urgent it is."""

    priority: AlarmPriority
    message: str
    latched: bool = False


def muscle_alarm(
    muscle: Muscle, why: str, *, is_slow_fall: bool, is_lead: bool
) -> tuple[str, AlarmKind]:
    """Return id and kind of the alarm that nothing can be told of a muscle."""
    return (
        "slow_fall" if is_slow_fall else f"technical:{muscle}",
        AlarmKind(
            priority=AlarmPriority.MEDIUM if is_lead else AlarmPriority.LOW,
            message=f"{muscle.replace('_', ' ')}: {why}",
        ),
    )


class AlarmDesk:
    """Alarms that stand and alarms to come. AMR changes are information, never alarms.

    Parameters
    ----------
    delay_s : float
        A condition must last so long before its alarm is raised.
    """

    def __init__(self, *, delay_s: float) -> None:
        self._delay_s = delay_s
        self._expected: dict[str, tuple[float, AlarmKind]] = {}
        self._standing: dict[str, AlarmStatus] = {}

    @property
    def standing(self) -> tuple[AlarmStatus, ...]:
        """Alarms in the order in which they were raised."""
        return tuple(self._standing.values())

    @property
    def next_due_s(self) -> float:
        """When the next alarm is due if nothing changes; infinity for none."""
        return min((due_s for due_s, _ in self._expected.values()), default=inf)

    def expect(self, alarm_id: str, kind: AlarmKind, since_s: float) -> None:
        """Raise an alarm once its condition has lasted long enough."""
        if alarm_id not in self._standing:
            self._expected.setdefault(alarm_id, (since_s + self._delay_s, kind))

    def fire(self, sample_index: int, time_s: float) -> list[Event]:
        """Raise what is due."""
        due = [name for name, (due_s, _) in self._expected.items() if due_s <= time_s]
        return [
            event
            for name in due
            for event in self.raise_now(name, self._expected.pop(name)[1], sample_index, time_s)
        ]

    def raise_now(
        self, alarm_id: str, kind: AlarmKind, sample_index: int, time_s: float
    ) -> list[Event]:
        """Raise an alarm at once; nothing where it stands already."""
        if alarm_id in self._standing:
            return []
        self._standing[alarm_id] = AlarmStatus(
            alarm_id=alarm_id,
            priority=kind.priority,
            latched=kind.latched,
            acknowledged=False,
            message=kind.message,
            since_time_s=time_s,
        )
        return [
            AlarmRaised(
                sample_index=sample_index,
                time_s=time_s,
                alarm_id=alarm_id,
                priority=kind.priority,
                latched=kind.latched,
                message=kind.message,
            )
        ]

    def over(self, alarm_id: str, sample_index: int, time_s: float) -> list[Event]:
        """End an alarm whose condition is over; a latched one waits for a person."""
        self._expected.pop(alarm_id, None)
        alarm = self._standing.get(alarm_id)
        if alarm is None or (alarm.latched and not alarm.acknowledged):
            return []
        del self._standing[alarm_id]
        return [AlarmEnded(sample_index=sample_index, time_s=time_s, alarm_id=alarm_id)]

    def acknowledge(
        self, alarm_id: str, sample_index: int, time_s: float, *, by: str
    ) -> list[Event]:
        """Note that a person has seen it.

        Raises
        ------
        CommandRefused
            No such alarm stands.
        """
        alarm = self._standing.get(alarm_id)
        if alarm is None:
            raise CommandRefused(f"no alarm {alarm_id!r} stands; see the list of alarms")
        self._standing[alarm_id] = replace(alarm, acknowledged=True)
        return [
            AlarmAcknowledged(sample_index=sample_index, time_s=time_s, alarm_id=alarm_id, by=by)
        ]
