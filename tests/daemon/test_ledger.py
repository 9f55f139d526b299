"""Nobody sees an event before it is committed, and a fault of the journal loses none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from amr_monitor.daemon.authors import Author
from amr_monitor.daemon.ledger import RETRY_S, Ledger
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import Event, GapReceived, JournalEntry, SourceWarned
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal


class FailingJournal(Journal):
    """A journal whose disk can be full."""

    is_full = False

    def append(
        self,
        case_id: str,
        new_events: Sequence[Event],
        *,
        by: str = "",
        role: str = "",
        reason: str = "",
    ) -> tuple[JournalEntry, ...]:
        if self.is_full:
            raise StorageError("disk is full; free some space")
        return super().append(case_id, new_events, by=by, role=role, reason=reason)


@dataclass
class Bench:
    """A ledger with its journal, its clock and what came out of it."""

    outlasts_faults: bool
    journal: FailingJournal = field(default_factory=FailingJournal.in_memory)
    now_s: float = 100.0
    seen: list[JournalEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal.open_case(
            CaseRecord(
                case_id="case",
                kind=CaseKind.RUN,
                origin=Origin.DEVICE,
                source_name="theatre 3",
                settings_hash="",
                software_version="",
                opened_at=datetime(2026, 3, 1, tzinfo=UTC),
            )
        )
        self.ledger = Ledger(
            journal=self.journal,
            case_id="case",
            outlasts_faults=self.outlasts_faults,
            on_entries=self.seen.extend,
            clock=lambda: self.now_s,
        )


def gap(sample_index: int) -> GapReceived:
    return GapReceived(sample_index=sample_index, time_s=0.0, missing_s=None, reason="hole")


def test_events_are_seen_once_committed_and_in_order() -> None:
    bench = Bench(outlasts_faults=True)
    entries = bench.ledger.commit([gap(1), gap(2)])
    assert [entry.seq for entry in entries] == [1, 2]
    assert bench.seen == list(entries) == bench.journal.entries("case")
    assert bench.ledger.commit([]) == ()
    bench.journal.close()


def test_a_fault_of_a_replay_is_raised() -> None:
    bench = Bench(outlasts_faults=False)
    bench.journal.is_full = True
    with pytest.raises(StorageError, match="disk is full"):
        bench.ledger.commit([gap(1)])
    assert bench.seen == []
    bench.journal.close()


def test_a_fault_of_a_live_case_holds_events_back_and_loses_none() -> None:
    bench = Bench(outlasts_faults=True)
    bench.ledger.commit([gap(1)])
    bench.journal.is_full = True
    assert bench.ledger.commit([gap(2)]) == ()
    assert bench.ledger.fault == "disk is full; free some space"
    bench.now_s += 5.0
    assert bench.ledger.commit([gap(3)], by=Author(user="local")) == ()
    assert bench.ledger.n_waiting == 2
    assert [entry.event for entry in bench.seen] == [gap(1)]

    bench.journal.is_full = False
    bench.now_s += RETRY_S
    entries = bench.ledger.commit([gap(4)])
    assert [entry.event for entry in entries[:3]] == [gap(2), gap(3), gap(4)]
    told = entries[3].event
    assert isinstance(told, SourceWarned)
    assert told.message == (
        "the journal could not be written for 6 s; no event is lost (disk is full; free some space)"
    )
    assert [entry.seq for entry in bench.seen] == [1, 2, 3, 4, 5]
    assert bench.ledger.fault is None
    assert bench.ledger.n_waiting == 0
    bench.journal.close()


def test_a_failing_journal_is_tried_again_only_after_a_while() -> None:
    bench = Bench(outlasts_faults=True)
    bench.journal.is_full = True
    bench.ledger.commit([gap(1)])
    bench.journal.is_full = False
    bench.now_s += RETRY_S / 2
    assert bench.ledger.commit([]) == ()
    bench.now_s += RETRY_S / 2
    assert bench.ledger.commit([])[0].event == gap(1)
    bench.journal.close()
