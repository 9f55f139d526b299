"""Words and figures that the text and the page have in common."""

import math

from amr_monitor.qa.cohort.analysis import Cohort, Comparison, CountLine
from amr_monitor.qa.cohort.statistics import Effect, p_text

GROUP_A = "Group A (AMR disappeared)"
GROUP_B = "Group B (AMR persistent)"
TABLE_TITLES = {
    "1": "Table 1. Clinical characters and offending vessels of the two groups",
    "2": "Table 2. Postoperative and long-term outcomes and complications of the two groups",
}
UNKNOWN = "not known"
WITHOUT_TEST = "not tested"

METHOD = (
    "Analysis as in Xu L et al., Persistent abnormal muscle response after microvascular"
    " decompression for hemifacial spasm, Sci Rep 2020;10:18484 (doi 10.1038/s41598-020-75742-x).",
    "Means: Student's t test with pooled variance. Counts: chi-squared without Yates's correction"
    " where every expected count is 5 or more, Fisher's exact test (Fisher-Freeman-Halton for"
    " more than two categories) otherwise. All tests are two-sided, none is corrected for"
    " their number.",
    "Effects are group B against group A (odds ratios: of the first line of a block) with 95 %"
    " intervals: of differences of shares by Newcombe, of odds ratios by the normal approximation"
    " of the logarithm beside chi-squared and by the conditional exact method beside"
    " Fisher and where a cell is empty.",
)
LIMITS = (
    "This describes a cohort; it predicts nothing for one patient. A persistent AMR is no failure"
    " of the operation.",
    "A missing value leaves a patient out of that row alone; nothing is imputed.",
)


def count_text(line: CountLine, comparison: Comparison, *, group: str) -> str:
    """Return `113 (37.0 %)`, or the count alone where nobody is known."""
    count, n = (line.a, comparison.n_a) if group == "a" else (line.b, comparison.n_b)
    return f"{count} ({100.0 * count / n:.1f} %)" if n else "-"


def mean_text(mean: float | None, sd: float | None) -> str:
    """Return `52.9 ± 6.85`, as the paper prints it."""
    if mean is None:
        return "-"
    return f"{mean:.1f} ± {sd:.2f}" if sd is not None else f"{mean:.1f} (one value, no SD)"


def p_value_text(comparison: Comparison) -> str:
    """Return the P value, or that there is none."""
    test = comparison.compared.test
    return WITHOUT_TEST if test is None else p_text(test.p_value)


def test_text(comparison: Comparison) -> str:
    """Return the name of the test with its statistic."""
    test = comparison.compared.test
    if test is None:
        return ""
    if test.statistic.startswith(test.name):
        return test.statistic
    return test.name + (f", {test.statistic}" if test.statistic else "")


def effect_text(effect: Effect) -> str:
    """Return `odds ratio 0.48 (0.19 to 1.18)`."""
    value, low, high = map(_figure, (effect.value, effect.low, effect.high))
    unit = f" {effect.unit}" if effect.unit else ""
    return f"{effect.name} {value}{unit} ({low} to {high})"


def known_text(comparison: Comparison, cohort: Cohort) -> str:
    """Return `known of 300 of 326`; "" where it is known of all."""
    n_known, n = comparison.n_a + comparison.n_b, cohort.groups.n_compared
    return "" if n_known == n else f"n = {n_known} of {n}"


def notes_of(cohort: Cohort) -> list[str]:
    """Return what a reader must know of this table: what is missing, what was not computed."""
    notes: list[str] = []
    missing = [name for name in cohort.table.missing_columns if name != "excluded_reason"]
    if missing:
        notes.append(f"The table has no column {', '.join(missing)}: not analysed.")
    for comparison in cohort.comparisons:
        n_a, n_b = len(cohort.groups.disappeared), len(cohort.groups.persistent)
        if (comparison.n_a, comparison.n_b) != (n_a, n_b):
            notes.append(
                f"{comparison.label}: known of {comparison.n_a} of {n_a} in group A and"
                f" {comparison.n_b} of {n_b} in group B."
            )
        notes += [f"{comparison.label}: {note}." for note in comparison.compared.notes]
    return notes


def _figure(value: float) -> str:
    if math.isinf(value):
        return "no bound" if value > 0 else "no lower bound"
    text = f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.2f}"
    return "0" if value == 0.0 else text
