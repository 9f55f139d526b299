"""Events are committed in order, without holes, and cannot be altered unseen."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from amr_monitor.codec import entry_from_json
from amr_monitor.model.case import Outcome, Side
from amr_monitor.model.errors import ProtocolError, StorageError
from amr_monitor.model.events import CaseClosed, ContextChanged, Event, GapReceived
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.schema import events
from tests.storage.tampering import alter, connected

START = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
RECORD = CaseRecord(
    case_id="run-1",
    kind=CaseKind.RUN,
    origin=Origin.DEVICE,
    source_name="theatre 3",
    side=Side.LEFT,
    start_utc=START,
    settings_hash="5e",
    software_version="0.1.0",
    opened_at=START,
)
REPLAY = replace(RECORD, case_id="replay-1", kind=CaseKind.REPLAY, origin=Origin.REPLAY)


def gap(sample_index: int) -> GapReceived:
    return GapReceived(
        sample_index=sample_index, time_s=sample_index / 1000, missing_s=0.5, reason="cable"
    )


def closed(outcome: Outcome) -> CaseClosed:
    return CaseClosed(
        sample_index=9000,
        time_s=9.0,
        outcome=outcome,
        tags=(),
        basis="lead",
        phase_known=True,
        residual_mentalis=False,
        after_mark=None,
        muscles=(),
        counts={"stimuli": 9},
        by="",
    )


@contextmanager
def held(url: str) -> Iterator[None]:
    """Be another program that writes and does not come to an end."""
    with connected(url) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        yield


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    with Journal(url, lock_timeout_s=0.0) as opened:
        opened.open_case(RECORD)
        yield opened


def test_an_appended_event_is_numbered_and_placed(journal: Journal) -> None:
    first, second = journal.append("run-1", [gap(1000), gap(2000)])
    assert (first.seq, second.seq) == (1, 2)
    assert first.case_id == "run-1"
    assert first.origin is Origin.DEVICE
    assert second.utc == START + timedelta(seconds=2)
    assert second.event == gap(2000)


def test_a_case_without_date_gives_events_without_utc(journal: Journal) -> None:
    journal.open_case(replace(RECORD, case_id="undated", start_utc=None))
    (entry,) = journal.append("undated", [gap(1)])
    assert entry.utc is None


def test_a_date_beyond_the_calendar_gives_events_without_utc(journal: Journal) -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    journal.open_case(replace(RECORD, case_id="far", start_utc=last))
    (entry,) = journal.append("far", [gap(5000)])
    assert entry.utc is None


def test_what_is_appended_is_on_the_disk_for_another_program(journal: Journal, url: str) -> None:
    entries = journal.append("run-1", [gap(1), gap(2)])
    with Journal(url) as other:
        assert other.entries("run-1") == list(entries)


def test_seq_goes_on_after_the_journal_is_opened_again(url: str) -> None:
    with Journal(url) as first:
        first.open_case(RECORD)
        first.append("run-1", [gap(1)])
    with Journal(url) as second:
        (entry,) = second.append("run-1", [gap(2)])
        assert entry.seq == 2
        assert second.verify("run-1").fault is None


def test_appending_nothing_writes_nothing(journal: Journal) -> None:
    assert journal.append("run-1", []) == ()
    assert journal.entries("run-1") == []


def test_entries_are_read_from_a_seq_on_and_as_many_as_asked(journal: Journal) -> None:
    journal.append("run-1", [gap(i) for i in range(1, 8)])
    assert [entry.seq for entry in journal.entries("run-1", since=2, limit=3)] == [3, 4, 5]
    assert [entry.seq for entry in journal.entries("run-1", since=5)] == [6, 7]
    assert journal.entries("run-1", since=7) == []
    assert journal.entries("nobody") == []


def test_lines_are_the_committed_text(journal: Journal) -> None:
    entries = journal.append("run-1", [gap(1), gap(2)])
    assert [entry_from_json(line) for line in journal.lines("run-1")] == list(entries)


def test_an_append_to_an_unknown_case_is_refused(journal: Journal) -> None:
    with pytest.raises(StorageError, match="no case nobody"):
        journal.append("nobody", [gap(1)])


def test_a_case_is_opened_once(journal: Journal) -> None:
    with pytest.raises(StorageError, match="in the journal already"):
        journal.open_case(RECORD)


def test_a_failed_append_leaves_nothing_and_no_hole(journal: Journal, url: str) -> None:
    journal.append("run-1", [gap(1)])
    with held(url), pytest.raises(StorageError, match="another program holds it"):
        journal.append("run-1", [gap(2), gap(3)])
    (entry,) = journal.append("run-1", [gap(4)])
    assert entry.seq == 2
    assert [entry.event.sample_index for entry in journal.entries("run-1")] == [1, 4]


def test_an_event_that_cannot_be_written_takes_its_batch_with_it(journal: Journal) -> None:
    unwritable = replace(gap(2), missing_s=float("nan"))
    with pytest.raises(ProtocolError, match="finite"):
        journal.append("run-1", [gap(1), unwritable])
    (entry,) = journal.append("run-1", [gap(3)])
    assert entry.seq == 1


def test_a_full_disk_is_told_in_one_line_and_leaves_no_hole(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"

    def limit_pages(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 20")

    event.listen(Engine, "connect", limit_pages)
    try:
        with Journal.at(path) as journal:
            journal.open_case(RECORD)
            journal.append("run-1", [gap(1)])
            long_note = ContextChanged(
                sample_index=2, time_s=0.002, name="n", value="x" * 100_000, unit="", by=""
            )
            with pytest.raises(StorageError) as refusal:
                journal.append("run-1", [gap(2), long_note])
            assert str(refusal.value) == (
                f"journal {path}: database or disk is full; free some space"
            )
            (entry,) = journal.append("run-1", [gap(3)])
            assert entry.seq == 2
    finally:
        event.remove(Engine, "connect", limit_pages)


def test_threads_append_without_hole_or_double(journal: Journal) -> None:
    faults: list[Exception] = []

    def append_many(first: int) -> None:
        try:
            for i in range(20):
                journal.append("run-1", [gap(first + i)])
                journal.entries("run-1", since=first)
        except StorageError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=append_many, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []
    entries = journal.entries("run-1")
    assert [entry.seq for entry in entries] == list(range(1, 81))
    assert len({entry.event.sample_index for entry in entries}) == 80
    assert journal.verify("run-1").fault is None


def test_a_journal_in_memory_is_shared_by_threads() -> None:
    with Journal.in_memory() as journal:
        journal.open_case(RECORD)
        thread = threading.Thread(target=journal.append, args=("run-1", [gap(1)]))
        thread.start()
        thread.join(timeout=60)
        assert [entry.seq for entry in journal.entries("run-1")] == [1]


def test_closing_a_case_is_kept_with_its_outcome(journal: Journal) -> None:
    events: list[Event] = [gap(1), closed(Outcome.DISAPPEARED)]
    journal.append("run-1", events)
    record = journal.case("run-1")
    assert record is not None
    assert record.outcome is Outcome.DISAPPEARED
    assert record.closed_at is not None
    assert journal.case("nobody") is None


def test_cases_are_listed_newest_first(journal: Journal) -> None:
    journal.open_case(replace(RECORD, case_id="later", opened_at=START + timedelta(hours=3)))
    journal.open_case(replace(RECORD, case_id="earlier", opened_at=START - timedelta(hours=3)))
    assert [record.case_id for record in journal.cases()] == ["later", "run-1", "earlier"]


def test_the_user_and_the_moment_are_columns_and_no_event_fields(
    url: str, journal: Journal
) -> None:
    journal.append("run-1", [gap(1)], by="operator 2", role="operator", reason="wrong\nvessel")
    with connected(url) as connection:
        row = connection.execute(select(events)).mappings().one()
    assert row["user"] == "operator 2"
    assert (row["role"], row["reason"]) == ("operator", "wrong vessel")
    assert datetime.fromisoformat(row["committed_at"]).tzinfo is not None
    assert (row["software_version"], row["settings_hash"]) == ("0.1.0", "5e")
    assert "operator 2" not in row["json"]


# ---------------------------------------------------------------- the chain


def test_an_untouched_case_verifies_and_gives_its_head(journal: Journal) -> None:
    journal.append("run-1", [gap(1), gap(2)])
    journal.append("run-1", [closed(Outcome.PERSISTENT)])
    verification = journal.verify("run-1")
    assert verification.fault is None
    assert verification.n_events == 3
    assert len(verification.head_hash) == 64


@pytest.mark.parametrize(
    ("statement", "fault", "n_good"),
    [
        (
            "UPDATE events SET json = replace(json, 'cable', 'other') WHERE seq = 2",
            "event 2 was altered",
            1,
        ),
        ("UPDATE events SET \"user\" = 'other' WHERE seq = 3", "event 3 was altered", 2),
        (
            "UPDATE events SET committed_at = '2020-01-01T00:00:00+00:00' WHERE seq = 1",
            "event 1 was altered",
            0,
        ),
        ("UPDATE events SET sample_index = 7 WHERE seq = 2", "event 2: its columns differ", 1),
        ("DELETE FROM events WHERE seq = 2", "event 2 is missing", 1),
        ("DELETE FROM events WHERE seq = 4", "the last event case_closed as None", 3),
        ("UPDATE cases SET side = 'right'", "event 1 was altered", 0),
        ("UPDATE cases SET outcome = 'persistent'", "the outcome as persistent", 4),
    ],
)
def test_what_is_altered_behind_the_journal_is_found(
    journal: Journal, url: str, statement: str, fault: str, n_good: int
) -> None:
    journal.append("run-1", [gap(1), gap(2), gap(3), closed(Outcome.DISAPPEARED)])
    alter(url, statement)
    verification = journal.verify("run-1")
    assert verification.fault is not None
    assert fault in verification.fault
    assert verification.n_events == n_good


def test_text_that_is_no_event_is_a_storage_fault(journal: Journal, url: str) -> None:
    journal.append("run-1", [gap(1)])
    alter(url, "UPDATE events SET json = 'no event'")
    with pytest.raises(StorageError, match="amr-monitor verify run-1"):
        journal.entries("run-1")


def test_verifying_an_unknown_case_is_refused(journal: Journal) -> None:
    with pytest.raises(StorageError, match="no case nobody"):
        journal.verify("nobody")


# ---------------------------------------------------------------- replays


def stored_replay(n_events: int) -> Journal:
    memory = Journal.in_memory()
    memory.open_case(REPLAY)
    memory.append("replay-1", [gap(i) for i in range(n_events)])
    return memory


def test_a_replay_enters_whole_and_gives_way_to_the_next(journal: Journal) -> None:
    for n_events in (3, 2):
        with stored_replay(n_events) as memory:
            journal.replace_replay(memory.stored("replay-1"))
            assert journal.lines("replay-1") == memory.lines("replay-1")
    assert journal.verify("replay-1").n_events == 2
    assert [record.case_id for record in journal.cases()].count("replay-1") == 1


def test_a_run_never_gives_way_to_a_replay(journal: Journal) -> None:
    journal.append("run-1", [gap(1)])
    with Journal.in_memory() as memory:
        memory.open_case(replace(REPLAY, case_id="run-1"))
        with pytest.raises(StorageError, match="never replaced"):
            journal.replace_replay(memory.stored("run-1"))
    assert len(journal.entries("run-1")) == 1


def test_a_run_is_never_entered_as_a_replay(journal: Journal) -> None:
    with Journal.in_memory() as memory:
        memory.open_case(replace(RECORD, case_id="run-2"))
        with pytest.raises(StorageError, match="never replaced"):
            journal.replace_replay(memory.stored("run-2"))


def test_a_replay_that_cannot_be_entered_leaves_the_old_one(journal: Journal, url: str) -> None:
    with stored_replay(3) as memory:
        journal.replace_replay(memory.stored("replay-1"))
    with held(url), stored_replay(1) as memory, pytest.raises(StorageError):
        journal.replace_replay(memory.stored("replay-1"))
    assert len(journal.entries("replay-1")) == 3


def test_a_folder_that_cannot_be_made_is_told_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"\[storage\] folder"):
        Journal.at(tmp_path / "file" / "journal.sqlite")
