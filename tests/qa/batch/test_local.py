import os
from pathlib import Path

from amr_monitor.qa.batch.local import LocalPool
from tests.qa.batch.labour import die_at_three, die_once, doubled, leave, own_pid, said_why


def test_every_job_is_done_once_by_processes_of_their_own() -> None:
    pool = LocalPool(doubled, broke=said_why, n_workers=2)
    assert sorted(pool.results(range(7))) == [(number, 2 * number) for number in range(7)]
    pids = list(LocalPool(own_pid, broke=lambda _, why: 0, n_workers=1).results([1, 2]))
    assert len(set(pids)) == 1
    assert os.getpid() not in pids


def test_without_jobs_no_process_is_started() -> None:
    assert list(LocalPool(doubled, broke=said_why, n_workers=2).results([])) == []


def test_a_worker_that_dies_of_a_job_takes_nothing_else_with_it() -> None:
    pool = LocalPool(die_at_three, broke=lambda n, why: (n, len(why)), n_workers=2)
    done = dict(pool.results(range(6)))
    assert {n: done[n] for n in (0, 1, 2, 4, 5)} == {n: 2 * n for n in (0, 1, 2, 4, 5)}
    assert done.keys() == set(range(6))


def test_how_a_worker_died_is_told() -> None:
    told: list[str] = []

    def broke(number: int, why: str) -> tuple[int, int]:
        told.append(why)
        return number, 0

    assert list(LocalPool(die_at_three, broke=broke, n_workers=1).results([3])) == [(3, 0)]
    assert list(LocalPool(leave, broke=broke, n_workers=1).results([3])) == [(3, 0)]
    killed, left = told
    assert killed.startswith("the process that judged it was ended by SIGKILL; perhaps")
    assert left == "the process that judged it ended with status 7"


def test_a_job_whose_worker_was_ended_from_outside_is_done_by_another(tmp_path: Path) -> None:
    pool = LocalPool(die_once, broke=lambda path, why: why, n_workers=1)
    paths = [str(tmp_path / name) for name in "ab"]
    assert sorted(pool.results(paths)) == paths


def test_whoever_stops_listening_leaves_no_process_behind() -> None:
    results = LocalPool(own_pid, broke=lambda _, why: 0, n_workers=1).results([1, 2, 3])
    pid = next(results)
    results.close()  # type: ignore[attr-defined]
    assert not Path(f"/proc/{pid}").exists()
