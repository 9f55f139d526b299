"""The raw sweeps that a verdict rests on, put beside it in the journal after it.

Chosen when the monitor tells the verdict, written when its event is committed,
by a thread of its own: no event and no sample waits for them. The same thread
writes what every sweep looked like, page by page.
"""

from collections import deque
from collections.abc import Sequence
from functools import partial

from amr_monitor.codec import sweep_record
from amr_monitor.daemon.page_shelf import PageShelf
from amr_monitor.daemon.shelf_writer import ShelfWriter
from amr_monitor.model.events import (
    AmrStateChanged,
    BaselineAccepted,
    CaseClosed,
    Event,
    IndeterminateStarted,
    JournalEntry,
    ResponseAtHigherCurrent,
)
from amr_monitor.model.finding import BaselineView, SweepReport
from amr_monitor.storage.journal import Journal

SWEEPS_OF_A_CHANGE = 11
"""The last ten, and the one that changed the state."""

SWEEPS_OF_A_BLOCK = 60
"""What a baseline, and the outcome of a case, rest on."""

KEPT_WITH: dict[type[Event], int] = {
    AmrStateChanged: SWEEPS_OF_A_CHANGE,
    IndeterminateStarted: SWEEPS_OF_A_CHANGE,
    ResponseAtHigherCurrent: SWEEPS_OF_A_CHANGE,
    BaselineAccepted: SWEEPS_OF_A_BLOCK,
    CaseClosed: SWEEPS_OF_A_BLOCK,
}
"""How many sweeps stand beside which event: the last ones up to its own."""


class SweepShelf:
    """Keep sweeps beside verdicts; used from the acquisition thread.

    Parameters
    ----------
    journal : Journal
    case_id : str
    writes_at_once : bool
        Where nothing is live there is nothing to hold up, and no thread.
    """

    def __init__(self, journal: Journal, case_id: str, *, writes_at_once: bool) -> None:
        self._journal = journal
        self._case_id = case_id
        self._recent: deque[SweepReport] = deque()
        self._chosen: dict[int, tuple[Event, tuple[SweepReport, ...]]] = {}
        self._committed: dict[int, JournalEntry] = {}
        # Of a case that goes on: events, to be told again, whose sweeps stand there already.
        self._kept: dict[int, Event] = {}
        self._writer = ShelfWriter(writes_at_once=writes_at_once)
        self._pages = PageShelf(journal, case_id, writer=self._writer)

    def take(
        self,
        events: Sequence[Event],
        reports: Sequence[SweepReport],
        *,
        baseline: BaselineView | None = None,
    ) -> None:
        """Choose the sweeps of what the monitor has told, from what it has judged.

        Parameters
        ----------
        events, reports : sequence
        baseline : BaselineView or None
            As it is after these events.
        """
        self._pages.take(reports)
        self._recent.extend(reports)
        for event in events:
            if isinstance(event, BaselineAccepted) and baseline is not None:
                self._pages.take_baseline(event, baseline)
            n_sweeps = KEPT_WITH.get(type(event))
            if n_sweeps is not None and self._kept.pop(id(event), None) is None:
                until = [r for r in self._recent if r.sample_index <= event.sample_index]
                # Held with its event: the number of one that is gone is given again.
                self._chosen[id(event)] = event, tuple(until[-n_sweeps:])
        while len(self._recent) > SWEEPS_OF_A_BLOCK:
            self._recent.popleft()
        self._settle()

    def take_entries(self, entries: Sequence[JournalEntry]) -> None:
        """Take note of what is committed: sweeps stand beside nothing else."""
        self._pages.take_entries(entries)
        for entry in entries:
            if type(entry.event) in KEPT_WITH:
                self._committed[id(entry.event)] = entry
        self._settle()

    def take_again(self, entries: Sequence[JournalEntry]) -> None:
        """Take note of what was committed before a restart, before it is taken again.

        What stands beside it already stays, and is not chosen once more.
        """
        self._pages.take_again(entries)
        for entry in entries:
            if type(entry.event) in KEPT_WITH:
                if self._journal.sweeps(self._case_id, seq=entry.seq, limit=1):
                    self._kept[id(entry.event)] = entry.event
                else:
                    self._committed[id(entry.event)] = entry
        self._settle()

    @property
    def n_waiting(self) -> int:
        """Events whose sweeps or baseline are chosen and wait for the journal."""
        return len(self._chosen) + self._pages.n_waiting

    def take_faults(self) -> tuple[str, ...]:
        """Return what could not be kept since the last call, in words."""
        return self._writer.take_faults()

    def close(self) -> None:
        """Write what waits; returns when it is kept, or given up."""
        self._pages.close()
        self._writer.close()

    def _settle(self) -> None:
        for key in self._committed.keys() & self._chosen.keys():
            entry = self._committed.pop(key)
            _, reports = self._chosen.pop(key)
            if reports:
                self._writer.hand_over(
                    f"sweeps beside event {entry.seq}",
                    partial(self._keep, entry.seq, reports),
                )

    def _keep(self, seq: int, reports: Sequence[SweepReport]) -> None:
        records = [sweep_record(report) for report in reports]
        self._journal.keep_sweeps(self._case_id, seq, records)
