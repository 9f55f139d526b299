import json
from pathlib import Path

import pytest

from amr_monitor.cli import main
from tests.qa.cohort.tables import PAPER, written
from tests.qa.cohort.test_results import batch


def test_the_tables_are_told_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", str(PAPER)]) == 0
    assert "Table 2." in capsys.readouterr().out


@pytest.mark.parametrize("ending", ["html", "csv", "json", "txt"])
def test_a_file_is_written_by_its_ending(
    tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / f"cohort.{ending}"
    assert main(["cohort", str(PAPER), "-o", str(target)]) == 0
    assert target.stat().st_size > 1000
    assert capsys.readouterr().out == (
        f"{target}: 342 patients, 16 left out, 305 disappeared, 21 persistent\n"
    )


def test_another_ending_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", str(PAPER), "-o", str(tmp_path / "x.docx")]) == 2
    assert "must end in one of .html" in capsys.readouterr().err


def test_a_cell_that_is_not_understood_ends_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cohort", str(written(tmp_path, "p1,gone"))]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("amr-monitor: patients.csv: row 2, column outcome: 'gone'")
    assert said.err.count("\n") == 1


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cohort", str(PAPER), "-o", str(tmp_path / "no" / "x.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_results_of_a_batch_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = batch(tmp_path / "results", "a.edf,c1,disappeared,,left,x,9")
    assert main(["cohort", str(results)]) == 0
    assert "1 Group A" in capsys.readouterr().out
    assert main(["cohort", str(results), "--outcomes", str(results)]) == 2


def test_outcomes_of_a_batch_join_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ("a.edf,c1,disappeared,,,x,9", "b.edf,c2,persistent,,,x,9")
    results = batch(tmp_path / "results", *rows)
    patients = written(tmp_path, "c1,f", header="case_id,sex")
    target = tmp_path / "x.json"
    words = ["cohort", str(patients), "--outcomes", str(results), "-o", str(target)]
    assert main(words) == 0
    assert json.loads(target.read_text(encoding="utf-8"))["flow"]["group_a_disappeared"] == 1
    assert "1 cases of" in capsys.readouterr().err
