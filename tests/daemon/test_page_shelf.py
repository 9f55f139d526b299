"""Every judged sweep comes on a page, in its order, once."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.daemon.page_shelf import PageShelf
from amr_monitor.daemon.shelf_writer import ShelfWriter
from amr_monitor.model.events import BaselineAccepted, Event, GapReceived
from amr_monitor.model.finding import BaselineView, SweepReport
from amr_monitor.storage.journal import Journal
from tests.daemon.test_sweep_shelf import RECORD
from tests.sweep_reports import MUSCLES, a_report

GAP = GapReceived(sample_index=1, time_s=0.001, missing_s=None, reason="cable")
ACCEPTED = BaselineAccepted(
    sample_index=3000,
    time_s=3.0,
    epoch=1,
    valid_sweeps=60,
    reference_current_ma=8.0,
    by="Kim",
    lead=MUSCLES[0],
    basis="lead",
    muscles=(),
)
VIEW = BaselineView(
    epoch=1,
    start_ms=-20.0,
    step_ms=2.0,
    mean_uv=np.zeros((2, 50), dtype=np.float32),
    spread_uv=np.ones((2, 50), dtype=np.float32),
    windows_ms=((8.0, 28.0), (11.0, 28.0)),
)


def reports(first: int, last: int) -> list[SweepReport]:
    """Return sweeps at 1, 2, 3 ... s."""
    return [a_report(sample_index=1000 * n, sweep_number=n) for n in range(first, last + 1)]


class Bench:
    def __init__(self) -> None:
        self.journal = Journal.in_memory()
        self.journal.open_case(RECORD)
        self.journal.append("case", [GAP])
        self.shelf = self.new_shelf()

    def new_shelf(self) -> PageShelf:
        return PageShelf(self.journal, "case", writer=ShelfWriter(writes_at_once=True))

    def commit(self, event: Event) -> None:
        self.shelf.take_entries(self.journal.append("case", [event]))

    def numbers(self) -> list[int]:
        return [each.header.sweep_number for each in self.journal.display_sweeps("case")]

    def sizes(self) -> list[int]:
        return [len(page.trend) for page in self.journal.sample_pages("case")]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.journal.close()


def test_sixty_sweeps_make_a_page_and_the_rest_comes_at_the_end(bench: Bench) -> None:
    bench.shelf.take(reports(1, 150))
    assert bench.sizes() == [60, 60]
    bench.shelf.close()
    assert bench.sizes() == [60, 60, 30]
    assert bench.numbers() == list(range(1, 151))


def test_what_is_judged_after_the_end_is_kept_too(bench: Bench) -> None:
    bench.shelf.take(reports(1, 3))
    bench.shelf.close()
    bench.shelf.take(reports(4, 5))
    assert bench.numbers() == [1, 2, 3, 4, 5]


def test_a_page_does_not_wait_for_the_next_burst(bench: Bench) -> None:
    bench.shelf.take(reports(1, 20))
    bench.shelf.take(reports(300, 320))
    assert bench.sizes() == [20]


def test_sweeps_of_another_form_begin_a_page(bench: Bench) -> None:
    bench.shelf.take(reports(1, 5))
    bench.shelf.take([replace(report, start_ms=-10.0) for report in reports(6, 8)])
    bench.shelf.close()
    assert bench.sizes() == [5, 3]


def test_sweeps_that_are_judged_once_more_after_a_restart_are_kept_once(bench: Bench) -> None:
    bench.shelf.take(reports(1, 70))
    bench.shelf = bench.new_shelf()
    bench.shelf.take(reports(1, 90))
    bench.shelf.close()
    assert bench.numbers() == list(range(1, 91))
    assert bench.journal.verify("case").fault is None


def test_a_sweep_tells_the_newest_event_of_its_time(bench: Bench) -> None:
    bench.commit(GAP)
    bench.shelf.take(reports(1, 1))
    bench.commit(GAP)
    bench.shelf.take(reports(2, 2))
    bench.shelf.close()
    assert [each.header.seq for each in bench.journal.display_sweeps("case")] == [2, 3]


def test_the_baseline_stands_beside_its_event_whichever_comes_first(bench: Bench) -> None:
    bench.shelf.take(reports(1, 3))
    bench.commit(ACCEPTED)
    bench.shelf.take_baseline(ACCEPTED, VIEW)
    again = replace(ACCEPTED, epoch=2)
    bench.shelf.take_baseline(again, replace(VIEW, epoch=2))
    assert [frame.header.seq for frame in bench.journal.baselines("case")] == [2]
    bench.commit(again)
    found = bench.journal.baselines("case")
    assert [frame.header.seq for frame in found] == [2, 3]
    assert found[0].header.muscles == MUSCLES
    assert bench.journal.verify("case").fault is None


def test_a_baseline_that_stands_already_is_not_held_after_a_restart(bench: Bench) -> None:
    bench.shelf.take(reports(1, 3))
    bench.commit(ACCEPTED)
    bench.shelf.take_baseline(ACCEPTED, VIEW)
    bench.shelf = bench.new_shelf()
    entries = bench.journal.entries("case")
    (event,) = [e.event for e in entries if isinstance(e.event, BaselineAccepted)]
    bench.shelf.take_again(entries)
    bench.shelf.take(reports(1, 3))
    bench.shelf.take_baseline(event, VIEW)
    assert bench.shelf.n_waiting == 0
    assert [frame.header.seq for frame in bench.journal.baselines("case")] == [2]
