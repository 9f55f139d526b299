"""The tests that the paper names, and effect sizes, as scipy and statsmodels have them.

Nothing here computes a statistic of its own: it chooses the test, calls it and
says in words what cannot be computed. A P value that is not a number never
leaves this module.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from amr_monitor.model.errors import ConfigError

INSTALL = "pip install 'amr-monitor[cohort]'"

CONFIDENCE = 0.95
LEAST_EXPECTED = 5.0
"""Cochran's rule: below it a chi-squared test is not trusted, Fisher's is exact."""

MOST_TABLES = 2_000_000
"""Enumerated for an exact P; beyond it tables are drawn at random."""

DRAWN_TABLES = 199_999
SEED = 2020
RELATIVE_TIE = 1e-7
"""Tables as probable as the observed one, up to rounding, count as ties (as in scipy and R)."""

LEAST_FOR_LEVENE = 3
SIGNIFICANT = 0.05

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How large a difference is, group B against group A, with its 95 % interval.

    Attributes
    ----------
    name : str
    value, low, high : float
        Infinite where the data set no bound.
    unit : str
    """

    name: str
    value: float
    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """A test that could be made.

    Attributes
    ----------
    name : str
    p_value : float
        Two-sided, 0 to 1.
    statistic : str
        As one reports it, `t(324) = -1.56`; "" of an exact test.
    """

    # pytest takes what is called Test for one of its own.
    __test__ = False

    name: str
    p_value: float
    statistic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came out of one comparison.

    Attributes
    ----------
    test : TestResult or None
    effects : tuple of Effect
    notes : tuple of str
        What could not be computed, and what to keep in mind.
    """

    test: TestResult | None = None
    effects: tuple[Effect, ...] = ()
    notes: tuple[str, ...] = ()


def compared_means(a: Sequence[float], b: Sequence[float], *, unit: str) -> Compared:
    """Compare two groups by Student's t test with pooled variance, as SPSS prints it first."""
    if lacking := _lacking(len(a), len(b), least=2):
        return Compared(notes=(f"no t test: {lacking}",))
    if not (_varies(a) or _varies(b)):
        return Compared(notes=("no t test: the values do not vary within the groups",))
    weightstats = _statsmodels("stats.weightstats")
    found = weightstats.CompareMeans(weightstats.DescrStatsW(b), weightstats.DescrStatsW(a))
    statistic, p_value, freedom = found.ttest_ind(usevar="pooled")
    low, high = found.tconfint_diff(alpha=1.0 - CONFIDENCE, usevar="pooled")
    standardised, variance = _smd(b, a)
    half = float(stats.norm.ppf((1.0 + CONFIDENCE) / 2.0)) * math.sqrt(variance)
    return Compared(
        test=TestResult(
            name="t test",
            p_value=float(p_value),
            statistic=f"t({freedom:.0f}) = {statistic:.2f}",
        ),
        effects=(
            Effect(
                name="difference of means",
                value=float(np.mean(b) - np.mean(a)),
                low=float(low),
                high=float(high),
                unit=unit,
            ),
            Effect(
                name="Hedges's g",
                value=standardised,
                low=standardised - half,
                high=standardised + half,
            ),
        ),
        notes=_variance_notes(a, b),
    )


def compared_shares(a: tuple[int, int], b: tuple[int, int]) -> Compared:
    """Compare how many have something and have it not, in two groups.

    Chi-squared without Yates's correction where every expected count is 5 or
    more, Fisher's exact test otherwise.

    Parameters
    ----------
    a, b : (int, int)
        With and without it.
    """
    if lacking := _lacking(sum(a), sum(b), least=1):
        return Compared(notes=(f"no test: {lacking}",))
    difference = share_difference(a[0], sum(a), b[0], sum(b))
    table = np.array([b, a], dtype=np.int64)
    if not table.sum(axis=0).all():
        return Compared(effects=(difference,), notes=("no test: the same holds for every patient",))
    chi_squared = stats.chi2_contingency(table, correction=False)
    if chi_squared.expected_freq.min() >= LEAST_EXPECTED:
        test = _chi_squared(chi_squared)
    else:
        test = TestResult(
            name="Fisher's exact", p_value=_probability(stats.fisher_exact(table).pvalue)
        )
    # The normal approximation knows no empty cell.
    is_exact = not test.statistic or not table.all()
    ratio = stats.contingency.odds_ratio(table, kind="conditional" if is_exact else "sample")
    interval = ratio.confidence_interval(CONFIDENCE)
    odds = Effect(
        name="odds ratio",
        value=float(ratio.statistic),
        low=float(interval.low),
        high=float(interval.high),
    )
    return Compared(test=test, effects=(difference, odds))


def compared_categories(a: Sequence[int], b: Sequence[int]) -> Compared:
    """Compare how two groups fall into several categories.

    Chi-squared where every expected count is 5 or more, otherwise the
    Fisher-Freeman-Halton test.
    """
    if lacking := _lacking(sum(a), sum(b), least=1):
        return Compared(notes=(f"no test: {lacking}",))
    table = np.array([b, a], dtype=np.int64)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return Compared(notes=("no test: all patients fall into one category",))
    chi_squared = stats.chi2_contingency(table, correction=False)
    if chi_squared.expected_freq.min() >= LEAST_EXPECTED:
        return Compared(test=_chi_squared(chi_squared))
    return Compared(test=fisher_freeman_halton(table))


def share_difference(count_a: int, n_a: int, count_b: int, n_b: int) -> Effect:
    """Return the difference of two shares in percentage points, by Newcombe's method."""
    low, high = _statsmodels("stats.proportion").confint_proportions_2indep(
        count_b, n_b, count_a, n_a, method="newcomb", compare="diff", alpha=1.0 - CONFIDENCE
    )
    return Effect(
        name="difference",
        value=100.0 * (count_b / n_b - count_a / n_a),
        low=100.0 * float(low),
        high=100.0 * float(high),
        unit="percentage points",
    )


