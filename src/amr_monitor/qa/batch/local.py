"""Jobs on the cores of this machine, each worker a process of its own.

A worker that dies takes nobody with it: its job is given to a new one, once,
and then told as broken. Workers end with their parent, however it ends.
"""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

from amr_monitor.qa.processes import die_with_parent

J = TypeVar("J")
R = TypeVar("R")

ATTEMPTS = 2
"""A worker that was ended from outside leaves a job that is as good as any."""


@dataclass(slots=True, kw_only=True)
class _Given(Generic[J]):
    job: J
    attempts: int = 0


class _Worker(Generic[J, R]):
    """One process that answers one job after another."""

    def __init__(self, work: Callable[[J], R]) -> None:
        # Spawned, not forked: nothing of this process' threads and locks is in it.
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work, os.getpid()), daemon=True)
        self.process.start()
        theirs.close()
        self.given: _Given[J] | None = None

    def give(self, given: _Given[J]) -> None:
        given.attempts += 1
        self.given = given
        # One that has died already is found so when its answer is waited for.
        with suppress(BrokenPipeError):
            self.connection.send(given.job)

    def answer(self) -> R:
        """Return what came.

        Raises
        ------
        EOFError
            The process is no more.
        """
        try:
            answered: R = self.connection.recv()
        except (EOFError, OSError) as fault:
            self.process.join()
            raise EOFError(_death(self.process.exitcode)) from fault
        self.given = None
        return answered

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()
        self.process.close()


class LocalPool(Generic[J, R]):
    """Carry out jobs on several cores.

    Parameters
    ----------
    work : callable
        From a job to its result; importable by name, and never raising.
    broke : callable
        From a job and why its worker died to the result in its place.
    n_workers : int
    """

    def __init__(
        self, work: Callable[[J], R], *, broke: Callable[[J, str], R], n_workers: int
    ) -> None:
        self._work = work
        self._broke = broke
        self._n_workers = n_workers

    def results(self, jobs: Sequence[J]) -> Iterator[R]:
        """Yield the results as they come."""
        waiting = deque(_Given(job=job) for job in jobs)
        workers: list[_Worker[J, R]] = []
        try:
            for _ in range(min(self._n_workers, len(jobs))):
                workers.append(_Worker(self._work))
                workers[-1].give(waiting.popleft())
            while busy := {w.connection: w for w in workers if w.given is not None}:
                for ready in wait(list(busy)):
                    worker = busy[ready]  # type: ignore[index]
                    yield from self._settle(worker, waiting, workers)
        finally:
            for worker in workers:
                worker.end()

    def _settle(
        self,
        worker: _Worker[J, R],
        waiting: deque[_Given[J]],
        workers: list[_Worker[J, R]],
    ) -> Iterator[R]:
        """Take an answer and give the next job, to a new worker where this one has died."""
        given = worker.given
        if given is None:
            return
        try:
            result = worker.answer()
        except EOFError as death:
            workers.remove(worker)
            worker.end()
            if given.attempts < ATTEMPTS:
                waiting.appendleft(given)
            else:
                yield self._broke(given.job, str(death))
            if waiting:
                workers.append(_Worker(self._work))
                workers[-1].give(waiting.popleft())
            return
        if waiting:
            worker.give(waiting.popleft())
        yield result


def _serve(connection: Connection, work: Callable[[J], R], parent: int) -> None:
    """Answer jobs until nobody asks any more; what a worker process does."""
    # Ctrl-C reaches the parent, which ends its workers in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        die_with_parent()
        if os.getppid() != parent:
            return
    with suppress(EOFError, BrokenPipeError):
        while True:
            connection.send(work(connection.recv()))


def _death(status: int | None) -> str:
    """Return how a process ended, in words."""
    if status is not None and status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        hint = "; perhaps there is too little memory: --jobs 1" if status == -signal.SIGKILL else ""
        return f"the process that judged it was ended by {name}{hint}"
    return f"the process that judged it ended with status {status}"
