"""The raw sweeps stand beside the verdict that they led to."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.codec import SweepRecord, sweep_record
from amr_monitor.model.errors import StorageError
from amr_monitor.storage import verdict_sweeps
from amr_monitor.storage.catalog import CaseKind
from amr_monitor.storage.journal import Journal
from tests.storage.tampering import alter
from tests.storage.test_journal import RECORD, gap
from tests.sweep_reports import a_report


def records(*indices: int) -> list[SweepRecord]:
    return [sweep_record(a_report(sample_index=index)) for index in indices]


def indices(found: list[SweepRecord]) -> list[int]:
    return [record.header.sample_index for record in found]


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    with Journal(url) as opened:
        opened.open_case(RECORD)
        opened.append("run-1", [gap(1000), gap(2000)])
        yield opened


def test_the_sweeps_beside_a_verdict_come_back_sample_by_sample(journal: Journal) -> None:
    journal.keep_sweeps("run-1", 1, records(800, 900, 1000))
    found = journal.sweeps("run-1", seq=1)
    assert indices(found) == [800, 900, 1000]
    assert np.array_equal(found[0].raw_uv, np.full((2, 100), 800, dtype=np.float32))
    assert np.array_equal(found[0].cleaned_uv, np.full((2, 50), 400, dtype=np.float32))
    assert found[0].header.measurement[0].peak_to_peak_uv == 84.5
    assert journal.sweeps("run-1", seq=2) == []


def test_a_sweep_of_two_verdicts_is_kept_once(journal: Journal) -> None:
    journal.keep_sweeps("run-1", 1, records(800, 900, 1000))
    journal.keep_sweeps("run-1", 2, records(900, 1000, 1100))
    assert indices(journal.sweeps("run-1", seq=2)) == [900, 1000, 1100]
    assert indices(journal.sweeps("run-1")) == [800, 900, 1000, 1100]
    assert journal.verify("run-1").n_sweeps == 4


def test_a_sweep_between_others_that_comes_later_alters_no_verdict(journal: Journal) -> None:
    journal.keep_sweeps("run-1", 1, records(800, 1000))
    journal.keep_sweeps("run-1", 2, records(900, 1000))
    assert indices(journal.sweeps("run-1", seq=1)) == [800, 1000]
    assert journal.verify("run-1").fault is None


def test_sweeps_are_found_by_time_the_newest_so_many(journal: Journal) -> None:
    journal.keep_sweeps("run-1", 1, records(700, 800, 900, 1000))
    assert indices(journal.sweeps("run-1", start_s=0.8, end_s=1.0)) == [800, 900]
    assert indices(journal.sweeps("run-1", limit=2)) == [900, 1000]


def test_no_sweep_stands_beside_an_event_that_is_not_there(journal: Journal) -> None:
    with pytest.raises(StorageError, match="no event 3"):
        journal.keep_sweeps("run-1", 3, records(800))


def test_too_many_sweeps_of_a_case_are_refused_and_told(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict_sweeps, "MOST_SWEEPS", 3)
    journal.keep_sweeps("run-1", 1, records(800, 900))
    with pytest.raises(StorageError, match="those of event 2 are in the recording alone"):
        journal.keep_sweeps("run-1", 2, records(1000, 1100))
    assert journal.verify("run-1").n_sweeps == 2


def test_an_altered_sweep_is_found(journal: Journal, url: str) -> None:
    journal.keep_sweeps("run-1", 1, records(800, 900))
    alter(
        url, "UPDATE sweeps SET header = replace(header, '84.5', '14.5') WHERE sample_index = 900"
    )
    assert "sweep at sample 900 was altered" in str(journal.verify("run-1").fault)


def test_what_is_no_sweep_is_told_with_the_case(journal: Journal, url: str) -> None:
    journal.keep_sweeps("run-1", 1, records(800))
    alter(url, "UPDATE sweeps SET header = '{}'")
    with pytest.raises(StorageError, match="verify run-1"):
        journal.sweeps("run-1")


def test_events_and_sweeps_are_kept_in_turn(journal: Journal) -> None:
    for n in range(20):
        journal.keep_sweeps("run-1", 1 if n == 0 else journal.head("run-1")[0], records(1000 + n))
        journal.append("run-1", [gap(3000 + n)])
    assert journal.verify("run-1").fault is None


def test_a_replay_takes_its_sweeps_along(journal: Journal) -> None:
    with Journal.in_memory() as memory:
        memory.open_case(replace(RECORD, case_id="r", kind=CaseKind.REPLAY))
        memory.append("r", [gap(1)])
        memory.keep_sweeps("r", 1, records(1))
        journal.replace_replay(memory.stored("r"))
    assert indices(journal.sweeps("r", seq=1)) == [1]
