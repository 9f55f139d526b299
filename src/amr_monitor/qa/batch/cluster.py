"""Jobs on a Dask cluster; its workers see the recordings under the same paths."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, Generic, TypeVar
from uuid import uuid4

from amr_monitor.model.errors import ConfigError, SourceLost

J = TypeVar("J")
R = TypeVar("R")

CONNECT_S = 10.0
INSTALL = "pip install 'amr-monitor[batch]'"


class DaskPool(Generic[J, R]):
    """Carry out jobs on the workers of a scheduler.

    Dask gives the job of a worker that dies to another one, and gives up after
    its `allowed-failures`.

    Parameters
    ----------
    work : callable
        From a job to its result; importable by name on every worker.
    broke : callable
        From a job and why there is no answer to the result in its place.
    address : str
        Of the scheduler: `tcp://127.0.0.1:8786`.
    """

    def __init__(
        self, work: Callable[[J], R], *, broke: Callable[[J, str], R], address: str
    ) -> None:
        self._work = work
        self._broke = broke
        self._address = address
        self._dask = _distributed()

    def results(self, jobs: Sequence[J]) -> Iterator[R]:
        """Yield the results as they come.

        Raises
        ------
        ConfigError
            The scheduler is not in reach, or has no worker.
        SourceLost
            It went away.
        """
        if not jobs:
            return
        with self._client() as client:
            try:
                client.wait_for_workers(1, timeout=CONNECT_S)
            except TimeoutError as fault:
                raise ConfigError(
                    f"--scheduler {self._address}: has no worker;"
                    f" start some: dask worker {self._address}"
                ) from fault
            # A scheduler answers a key that it knows: one of an earlier batch is another job.
            batch = uuid4().hex
            asked = {
                client.submit(self._work, job, pure=False, key=f"amr-monitor-{batch}-{number}"): job
                for number, job in enumerate(jobs)
            }
            done = self._dask.as_completed(list(asked), loop=client.loop)
            for future in done:
                yield self._answer(future, asked.pop(future))
                del future

    def _client(self) -> Any:
        try:
            with warnings.catch_warnings():
                # Of other versions of what Dask itself needs: what counts is checked by the job.
                warnings.simplefilter("ignore")
                return self._dask.Client(
                    self._address, timeout=CONNECT_S, set_as_default=False, name="amr-monitor"
                )
        except (OSError, ValueError, TimeoutError) as fault:
            raise ConfigError(
                f"--scheduler {self._address}: no Dask scheduler there ({fault});"
                " start one: dask scheduler --host 127.0.0.1"
            ) from fault

    def _answer(self, future: Any, job: J) -> R:
        try:
            result: R = future.result()
        except self._dask.KilledWorker:
            return self._broke(job, "every worker that judged it was ended")
        except (self._dask.CancelledError, self._dask.comm.core.CommClosedError) as fault:
            raise SourceLost(
                f"--scheduler {self._address}: went away; what is finished is kept,"
                " give the same command again"
            ) from fault
        except Exception as fault:  # of the worker: it may lack the program
            return self._broke(job, f"the worker cannot judge it: {type(fault).__name__}: {fault}")
        return result


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError as fault:
        raise ConfigError(f"--scheduler needs Dask: {INSTALL}") from fault
