"""What a case has shown so far: pages of the store, and what is on no page yet.

Of an open case in shadow mode nothing is shown.
"""

import math
from collections.abc import Sequence
from typing import Protocol

from amr_monitor.api.history import DisplayHistory
from amr_monitor.api.review_seams import ReviewStore
from amr_monitor.codec import (
    DisplayFrame,
    KeptSweep,
    SamplePage,
    coarsened,
    form_of,
    packed_page,
    trend_of,
)
from amr_monitor.model.trend import NO_TREND, Trend, joined


class RunningCase(Protocol):
    """What is in memory of the running case."""

    @property
    def case_id(self) -> str:
        """The running case."""
        ...

    @property
    def history(self) -> DisplayHistory:
        """Its newest sweeps, and figures."""
        ...


class Veil(Protocol):
    """Who knows what is kept back."""

    def withholds(self, case_id: str) -> bool:
        """Tell whether the case is open and in shadow mode."""
        ...


class Retrospect:
    """Look back at a case, the running one or any other.

    Parameters
    ----------
    store : ReviewStore or None
        None where there is nothing but memory.
    running : RunningCase
    veil : Veil
    """

    def __init__(self, store: ReviewStore | None, running: RunningCase, veil: Veil) -> None:
        self._store = store
        self._running = running
        self._veil = veil

    def trend(
        self,
        case_id: str,
        *,
        start_s: float = 0.0,
        end_s: float = math.inf,
        limit: int | None = None,
    ) -> Trend:
        """Return the figures of the sweeps with start_s <= time < end_s.

        Of the running case what is in memory may be thinned to `limit` already.
        """
        if self._veil.withholds(case_id):
            return NO_TREND
        history = self._history(case_id)
        if history is None:
            return NO_TREND if self._store is None else self._of_pages(case_id, start_s, end_s)
        in_memory_s = history.first_time_s
        newest = history.trend(start_s=start_s, end_s=end_s, limit=limit)
        if self._store is None or start_s >= in_memory_s:
            return newest
        return joined((self._of_pages(case_id, start_s, min(end_s, in_memory_s)), newest))

    def extent(self, case_id: str) -> tuple[int, float | None, float | None]:
        """Return how many sweeps are kept, and the times of the first and the last.

        No column is built of what is in memory.
        """
        if self._veil.withholds(case_id):
            return 0, None, None
        history = self._history(case_id)
        n_sweeps, first_s, last_s = (0, None, None) if history is None else history.extent
        until_s = math.inf if first_s is None else first_s
        older_s = self._of_pages(case_id, -math.inf, until_s).time_s
        if older_s:
            first_s, last_s = older_s[0], older_s[-1] if last_s is None else last_s
        return n_sweeps + len(older_s), first_s, last_s

    def sweeps(
        self, case_id: str, *, start_s: float = 0.0, end_s: float = math.inf, limit: int
    ) -> list[KeptSweep]:
        """Return the newest `limit` sweeps with start_s <= time < end_s, oldest first."""
        if self._veil.withholds(case_id):
            return []
        history = self._history(case_id)
        newest: list[KeptSweep] = []
        if history is not None:
            newest = history.sweeps(start_s=start_s, end_s=end_s, limit=limit)
        if self._store is None or len(newest) >= limit:
            return newest
        until_s = min(end_s, newest[0].header.time_s) if newest else end_s
        left = limit - len(newest)
        older = self._store.display_sweeps(case_id, start_s=start_s, end_s=until_s, limit=left)
        return [*older, *newest]

    def sample_pages(
        self, case_id: str, *, start_s: float = 0.0, end_s: float = math.inf
    ) -> list[SamplePage]:
        """Return the samples of the sweeps of a stretch, page by page, oldest first."""
        if self._veil.withholds(case_id):
            return []
        pages: list[SamplePage] = []
        if self._store is not None:
            pages += self._store.sample_pages(case_id, start_s=start_s, end_s=end_s)
        history = self._history(case_id)
        if history is not None:
            on_page_s = pages[-1].trend.time_s[-1] if pages else -math.inf
            rest = [
                coarsened(sweep)
                for sweep in history.sweeps(start_s=start_s, end_s=end_s, limit=_MOST_IN_MEMORY)
                if sweep.header.time_s > on_page_s
            ]
            pages += _pages_of(rest)
        return pages

    def baselines(self, case_id: str) -> list[DisplayFrame]:
        """Return the baselines that are kept of a case, oldest first."""
        if self._store is None or self._veil.withholds(case_id):
            return []
        return list(self._store.baselines(case_id))

    def head(self, case_id: str) -> tuple[int, str] | None:
        """Return the number of events of a case and the hash of the last one, where it is kept."""
        return None if self._store is None else self._store.head(case_id)

    def _of_pages(self, case_id: str, start_s: float, end_s: float) -> Trend:
        if self._store is None:
            return NO_TREND
        return self._store.trend(case_id, start_s=start_s, end_s=end_s)

    def _history(self, case_id: str) -> DisplayHistory | None:
        return self._running.history if case_id == self._running.case_id else None


def _pages_of(sweeps: Sequence[KeptSweep]) -> list[SamplePage]:
    """Return sweeps as pages, each of one form."""
    pages: list[SamplePage] = []
    start = 0
    for end in range(1, len(sweeps) + 1):
        if end == len(sweeps) or form_of(sweeps[end]) != form_of(sweeps[start]):
            part = sweeps[start:end]
            trend = trend_of([sweep.header for sweep in part])
            packed = packed_page(part).samples
            pages.append(SamplePage(form=form_of(part[0]), trend=trend, packed=packed))
            start = end
    return pages


_MOST_IN_MEMORY = 10_000
