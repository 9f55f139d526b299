"""The verb that judges every recording of a folder: batch."""

import os
from collections.abc import Sequence
from contextlib import ExitStack

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.progress import ProgressBar
from amr_monitor.cli.settings import chosen_settings, config_path
from amr_monitor.cli.status import DONE, NO, complain
from amr_monitor.model.source import Origin
from amr_monitor.qa.batch.agreement import agreement_of
from amr_monitor.qa.batch.agreement_report import agreement_lines, write_agreement
from amr_monitor.qa.batch.cluster import DaskPool
from amr_monitor.qa.batch.comparison import compare, comparison_lines, write_comparison
from amr_monitor.qa.batch.job import Job, JobResult, judge
from amr_monitor.qa.batch.local import LocalPool
from amr_monitor.qa.batch.page import write_page
from amr_monitor.qa.batch.readers import read_readers
from amr_monitor.qa.batch.results import read_results
from amr_monitor.qa.batch.work import BatchRequest, BatchSummary, Pool, broken, run_batch

DEFAULT_RESULTS = "amr-results"
MOST_TOLD = 20
"""Recordings without a verdict that are named on stderr; errors.csv names all."""


def batch(chosen: Chosen) -> int:
    """Judge every recording of a folder, and what else was asked of the results."""
    settings = chosen_settings(config_path(chosen.config), side=chosen.side)
    results = chosen.output or chosen.folder / DEFAULT_RESULTS
    # What is to be held against the results is read first: it may be of no use.
    old = None if chosen.compare is None else read_results(chosen.compare)
    marks = None if chosen.readers is None else read_readers(chosen.readers)
    request = BatchRequest(
        folder=chosen.folder,
        results=results,
        settings=settings,
        again=chosen.again,
        reports=chosen.reports,
    )
    with _Progress() as progress:
        summary = run_batch(request, _pool(chosen), progress=progress.reach)
    status = _told(summary)
    new = read_results(results)
    n_simulated = sum(row["origin"] == Origin.SIMULATED.value for row in new.cases.values())
    lines = [f"{n_simulated} of these cases are SIMULATED: no patients"] if n_simulated else []
    if old is not None:
        comparison = compare(old, new, tolerance_s=chosen.tolerance)
        write_comparison(comparison, results)
        lines += ["", *comparison_lines(comparison)]
        status = NO if comparison.gates else status
    if marks is not None:
        agreement = agreement_of(new, marks)
        write_agreement(agreement, results)
        lines += ["", *agreement_lines(agreement)]
    page = write_page(new)
    print("\n".join([*lines, f"results: {page}"]))
    return status


class _Progress:
    """A bar that begins when it is known how much there is to do."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._bar: ProgressBar | None = None

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def reach(self, done: int, total: int) -> None:
        """Draw how much is done."""
        if self._bar is None:
            self._bar = self._stack.enter_context(ProgressBar(total, "judging", shown=True))
        self._bar.reach(done)


def _pool(chosen: Chosen) -> Pool:
    if chosen.scheduler is not None:
        cluster: DaskPool[Job, JobResult] = DaskPool(judge, broke=broken, address=chosen.scheduler)
        return cluster
    n_workers = chosen.jobs or len(os.sched_getaffinity(0))
    return LocalPool(judge, broke=broken, n_workers=n_workers)


def _told(summary: BatchSummary) -> int:
    failed = len(summary.failures)
    done = f"{summary.n_done} done now" if summary.n_done else "nothing to do"
    print(f"{summary.n_found} recordings: {summary.n_judged} judged, {failed} failed ({done})")
    for outcome, count in summary.outcomes.items():
        print(f"  {outcome.replace('_', ' '):<34} {count:>5}")
    _complain(summary.failures)
    return NO if failed else DONE


def _complain(failures: Sequence[tuple[str, str]]) -> None:
    for file, why in failures[:MOST_TOLD]:
        complain(why if why.startswith(f"{file}:") else f"{file}: {why}")
    if len(failures) > MOST_TOLD:
        complain(f"and {len(failures) - MOST_TOLD} more: errors.csv names them all")
