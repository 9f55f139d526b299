"""Sweeps stand beside a verdict after its event, and hold up nothing."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from amr_monitor.codec import SweepRecord
from amr_monitor.daemon import shelf_writer
from amr_monitor.daemon.shelf_writer import MOST_WAITING
from amr_monitor.daemon.sweep_shelf import SWEEPS_OF_A_CHANGE, SweepShelf
from amr_monitor.model.case import AmrState, IndeterminateClass, Muscle
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import Event, GapReceived, IndeterminateStarted, JournalEntry
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from tests.sweep_reports import a_report

RECORD = CaseRecord(
    case_id="case",
    kind=CaseKind.RUN,
    origin=Origin.DEVICE,
    source_name="theatre 3",
    settings_hash="",
    software_version="",
    opened_at=datetime(2026, 3, 1, tzinfo=UTC),
)


def verdict(sample_index: int) -> IndeterminateStarted:
    return IndeterminateStarted(
        sample_index=sample_index,
        time_s=sample_index / 1000,
        muscle=Muscle.ORBICULARIS_OCULI,
        indeterminate_class=IndeterminateClass.TECHNICAL,
        reasons=(),
        last_state=AmrState.PRESENT,
        last_state_age_s=0.0,
    )


class HeldJournal(Journal):
    """A journal in which sweeps wait as long as the test wants."""

    def __init__(self, url: str = "sqlite://") -> None:
        super().__init__(url)
        self.is_free = threading.Event()
        self.fault: StorageError | None = None

    def keep_sweeps(self, case_id: str, seq: int, records: Sequence[SweepRecord]) -> None:
        if not self.is_free.wait(timeout=60):
            raise StorageError("the test has forgotten to free it")
        if self.fault is not None:
            raise self.fault
        super().keep_sweeps(case_id, seq, records)


@dataclass
class Bench:
    journal: HeldJournal = field(default_factory=HeldJournal)

    def __post_init__(self) -> None:
        self.journal.open_case(RECORD)

    def commit(self, *events: Event) -> tuple[JournalEntry, ...]:
        return self.journal.append("case", events)

    def indices(self, seq: int) -> list[int]:
        return [record.header.sample_index for record in self.journal.sweeps("case", seq=seq)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.journal.close()


def test_the_last_sweeps_up_to_its_own_stand_beside_a_verdict(bench: Bench) -> None:
    bench.journal.is_free.set()
    shelf = SweepShelf(bench.journal, "case", writes_at_once=True)
    event = verdict(2000)
    shelf.take((), [a_report(sample_index=100 * n) for n in range(1, 16)])
    shelf.take_entries(bench.commit(event))
    shelf.take((event,), [a_report(sample_index=100 * n) for n in range(16, 25)])
    assert bench.indices(1) == [100 * n for n in range(10, 21)]
    assert len(bench.indices(1)) == SWEEPS_OF_A_CHANGE


def test_an_event_that_is_no_verdict_has_no_sweeps(bench: Bench) -> None:
    bench.journal.is_free.set()
    shelf = SweepShelf(bench.journal, "case", writes_at_once=True)
    gap = GapReceived(sample_index=200, time_s=0.2, missing_s=None, reason="cable")
    shelf.take_entries(bench.commit(gap))
    shelf.take((gap,), [a_report(sample_index=100)])
    assert bench.indices(1) == []


def test_a_verdict_that_is_committed_late_has_the_sweeps_of_its_time(bench: Bench) -> None:
    bench.journal.is_free.set()
    shelf = SweepShelf(bench.journal, "case", writes_at_once=True)
    event = verdict(300)
    shelf.take((event,), [a_report(sample_index=100 * n) for n in range(1, 4)])
    for n in range(4, 200):
        shelf.take((), [a_report(sample_index=100 * n)])
    assert bench.indices(1) == []
    shelf.take_entries(bench.commit(event))
    assert bench.indices(1) == [100, 200, 300]


def test_no_event_waits_for_sweeps_and_all_are_kept_at_the_end(bench: Bench) -> None:
    shelf = SweepShelf(bench.journal, "case", writes_at_once=False)
    for n in range(1, 6):
        event = verdict(100 * n)
        shelf.take_entries(bench.commit(event))
        shelf.take((event,), [a_report(sample_index=100 * n)])
    assert len(bench.journal.lines("case")) == 5
    bench.journal.is_free.set()
    shelf.close()
    assert bench.indices(5) == [100, 200, 300, 400, 500]
    assert shelf.take_faults() == ()


def test_beyond_the_bound_sweeps_are_not_kept_and_told(bench: Bench) -> None:
    shelf = SweepShelf(bench.journal, "case", writes_at_once=False)
    for n in range(1, MOST_WAITING + 5):
        event = verdict(100 * n)
        shelf.take_entries(bench.commit(event))
        shelf.take((event,), [a_report(sample_index=100 * n)])
    faults = shelf.take_faults()
    assert 1 <= len(faults) <= 5
    assert all("too many wait for the journal" in fault for fault in faults)
    bench.journal.is_free.set()
    shelf.close()


def test_what_the_journal_refuses_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_writer, "RETRY_S", 0.0)
    bench.journal.fault = StorageError("the disk is full; free some space")
    bench.journal.is_free.set()
    shelf = SweepShelf(bench.journal, "case", writes_at_once=False)
    event = verdict(100)
    shelf.take_entries(bench.commit(event))
    shelf.take((event,), [a_report(sample_index=100)])
    shelf.close()
    assert shelf.take_faults() == (
        "sweeps beside event 1 could not be kept: the disk is full; free some space",
    )


def test_what_stands_beside_an_event_already_is_not_chosen_once_more(bench: Bench) -> None:
    bench.journal.is_free.set()
    event, torn = verdict(100), verdict(200)
    before = SweepShelf(bench.journal, "case", writes_at_once=True)
    before.take_entries(bench.commit(event))
    before.take((event,), [a_report(sample_index=100)])
    entries = (*bench.journal.entries("case"), *bench.commit(torn))
    again = SweepShelf(bench.journal, "case", writes_at_once=True)
    again.take_again(entries)
    again.take((entries[0].event, torn), [a_report(sample_index=100), a_report(sample_index=200)])
    assert again.n_waiting == 0
    assert bench.indices(1) == [100]
    assert bench.indices(2) == [100, 200]
