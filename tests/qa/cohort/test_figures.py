import csv
import io
import json

from amr_monitor.model.case import Outcome
from amr_monitor.qa.cohort.analysis import analysed
from amr_monitor.qa.cohort.figures import cohort_csv, cohort_json
from amr_monitor.qa.cohort.patients import Patient, read_patients
from tests.qa.cohort.tables import PAPER, some, table_of


def test_json_holds_every_figure_unrounded() -> None:
    found = json.loads(cohort_json(analysed(read_patients(PAPER))))
    assert found["flow"]["n_compared"] == 326
    by_column = {each["column"]: each for each in found["comparisons"]}
    assert round(by_column["side"]["test"]["p_value"], 6) == 0.102882
    assert by_column["age_years"]["means"]["sd_b"] == 6.319999885174608
    assert by_column["vessel"]["counts"][0] | {"difference": None} == {
        "label": "AICA",
        "a": 113,
        "b": 8,
        "difference": None,
    }


def test_csv_holds_flow_tests_effects_and_counts() -> None:
    rows = list(csv.DictReader(io.StringIO(cohort_csv(analysed(read_patients(PAPER))))))
    assert [row["count_a"] for row in rows if row["table"] == "flow"] == [
        "342",
        "13",
        "3",
        "305",
        "21",
    ]
    tests = {row["column"]: row["test"] for row in rows if row["test"]}
    assert tests["cured_long_term"] == "Fisher's exact"
    assert len(tests) == 9


def test_what_has_no_bound_is_null() -> None:
    patients = [
        *some(Outcome.DISAPPEARED, 9, cured=False),
        *some(Outcome.PERSISTENT, 4, cured=True),
    ]
    found = json.loads(cohort_json(analysed(table_of(*patients))))
    cured = next(each for each in found["comparisons"] if each["column"] == "cured_immediate")
    odds = next(each for each in cured["effects"] if each["name"] == "odds ratio")
    assert odds["value"] is None
    assert odds["high"] is None
    assert odds["low"] > 0


def test_nobody_is_written_as_well() -> None:
    cohort = analysed(table_of(Patient(case_id="p")))
    assert json.loads(cohort_json(cohort))["flow"]["persistent_share"] is None
    assert "nan" not in cohort_csv(cohort)
