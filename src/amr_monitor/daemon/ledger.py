"""Events of one case on their way to the journal: committed first, seen afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amr_monitor.daemon.authors import NOBODY, Author
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import Event, JournalEntry, SourceWarned
from amr_monitor.storage.journal import Journal

RETRY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    event: Event
    author: Author


class Ledger:
    """Commit events in their order; a fault of the journal holds them back, all of them.

    Parameters
    ----------
    journal : Journal
    case_id : str
    outlasts_faults : bool
        Of a live case: events wait, in order, until the journal can be
        written again, and nobody sees them before. Otherwise there is nothing
        to lose, and the fault is raised.
    on_entries : callable
        Called with what is committed.
    clock : callable
        Monotonic seconds.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        case_id: str,
        outlasts_faults: bool,
        on_entries: Callable[[Sequence[JournalEntry]], None],
        clock: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._case_id = case_id
        self._outlasts_faults = outlasts_faults
        self._on_entries = on_entries
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._fault: str | None = None
        self._failed_since_s = 0.0
        self._tried_s = 0.0

    @property
    def fault(self) -> str | None:
        """Why events wait; None where none does."""
        return self._fault

    @property
    def n_waiting(self) -> int:
        """Events that are not committed yet."""
        return len(self._waiting)

    def commit(self, events: Sequence[Event], *, by: Author = NOBODY) -> tuple[JournalEntry, ...]:
        """Commit events and return them with their `seq`; empty where they must wait.

        Raises
        ------
        StorageError
            The journal cannot be written, and its faults are not outlasted.
        """
        self._waiting.extend(_Waiting(event=event, author=by) for event in events)
        if not self._waiting or (self._fault is not None and not self._may_try()):
            return ()
        return self._write()

    def _may_try(self) -> bool:
        return self._clock() - self._tried_s >= RETRY_S

    def _write(self) -> tuple[JournalEntry, ...]:
        committed: list[JournalEntry] = []
        try:
            while self._waiting:
                author = self._waiting[0].author
                n_alike = next(
                    (n for n, waiting in enumerate(self._waiting) if waiting.author != author),
                    len(self._waiting),
                )
                events = [waiting.event for waiting in self._waiting[:n_alike]]
                committed.extend(
                    self._journal.append(
                        self._case_id,
                        events,
                        by=author.user,
                        role=author.role,
                        reason=author.reason,
                    )
                )
                del self._waiting[:n_alike]
                if self._fault is not None and not self._waiting:
                    recovered = self._recovered(events[-1])
                    self._waiting.append(_Waiting(event=recovered, author=NOBODY))
        except StorageError as fault:
            self._tried_s = self._clock()
            if self._fault is None:
                self._failed_since_s = self._tried_s
            self._fault = str(fault)
            if not self._outlasts_faults:
                raise
        finally:
            if committed:
                self._on_entries(committed)
        return tuple(committed)

    def _recovered(self, last: Event) -> SourceWarned:
        waited_s = self._clock() - self._failed_since_s
        message = f"the journal could not be written for {waited_s:.0f} s; no event is lost"
        told = f"{message} ({self._fault})"
        self._fault = None
        return SourceWarned(
            sample_index=last.sample_index, time_s=last.time_s, code="journal", message=told
        )
