"""Several programs at one journal, and a database that goes away and comes back."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from amr_monitor.codec import sweep_record
from amr_monitor.model.errors import StorageError
from amr_monitor.storage.journal import Journal
from tests.storage.postgresql import Server
from tests.storage.tampering import connected
from tests.storage.test_journal import RECORD, gap
from tests.sweep_reports import a_report


@pytest.fixture
def journals(url: str) -> Iterator[tuple[Journal, Journal]]:
    """Give one journal as two programs have it."""
    with Journal(url, lock_timeout_s=30.0) as one, Journal(url, lock_timeout_s=30.0) as other:
        one.open_case(RECORD)
        yield one, other


def test_two_programs_append_to_one_case_without_hole_or_double(
    journals: tuple[Journal, Journal],
) -> None:
    faults: list[Exception] = []

    def append_many(journal: Journal, first: int) -> None:
        try:
            for i in range(25):
                journal.append("run-1", [gap(first + 2 * i), gap(first + 2 * i + 1)])
        except StorageError as fault:
            faults.append(fault)

    threads = [
        threading.Thread(target=append_many, args=(journal, 1000 * n))
        for n, journal in enumerate((*journals, *journals))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert faults == []
    entries = journals[0].entries("run-1")
    assert [entry.seq for entry in entries] == list(range(1, 201))
    assert len({entry.event.sample_index for entry in entries}) == 200
    assert journals[0].verify("run-1").fault is None


def test_events_and_sweeps_of_two_cases_do_not_disturb_each_other(
    journals: tuple[Journal, Journal],
) -> None:
    one, other = journals
    other.open_case(replace(RECORD, case_id="run-2"))
    faults: list[Exception] = []

    def fill(journal: Journal, case_id: str) -> None:
        try:
            for n in range(1, 16):
                (entry,) = journal.append(case_id, [gap(n)])
                journal.keep_sweeps(case_id, entry.seq, [sweep_record(a_report(sample_index=n))])
        except StorageError as fault:
            faults.append(fault)

    threads = [
        threading.Thread(target=fill, args=(one, "run-1")),
        threading.Thread(target=fill, args=(other, "run-2")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert faults == []
    for case_id in ("run-1", "run-2"):
        found = one.verify(case_id)
        assert (found.fault, found.n_events, found.n_sweeps) == (None, 15, 15)


def test_after_the_server_threw_everybody_out_nothing_is_lost_and_nothing_is_left_out(
    server: Server,
) -> None:
    url = server.new_database()
    with Journal(url) as journal:
        journal.open_case(RECORD)
        journal.append("run-1", [gap(1)])
        with connected(url) as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        (entry,) = journal.append("run-1", [gap(2)])
        assert entry.seq == 2
        assert journal.verify("run-1").n_events == 2
