"""Texts of a marker stream that wait for their place among the samples."""

from dataclasses import dataclass

from amr_monitor.drivers.lsl_network import Pulled, text_of
from amr_monitor.monitor.annotations import COMMAND_PREFIX

LONGEST_WAIT_S = 5.0
MOST_CHARACTERS = 2000

NO_COMMAND = "marker: "
"""Stands before a text that would be a command in a recording: it is a note then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerText:
    """One text.

    Attributes
    ----------
    stamp_s : float
        On the clock of its sender.
    text : str
    arrived_s : float
        On this machine's clock.
    """

    stamp_s: float
    text: str
    arrived_s: float


class MarkerTexts:
    """Hold texts until the samples of their time have come."""

    def __init__(self) -> None:
        self.uid = ""
        self._waiting: list[MarkerText] = []

    @property
    def has_any(self) -> bool:
        """Whether a text waits."""
        return bool(self._waiting)

    def connect(self, uid: str) -> None:
        """Go on with another stream: its stamps are of another clock."""
        self.uid = uid

    def push(self, pulled: Pulled, *, arrived_s: float) -> None:
        """Take what a stream sent; of several channels the first counts.

        Whoever is in the session can send a text. It can be a mark, but it
        cannot close the case or speak for a person: commands are for those who
        have a token.
        """
        for stamp_s, row in zip(pulled.stamps_s.tolist(), pulled.values, strict=True):
            text = text_of(row[0])[:MOST_CHARACTERS]
            if text.lstrip().lower().startswith(COMMAND_PREFIX):
                text = NO_COMMAND + text
            if text:
                self._waiting.append(MarkerText(stamp_s=stamp_s, text=text, arrived_s=arrived_s))

    def take(self, *, until_s: float) -> list[MarkerText]:
        """Return the texts whose stamps are not later than a time of their clock, in order."""
        ready = [text for text in self._waiting if text.stamp_s <= until_s]
        self._waiting = [text for text in self._waiting if text.stamp_s > until_s]
        return sorted(ready, key=lambda text: text.stamp_s)

    def take_overdue(self, now_s: float) -> list[MarkerText]:
        """Return those that have waited for too long: better told late than never."""
        overdue = [t for t in self._waiting if now_s - t.arrived_s > LONGEST_WAIT_S]
        self._waiting = [t for t in self._waiting if now_s - t.arrived_s <= LONGEST_WAIT_S]
        return overdue
