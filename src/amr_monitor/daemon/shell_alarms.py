"""Alarms about what surrounds the monitor: source, recorder, journal."""

from collections.abc import Iterable
from dataclasses import replace

from amr_monitor.model.events import AlarmPriority
from amr_monitor.model.status import AlarmStatus


def broken_alarm(alarm_id: str, message: str, time_s: float) -> AlarmStatus:
    """Return the alarm that something which must work does not."""
    return AlarmStatus(
        alarm_id=alarm_id,
        priority=AlarmPriority.HIGH,
        latched=True,
        acknowledged=False,
        message=message,
        since_time_s=time_s,
    )


class ShellAlarms:
    """Alarms that begin and end by themselves; latched ones wait for a person.

    They are shown, and never told as events of the core: a replay has none of
    them, and must tell the same.
    """

    def __init__(self) -> None:
        self._standing: dict[str, AlarmStatus] = {}
        self._is_over: set[str] = set()
        self._acknowledged: set[str] = set()
        self._shown: set[str] = set()

    def begin(
        self,
        alarm_id: str,
        *,
        priority: AlarmPriority,
        message: str,
        time_s: float,
        latched: bool = False,
    ) -> None:
        """Let an alarm stand; one that stands already says what is new."""
        standing = self._standing.get(alarm_id)
        if standing is not None and alarm_id not in self._is_over:
            self._standing[alarm_id] = replace(standing, message=message)
            return
        self._is_over.discard(alarm_id)
        self._acknowledged.discard(alarm_id)
        self._standing[alarm_id] = AlarmStatus(
            alarm_id=alarm_id,
            priority=priority,
            latched=latched,
            acknowledged=False,
            message=message,
            since_time_s=time_s,
        )

    def end(self, alarm_id: str, *, message: str = "") -> None:
        """Note that the condition is over; a latched alarm stays until it is acknowledged.

        Parameters
        ----------
        alarm_id : str
        message : str
            What one that stays says from now on.
        """
        standing = self._standing.get(alarm_id)
        if standing is None:
            return
        if standing.latched and alarm_id not in self._acknowledged:
            self._is_over.add(alarm_id)
            self._standing[alarm_id] = replace(standing, message=message or standing.message)
            return
        self._drop(alarm_id)

    def acknowledge(self, alarm_id: str) -> bool:
        """Note that a person has seen an alarm; False where none of ours is of this name."""
        if alarm_id not in self._standing and alarm_id not in self._shown:
            return False
        self._acknowledged.add(alarm_id)
        if alarm_id in self._is_over:
            self._drop(alarm_id)
        return True

    def shown(self, also: Iterable[AlarmStatus] = ()) -> tuple[AlarmStatus, ...]:
        """Return all that stand.

        Parameters
        ----------
        also : iterable of AlarmStatus
            Those that somebody else keeps, as long as they stand.
        """
        others = list(also)
        self._shown = {alarm.alarm_id for alarm in others}
        self._acknowledged &= self._shown | set(self._standing)
        return tuple(
            replace(alarm, acknowledged=alarm.acknowledged or alarm.alarm_id in self._acknowledged)
            for alarm in [*self._standing.values(), *others]
        )

    def _drop(self, alarm_id: str) -> None:
        del self._standing[alarm_id]
        self._is_over.discard(alarm_id)
        self._acknowledged.discard(alarm_id)
