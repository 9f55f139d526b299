"""Cases are found by date, outcome and origin."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from amr_monitor.model.case import Outcome
from amr_monitor.model.errors import StorageError
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseQuery
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.statements import in_one_line
from tests.storage.test_journal import RECORD, START, closed, gap

DAY = timedelta(days=1)


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    with Journal(url) as opened:
        for n, outcome in enumerate((Outcome.DISAPPEARED, Outcome.PERSISTENT, None)):
            case_id = f"case-{n}"
            moment = START + n * DAY
            origin = Origin.SIMULATED if n == 1 else Origin.DEVICE
            opened.open_case(
                replace(
                    RECORD,
                    case_id=case_id,
                    origin=origin,
                    start_utc=moment,
                    opened_at=START + 9 * DAY,
                )
            )
            opened.append(case_id, [gap(1)] if outcome is None else [closed(outcome)])
        opened.open_case(replace(RECORD, case_id="undated", start_utc=None, opened_at=START + DAY))
        yield opened


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (CaseQuery(), {"case-0", "case-1", "case-2", "undated"}),
        (CaseQuery(since=START + DAY), {"case-1", "case-2", "undated"}),
        (CaseQuery(until=START + DAY), {"case-0"}),
        (CaseQuery(since=START + DAY, until=START + 2 * DAY), {"case-1", "undated"}),
        (CaseQuery(outcomes=(Outcome.PERSISTENT,)), {"case-1"}),
        (CaseQuery(outcomes=(Outcome.PERSISTENT, Outcome.DISAPPEARED)), {"case-0", "case-1"}),
        (CaseQuery(outcomes=(None,)), {"case-2", "undated"}),
        (CaseQuery(outcomes=(None, Outcome.PERSISTENT)), {"case-1", "case-2", "undated"}),
        (CaseQuery(origin=Origin.SIMULATED), {"case-1"}),
        (CaseQuery(limit=2), {"case-0", "case-1"}),
    ],
)
def test_cases_are_found(journal: Journal, query: CaseQuery, found: set[str]) -> None:
    assert {record.case_id for record in journal.cases(query)} == found


def test_a_deleted_case_leaves_a_tombstone_and_nothing_else(journal: Journal) -> None:
    n_events, head = journal.head("case-0")
    tombstone = journal.delete_case("case-0", by="Kim", reason="consent\nwithdrawn")
    assert (tombstone.n_events, tombstone.head_hash) == (n_events, head)
    assert tombstone.reason == "consent withdrawn"
    assert journal.tombstones() == [tombstone]
    assert journal.case("case-0") is None
    assert journal.lines("case-0") == []
    with pytest.raises(StorageError, match="no case case-0"):
        journal.append("case-0", [gap(2)])


def test_a_deleted_run_is_not_entered_again(journal: Journal) -> None:
    stored = journal.stored("case-0")
    journal.delete_case("case-0", by="Kim", reason="test")
    with pytest.raises(StorageError, match="was deleted from this journal"):
        journal.enter_import(stored)


def test_a_case_is_deleted_for_a_reason(journal: Journal) -> None:
    with pytest.raises(StorageError, match="for a reason"):
        journal.delete_case("case-0", by="Kim", reason=" ")
    assert journal.case("case-0") is not None


def test_a_deleted_replay_can_be_replayed_and_deleted_again(journal: Journal) -> None:
    replay = replace(RECORD, case_id="r", kind=CaseKind.REPLAY)
    for _ in range(2):
        with Journal.in_memory() as memory:
            memory.open_case(replay)
            memory.append("r", [gap(1)])
            journal.replace_replay(memory.stored("r"))
        journal.delete_case("r", by="Kim", reason="test")
    assert [tombstone.case_id for tombstone in journal.tombstones()] == ["r", "r"]


def test_an_import_is_proven_before_it_enters(journal: Journal) -> None:
    with Journal.in_memory() as other:
        other.open_case(replace(RECORD, case_id="guest"))
        other.append("guest", [gap(1), gap(2)])
        guest = other.stored("guest")
    altered = {**guest.rows[1], "json": guest.rows[1]["json"].replace("cable", "other")}
    with pytest.raises(StorageError, match="altered: event 2 was altered"):
        journal.enter_import(replace(guest, rows=(guest.rows[0], altered)))
    journal.enter_import(guest)
    assert journal.verify("guest").n_events == 2
    record = journal.case("guest")
    assert record is not None
    assert record.imported_at is not None
    with pytest.raises(StorageError, match="in the journal already"):
        journal.enter_import(guest)


def test_text_for_a_column_has_no_line_break_and_no_nul() -> None:
    assert in_one_line("a\n b\0c ") == "a b c"
