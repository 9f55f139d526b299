"""The raw sweeps that a verdict rests on, put beside it in the journal after it.

Chosen when the monitor tells the verdict, written when its event is committed,
by a thread of its own: no event and no sample waits for them.
"""

import queue
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from amr_monitor.codec import SweepRecord, sweep_record
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import (
    AmrStateChanged,
    BaselineAccepted,
    CaseClosed,
    Event,
    IndeterminateStarted,
    JournalEntry,
    ResponseAtHigherCurrent,
)
from amr_monitor.model.finding import SweepReport
from amr_monitor.storage.journal import Journal

SWEEPS_OF_A_CHANGE = 11
"""The last ten, and the one that changed the state."""

SWEEPS_OF_A_BLOCK = 60
"""What a baseline, and the outcome of a case, rest on."""

MOST_WAITING = 64
"""Verdicts whose sweeps wait for the journal; what comes then is not kept, and told."""

ATTEMPTS = 5
RETRY_S = 1.0
CLOSING_S = 10.0

KEPT_WITH: dict[type[Event], int] = {
    AmrStateChanged: SWEEPS_OF_A_CHANGE,
    IndeterminateStarted: SWEEPS_OF_A_CHANGE,
    ResponseAtHigherCurrent: SWEEPS_OF_A_CHANGE,
    BaselineAccepted: SWEEPS_OF_A_BLOCK,
    CaseClosed: SWEEPS_OF_A_BLOCK,
}
"""How many sweeps stand beside which event: the last ones up to its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    seq: int
    records: tuple[SweepRecord, ...]


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
        self._jobs: queue.Queue[_Job | None] = queue.Queue(maxsize=MOST_WAITING)
        self._faults: deque[str] = deque(maxlen=MOST_WAITING)
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None
        if not writes_at_once:
            self._thread = threading.Thread(target=self._write_all, name="sweeps", daemon=True)
            self._thread.start()

    def take(self, events: Sequence[Event], reports: Sequence[SweepReport]) -> None:
        """Choose the sweeps of what the monitor has told, from what it has judged."""
        self._recent.extend(reports)
        for event in events:
            n_sweeps = KEPT_WITH.get(type(event))
            if n_sweeps is not None:
                until = [r for r in self._recent if r.sample_index <= event.sample_index]
                # Held with its event: the number of one that is gone is given again.
                self._chosen[id(event)] = event, tuple(until[-n_sweeps:])
        while len(self._recent) > SWEEPS_OF_A_BLOCK:
            self._recent.popleft()
        self._settle()

    def take_entries(self, entries: Sequence[JournalEntry]) -> None:
        """Take note of what is committed: sweeps stand beside nothing else."""
        for entry in entries:
            if type(entry.event) in KEPT_WITH:
                self._committed[id(entry.event)] = entry
        self._settle()

    def take_faults(self) -> tuple[str, ...]:
        """Return what could not be kept since the last call, in words."""
        faults = []
        while self._faults:
            faults.append(self._faults.popleft())
        return tuple(faults)

    def close(self) -> None:
        """Write what waits; returns when it is kept, or given up."""
        if self._thread is None:
            return
        self._is_closing.set()
        try:
            self._jobs.put(None, timeout=CLOSING_S)
        except queue.Full:
            self._faults.append("sweeps beside the last verdicts could not be kept")
        self._thread.join(timeout=CLOSING_S)
        self._thread = None

    def _settle(self) -> None:
        for key in self._committed.keys() & self._chosen.keys():
            entry = self._committed.pop(key)
            _, reports = self._chosen.pop(key)
            if reports:
                job = _Job(seq=entry.seq, records=tuple(sweep_record(each) for each in reports))
                self._hand_over(job)

    def _hand_over(self, job: _Job) -> None:
        if self._thread is None:
            self._write(job, attempts=1)
            return
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            self._faults.append(
                f"sweeps beside event {job.seq} could not be kept: too many wait for the journal"
            )

    def _write_all(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._write(job, attempts=ATTEMPTS)

    def _write(self, job: _Job, *, attempts: int) -> None:
        fault: Exception | None = None
        for _ in range(attempts):
            try:
                self._journal.keep_sweeps(self._case_id, job.seq, job.records)
            except StorageError as refusal:
                fault = refusal
                # Whoever closes does not wait for a journal that is held.
                self._is_closing.wait(RETRY_S if attempts > 1 else 0.0)
            else:
                return
        self._faults.append(f"sweeps beside event {job.seq} could not be kept: {fault}")
