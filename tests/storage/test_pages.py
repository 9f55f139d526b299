"""Every sweep that was judged can be shown again, and an altered page is found."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.codec import KeptSweep, baseline_to_frame, kept_sweep
from amr_monitor.model.errors import StorageError
from amr_monitor.model.finding import BaselineView
from amr_monitor.storage.catalog import CaseKind
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.transfer import export_case, import_case
from tests.storage.tampering import alter
from tests.storage.test_journal import RECORD, gap
from tests.sweep_reports import MUSCLES, a_report


def sweeps(first: int, last: int) -> list[KeptSweep]:
    """Return sweeps at 1, 2, 3 ... s, numbered so."""
    return [
        kept_sweep(a_report(sample_index=1000 * n, sweep_number=n), seq=1)
        for n in range(first, last + 1)
    ]


def numbers(found: list[KeptSweep]) -> list[int]:
    return [sweep.header.sweep_number for sweep in found]


def a_baseline(seq: int) -> bytes:
    view = BaselineView(
        epoch=1,
        start_ms=-20.0,
        step_ms=2.0,
        mean_uv=np.full((2, 50), 7.0, dtype=np.float32),
        spread_uv=np.ones((2, 50), dtype=np.float32),
        windows_ms=((8.0, 28.0), (11.0, 28.0)),
    )
    return baseline_to_frame(view, muscles=MUSCLES, seq=seq)


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    with Journal(url) as opened:
        opened.open_case(RECORD)
        opened.append("run-1", [gap(1000)])
        opened.keep_page("run-1", sweeps(1, 60))
        opened.append("run-1", [gap(70_000)])
        opened.keep_page("run-1", sweeps(61, 120))
        opened.keep_page("run-1", sweeps(121, 130))
        opened.keep_baseline("run-1", 2, time_s=70.0, frame=a_baseline(2))
        yield opened


def test_the_trend_of_the_whole_case_and_of_a_stretch(journal: Journal) -> None:
    assert journal.trend("run-1").sweep_number == tuple(range(1, 131))
    part = journal.trend("run-1", start_s=59.0, end_s=63.0)
    assert part.time_s == (59.0, 60.0, 61.0, 62.0)
    assert [each.muscle for each in part.muscles] == list(MUSCLES)
    assert len(journal.trend("run-1", start_s=500.0)) == 0
    assert len(journal.trend("nobody")) == 0


def test_sweeps_of_any_stretch_can_be_shown_again(journal: Journal) -> None:
    assert numbers(journal.display_sweeps("run-1", start_s=58.5, end_s=62.5)) == [59, 60, 61, 62]
    assert numbers(journal.display_sweeps("run-1", limit=12)) == list(range(119, 131))
    assert numbers(journal.display_sweeps("run-1", end_s=61.0, limit=2)) == [59, 60]
    assert journal.display_sweeps("run-1", limit=0) == []
    (sweep,) = journal.display_sweeps("run-1", start_s=7.0, end_s=8.0)
    assert np.array_equal(sweep.samples_uv[0], np.full(50, 3500.0, dtype=np.float32))
    assert sweep.header.measurement[0].peak_to_peak_uv == 84.5


def test_samples_of_a_stretch_come_page_by_page(journal: Journal) -> None:
    pages = journal.sample_pages("run-1", start_s=60.5)
    assert [len(page.trend) for page in pages] == [60, 10]
    assert pages[1].samples_uv().shape == (10, 2, 50)


def test_the_baseline_comes_back_as_it_was_shown(journal: Journal) -> None:
    (frame,) = journal.baselines("run-1")
    assert frame.header.kind == "baseline"
    assert np.array_equal(frame.samples_uv[0], np.full(50, 7.0, dtype=np.float32))
    with pytest.raises(StorageError, match="no event 9"):
        journal.keep_baseline("run-1", 9, time_s=1.0, frame=a_baseline(9))


def test_a_sweep_is_kept_once_and_in_its_order(journal: Journal) -> None:
    assert journal.last_kept_index("run-1") == 130_000
    assert journal.last_kept_index("nobody") is None
    with pytest.raises(StorageError, match="kept already"):
        journal.keep_page("run-1", sweeps(130, 140))


def test_no_page_stands_before_the_first_event(url: str) -> None:
    with Journal(url) as opened:
        opened.open_case(RECORD)
        with pytest.raises(StorageError, match="no event"):
            opened.keep_page("run-1", sweeps(1, 2))


def test_pages_are_proven(journal: Journal) -> None:
    proven = journal.verify("run-1")
    assert proven.fault is None
    assert proven.n_pages == 3


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE pages SET trend = replace(trend, '84.5', '14.5') WHERE n_sweeps = 10", "121.0 s"),
        ("UPDATE pages SET samples = headers WHERE sample_index = 1000", "1.0 s"),
        ("DELETE FROM pages WHERE sample_index = 61000", "121.0 s"),
        ("UPDATE pages SET seq = 9 WHERE n_sweeps = 10", "event 9, which is missing"),
        ("UPDATE baselines SET seq = 1", "baseline beside event 1 was altered"),
    ],
)
def test_an_altered_page_is_found(journal: Journal, url: str, statement: str, told: str) -> None:
    alter(url, statement)
    assert told in str(journal.verify("run-1").fault)


def test_what_is_no_page_is_told_with_the_case(journal: Journal, url: str) -> None:
    alter(url, "UPDATE pages SET trend = '{}', headers = samples, form = '[]'")
    for read in (journal.trend, journal.display_sweeps, journal.sample_pages):
        with pytest.raises(StorageError, match="verify run-1"):
            read("run-1")


def test_a_replay_takes_its_pages_along(journal: Journal) -> None:
    with Journal.in_memory() as memory:
        memory.open_case(replace(RECORD, case_id="r", kind=CaseKind.REPLAY))
        memory.append("r", [gap(1)])
        memory.keep_page("r", sweeps(1, 3))
        memory.keep_baseline("r", 1, time_s=0.0, frame=a_baseline(1))
        for _ in range(2):
            journal.replace_replay(memory.stored("r"))
    assert numbers(journal.display_sweeps("r")) == [1, 2, 3]
    assert len(journal.baselines("r")) == 1


def test_pages_go_out_and_come_in_and_are_deleted(journal: Journal, tmp_path: Path) -> None:
    bundle = tmp_path / "case.zip"
    export_case(journal, "run-1", recordings=tmp_path / "recordings", target=bundle)
    with Journal.in_memory() as other:
        import_case(other, bundle, recordings=tmp_path / "others")
        assert other.stored("run-1").pages == journal.stored("run-1").pages
        assert other.stored("run-1").baselines == journal.stored("run-1").baselines
        assert other.verify("run-1").n_pages == 3
    journal.delete_case("run-1", by="Kim", reason="test")
    assert len(journal.trend("run-1")) == 0
    assert journal.baselines("run-1") == []
