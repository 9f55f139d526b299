"""A case is looked back at as a whole: what is on pages, and what is in memory alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from amr_monitor.api.history import DisplayHistory
from amr_monitor.api.retrospect import Retrospect
from amr_monitor.codec import kept_sweep
from amr_monitor.model.finding import SweepReport
from amr_monitor.storage.journal import Journal
from tests.storage.test_journal import RECORD, gap
from tests.sweep_reports import a_report

CASE_ID = RECORD.case_id


def reports(first: int, last: int) -> list[SweepReport]:
    """Return sweeps at 1, 2, 3 ... s."""
    return [a_report(sample_index=1000 * n, sweep_number=n) for n in range(first, last + 1)]


@dataclass
class Running:
    case_id: str = CASE_ID
    history: DisplayHistory = field(default_factory=DisplayHistory)

    def show(self, first: int, last: int) -> None:
        for report in reports(first, last):
            self.history.add(report, seq=1)


@dataclass
class Veil:
    withheld: set[str] = field(default_factory=set)

    def withholds(self, case_id: str) -> bool:
        return case_id in self.withheld


@pytest.fixture
def journal() -> Iterator[Journal]:
    with Journal.in_memory() as opened:
        opened.open_case(RECORD)
        opened.append(CASE_ID, [gap(1)])
        for first in (1, 61):
            page = [kept_sweep(report, seq=1) for report in reports(first, first + 59)]
            opened.keep_page(CASE_ID, page)
        yield opened


def test_a_case_that_goes_on_after_a_restart_is_whole(journal: Journal) -> None:
    running = Running()
    running.show(101, 130)
    retrospect = Retrospect(journal, running, Veil())
    assert retrospect.trend(CASE_ID).sweep_number == tuple(range(1, 131))
    assert retrospect.trend(CASE_ID, start_s=99.0, end_s=103.0).time_s == (99, 100, 101, 102)
    shown = retrospect.sweeps(CASE_ID, limit=40)
    assert [sweep.header.sweep_number for sweep in shown] == list(range(91, 131))
    pages = retrospect.sample_pages(CASE_ID)
    assert [len(page.trend) for page in pages] == [60, 60, 10]
    assert pages[-1].trend.sweep_number == tuple(range(121, 131))


def test_a_case_that_is_closed_comes_from_its_pages(journal: Journal) -> None:
    retrospect = Retrospect(journal, Running(case_id="another"), Veil())
    assert len(retrospect.trend(CASE_ID)) == 120
    assert [each.header.sweep_number for each in retrospect.sweeps(CASE_ID, limit=1)] == [120]
    assert retrospect.head(CASE_ID) == journal.head(CASE_ID)


def test_without_a_store_the_running_case_comes_from_memory() -> None:
    running = Running()
    running.show(1, 5)
    retrospect = Retrospect(None, running, Veil())
    assert len(retrospect.trend(CASE_ID)) == 5
    assert len(retrospect.sweeps(CASE_ID, limit=3)) == 3
    assert [len(page.trend) for page in retrospect.sample_pages(CASE_ID)] == [5]
    assert retrospect.baselines(CASE_ID) == []
    assert retrospect.head(CASE_ID) is None
    assert len(retrospect.trend("another")) == 0


def test_sweeps_of_another_form_come_on_a_page_of_their_own() -> None:
    running = Running()
    running.show(1, 3)
    running.history.add(replace(reports(4, 4)[0], start_ms=-10.0), seq=1)
    pages = Retrospect(None, running, Veil()).sample_pages(CASE_ID)
    assert [page.form.start_ms for page in pages] == [-20.0, -10.0]


def test_of_a_case_in_shadow_mode_nothing_is_shown(journal: Journal) -> None:
    running = Running()
    running.show(101, 130)
    retrospect = Retrospect(journal, running, Veil({CASE_ID}))
    assert len(retrospect.trend(CASE_ID)) == 0
    assert retrospect.sweeps(CASE_ID, limit=9) == []
    assert retrospect.sample_pages(CASE_ID) == []
    assert retrospect.baselines(CASE_ID) == []
