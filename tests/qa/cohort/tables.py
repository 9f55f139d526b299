"""Tables of patients for the tests."""

from collections.abc import Iterator
from pathlib import Path

from amr_monitor.model.case import Outcome, Side, Vessel
from amr_monitor.qa.cohort.patients import COLUMNS, Patient, PatientTable, Sex
from tests.project.repository import ROOT

PAPER = ROOT / "fixtures" / "cohort" / "xu_2020_counts.csv"


def written(folder: Path, *rows: str, header: str = ",".join(COLUMNS)) -> Path:
    """Return a table of patients; a row may stop early."""
    n_commas = header.count(",")
    path = folder / "patients.csv"
    filled = (row + "," * (n_commas - row.count(",")) if row else "" for row in rows)
    path.write_text("\n".join([header, *filled]) + "\n", encoding="utf-8")
    return path


def table_of(*patients: Patient, missing: tuple[str, ...] = ()) -> PatientTable:
    """Return patients as a table that was read."""
    return PatientTable(name="patients.csv", patients=patients, missing_columns=missing)


def some(
    outcome: Outcome, n: int, *, first: int = 0, cured: bool | None = True
) -> Iterator[Patient]:
    """Yield patients of one group who differ in age and duration."""
    for i in range(first, first + n):
        yield Patient(
            case_id=f"{outcome}-{i}",
            outcome=outcome,
            sex=Sex.MALE if i % 2 else Sex.FEMALE,
            side=Side.LEFT if i % 3 else Side.RIGHT,
            age_years=40.0 + i,
            duration_months=20.0 + 2.0 * i,
            vessel=Vessel.AICA if i % 2 else Vessel.PICA,
            cured_immediate=cured,
            cured_long_term=True,
            complication_postoperative=i == 0,
            complication_long_term=False,
        )
