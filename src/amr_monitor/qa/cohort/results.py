"""The outcomes that a batch found, as patients of whom nothing else is known."""

import csv
from pathlib import Path

from amr_monitor.model.case import Outcome, Side
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.source import Origin
from amr_monitor.qa.cohort.patients import COLUMNS, Patient, PatientTable, csv_rows, outcome_from

CASES_TABLE = "cases.csv"
MARKS_OF_A_BATCH = frozenset({"case_id", "outcome", "file", "events_sha256"})
"""Columns that a table of patients never has together."""

ORIGIN = "origin"
TAKEN = frozenset({"case_id", "outcome", "side"})
"""The vessel of a batch is the mark before a loss, not what the surgeon found to offend."""


def is_results(path: Path) -> bool:
    """Tell whether a path holds the results of a batch: a folder, or its table of cases."""
    if path.is_dir():
        return True
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return set(next(csv.reader(file), [])) >= MARKS_OF_A_BATCH
    except (OSError, UnicodeDecodeError, csv.Error):
        # Whoever reads it as a table of patients says what is wrong with it.
        return False


def read_results(path: Path) -> PatientTable:
    """Return the cases of a batch; one whose recording lay there twice counts once.

    Parameters
    ----------
    path : Path
        The folder, or the table of cases in it.

    Raises
    ------
    SourceFormatError
        There is no such table, or it was altered.
    """
    file = path / CASES_TABLE if path.is_dir() else path
    if not file.is_file():
        raise SourceFormatError(
            f"{path}: holds no {CASES_TABLE}; name a folder that `batch` has written,"
            " or a table of patients"
        )
    header, rows = csv_rows(file)
    if not set(header) >= MARKS_OF_A_BATCH:
        raise SourceFormatError(f"{file}: is no table of cases that `batch` has written")
    at = {name: header.index(name) for name in (TAKEN | {ORIGIN}) & set(header)}
    found: dict[str, Patient] = {}
    simulated: set[str] = set()
    for number, cells in rows:
        if len(cells) != len(header):
            raise SourceFormatError(f"{file.name}: row {number}: is cut; run `batch` again")
        outcome, side = cells[at["outcome"]], cells[at["side"]] if "side" in at else ""
        try:
            patient = Patient(
                case_id=cells[at["case_id"]],
                outcome=outcome_from(outcome) if outcome else None,
                side=Side(side) if side else None,
            )
        except ValueError as fault:
            raise SourceFormatError(
                f"{file.name}: row {number}, column outcome or side: {fault}; run `batch` again"
            ) from fault
        found.setdefault(patient.case_id, patient)
        if ORIGIN in at and cells[at[ORIGIN]] == Origin.SIMULATED:
            simulated.add(patient.case_id)
    if not found:
        raise SourceFormatError(f"{file}: holds no case")
    return PatientTable(
        name=str(path.name or path),
        patients=tuple(found.values()),
        missing_columns=tuple(name for name in COLUMNS if name not in at),
        notes=(f"{len(simulated)} of these cases are SIMULATED: no patients.",)
        if simulated
        else (),
    )


def outcomes_of(path: Path) -> dict[str, Outcome | None]:
    """Return the outcomes of a batch by case id.

    Raises
    ------
    SourceFormatError
    """
    return {patient.case_id: patient.outcome for patient in read_results(path).patients}
