"""What the review of a case needs from the house, as protocols."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from amr_monitor.codec import DisplayFrame, KeptSweep, SamplePage
from amr_monitor.model.trend import Trend


class ReviewStore(Protocol):
    """Every sweep that was judged, as it was shown; safe from several threads."""

    def head(self, case_id: str) -> tuple[int, str]:
        """Return the number of events of a case, and the hash of the last one."""
        ...

    def trend(self, case_id: str, *, start_s: float = 0.0, end_s: float = math.inf) -> Trend:
        """Return the figures of the sweeps with start_s <= time < end_s."""
        ...

    def display_sweeps(
        self,
        case_id: str,
        *,
        start_s: float = 0.0,
        end_s: float = math.inf,
        limit: int | None = None,
    ) -> Sequence[KeptSweep]:
        """Return the newest `limit` sweeps of a stretch, oldest first."""
        ...

    def sample_pages(
        self, case_id: str, *, start_s: float = 0.0, end_s: float = math.inf
    ) -> Sequence[SamplePage]:
        """Return the pages with sweeps of a stretch, oldest first."""
        ...

    def baselines(self, case_id: str) -> Sequence[DisplayFrame]:
        """Return the baselines as they were shown, oldest first."""
        ...


class CaseDocuments(Protocol):
    """What can be taken home of a case; each may take seconds, in a thread of its own."""

    @property
    def has_reports(self) -> bool:
        """Whether a report can be written here."""
        ...

    def export(self, case_id: str, target: Path) -> None:
        """Write the case as a zip file.

        Raises
        ------
        StorageError
        """
        ...

    def report(self, case_id: str) -> bytes:
        """Return the report of a case as HTML.

        Raises
        ------
        AmrMonitorError
        """
        ...
