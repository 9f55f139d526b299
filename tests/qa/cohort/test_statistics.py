import math
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from amr_monitor.model.errors import ConfigError
from amr_monitor.qa.cohort import statistics
from amr_monitor.qa.cohort.statistics import (
    Compared,
    compared_categories,
    compared_means,
    compared_shares,
    fisher_freeman_halton,
    p_relation,
    p_text,
    require_statsmodels,
    share,
    share_difference,
)

VESSELS = np.array([[8, 5, 2, 3, 2, 0, 1], [113, 84, 27, 41, 32, 6, 2]])


def numbers(compared: Compared) -> list[float]:
    found = [each for e in compared.effects for each in (e.value, e.low, e.high)]
    return found + ([] if compared.test is None else [compared.test.p_value])


def test_chi_squared_is_without_correction_where_counts_suffice() -> None:
    found = compared_shares((172, 133), (8, 13))
    assert found.test is not None
    assert found.test.name == "chi-squared"
    assert found.test.p_value == pytest.approx(0.1029, abs=5e-5)


def test_fisher_takes_over_below_five_expected() -> None:
    found = compared_shares((300, 5), (19, 2))
    assert found.test is not None
    assert found.test.name == "Fisher's exact"
    assert found.test.p_value == pytest.approx(
        stats.fisher_exact(np.array([[19, 2], [300, 5]])).pvalue
    )


def test_the_exact_test_of_a_small_table_is_fishers_own() -> None:
    table = np.array([[3, 7], [9, 2]])
    assert fisher_freeman_halton(table).p_value == pytest.approx(stats.fisher_exact(table).pvalue)


def test_the_exact_test_agrees_with_tables_that_scipy_draws() -> None:
    drawn = stats.fisher_exact(
        VESSELS, method=stats.MonteCarloMethod(n_resamples=19_999, rng=np.random.default_rng(1))
    )
    exact = fisher_freeman_halton(VESSELS).p_value
    assert exact == pytest.approx(0.66889, abs=5e-6)
    assert exact == pytest.approx(drawn.pvalue, abs=4 * math.sqrt(0.67 * 0.33 / 20_000))


def test_tables_without_number_are_drawn_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MOST_TABLES", 1000)
    monkeypatch.setattr(statistics, "DRAWN_TABLES", 9_999)
    found = fisher_freeman_halton(VESSELS)
    assert found.name == "Fisher-Freeman-Halton, 10000 tables drawn"
    assert found.p_value == pytest.approx(0.669, abs=0.02)
    assert fisher_freeman_halton(VESSELS) == found


def test_means_are_compared_as_scipy_does() -> None:
    a, b = [50.0, 52.0, 57.0, 49.0], [61.0, 55.0, 66.0]
    found = compared_means(a, b, unit="years")
    known = stats.ttest_ind(b, a)
    assert found.test is not None
    assert found.test.p_value == pytest.approx(known.pvalue)
    difference = found.effects[0]
    assert difference.low < difference.value < difference.high
    assert difference.value == pytest.approx(np.mean(b) - np.mean(a))


def test_unequal_variances_are_told_with_welch() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(20, 1, 60).tolist(), rng.normal(24, 9, 30).tolist()
    (note,) = compared_means(a, b, unit="months").notes
    assert note.startswith("variances differ (Levene P < 0.001): Welch's t test")


@pytest.mark.parametrize(
    ("compared", "said"),
    [
        (compared_means([], [1.0, 2.0], unit=""), "group A has no value"),
        (compared_means([1.0, 2.0], [3.0], unit=""), "group B has 1 value alone"),
        (compared_means([1.0, 1.0], [2.0, 2.0], unit=""), "do not vary within the groups"),
        (compared_shares((0, 0), (1, 2)), "group A has no value"),
        (compared_shares((5, 0), (3, 0)), "the same holds for every patient"),
        (compared_categories([0, 0], [1, 1]), "group A has no value"),
        (compared_categories([4, 0], [2, 0]), "all patients fall into one category"),
    ],
)
def test_what_cannot_be_computed_is_said(compared: Compared, said: str) -> None:
    assert compared.test is None
    assert said in compared.notes[0]


def test_an_empty_cell_leaves_an_odds_ratio_without_bound() -> None:
    found = compared_shares((0, 20), (5, 5))
    odds = found.effects[1]
    assert math.isinf(odds.value)
    assert odds.low > 0.0


def test_shares_have_intervals_inside_what_can_be() -> None:
    found = share(0, 8)
    assert found.value == found.low == 0.0
    assert 0.0 < found.high < 100.0
    difference = share_difference(1, 305, 0, 21)
    assert -100.0 <= difference.low <= difference.value <= difference.high <= 100.0


counts = st.integers(0, 40)


@settings(deadline=None, max_examples=60)
@given(st.tuples(counts, counts), st.tuples(counts, counts))
def test_no_counts_give_what_is_no_number(a: tuple[int, int], b: tuple[int, int]) -> None:
    found = compared_shares(a, b)
    assert not any(map(math.isnan, numbers(found)))
    assert found.test is not None or found.notes


few_values = st.lists(st.floats(0.0, 120.0).map(lambda x: round(x, 2)), max_size=6)


@settings(deadline=None, max_examples=60)
@given(few_values, few_values)
def test_no_values_give_what_is_no_number(a: list[float], b: list[float]) -> None:
    found = compared_means(a, b, unit="years")
    assert not any(map(math.isnan, numbers(found)))
    assert found.test is not None or found.notes


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=5))
def test_no_categories_give_what_is_no_probability(pairs: list[tuple[int, int]]) -> None:
    found = compared_categories([a for a, _ in pairs], [b for _, b in pairs])
    assert found.test is not None or found.notes
    if found.test is not None:
        assert 0.0 <= found.test.p_value <= 1.0


@pytest.mark.parametrize(
    ("p_value", "said"),
    [(1.0, "1"), (0.9996, "1"), (0.4877, "0.488"), (0.001, "0.001"), (0.00099, "< 0.001")],
)
def test_p_values_read_as_in_the_paper(p_value: float, said: str) -> None:
    assert p_text(p_value) == said
    assert p_relation(p_value) == (said if said.startswith("<") else f"= {said}")


def test_a_missing_extra_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    assert import_module("statsmodels") is not None
    monkeypatch.setattr(statistics, "import_module", absent)
    with pytest.raises(ConfigError, match=r"pip install 'amr-monitor\[cohort\]'"):
        require_statsmodels()
