"""Tables 1 and 2 of the paper on one's own patients."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from amr_monitor.model.case import Side, Vessel
from amr_monitor.qa.cohort.groups import Groups, parted
from amr_monitor.qa.cohort.patients import Patient, PatientTable, Sex
from amr_monitor.qa.cohort.statistics import (
    Compared,
    Effect,
    compared_categories,
    compared_means,
    compared_shares,
    share,
    share_difference,
)


class Which(StrEnum):
    """Which table of the paper a comparison stands in."""

    CLINICAL = "1"
    OUTCOME = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLine:
    """How many of each group.

    Attributes
    ----------
    label : str
    a, b : int
    difference : Effect or None
        Of the shares; None where one line is the complement of the other.
    """

    label: str
    a: int
    b: int
    difference: Effect | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanLine:
    """Mean and standard deviation (n - 1) of each group; None where they cannot be had."""

    mean_a: float | None
    sd_a: float | None
    mean_b: float | None
    sd_b: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row of a table, or a block of rows with one test.

    Attributes
    ----------
    which : Which
    column : str
        Of the table of patients.
    label : str
    n_a, n_b : int
        Patients of whom it is known.
    counts : tuple of CountLine
    means : MeanLine or None
    compared : Compared
    """

    which: Which
    column: str
    label: str
    n_a: int
    n_b: int
    counts: tuple[CountLine, ...] = ()
    means: MeanLine | None = None
    compared: Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Everything that the pages tell.

    Attributes
    ----------
    table : PatientTable
    groups : Groups
    persistent_share : Effect or None
        Of those who are compared, in percent; None where nobody is.
    comparisons : tuple of Comparison
    """

    table: PatientTable
    groups: Groups
    persistent_share: Effect | None
    comparisons: tuple[Comparison, ...]


def analysed(table: PatientTable) -> Cohort:
    """Return the analysis of a table; columns that it does not have are left out."""
    groups = parted(table.patients)
    rows: list[Comparison] = []
    for column, made in _ROWS.items():
        if column not in table.missing_columns:
            rows.append(made(column, groups))
    n = groups.n_compared
    return Cohort(
        table=table,
        groups=groups,
        persistent_share=share(len(groups.persistent), n) if n else None,
        comparisons=tuple(rows),
    )


def _binary(
    which: Which, label: str, first: tuple[str, object], second: tuple[str, object]
) -> Callable[[str, Groups], Comparison]:
    def made(column: str, groups: Groups) -> Comparison:
        a, b = _known(groups.disappeared, column), _known(groups.persistent, column)
        counts_a = (a.count(first[1]), a.count(second[1]))
        counts_b = (b.count(first[1]), b.count(second[1]))
        return Comparison(
            which=which,
            column=column,
            label=label,
            n_a=len(a),
            n_b=len(b),
            counts=tuple(
                CountLine(label=name, a=counts_a[i], b=counts_b[i])
                for i, name in enumerate((first[0], second[0]))
            ),
            compared=compared_shares(counts_a, counts_b),
        )

    return made


def _mean(label: str, unit: str) -> Callable[[str, Groups], Comparison]:
    def made(column: str, groups: Groups) -> Comparison:
        a = [float(str(value)) for value in _known(groups.disappeared, column)]
        b = [float(str(value)) for value in _known(groups.persistent, column)]
        return Comparison(
            which=Which.CLINICAL,
            column=column,
            label=label,
            n_a=len(a),
            n_b=len(b),
            means=MeanLine(mean_a=_mean_of(a), sd_a=_sd_of(a), mean_b=_mean_of(b), sd_b=_sd_of(b)),
            compared=compared_means(a, b, unit=unit),
        )

    return made


def _vessels(column: str, groups: Groups) -> Comparison:
    a, b = _known(groups.disappeared, column), _known(groups.persistent, column)
    # Those of the paper always, so that an empty one is seen; others where they occur.
    others = [v for v in Vessel if v not in _OF_THE_PAPER and (v in a or v in b)]
    shown = [*_OF_THE_PAPER, *others]
    return Comparison(
        which=Which.CLINICAL,
        column=column,
        label="Offending vessels",
        n_a=len(a),
        n_b=len(b),
        counts=tuple(
            CountLine(
                label=vessel.value.replace("+", " + "),
                a=a.count(vessel),
                b=b.count(vessel),
                difference=share_difference(a.count(vessel), len(a), b.count(vessel), len(b))
                if a and b
                else None,
            )
            for vessel in shown
        ),
        compared=compared_categories(
            [a.count(vessel) for vessel in shown], [b.count(vessel) for vessel in shown]
        ),
    )


def _known(patients: Sequence[Patient], column: str) -> list[object]:
    values = [getattr(patient, column) for patient in patients]
    return [value for value in values if value is not None]


def _mean_of(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _sd_of(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


_OF_THE_PAPER = (
    Vessel.AICA,
    Vessel.PICA,
    Vessel.AICA_PICA,
    Vessel.AICA_VA,
    Vessel.PICA_VA,
    Vessel.VA,
    Vessel.AICA_PICA_VA,
)
"""In the order of its table 1."""

_CURED, _COMPLICATION = (("cured", True), ("not cured", False)), (("yes", True), ("no", False))

_ROWS: dict[str, Callable[[str, Groups], Comparison]] = {
    "sex": _binary(Which.CLINICAL, "Sex", ("male", Sex.MALE), ("female", Sex.FEMALE)),
    "side": _binary(Which.CLINICAL, "Side", ("left", Side.LEFT), ("right", Side.RIGHT)),
    "age_years": _mean("Age (years)", "years"),
    "duration_months": _mean("Duration of symptoms (months)", "months"),
    "vessel": _vessels,
    "cured_immediate": _binary(Which.OUTCOME, "Surgical outcome, postoperative", *_CURED),
    "cured_long_term": _binary(Which.OUTCOME, "Surgical outcome, long-term", *_CURED),
    "complication_postoperative": _binary(
        Which.OUTCOME, "Complications, postoperative", *_COMPLICATION
    ),
    "complication_long_term": _binary(Which.OUTCOME, "Complications, long-term", *_COMPLICATION),
}
