"""Which events of the running case a screen lets be heard, and which are spoken.

The rule is `monitor/annunciation.py`; screens decide nothing. In shadow mode no change of
state is heard, nor an alarm that says what became of the response.
"""

from collections import deque

from amr_monitor.api.shadow import TELLING_ALARMS
from amr_monitor.model.events import AlarmRaised, JournalEntry
from amr_monitor.monitor.annunciation import Annunciation

KEPT = 20
"""More than a case may make in the time that a screen is away."""


class Announcer:
    """Keep the numbers of the newest events that are heard and spoken."""

    def __init__(self) -> None:
        self._annunciation = Annunciation()
        self._heard: deque[int] = deque(maxlen=KEPT)
        self._spoken: deque[int] = deque(maxlen=KEPT)

    @property
    def heard(self) -> tuple[int, ...]:
        """Numbers of events that make a sound, oldest first."""
        return tuple(self._heard)

    @property
    def spoken(self) -> tuple[int, ...]:
        """Numbers of those that are spoken as well."""
        return tuple(self._spoken)

    def take(self, entry: JournalEntry, *, in_shadow: bool = False) -> None:
        """Take the next event of the case."""
        event = entry.event
        is_withheld = in_shadow and (
            not isinstance(event, AlarmRaised) or event.alarm_id in TELLING_ALARMS
        )
        if not is_withheld and self._annunciation.is_heard(event):
            self._heard.append(entry.seq)
        if not is_withheld and self._annunciation.is_spoken(event):
            self._spoken.append(entry.seq)
        self._annunciation.take(event)
