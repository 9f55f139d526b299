import math

import pytest

from amr_monitor.model.case import Outcome
from amr_monitor.qa.cohort.analysis import analysed
from amr_monitor.qa.cohort.statistics import Effect
from amr_monitor.qa.cohort.wording import effect_text, known_text, mean_text, notes_of, test_text
from tests.qa.cohort.tables import some, table_of

words_of_a_test = test_text
del test_text  # pytest would take it for one of its own


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (Effect(name="odds ratio", value=0.476, low=0.19, high=1.18), "odds ratio 0.48 (0.19 to"),
        (Effect(name="odds ratio", value=math.inf, low=1.5, high=math.inf), "no bound (1.50 to no"),
        (
            Effect(name="difference", value=-60.28, low=-75.4, high=-38.5, unit="points"),
            "difference -60.3 points (-75.4 to -38.5)",
        ),
        (Effect(name="odds ratio", value=0.0, low=0.0, high=566.43), "odds ratio 0 (0 to 566.4)"),
    ],
)
def test_effects_read_with_their_interval(effect: Effect, said: str) -> None:
    assert said in effect_text(effect)


def test_means_read_as_in_the_paper() -> None:
    assert mean_text(52.9, 6.85) == "52.9 ± 6.85"
    assert mean_text(52.9, None) == "52.9 (one value, no SD)"
    assert mean_text(None, None) == "-"


def test_what_is_not_known_of_all_is_counted() -> None:
    patients = [
        *some(Outcome.DISAPPEARED, 6),
        *some(Outcome.DISAPPEARED, 2, first=10, cured=None),
        *some(Outcome.PERSISTENT, 4),
    ]
    cohort = analysed(table_of(*patients, missing=("vessel",)))
    cured = next(each for each in cohort.comparisons if each.column == "cured_immediate")
    assert known_text(cured, cohort) == "n = 10 of 12"
    notes = notes_of(cohort)
    assert notes[0] == "The table has no column vessel: not analysed."
    assert any("known of 6 of 8 in group A and 4 of 4 in group B" in note for note in notes)


def test_a_test_is_named_with_its_statistic() -> None:
    cohort = analysed(table_of(*some(Outcome.DISAPPEARED, 9), *some(Outcome.PERSISTENT, 7)))
    named = {each.column: words_of_a_test(each) for each in cohort.comparisons}
    assert named["age_years"].startswith("t test, t(14) = ")
    assert named["cured_long_term"] == ""
