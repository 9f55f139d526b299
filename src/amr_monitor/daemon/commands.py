"""Commands of people on their way to the acquisition thread, and the answers on their way back."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import JournalEntry
from amr_monitor.monitor.commands import Command

PATIENCE_S = 0.5
"""A command is carried out without the samples of its moment if they do not come."""

CommandMaker = Callable[[int], Command]
CommandResult = Future[tuple[JournalEntry, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCommand:
    """A command that somebody waits for.

    Attributes
    ----------
    make : callable
        Gets the sample index at which the command counts.
    result : Future
        Gets the journalled events, or `CommandRefused`.
    """

    make: CommandMaker
    result: CommandResult


@dataclass(frozen=True, slots=True, kw_only=True)
class _Awaited:
    sample_index: int
    result: CommandResult
    since_s: float


class CommandDesk:
    """Take commands from any thread; the acquisition thread carries them out.

    `submit` may be called from any thread, the rest from the acquisition
    thread alone.
    """

    def __init__(self) -> None:
        self._given: queue.SimpleQueue[GivenCommand] = queue.SimpleQueue()
        self._awaited: list[_Awaited] = []
        self._closed = threading.Event()

    def submit(self, make: CommandMaker) -> CommandResult:
        """Put a command down and return what will become of it."""
        result: CommandResult = Future()
        self._given.put(GivenCommand(make=make, result=result))
        if self._closed.is_set():
            self._refuse_given()
        return result

    def next(self) -> GivenCommand | None:
        """Return the next command that somebody still waits for."""
        while True:
            try:
                given = self._given.get_nowait()
            except queue.Empty:
                return None
            if given.result.set_running_or_notify_cancel():
                return given

    def await_events(self, given: GivenCommand, *, sample_index: int, now_s: float) -> None:
        """Answer once the events of that sample index are committed."""
        self._awaited.append(
            _Awaited(sample_index=sample_index, result=given.result, since_s=now_s)
        )

    def answer(self, entries: Sequence[JournalEntry]) -> None:
        """Answer the commands whose events these are."""
        for each in list(self._awaited):
            caused = tuple(e for e in entries if e.event.sample_index == each.sample_index)
            if caused:
                self._awaited.remove(each)
                each.result.set_result(caused)

    def is_impatient(self, *, now_s: float) -> bool:
        """Return whether a command has waited too long for its samples."""
        return any(now_s - each.since_s >= PATIENCE_S for each in self._awaited)

    def answer_rest(self) -> None:
        """Answer those that nothing came of."""
        for each in self._awaited:
            each.result.set_result(())
        self._awaited.clear()

    def close(self) -> None:
        """Refuse what waits and whatever comes from now on."""
        self._closed.set()
        self.answer_rest()
        self._refuse_given()

    def _refuse_given(self) -> None:
        while (given := self.next()) is not None:
            given.result.set_exception(
                CommandRefused("the case is over: no command is taken any more")
            )
