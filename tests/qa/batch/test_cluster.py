"""On a cluster of two workers: every job, whatever becomes of one of them."""

import socket
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from amr_monitor.config import load_settings
from amr_monitor.model.errors import ConfigError
from amr_monitor.qa.batch import cluster
from amr_monitor.qa.batch.cluster import DaskPool
from amr_monitor.qa.batch.job import Job, JobResult, judge
from amr_monitor.qa.batch.work import BatchRequest, broken, run_batch
from tests.qa.batch.dask_processes import DaskProcesses
from tests.qa.batch.labour import die_at_three, said_why
from tests.qa.batch.surgeries import table_bytes

pytestmark = pytest.mark.slow


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[DaskProcesses]:
    with DaskProcesses(tmp_path, n_workers=2) as processes:
        yield processes


def batch_on(address: str, surgeries: Path, target: Path) -> None:
    pool: DaskPool[Job, JobResult] = DaskPool(judge, broke=broken, address=address)
    run_batch(BatchRequest(folder=surgeries, results=target, settings=load_settings(None)), pool)


def test_two_workers_give_the_same_bytes_and_so_does_one_that_is_left(
    dask: DaskProcesses, surgeries: Path, results: Path, tmp_path: Path
) -> None:
    batch_on(dask.address, surgeries, tmp_path / "two")
    assert table_bytes(tmp_path / "two") == table_bytes(results)

    def told(_done: int, _total: int) -> None:
        dask.workers[0].kill()

    pool: DaskPool[Job, JobResult] = DaskPool(judge, broke=broken, address=dask.address)
    request = BatchRequest(folder=surgeries, results=tmp_path / "one", settings=load_settings(None))
    run_batch(request, pool, progress=told)
    assert dask.workers[0].wait(timeout=10) == -9
    assert table_bytes(tmp_path / "one") == table_bytes(results)


def test_a_job_that_kills_every_worker_is_one_that_broke(tmp_path: Path) -> None:
    with DaskProcesses(tmp_path, n_workers=2, deaths_allowed=0) as processes:
        pool = DaskPool(die_at_three, broke=said_why, address=processes.address)
        # Apart: Dask blames a worker's death on whatever waits for that worker, too.
        done = dict(pool.results([1, 2])) | dict(pool.results([3]))
    assert done == {1: 2, 2: 4, 3: "every worker that judged it was ended"}


def test_a_scheduler_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1.0)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    pool = DaskPool(die_at_three, broke=lambda n, _: (n, 0), address=f"tcp://127.0.0.1:{port}")
    with pytest.raises(ConfigError, match=f"{port}: no Dask scheduler there"):
        list(pool.results([1]))


def test_a_scheduler_without_workers_says_how_to_start_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 3.0)
    with DaskProcesses(tmp_path, n_workers=0) as processes:
        pool = DaskPool(die_at_three, broke=lambda n, _: (n, 0), address=processes.address)
        with pytest.raises(ConfigError, match="has no worker; start some: dask worker"):
            list(pool.results([1]))


def test_without_dask_it_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        if name == "distributed":
            raise ImportError(name)
        return import_module(name)

    monkeypatch.setattr(cluster, "import_module", missing)
    with pytest.raises(ConfigError, match=r"amr-monitor\[batch\]"):
        DaskPool(die_at_three, broke=lambda n, _: (n, 0), address="tcp://127.0.0.1:1")
