"""Every judged sweep, and every baseline, as it was shown: put in by page, read by time.

Pages are written after the events, over the connection that waits for no disk.
Each is tied by its hash to the page before it and to the newest event of its time.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from amr_monitor.codec import (
    DisplayFrame,
    KeptSweep,
    PackedPage,
    SamplePage,
    frame_from_bytes,
    packed_page,
    page_form,
    page_trend,
    unpacked_page,
)
from amr_monitor.model.errors import ProtocolError, StorageError
from amr_monitor.model.trend import Trend, joined
from amr_monitor.storage.chain import baseline_hash, page_hash
from amr_monitor.storage.schema import baselines, events, pages

MOST_SWEEPS_AT_ONCE = 100_000
"""Of one reading: a day at one stimulus a second."""

_FIGURES = (pages.c.form, pages.c.trend)
_SHOWN = (*_FIGURES, pages.c.headers, pages.c.samples)


class KeepsPages(ABC):
    """The part of a journal that keeps what was shown."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]:
        """Give a connection to read by."""

    @abstractmethod
    def _writing_beside(self) -> AbstractContextManager[Connection]:
        """Give a connection for what waits for no disk."""

    def keep_page(self, case_id: str, sweeps: Sequence[KeptSweep]) -> None:
        """Put sweeps of one form, later than all that are kept, on a page of their own.

        Raises
        ------
        StorageError
            The case has no event yet, has later sweeps, or it cannot be written.
        """
        with self._writing_beside() as connection:
            keep_page(connection, case_id, sweeps)

    def keep_baseline(self, case_id: str, seq: int, *, time_s: float, frame: bytes) -> None:
        """Put a baseline, as a binary frame, beside the event that told it.

        Raises
        ------
        StorageError
            No such event, or it cannot be written.
        """
        with self._writing_beside() as connection:
            event_hash = _hash_of(connection, case_id, seq)
            row = {"case_id": case_id, "seq": seq, "time_s": time_s, "frame": frame}
            sha256 = baseline_hash(event_hash, frame)
            connection.execute(insert(baselines).values(**row, sha256=sha256))

    def last_kept_index(self, case_id: str) -> int | None:
        """Return the sample index of the newest sweep on a page; None where none is."""
        with self._reading() as connection:
            row = _last_page(connection, case_id)
        return None if row is None else int(row.last_sample_index)

    def trend(self, case_id: str, *, start_s: float = 0.0, end_s: float = math.inf) -> Trend:
        """Return the figures of the sweeps on pages with start_s <= time < end_s.

        Raises
        ------
        StorageError
            A page is damaged, or cannot be read.
        """
        rows = self._page_rows(case_id, start_s, end_s, _FIGURES)
        with _damage_told(case_id):
            return joined(page_trend(row.trend) for row in rows).between(start_s, end_s)

    def display_sweeps(
        self,
        case_id: str,
        *,
        start_s: float = 0.0,
        end_s: float = math.inf,
        limit: int | None = None,
    ) -> list[KeptSweep]:
        """Return the newest `limit` sweeps on pages with start_s <= time < end_s, oldest first.

        Raises
        ------
        StorageError
            A page is damaged, or cannot be read.
        """
        most = MOST_SWEEPS_AT_ONCE if limit is None else min(limit, MOST_SWEEPS_AT_ONCE)
        found: list[KeptSweep] = []
        with _damage_told(case_id):
            for row in self._newest_page_rows(case_id, start_s, end_s):
                sweeps = unpacked_page(
                    PackedPage(
                        form=row.form, trend=row.trend, headers=row.headers, samples=row.samples
                    )
                )
                fitting = [each for each in sweeps if start_s <= each.header.time_s < end_s]
                found[:0] = fitting
                if len(found) >= most:
                    break
        return found[len(found) - most :] if len(found) > most else found

    def sample_pages(
        self, case_id: str, *, start_s: float = 0.0, end_s: float = math.inf
    ) -> list[SamplePage]:
        """Return the pages with sweeps in start_s <= time < end_s, samples packed; oldest first.

        Raises
        ------
        StorageError
            A page is damaged, or cannot be read.
        """
        rows = self._page_rows(case_id, start_s, end_s, (*_FIGURES, pages.c.samples))
        with _damage_told(case_id):
            return [
                SamplePage(
                    form=page_form(row.form), trend=page_trend(row.trend), packed=bytes(row.samples)
                )
                for row in rows
            ]

    def baselines(self, case_id: str) -> list[DisplayFrame]:
        """Return the baselines of a case as they were shown, oldest first.

        Raises
        ------
        StorageError
            One is damaged, or cannot be read.
        """
        query = select(baselines.c.frame).where(baselines.c.case_id == case_id)
        with self._reading() as connection:
            frames = list(connection.execute(query.order_by(baselines.c.seq)).scalars())
        with _damage_told(case_id):
            return [frame_from_bytes(bytes(frame)) for frame in frames]

    def _page_rows(
        self, case_id: str, start_s: float, end_s: float, columns: Sequence[Any]
    ) -> list[Any]:
        query = _within(case_id, start_s, end_s, columns).order_by(pages.c.sample_index)
        with self._reading() as connection:
            return list(connection.execute(query).all())

    def _newest_page_rows(self, case_id: str, start_s: float, end_s: float) -> Iterator[Any]:
        """Give pages one by one, the newest first: who wants few reads few."""
        query = _within(case_id, start_s, end_s, (*_SHOWN, pages.c.sample_index))
        query = query.order_by(pages.c.sample_index.desc()).limit(1)
        before: int | None = None
        while True:
            step = query if before is None else query.where(pages.c.sample_index < before)
            with self._reading() as connection:
                row = connection.execute(step).first()
            if row is None:
                return
            before = row.sample_index
            yield row


