"""Every case that can be looked at while one runs."""

import math
from collections.abc import Sequence
from typing import Protocol

from amr_monitor.api.review_seams import ReviewStore
from amr_monitor.api.seams import CaseSummary, EventStore
from amr_monitor.codec import DisplayFrame, KeptSweep, SamplePage, SweepRecord
from amr_monitor.model.trend import Trend


class Store(EventStore, ReviewStore, Protocol):
    """Everything that is kept of cases."""


class JointStore:
    """The running case from one journal, every other one from the catalogue.

    A served replay is journalled in memory until it has ended.

    Parameters
    ----------
    running : Store
    catalogue : Store
    """

    def __init__(self, *, running: Store, catalogue: Store) -> None:
        self._running = running
        self._catalogue = catalogue

    def lines(self, case_id: str, *, since: int = 0, limit: int | None = None) -> list[str]:
        """Return the events after `since` as lines of JSON."""
        return self._store_of(case_id).lines(case_id, since=since, limit=limit)

    def cases(self) -> Sequence[CaseSummary]:
        """Return every case, the running one first."""
        running = list(self._running.cases())
        ids = {case.case_id for case in running}
        return running + [case for case in self._catalogue.cases() if case.case_id not in ids]

    def case(self, case_id: str) -> CaseSummary | None:
        """Return one case, or None."""
        return self._store_of(case_id).case(case_id)

    def sweeps(
        self,
        case_id: str,
        *,
        seq: int | None = None,
        start_s: float = 0.0,
        end_s: float = math.inf,
        limit: int = 60,
    ) -> Sequence[SweepRecord]:
        """Return the sweeps beside one event, or beside any."""
        store = self._store_of(case_id)
        return store.sweeps(case_id, seq=seq, start_s=start_s, end_s=end_s, limit=limit)

    def head(self, case_id: str) -> tuple[int, str]:
        """Return the number of events of a case, and the hash of the last one."""
        return self._store_of(case_id).head(case_id)

    def trend(self, case_id: str, *, start_s: float = 0.0, end_s: float = math.inf) -> Trend:
        """Return the figures of the sweeps of a stretch."""
        return self._store_of(case_id).trend(case_id, start_s=start_s, end_s=end_s)

    def display_sweeps(
        self,
        case_id: str,
        *,
        start_s: float = 0.0,
        end_s: float = math.inf,
        limit: int | None = None,
    ) -> Sequence[KeptSweep]:
        """Return the newest sweeps of a stretch as they were shown."""
        store = self._store_of(case_id)
        return store.display_sweeps(case_id, start_s=start_s, end_s=end_s, limit=limit)

    def sample_pages(
        self, case_id: str, *, start_s: float = 0.0, end_s: float = math.inf
    ) -> Sequence[SamplePage]:
        """Return the pages with sweeps of a stretch."""
        return self._store_of(case_id).sample_pages(case_id, start_s=start_s, end_s=end_s)

    def baselines(self, case_id: str) -> Sequence[DisplayFrame]:
        """Return the baselines of a case as they were shown."""
        return self._store_of(case_id).baselines(case_id)

    def _store_of(self, case_id: str) -> Store:
        return self._catalogue if self._running.case(case_id) is None else self._running