def share(count: int, n: int) -> Effect:
    """Return a share in percent with Wilson's interval."""
    low, high = _statsmodels("stats.proportion").proportion_confint(
        count, n, method="wilson", alpha=1.0 - CONFIDENCE
    )
    return Effect(
        name="share",
        value=100.0 * count / n,
        low=100.0 * float(low),
        high=100.0 * float(high),
        unit="%",
    )


def fisher_freeman_halton(table: Counts) -> TestResult:
    """Return the exact test of a table of two rows, shape (2, n_categories).

    The probabilities of all tables with the same margins that are not more
    probable than this one are summed, each from scipy's multivariate
    hypergeometric distribution. Where there are too many, scipy draws tables at random;
    `scipy.stats.fisher_exact` itself knows only that for more than two columns.
    """
    smaller = table[int(np.argmin(table.sum(axis=1)))]
    columns = table.sum(axis=0)
    if _n_tables(columns, int(smaller.sum())) > MOST_TABLES:
        drawn = stats.fisher_exact(
            table,
            method=stats.MonteCarloMethod(
                n_resamples=DRAWN_TABLES, rng=np.random.default_rng(SEED)
            ),
        )
        return TestResult(
            name=f"Fisher-Freeman-Halton, {DRAWN_TABLES + 1} tables drawn",
            p_value=_probability(drawn.pvalue),
        )
    law = stats.multivariate_hypergeom(m=columns, n=int(smaller.sum()))
    probabilities = np.exp(law.logpmf(_tables(columns, int(smaller.sum()))))
    observed = float(np.exp(law.logpmf(smaller)))
    extreme = probabilities <= observed * (1.0 + RELATIVE_TIE)
    return TestResult(
        name="Fisher-Freeman-Halton", p_value=_probability(float(probabilities[extreme].sum()))
    )


def require_statsmodels() -> None:
    """See whether the extra is there, before anything is read.

    Raises
    ------
    ConfigError
    """
    _statsmodels("stats.proportion")


def _statsmodels(module: str) -> Any:
    try:
        return import_module(f"statsmodels.{module}")
    except ImportError as fault:
        raise ConfigError(f"cohort needs statsmodels: {INSTALL}") from fault


def _smd(b: Sequence[float], a: Sequence[float]) -> tuple[float, float]:
    """Return the standardised difference of means, corrected for small groups, and its variance."""
    value, variance = _statsmodels("stats.meta_analysis").effectsize_smd(
        np.mean(b), np.std(b, ddof=1), len(b), np.mean(a), np.std(a, ddof=1), len(a)
    )
    return float(value), float(variance)


def _variance_notes(a: Sequence[float], b: Sequence[float]) -> tuple[str, ...]:
    """Say where the t test's premise of equal variances does not hold, and what follows."""
    if min(len(a), len(b)) < LEAST_FOR_LEVENE or not (_varies(a) and _varies(b)):
        return ()
    with np.errstate(all="ignore"):
        levene = float(stats.levene(b, a).pvalue)
    if not levene < SIGNIFICANT:
        return ()
    welch = float(stats.ttest_ind(b, a, equal_var=False).pvalue)
    return (
        f"variances differ (Levene P {p_relation(levene)}): Welch's t test, which does not"
        f" take them as equal, gives P {p_relation(welch)}",
    )


def _lacking(n_a: int, n_b: int, *, least: int) -> str:
    for name, n in (("A", n_a), ("B", n_b)):
        if n < least:
            values = "no value" if n == 0 else f"{n} value alone"
            return f"group {name} has {values}"
    return ""


def _varies(values: Sequence[float]) -> bool:
    spread = max(values) - min(values)
    return spread > 1e-9 * max(1.0, abs(max(values)))


def _chi_squared(found: Any) -> TestResult:
    return TestResult(
        name="chi-squared",
        p_value=_probability(found.pvalue),
        statistic=f"chi-squared({found.dof}) = {found.statistic:.2f}",
    )


def _probability(value: float) -> float:
    # Sums of probabilities may pass 1 by a rounding error.
    return min(max(float(value), 0.0), 1.0)


def _n_tables(columns: Counts, n: int) -> int:
    """Return how many tables have these column totals and this total of the first row."""
    ways = [1] + [0] * n
    for most in columns:
        ways = [sum(ways[max(0, k - int(most)) : k + 1]) for k in range(n + 1)]
    return ways[n]


def _tables(columns: Counts, n: int) -> Counts:
    """Return the first rows of all those tables, shape (n_tables, n_categories)."""
    rows = np.zeros((1, 0), dtype=np.int64)
    for at, most in enumerate(columns):
        left = n - rows.sum(axis=1)
        after = int(columns[at + 1 :].sum())
        lowest = np.maximum(left - after, 0)
        n_choices = np.minimum(left, int(most)) - lowest + 1
        starts = np.repeat(np.cumsum(n_choices) - n_choices, n_choices)
        chosen = np.arange(int(n_choices.sum())) - starts + np.repeat(lowest, n_choices)
        rows = np.column_stack([np.repeat(rows, n_choices, axis=0), chosen])
    return rows


def p_text(p_value: float) -> str:
    """Return a P value as the paper prints it: three decimals, `< 0.001`, or 1."""
    if p_value < 0.001:
        return "< 0.001"
    return "1" if p_value >= 0.9995 else f"{p_value:.3f}"


def p_relation(p_value: float) -> str:
    """Return it as it stands after a `P`."""
    text = p_text(p_value)
    return text if text.startswith("<") else f"= {text}"
