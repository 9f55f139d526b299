import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.model.case import Outcome, Side, Vessel
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.qa.cohort.patients import Sex, csv_rows, outcome_from, read_patients
from tests.qa.cohort.tables import written


def test_every_column_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "p1,disappeared,,female,left,52.9,23.4,AICA+VA,yes,no,no,yes")
    (patient,) = read_patients(path).patients
    assert patient.outcome is Outcome.DISAPPEARED
    assert (patient.sex, patient.side, patient.vessel) == (Sex.FEMALE, Side.LEFT, Vessel.AICA_VA)
    assert (patient.age_years, patient.duration_months) == (52.9, 23.4)
    assert (patient.cured_immediate, patient.cured_long_term) == (True, False)
    assert (patient.complication_postoperative, patient.complication_long_term) == (False, True)


def test_an_empty_cell_is_what_is_not_known(tmp_path: Path) -> None:
    (patient,) = read_patients(written(tmp_path, "p1,persistent")).patients
    assert patient.age_years is None
    assert patient.vessel is None
    assert patient.cured_immediate is None


def test_usual_ways_to_write_are_taken(tmp_path: Path) -> None:
    path = written(tmp_path, 'p1, Persistent ,,F,R,60,12,"va + AICA",1,TRUE,0,No')
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    (patient,) = read_patients(path).patients
    assert (patient.sex, patient.side, patient.vessel) == (Sex.FEMALE, Side.RIGHT, Vessel.AICA_VA)
    assert (patient.cured_immediate, patient.complication_postoperative) == (True, False)


def test_columns_that_are_not_there_are_named(tmp_path: Path) -> None:
    table = read_patients(written(tmp_path, "p1,persistent,f", header="case_id,outcome,sex"))
    assert "age_years" in table.missing_columns
    assert "sex" not in table.missing_columns


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("p1,vanished", "row 2, column outcome: 'vanished' is no outcome"),
        ("p1,dissapeared", "did you mean disappeared?"),
        ("p1,persistent,,x", "row 2, column sex: 'x' is neither male nor female"),
        ("p1,persistent,,,up", "row 2, column side"),
        ('p1,persistent,,,,"52,9",,,,,,,', "row 2: has 13 cells"),
        ('p1,persistent,,,,"52,9",,,,,,', "row 2, column age_years: '52,9' is no number"),
        ("p1,persistent,,,,nan", "column age_years: 'nan' is no number"),
        ("p1,persistent,,,,529", "column age_years: '529' is above 120 years"),
        ("p1,persistent,,,,,-3", "column duration_months: '-3' is no number of 0 or more"),
        ("p1,persistent,,,,,1e3", "column duration_months"),
        ("p1,persistent,,,,,,BASILAR", "column vessel: 'BASILAR' is no vessel"),
        ("p1,persistent,,,,,,,maybe", "column cured_immediate: 'maybe' is neither yes nor no"),
        (",persistent", "row 2, column case_id: is empty"),
        ("p1,persistent" + "," * 11, "row 2: has 13 cells, the header 12"),
        (f"p1,persistent,{'x' * 81}", "column excluded_reason: is longer than 80"),
    ],
)
def test_what_is_not_understood_is_named_with_row_and_column(
    tmp_path: Path, row: str, said: str
) -> None:
    with pytest.raises(SourceFormatError) as raised:
        read_patients(written(tmp_path, row))
    assert str(raised.value).startswith("patients.csv: row 2")
    assert said in str(raised.value)


def test_a_row_is_counted_as_a_spreadsheet_counts(tmp_path: Path) -> None:
    path = written(tmp_path, "p1,persistent", "", "p2,gone", "p3,gone")
    with pytest.raises(SourceFormatError, match=r"row 4, column outcome.*\(and 1 more like it\)"):
        read_patients(path)


def test_one_case_in_two_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="row 3, column case_id: 'p1' stands in row 2"):
        read_patients(written(tmp_path, "p1,persistent", "p1,disappeared"))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("case_id,outcome,ages_years", "unknown column 'ages_years'; did you mean age_years?"),
        ("case_id,outcome,name", "unknown column 'name'"),
        ("case_id,outcome,sex,sex", "column sex stands there twice"),
        ("case_id,sex", "column outcome is missing"),
        ("outcome,sex", "column case_id is missing"),
        ("case_id;outcome;sex", "parted by semicolons"),
    ],
)
def test_a_header_is_read_strictly(tmp_path: Path, header: str, said: str) -> None:
    with pytest.raises(SourceFormatError) as raised:
        read_patients(written(tmp_path, header=header))
    assert f"row 1: {said}" in str(raised.value) or said in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"case_id,outcome\n", "has a header and no patient"),
        (b"case_id,outcome\np1,dis\xe9\n", "line 2 is not UTF-8"),
        (b"case_id,outcome\np1,\0\n", "zero bytes"),
        (b'case_id,outcome\n"p1,persistent\n', "no CSV that can be read"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "patients.csv"
    path.write_bytes(content)
    with pytest.raises(SourceFormatError, match=said):
        read_patients(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="cannot be read"):
        csv_rows(tmp_path / "nothing.csv")


def test_outcomes_of_a_batch_fill_the_column(tmp_path: Path) -> None:
    path = written(tmp_path, "p1,f", "p2,m", header="case_id,sex")
    table = read_patients(path, outcomes={"p1": Outcome.PERSISTENT, "other": None})
    assert [patient.outcome for patient in table.patients] == [Outcome.PERSISTENT, None]
    assert "outcome" not in table.missing_columns


def test_a_table_and_a_batch_that_disagree_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "p1,disappeared")
    with pytest.raises(SourceFormatError, match="row 2, column outcome: is disappeared, in the"):
        read_patients(path, outcomes={"p1": Outcome.PERSISTENT})


@given(st.text())
def test_any_word_is_an_outcome_or_told(word: str) -> None:
    try:
        known = outcome_from(word) in Outcome
    except ValueError as fault:
        known = "is no outcome" in str(fault)
    assert known


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_told_in_one_line(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(b"case_id,outcome\n" + content)
        said = ""
        try:
            read_patients(path)
        except SourceFormatError as fault:
            said = str(fault)
    assert "\n" not in said
