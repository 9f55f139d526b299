from pathlib import Path

import pytest

from amr_monitor.model.case import Outcome, Side
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.qa.cohort.analysis import analysed
from amr_monitor.qa.cohort.figures import cohort_csv, cohort_json
from amr_monitor.qa.cohort.page import cohort_page
from amr_monitor.qa.cohort.results import is_results, outcomes_of, read_results
from amr_monitor.qa.cohort.text import cohort_text
from tests.qa.cohort.tables import PAPER

HEADER = "file,case_id,outcome,vessel,side,events_sha256,n_sweeps"


def batch(folder: Path, *rows: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "cases.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return folder


def test_the_cases_of_a_batch_are_patients(tmp_path: Path) -> None:
    folder = batch(tmp_path / "r", "a.edf,c1,disappeared,AICA,left,x,9", "b.edf,c2,persistent,,,,")
    assert is_results(folder)
    assert is_results(folder / "cases.csv")
    table = read_results(folder)
    assert [(p.case_id, p.outcome, p.side) for p in table.patients] == [
        ("c1", Outcome.DISAPPEARED, Side.LEFT),
        ("c2", Outcome.PERSISTENT, None),
    ]
    assert read_results(folder / "cases.csv").patients == table.patients


def test_the_vessel_of_a_mark_is_not_taken_for_the_one_that_offended(tmp_path: Path) -> None:
    table = read_results(batch(tmp_path, "a.edf,c1,disappeared,AICA,left,x,9"))
    assert table.patients[0].vessel is None
    assert "vessel" in table.missing_columns
    assert "side" not in table.missing_columns


def test_a_recording_that_lay_there_twice_counts_once(tmp_path: Path) -> None:
    rows = ("a.edf,c1,disappeared,,,x,9", "copy.edf,c1,disappeared,,,x,9", "c.edf,c2,,,,x,9")
    assert outcomes_of(batch(tmp_path, *rows)) == {"c1": Outcome.DISAPPEARED, "c2": None}


def test_a_table_of_patients_is_no_result() -> None:
    assert not is_results(PAPER)
    with pytest.raises(SourceFormatError, match="is no table of cases that `batch` has written"):
        read_results(PAPER)


def test_what_is_not_there_is_for_others_to_tell(tmp_path: Path) -> None:
    assert not is_results(tmp_path / "nothing.csv")
    with pytest.raises(SourceFormatError, match=r"holds no cases\.csv"):
        read_results(tmp_path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a.edf,c1,gone,,,x,9", "row 2, column outcome or side"),
        ("a.edf,c1,disappeared,,up,x,9", "row 2, column outcome or side"),
        ("a.edf,c1", "row 2: is cut"),
    ],
)
def test_a_table_that_was_altered_is_refused(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(SourceFormatError, match=said):
        read_results(batch(tmp_path, row))


def test_a_batch_without_a_case_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="holds no case"):
        read_results(batch(tmp_path))


def test_a_simulation_is_told(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(
        f"{HEADER},origin\na.edf,c1,disappeared,,,x,9,simulated\nb.edf,c2,persistent,,,x,9,replay\n",
        encoding="utf-8",
    )
    table = read_results(tmp_path)
    assert table.notes == ("1 of these cases are SIMULATED: no patients.",)
    cohort = analysed(table)
    for text in (cohort_text(cohort), cohort_page(cohort), cohort_json(cohort), cohort_csv(cohort)):
        assert table.notes[0] in text
