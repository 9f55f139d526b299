"""A batch from end to end, without processes: what is done, what is not, what stands there."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from amr_monitor.config import load_settings
from amr_monitor.model.errors import StorageError
from amr_monitor.qa.batch.job import Job, JobResult
from amr_monitor.qa.batch.work import BatchRequest, BatchSummary, run_batch
from tests.qa.batch.jobs import Never, OneByOne
from tests.qa.batch.surgeries import BROKEN, FILES, copied, table_bytes


def run(folder: Path, results: Path, pool: OneByOne | Never | None = None) -> BatchSummary:
    request = BatchRequest(folder=folder, results=results, settings=load_settings(None))
    return run_batch(request, pool or OneByOne())


def test_bad_files_do_not_stop_the_rest_and_say_why(surgeries: Path, results: Path) -> None:
    summary = run(surgeries, results, Never())
    assert (summary.n_found, summary.n_judged) == (len(FILES) + len(BROKEN), len(FILES))
    assert [file for file, _ in summary.failures] == list(BROKEN)
    assert all(why and "\n" not in why for _, why in summary.failures)
    assert sum(summary.outcomes.values()) == len(FILES)


def test_a_second_batch_does_nothing_and_leaves_the_tables(
    surgeries: Path, tmp_path: Path, results: Path
) -> None:
    mine = copied(results, tmp_path / "mine")
    before = {path: path.stat().st_mtime_ns for path in mine.iterdir() if path.suffix}
    summary = run(surgeries, mine, Never())
    assert (summary.n_done, summary.wrote) == (0, False)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_file_that_changed_is_done_again_alone(
    surgeries: Path, tmp_path: Path, results: Path
) -> None:
    folder = copied(surgeries, tmp_path / "recordings")
    mine = copied(results, tmp_path / "mine")
    (folder / "a.edf").write_bytes((folder / "march" / "c.edf").read_bytes())
    pool = OneByOne()
    summary = run(folder, mine, pool)
    assert pool.given == ["a.edf"]
    assert (summary.n_done, summary.wrote) == (1, True)
    assert table_bytes(mine) != table_bytes(results)


def test_a_batch_that_was_stopped_goes_on_and_ends_with_the_same_bytes(
    surgeries: Path, tmp_path: Path, results: Path
) -> None:
    class Stopping(OneByOne):
        def results(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
            for number, result in enumerate(super().results(jobs)):
                if number == 3:
                    raise KeyboardInterrupt
                yield result

    with pytest.raises(KeyboardInterrupt):
        run(surgeries, tmp_path / "mine", Stopping())
    pool = OneByOne()
    run(surgeries, tmp_path / "mine", pool)
    assert len(pool.given) == len(FILES) + len(BROKEN) - 3
    assert table_bytes(tmp_path / "mine") == table_bytes(results)


def test_a_recording_that_is_gone_is_in_no_table(
    surgeries: Path, tmp_path: Path, results: Path
) -> None:
    folder = copied(surgeries, tmp_path / "recordings")
    mine = copied(results, tmp_path / "mine")
    (folder / "cut.edf").unlink()
    summary = run(folder, mine, Never())
    assert (summary.n_done, summary.wrote) == (0, True)
    assert [file for file, _ in summary.failures] == list(BROKEN[1:])


def test_its_own_results_are_never_taken_for_recordings(tmp_path: Path, surgeries: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "cut.edf").write_bytes((surgeries / "cut.edf").read_bytes())
    for name in ("amr-results", "others", "amr-results"):
        assert run(folder, folder / name).n_found == 1


def test_everything_again_is_everything_again_and_the_same(
    surgeries: Path, tmp_path: Path, results: Path
) -> None:
    mine = copied(results, tmp_path / "mine")
    request = BatchRequest(folder=surgeries, results=mine, settings=load_settings(None), again=True)
    assert run_batch(request, OneByOne()).n_done == len(FILES) + len(BROKEN)
    assert table_bytes(mine) == table_bytes(results)


def test_progress_goes_from_nothing_to_all(surgeries: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    request = BatchRequest(
        folder=surgeries / "march", results=tmp_path / "r", settings=load_settings(None)
    )
    run_batch(request, OneByOne(), progress=lambda done, total: told.append((done, total)))
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1] > 0
    assert told == sorted(told)


def test_a_folder_of_something_else_is_not_written_to(surgeries: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(StorageError, match="holds something else"):
        run(surgeries, tmp_path)
    with pytest.raises(StorageError, match="is a file"):
        run(surgeries, tmp_path / "thesis.txt")


def test_a_job_names_the_whole_path_so_that_any_worker_finds_it(
    surgeries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Looking(OneByOne):
        def results(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
            assert all(job.recording.path.is_absolute() for job in jobs)
            return super().results(jobs)

    monkeypatch.chdir(surgeries)
    request = BatchRequest(
        folder=Path("march"), results=tmp_path / "r", settings=load_settings(None)
    )
    summary = run_batch(request, Looking())
    assert [file for file, _ in summary.failures] == ["text.xdf"]
    assert "text.xdf: is no recording" in summary.failures[0][1]