def keep_page(connection: Connection, case_id: str, sweeps: Sequence[KeptSweep]) -> None:
    """Put a page at the end of those of a case.

    Raises
    ------
    StorageError
        The case has no event yet, or later sweeps.
    """
    first, last = sweeps[0].header, sweeps[-1].header
    before = _last_page(connection, case_id)
    if before is not None and before.last_sample_index >= first.sample_index:
        raise StorageError(
            f"case {case_id}: the sweep at sample {first.sample_index} is kept already,"
            " or a later one is"
        )
    newest = (
        select(events.c.seq, events.c.chain_hash)
        .where(events.c.case_id == case_id)
        .order_by(events.c.seq.desc())
        .limit(1)
    )
    head = connection.execute(newest).first()
    if head is None:
        raise StorageError(f"case {case_id}: no event to put sweeps behind")
    page = packed_page(sweeps)
    row: dict[str, Any] = {
        "case_id": case_id,
        "sample_index": first.sample_index,
        "last_sample_index": last.sample_index,
        "start_s": first.time_s,
        "end_s": last.time_s,
        "n_sweeps": len(sweeps),
        "seq": head.seq,
        "form": page.form,
        "trend": page.trend,
        "headers": page.headers,
        "samples": page.samples,
    }
    previous = "" if before is None else before.sha256
    row["sha256"] = page_hash(head.chain_hash, previous, row)
    connection.execute(insert(pages).values(**row))


def _last_page(connection: Connection, case_id: str) -> Any:
    query = (
        select(pages.c.last_sample_index, pages.c.sha256)
        .where(pages.c.case_id == case_id)
        .order_by(pages.c.sample_index.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def _within(case_id: str, start_s: float, end_s: float, columns: Sequence[Any]) -> Select[Any]:
    query = select(*columns).where(pages.c.case_id == case_id, pages.c.end_s >= start_s)
    return query if math.isinf(end_s) else query.where(pages.c.start_s < end_s)


def _hash_of(connection: Connection, case_id: str, seq: int) -> str:
    query = select(events.c.chain_hash).where(events.c.case_id == case_id, events.c.seq == seq)
    event_hash = connection.execute(query).scalar()
    if event_hash is None:
        raise StorageError(f"case {case_id}: no event {seq} to put a baseline beside")
    return str(event_hash)


@contextmanager
def _damage_told(case_id: str) -> Iterator[None]:
    """Tell what is no page with the case that it is of."""
    try:
        yield
    except ProtocolError as fault:
        raise StorageError(f"case {case_id}: {fault}; `amr-monitor verify {case_id}`") from fault
