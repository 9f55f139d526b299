import numpy as np
import pytest
from scipy import stats

from amr_monitor.model.case import Outcome
from amr_monitor.qa.cohort.analysis import Cohort, Comparison, analysed
from amr_monitor.qa.cohort.patients import Patient, read_patients
from amr_monitor.qa.cohort.statistics import p_text
from fixtures.cohort.generate import TARGET, text
from tests.qa.cohort.tables import PAPER, some, table_of


@pytest.fixture(scope="module")
def paper() -> Cohort:
    return analysed(read_patients(PAPER))


def row(cohort: Cohort, column: str) -> Comparison:
    return next(each for each in cohort.comparisons if each.column == column)


def test_the_synthetic_patients_are_those_of_their_generator() -> None:
    assert TARGET.read_text(encoding="utf-8") == text()
    assert "synthetic-342" in text()


@pytest.mark.parametrize(
    ("column", "test", "p_value"),
    [
        ("side", "chi-squared", "0.103"),
        ("age_years", "t test", "0.120"),
        ("duration_months", "t test", "< 0.001"),
        ("cured_immediate", "Fisher's exact", "< 0.001"),
        ("cured_long_term", "Fisher's exact", "0.068"),
        ("complication_postoperative", "Fisher's exact", "0.275"),
        ("complication_long_term", "Fisher's exact", "1"),
    ],
)
def test_the_p_values_of_the_paper_come_out(
    paper: Cohort, column: str, test: str, p_value: str
) -> None:
    found = row(paper, column).compared.test
    assert found is not None
    assert found.name == test
    assert p_text(found.p_value) == p_value


def test_the_vessels_come_out_within_what_drawing_tables_leaves_open(paper: Cohort) -> None:
    # The sum over every table is 0.66889. The paper prints 0.670; with the 10,000 tables
    # that SPSS draws by default the 99 % interval is 0.012 wide on either side.
    found = row(paper, "vessel").compared.test
    assert found is not None
    assert found.name == "Fisher-Freeman-Halton"
    assert found.p_value == pytest.approx(0.670, abs=0.0015)


def test_the_papers_p_of_gender_comes_out_of_none_of_its_tests(paper: Cohort) -> None:
    table = np.array([[136, 169], [11, 10]])
    found = row(paper, "sex").compared.test
    assert found is not None
    assert p_text(found.p_value) == "0.488"
    assert p_text(stats.chi2_contingency(table, correction=True).pvalue) == "0.640"
    assert p_text(stats.fisher_exact(table).pvalue) == "0.505"


def test_the_counts_of_tables_1_and_2_come_out(paper: Cohort) -> None:
    counts = {
        each.column: [(line.a, line.b) for line in each.counts]
        for each in paper.comparisons
        if each.counts
    }
    assert counts == {
        "sex": [(136, 11), (169, 10)],
        "side": [(172, 8), (133, 13)],
        "vessel": [(113, 8), (84, 5), (27, 2), (41, 3), (32, 2), (6, 0), (2, 1)],
        "cured_immediate": [(271, 6), (34, 15)],
        "cured_long_term": [(300, 19), (5, 2)],
        "complication_postoperative": [(14, 2), (291, 19)],
        "complication_long_term": [(1, 0), (304, 21)],
    }


def test_means_and_deviations_are_the_papers(paper: Cohort) -> None:
    age, duration = row(paper, "age_years").means, row(paper, "duration_months").means
    assert age is not None
    assert duration is not None
    assert (age.mean_a, age.sd_a) == pytest.approx((52.9, 6.85), abs=1e-6)
    assert (age.mean_b, age.sd_b) == pytest.approx((55.3, 6.32), abs=1e-6)
    assert (duration.mean_a, duration.sd_a) == pytest.approx((23.4, 4.01), abs=1e-6)
    assert (duration.mean_b, duration.sd_b) == pytest.approx((39.8, 9.63), abs=1e-6)


def test_the_share_that_persists_has_its_interval(paper: Cohort) -> None:
    found = paper.persistent_share
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((6.44, 4.25, 9.65), abs=0.01)


def test_a_missing_value_leaves_one_row_alone_without_the_patient() -> None:
    unknown = some(Outcome.DISAPPEARED, 2, first=10, cured=None)
    cohort = analysed(
        table_of(*some(Outcome.DISAPPEARED, 8), *unknown, *some(Outcome.PERSISTENT, 5))
    )
    assert (row(cohort, "cured_immediate").n_a, row(cohort, "sex").n_a) == (8, 10)


def test_columns_that_are_not_there_are_not_analysed() -> None:
    cohort = analysed(table_of(*some(Outcome.DISAPPEARED, 3), missing=("sex", "vessel")))
    assert {"sex", "vessel"}.isdisjoint(each.column for each in cohort.comparisons)


@pytest.mark.parametrize("n_b", [0, 1, 2])
def test_small_groups_are_analysed_as_far_as_it_goes(n_b: int) -> None:
    cohort = analysed(table_of(*some(Outcome.DISAPPEARED, 3), *some(Outcome.PERSISTENT, n_b)))
    assert len(cohort.comparisons) == 9
    assert all(each.compared.test or each.compared.notes for each in cohort.comparisons)


def test_nobody_to_compare_is_no_fault() -> None:
    cohort = analysed(table_of(Patient(case_id="p", outcome=Outcome.NOT_ELICITED)))
    assert cohort.persistent_share is None
    assert all(each.compared.test is None for each in cohort.comparisons)
