import csv
from pathlib import Path

import pytest

from amr_monitor.qa.batch.comparison import (
    Comparison,
    Difference,
    compare,
    comparison_lines,
    write_comparison,
)
from amr_monitor.qa.batch.results import BatchResults, read_results
from tests.qa.batch.tables import LEAD, a_case, a_change, some_results

LOSS = a_change("a", 100.0, "disappeared")
PROVEN = a_change("a", 160.0, "disappeared", "sustained")
BEFORE = some_results(a_case("a"), changes=(LOSS, PROVEN))


def differences(new: BatchResults, old: BatchResults = BEFORE) -> tuple[Difference, ...]:
    return compare(old, new).differences


def gating(new: BatchResults, old: BatchResults = BEFORE) -> list[tuple[str, str, str]]:
    return [(d.what, d.old, d.new) for d in differences(new, old) if d.gates]


def test_the_same_results_differ_in_nothing(results: Path) -> None:
    told = read_results(results)
    comparison = compare(told, told)
    assert (comparison.differences, comparison.gates, comparison.n_compared) == ((), False, 5)
    assert "no verdict changed" in comparison_lines(comparison)[-1]


def test_another_outcome_shuts_the_gate() -> None:
    new = some_results(a_case("a", "persistent"), changes=(LOSS, PROVEN))
    assert gating(new) == [("outcome", "disappeared", "persistent")]


def test_a_confirmed_change_that_is_gone_or_new_shuts_the_gate() -> None:
    back = a_change("a", 120.0, "reappeared")
    assert gating(some_results(a_case("a"), changes=(LOSS, back, PROVEN))) == [
        ("state_new", "", "reappeared confirmed at 120.0 s")
    ]
    assert gating(some_results(a_case("a"), changes=(PROVEN,))) == [
        ("state_gone", "disappeared confirmed at 100.0 s", "")
    ]


def test_a_provisional_change_does_not() -> None:
    drawn = a_change("a", 90.0, "disappeared", "provisional")
    assert differences(some_results(a_case("a"), changes=(drawn, LOSS, PROVEN))) == ()


@pytest.mark.parametrize(("later_s", "shut"), [(4.9, False), (5.1, True), (-5.1, True)])
def test_a_change_may_come_sooner_or_later_by_the_tolerance(later_s: float, shut: bool) -> None:  # noqa: FBT001
    moved = a_change("a", 100.0 + later_s, "disappeared")
    (difference,) = differences(some_results(a_case("a"), changes=(moved, PROVEN)))
    assert (difference.what, difference.muscle) == ("time of disappeared confirmed", LEAD)
    assert (difference.difference, difference.unit, difference.gates) == (later_s, "s", shut)


def test_changes_of_every_muscle_count() -> None:
    mentalis = a_change("a", 100.0, "disappeared", muscle="mentalis", is_lead=False)
    (difference,) = differences(some_results(a_case("a"), changes=(LOSS, mentalis, PROVEN)))
    assert (difference.muscle, difference.gates) == ("mentalis", True)


def test_figures_are_told_and_let_pass() -> None:
    louder = a_change("a", 100.0, "disappeared", amplitude_uv=9.0)
    new = some_results(
        a_case("a", baseline_amplitude_uv=88.0, n_valid=291, tags="returned"),
        changes=(louder, PROVEN),
    )
    assert [(d.what, d.difference, d.unit, d.gates) for d in differences(new)] == [
        ("amplitude at disappeared confirmed", 5.0, "uV", False),
        ("tags", None, "", False),
        ("baseline_amplitude_uv", 8.0, "uV", False),
    ]


def test_a_verdict_that_is_no_more_shuts_the_gate_and_a_new_one_does_not() -> None:
    broken = some_results(errors={"a": "a: it is broken"})
    assert gating(broken) == [("verdict_gone", "disappeared", "a: it is broken")]
    assert gating(BEFORE, broken) == []
    assert [d.what for d in differences(BEFORE, broken)] == ["verdict_new"]
    other = some_results(errors={"a": "a: it is cut"})
    assert [d.what for d in differences(other, broken)] == ["why_none"]


def test_a_recording_that_is_not_there_any_more_shuts_the_gate_and_a_new_one_does_not() -> None:
    assert gating(some_results()) == [("recording_gone", "disappeared", "")]
    assert [(d.what, d.gates) for d in differences(BEFORE, some_results())] == [
        ("recording_new", False)
    ]


def test_a_recording_that_changed_is_told() -> None:
    new = some_results(a_case("a", sha256="bb"), changes=(LOSS, PROVEN))
    assert [(d.what, d.gates) for d in differences(new)] == [("recording", False)]


def test_every_difference_is_a_line_of_csv(tmp_path: Path) -> None:
    comparison = compare(BEFORE, some_results(a_case("a", "persistent", n_valid=200)))
    with write_comparison(comparison, tmp_path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(comparison.differences)
    assert rows[0] == {
        "file": "a",
        "case_id": "id-a",
        "what": "outcome",
        "muscle": "",
        "old": "disappeared",
        "new": "persistent",
        "difference": "",
        "unit": "",
        "gates": "true",
    }


def test_a_person_reads_whose_verdict_changed_and_by_how_much() -> None:
    comparison: Comparison = compare(
        BEFORE,
        some_results(
            a_case("a"), changes=(a_change("a", 112.5, "disappeared"), PROVEN), version="1.1.0"
        ),
    )
    text = "\n".join(comparison_lines(comparison))
    assert "(version 1.0.0; this is 1.1.0, the same settings): 1 cases in both" in text
    assert "+12.5 s" in text
    assert "THE VERDICTS CHANGED" in text
