"""A case as the journal kept it: all that a report is made of."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from amr_monitor.codec import SweepRecord
from amr_monitor.model.case import CaseMode
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import (
    AmrStateChanged,
    CaseClosed,
    CaseOpened,
    Event,
    JournalEntry,
)
from amr_monitor.qa.report.sweeps import KeptSweep, Sweeps, sweeps_of_display, sweeps_of_verdicts
from amr_monitor.storage.catalog import CaseRecord


class CaseStore(Protocol):
    """What is read of a journal."""

    def case(self, case_id: str) -> CaseRecord | None:
        """Return what is known of the case besides its events."""
        ...

    def entries(self, case_id: str) -> list[JournalEntry]:
        """Return its events."""
        ...

    def head(self, case_id: str) -> tuple[int, str]:
        """Return the number of its events, and the hash of the last."""
        ...

    def display_sweeps(self, case_id: str) -> Iterable[KeptSweep]:
        """Return every judged sweep."""
        ...

    def sweeps(self, case_id: str, *, seq: int | None = None) -> Sequence[SweepRecord]:
        """Return the sweeps beside one event."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseHistory:
    """A case from its opening to its last event.

    Attributes
    ----------
    record : CaseRecord
    entries : tuple of JournalEntry
    n_events : int
    head_hash : str
        Of the last event: it proves the journal that the report is made of.
    sweeps : Sweeps
    """

    record: CaseRecord
    entries: tuple[JournalEntry, ...]
    n_events: int
    head_hash: str
    sweeps: Sweeps

    @property
    def events(self) -> Iterator[Event]:
        """The events, in order."""
        return (entry.event for entry in self.entries)

    @property
    def opened(self) -> CaseOpened | None:
        """How it was opened."""
        return next((each for each in self.events if isinstance(each, CaseOpened)), None)

    @property
    def closed(self) -> CaseClosed | None:
        """The verdict; None while it is open."""
        return next((each for each in self.events if isinstance(each, CaseClosed)), None)

    @property
    def end_s(self) -> float:
        """Until when the case is known."""
        times = [event.time_s for event in self.events]
        times += [float(time_s) for time_s in self.sweeps.time_s[-1:]]
        return max(times, default=0.0)

    def setting(self, *path: str, default: float) -> float:
        """Return a number among the settings that the case was judged with.

        The text of a case of another version may lack it.
        """
        found = self.settings
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return float(found) if isinstance(found, int | float) else default

    @property
    def settings(self) -> object:
        """The settings that can change a verdict, as read from their JSON."""
        return json.loads(self.record.settings) if self.record.settings else {}


def read_history(store: CaseStore, case_id: str) -> CaseHistory:
    """Return a case as it stands.

    Raises
    ------
    StorageError
        There is no such case, nothing was told of it yet, or it is open and in
        shadow mode.
    """
    record = store.case(case_id)
    if record is None:
        raise StorageError(f"no case {case_id} in the journal; see `amr-monitor cases`")
    entries = tuple(store.entries(case_id))
    if not entries:
        raise StorageError(f"case {case_id}: holds no event yet: there is nothing to report")
    closed = any(isinstance(entry.event, CaseClosed) for entry in entries)
    in_shadow = any(
        isinstance(entry.event, CaseOpened) and entry.event.mode is CaseMode.SHADOW
        for entry in entries
    )
    if in_shadow and not closed:
        raise StorageError(
            f"case {case_id}: is open and in shadow mode: nothing is told before it is closed"
        )
    n_events, head_hash = store.head(case_id)
    sweeps = sweeps_of_display(store.display_sweeps(case_id))
    if not sweeps.time_s.size:
        sweeps = sweeps_of_verdicts(_beside_verdicts(store, case_id, entries))
    return CaseHistory(
        record=record,
        entries=entries,
        n_events=n_events,
        head_hash=head_hash,
        sweeps=sweeps,
    )


def _beside_verdicts(
    store: CaseStore, case_id: str, entries: Sequence[JournalEntry]
) -> list[SweepRecord]:
    """Return what stands beside any change of state, once and in order."""
    found = {
        record.header.sample_index: record
        for entry in entries
        if isinstance(entry.event, AmrStateChanged)
        for record in store.sweeps(case_id, seq=entry.seq)
    }
    return [found[index] for index in sorted(found)]
