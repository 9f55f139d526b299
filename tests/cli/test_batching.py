"""A batch from the command line: what is told, the exit status, and one that is killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amr_monitor.cli import main
from tests.qa.batch.surgeries import BROKEN, FILES, copied, table_bytes, write_folder

PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def surgeries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("batch") / "recordings")


@pytest.fixture(scope="module")
def results(surgeries: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("done") / "results"
    assert main(["batch", str(surgeries), "-o", str(target), "--jobs", "1"]) == 1
    return target


def test_a_batch_with_bad_files_ends_with_1_and_names_them(
    surgeries: Path, results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = copied(results, tmp_path / "results")
    assert main(["batch", str(surgeries), "-o", str(target), "--jobs", "1"]) == 1
    told = capsys.readouterr()
    assert "8 recordings: 5 judged, 3 failed (nothing to do)" in told.out
    assert "5 of these cases are SIMULATED: no patients" in told.out
    assert f"results: {target / 'index.html'}" in told.out
    lines = told.err.splitlines()
    assert [line.split(": ")[1] for line in lines] == list(BROKEN)
    assert "%" not in told.err, "a bar is drawn on a terminal alone"


def test_without_bad_files_it_ends_with_0_and_the_results_lie_beside_them(
    surgeries: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.edf").write_bytes((surgeries / "a.edf").read_bytes())
    assert main(["batch", str(tmp_path), "--jobs", "1"]) == 0
    assert "1 recordings: 1 judged, 0 failed (1 done now)" in capsys.readouterr().out
    assert (tmp_path / "amr-results" / "cases.parquet").is_file()


@pytest.mark.slow
def test_two_processes_give_the_same_bytes_as_one(
    surgeries: Path, results: Path, tmp_path: Path
) -> None:
    assert main(["batch", str(surgeries), "-o", str(tmp_path / "two"), "--jobs", "2"]) == 1
    assert table_bytes(tmp_path / "two") == table_bytes(results)
    assert (tmp_path / "two" / "index.html").read_bytes() == (results / "index.html").read_bytes()


@pytest.mark.slow
def test_a_batch_that_is_killed_goes_on_where_it_was(
    surgeries: Path, results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "results"
    words = ["batch", str(surgeries), "-o", str(target), "--jobs", "1"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "amr_monitor", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until_s = time.monotonic() + PATIENCE_S
    while not list(target.glob("parts/*.json.gz")) and time.monotonic() < until_s:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    n_kept = len(list(target.glob("parts/*.json.gz")))
    assert n_kept >= 1
    assert main(words) == 1
    done = f"({len(FILES) + len(BROKEN) - n_kept} done now)"
    told = capsys.readouterr().out
    assert done in told or (n_kept == len(FILES) + len(BROKEN) and "nothing to do" in told)
    assert table_bytes(target) == table_bytes(results)


def test_the_gate_is_shut_by_a_changed_verdict(
    surgeries: Path, results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "a.edf").write_bytes((surgeries / "a.edf").read_bytes())
    old, new = tmp_path / "old", tmp_path / "new"
    assert main(["batch", str(folder), "-o", str(old), "--jobs", "1"]) == 0
    words = ["batch", str(folder), "-o", str(new), "--jobs", "1", "--compare", str(old)]
    assert main(words) == 0
    assert "no verdict changed" in capsys.readouterr().out
    (folder / "a.edf").write_bytes((surgeries / "b.bdf").read_bytes())
    assert main(words) == 1
    told = capsys.readouterr().out
    assert "THE VERDICTS CHANGED" in told
    assert (new / "comparison.csv").read_text().count("outcome") == 1


def test_readers_are_counted(
    surgeries: Path, results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = copied(results, tmp_path / "results")
    readers = tmp_path / "readers.csv"
    lines = ["file,reader,outcome"]
    lines += [f"{file},{reader},disappeared" for file in ("a.edf", "b.bdf") for reader in "kl"]
    readers.write_text("\n".join(lines), encoding="utf-8")
    words = ["batch", str(surgeries), "-o", str(target), "--readers", str(readers)]
    assert main(words) == 1
    told = capsys.readouterr().out
    assert "2 agreed" in told
    assert "sensitivity: told as disappeared, where it was: 1 of 2" in told
    assert (target / "agreement.csv").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{}/none"], "no such folder"),
        (["{}"], "no recording below this folder"),
        (["{}", "--compare", "{}"], "no results of a batch there"),
        (["{}", "--readers", "{}/none.csv"], "cannot be read"),
        (["{}", "--jobs", "0"], "must be 1 or more"),
        (["{}", "--jobs", "1", "--scheduler", "tcp://127.0.0.1:1"], "not allowed with"),
    ],
)
def test_wrong_usage_is_one_line_and_2(
    tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", *(word.format(tmp_path) for word in words)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
