import csv
import json
from pathlib import Path

from amr_monitor.model.case import Outcome
from amr_monitor.qa.batch.agreement import Agreement, agreement_of
from amr_monitor.qa.batch.agreement_report import agreement_lines, write_agreement
from amr_monitor.qa.batch.readers import ReaderMark
from tests.qa.batch.tables import a_case, some_results


def an_agreement() -> Agreement:
    said = [
        ("a", "k", Outcome.DISAPPEARED, 96.0),
        ("a", "l", Outcome.DISAPPEARED, 98.0),
        ("b", "k", Outcome.PERSISTENT, None),
        ("b", "l", Outcome.DISAPPEARED, None),
        ("gone", "k", Outcome.PERSISTENT, None),
    ]
    marks = [
        ReaderMark(line=n, case=case, reader=reader, outcome=outcome, t_disappeared_s=time_s)
        for n, (case, reader, outcome, time_s) in enumerate(said, start=2)
    ]
    return agreement_of(some_results(a_case("a"), a_case("b"), a_case("c")), marks)


def test_each_case_is_a_line_of_csv_and_the_figures_are_json(tmp_path: Path) -> None:
    cases, figures = write_agreement(an_agreement(), tmp_path)
    with cases.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["basis"], row["difference_s"]) for row in rows] == [
        ("a", "agreed", "3.0"),
        ("b", "disputed", ""),
    ]
    told = json.loads(figures.read_text())
    assert told["matrix"] == [{"readers": "disappeared", "monitor": "disappeared", "cases": 1}]
    assert told["unknown_cases"] == ["gone"]
    assert {each["second"] for each in told["kappas"]} == {"l", "monitor"}


def test_a_person_reads_what_was_counted_and_what_was_left_out() -> None:
    text = "\n".join(agreement_lines(an_agreement()))
    assert "2 cases read; 0 adjudicated, 1 agreed, 0 with one reader, 1 disputed" in text
    assert "not in the results: 1 cases (gone)" in text
    assert "not read: 1 recordings" in text
    assert "kappa, k and l: 0.00" in text
    assert "kappa, readers and monitor: not defined" in text
    assert "1 of 1, 100.0% (exact 95 % 2.5% to 100.0%)" in text
    assert "false persistent: told so of a disappeared one: 0 of 1" in text
    assert "below 95.00% with 95 % confidence" in text
    assert "specificity: told as persistent, where it was: no case" in text
    assert "median +3.0 s" in text
