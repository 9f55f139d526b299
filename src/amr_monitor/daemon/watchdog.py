"""Is the source still delivering? Silence must never pass for an absent response."""

from collections.abc import Callable, Iterable

from amr_monitor.daemon.shell_alarms import ShellAlarms
from amr_monitor.model.events import (
    AlarmPriority,
    SourceRecovered,
    SourceStalled,
    SourceWentLost,
)
from amr_monitor.model.status import Delivery

STALLED_AFTER_S = 0.5
LOST_AFTER_S = 2.0

STALLED_ALARM = "source_stalled"
LOST_ALARM = "source_lost"

SWEEPS_STALLED_AFTER_S = 10.0
SWEEPS_LOST_AFTER_S = 60.0
"""Of a source that gives sweeps alone: nothing comes between stimuli, and each comes late."""

WatchdogEvent = SourceStalled | SourceWentLost | SourceRecovered
Place = Callable[[], tuple[int, float]]
"""Gives the number of samples received and the time of the newest; asked only when needed."""


class Watchdog:
    """Tell when samples stop coming, and when they come again.

    It owns no clock: the shell gives it monotonic seconds.

    Parameters
    ----------
    started_s : float
        From here on samples are expected.
    gives_sweeps : bool
        Sweeps come, and nothing between them.
    """

    def __init__(self, *, started_s: float, gives_sweeps: bool = False) -> None:
        self._last_s = started_s
        self._stalled_after_s = SWEEPS_STALLED_AFTER_S if gives_sweeps else STALLED_AFTER_S
        self._lost_after_s = SWEEPS_LOST_AFTER_S if gives_sweeps else LOST_AFTER_S
        self._delivery = Delivery.LIVE

    @property
    def delivery(self) -> Delivery:
        """How the source delivers now."""
        return self._delivery

    def samples_came(self, *, now_s: float, place: Place) -> tuple[WatchdogEvent, ...]:
        """Take note of samples; tell of a recovery where there was a silence."""
        silent_s = now_s - self._last_s
        was = self._delivery
        self._last_s = now_s
        self._delivery = Delivery.LIVE
        if was is Delivery.LIVE:
            return ()
        sample_index, time_s = place()
        return (
            SourceRecovered(sample_index=sample_index, time_s=time_s, silent_s=round(silent_s, 1)),
        )

    def nothing_came(self, *, now_s: float, place: Place) -> tuple[WatchdogEvent, ...]:
        """Tell of a silence that has just become a stall or a loss."""
        silent_s = now_s - self._last_s
        told: list[WatchdogEvent] = []
        if self._delivery is Delivery.LIVE and silent_s >= self._stalled_after_s:
            self._delivery = Delivery.STALLED
            sample_index, time_s = place()
            told.append(
                SourceStalled(sample_index=sample_index, time_s=time_s, silent_s=round(silent_s, 1))
            )
        if self._delivery is Delivery.STALLED and silent_s >= self._lost_after_s:
            self._delivery = Delivery.LOST
            sample_index, time_s = place()
            told.append(
                SourceWentLost(
                    sample_index=sample_index,
                    time_s=time_s,
                    message=f"no samples for {silent_s:.0f} s: see to amplifier, cable and stream",
                )
            )
        return tuple(told)


def tell_delivery(alarms: ShellAlarms, told: Iterable[WatchdogEvent]) -> None:
    """Raise and end the alarms about a silent source.

    A stall is a low alarm that ends by itself. A loss is a high one that stays
    until somebody has acknowledged it: samples of the operation are missing.
    """
    for event in told:
        if isinstance(event, SourceStalled):
            alarms.begin(
                STALLED_ALARM,
                priority=AlarmPriority.LOW,
                message="no samples come",
                time_s=event.time_s,
            )
        elif isinstance(event, SourceWentLost):
            alarms.end(STALLED_ALARM)
            alarms.begin(
                LOST_ALARM,
                priority=AlarmPriority.HIGH,
                message="no samples come: see to amplifier, cable and stream",
                time_s=event.time_s,
                latched=True,
            )
        else:
            alarms.end(STALLED_ALARM)
            alarms.end(
                LOST_ALARM,
                message=f"no samples came for {event.silent_s:.0f} s; they come again",
            )
