"""Every judged sweep as it was shown, kept in pages; used from the acquisition thread."""

from collections.abc import Sequence
from functools import partial

from amr_monitor.codec import (
    SWEEPS_A_PAGE,
    KeptSweep,
    baseline_to_frame,
    form_of,
    kept_sweep,
)
from amr_monitor.daemon.shelf_writer import ShelfWriter
from amr_monitor.model.case import Muscle
from amr_monitor.model.events import BaselineAccepted, JournalEntry
from amr_monitor.model.finding import BaselineView, SweepReport
from amr_monitor.storage.journal import Journal

LONGEST_PAGE_S = 120.0
"""Where stimuli come in bursts, a page does not wait for the next ones."""


class PageShelf:
    """Gather sweeps until they make a page, and have it written.

    Parameters
    ----------
    journal : Journal
    case_id : str
    writer : ShelfWriter
    """

    def __init__(self, journal: Journal, case_id: str, *, writer: ShelfWriter) -> None:
        self._journal = journal
        self._case_id = case_id
        self._writer = writer
        self._gathered: list[KeptSweep] = []
        self._muscles: tuple[Muscle, ...] = ()
        self._views: dict[int, tuple[BaselineAccepted, BaselineView]] = {}
        self._accepted: dict[int, JournalEntry] = {}
        # Of a case that goes on: events, to be told again, whose baseline stands there already.
        self._kept: dict[int, BaselineAccepted] = {}
        self._newest_seq = 0
        # Of a case that goes on after a restart sweeps may be judged once more.
        self._kept_until = journal.last_kept_index(case_id)
        self._is_closed = False

    def take_entries(self, entries: Sequence[JournalEntry]) -> None:
        """Take note of what is committed."""
        for entry in entries:
            self._newest_seq = max(self._newest_seq, entry.seq)
            if isinstance(entry.event, BaselineAccepted):
                self._accepted[id(entry.event)] = entry
        self._settle()

    def take_again(self, entries: Sequence[JournalEntry]) -> None:
        """Take note of what was committed before a restart, before it is taken again.

        A baseline that is kept stays.
        """
        accepted = [e for e in entries if isinstance(e.event, BaselineAccepted)]
        kept: set[int] = set()
        if accepted:
            kept = {frame.header.seq for frame in self._journal.baselines(self._case_id)}
        for entry in accepted:
            if entry.seq in kept and isinstance(entry.event, BaselineAccepted):
                self._kept[id(entry.event)] = entry.event
        self.take_entries([entry for entry in entries if entry.seq not in kept])

    def take(self, reports: Sequence[SweepReport]) -> None:
        """Gather what the monitor has judged."""
        for report in reports:
            self._muscles = tuple(finding.muscle for finding in report.findings)
            if self._kept_until is not None and report.sample_index <= self._kept_until:
                continue
            self._kept_until = report.sample_index
            sweep = kept_sweep(report, seq=self._newest_seq)
            if self._gathered and not self._fits(sweep):
                self._hand_over()
            self._gathered.append(sweep)
            if len(self._gathered) == SWEEPS_A_PAGE:
                self._hand_over()
        if self._is_closed:
            self._hand_over()
        self._settle()

    def take_baseline(self, event: BaselineAccepted, view: BaselineView) -> None:
        """Keep the baseline that an event tells, once it is committed."""
        # Held with its event: the number of one that is gone is given again.
        if self._kept.pop(id(event), None) is None:
            self._views[id(event)] = event, view
            self._settle()

    @property
    def n_waiting(self) -> int:
        """Baselines that wait for their event to be committed."""
        return len(self._views)

    def close(self) -> None:
        """Have the last page written, however few sweeps it has."""
        self._is_closed = True
        self._hand_over()

    def _settle(self) -> None:
        for key in self._accepted.keys() & self._views.keys():
            entry = self._accepted.pop(key)
            event, view = self._views.pop(key)
            if len(self._muscles) != len(view.windows_ms):
                continue
            frame = baseline_to_frame(view, muscles=self._muscles, seq=entry.seq)
            keep = partial(
                self._journal.keep_baseline,
                self._case_id,
                entry.seq,
                time_s=event.time_s,
                frame=frame,
            )
            self._writer.hand_over(f"the baseline of event {entry.seq}", keep)

    def _fits(self, sweep: KeptSweep) -> bool:
        first = self._gathered[0]
        lasted_s = sweep.header.time_s - first.header.time_s
        return form_of(sweep) == form_of(first) and lasted_s < LONGEST_PAGE_S

    def _hand_over(self) -> None:
        if not self._gathered:
            return
        sweeps, self._gathered = tuple(self._gathered), []
        first, last = sweeps[0].header.sweep_number, sweeps[-1].header.sweep_number
        self._writer.hand_over(
            f"sweeps {first} to {last} for review",
            partial(self._journal.keep_page, self._case_id, sweeps),
        )
