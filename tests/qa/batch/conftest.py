"""Surgeries that are written, and a batch that is done, once for all tests of the batch."""

from pathlib import Path

import pytest

from amr_monitor.config import load_settings
from amr_monitor.qa.batch.job import JobResult, judge
from amr_monitor.qa.batch.work import BatchRequest, run_batch
from tests.qa.batch.jobs import OneByOne, job_of
from tests.qa.batch.surgeries import write_folder, write_surgery


@pytest.fixture(scope="session")
def surgeries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of recordings; read only."""
    return write_folder(tmp_path_factory.mktemp("batch") / "recordings")


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> JobResult:
    """Give what came out of one surgery."""
    return judge(job_of(write_surgery(tmp_path_factory.mktemp("one") / "loss.edf")))


@pytest.fixture(scope="session")
def results(surgeries: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the results of the folder, done one by one; read only."""
    target = tmp_path_factory.mktemp("done") / "results"
    request = BatchRequest(folder=surgeries, results=target, settings=load_settings(None))
    run_batch(request, OneByOne())
    return target
