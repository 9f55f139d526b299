"""What a person is told while a case goes on and when it has ended."""

import sys
from collections.abc import Sequence

from amr_monitor.cli.output import EventFile
from amr_monitor.cli.status import BUG, DONE, complain, status_of_fault
from amr_monitor.cli.words import summary
from amr_monitor.daemon.composition import Composed
from amr_monitor.model.events import JournalEntry, SourceWarned


class Teller:
    """Write events for programs, warnings and the result for people.

    Parameters
    ----------
    debug : bool
        Faults come with their traceback.
    at_once : bool
        Warnings are told as they come; otherwise at the end, so that they do
        not tear a progress bar.
    events : EventFile or None

    Attributes
    ----------
    status : int
        Exit status that what has happened deserves.
    """

    def __init__(self, *, debug: bool, at_once: bool, events: EventFile | None = None) -> None:
        self._debug = debug
        self._at_once = at_once
        self._events = events
        self._warnings: list[str] = []
        self.status = DONE

    def take(self, entries: Sequence[JournalEntry]) -> None:
        """Take committed events."""
        if self._events is not None:
            self._events.write(entries)
        for entry in entries:
            if isinstance(entry.event, SourceWarned):
                self._warn(entry.event.message)

    def say(self, text: str) -> None:
        """Tell a result; on stderr where stdout is taken by the events."""
        taken = self._events is not None and self._events.is_stdout
        print(text, file=sys.stderr if taken else sys.stdout, flush=True)

    def ended(self, composed: Composed, fault: Exception | None = None) -> None:
        """Tell how a session ended, and keep a replay that came to its end."""
        self._at_once = True
        for warning in self._warnings:
            self._warn(warning)
        self._warnings.clear()
        if fault is None:
            fault = self._result(composed)
        if fault is not None:
            self.status = status_of_fault(fault, debug=self._debug)

    def _result(self, composed: Composed) -> Exception | None:
        session = composed.session
        try:
            if session.outcome is not None:
                self.say(summary(session.outcome, composed.record))
                composed.keep()
        except Exception as fault:  # told like one of the session
            return fault
        if session.fault is not None:
            complain(session.fault)
            self.status = BUG
        return None

    def _warn(self, message: str) -> None:
        if self._at_once:
            complain(f"warning: {message}")
        else:
            self._warnings.append(message)
