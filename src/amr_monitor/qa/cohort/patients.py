"""The table of patients: one row a case, read strictly.

A cell that is not understood is an error with its row and column. A guess
here would move a patient from one group to the other without a word.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from amr_monitor.model.case import Outcome, Side, Vessel
from amr_monitor.model.errors import SourceFormatError

COLUMNS = (
    "case_id",
    "outcome",
    "excluded_reason",
    "sex",
    "side",
    "age_years",
    "duration_months",
    "vessel",
    "cured_immediate",
    "cured_long_term",
    "complication_postoperative",
    "complication_long_term",
)
LONGEST_TEXT = 80
MOST_AGE_YEARS = 120.0
MOST_BYTES = 64 * 2**20

_NUMBER = re.compile(r"\d{1,6}(\.\d{1,9})?")
_YES_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}

Value = TypeVar("Value")


class Sex(StrEnum):
    """As the paper's table 1 counts it."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One row. None, or "", is what the table does not say.

    Attributes
    ----------
    case_id : str
    outcome : Outcome or None
    excluded_reason : str
        Why this patient is left out, beside what the outcome says.
    sex : Sex or None
    side : Side or None
        Of the spasm.
    age_years, duration_months : float or None
        At operation; of symptoms before it.
    vessel : Vessel or None
        That offended.
    cured_immediate, cured_long_term : bool or None
    complication_postoperative, complication_long_term : bool or None
    """

    case_id: str
    outcome: Outcome | None = None
    excluded_reason: str = ""
    sex: Sex | None = None
    side: Side | None = None
    age_years: float | None = None
    duration_months: float | None = None
    vessel: Vessel | None = None
    cured_immediate: bool | None = None
    cured_long_term: bool | None = None
    complication_postoperative: bool | None = None
    complication_long_term: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTable:
    """What was read.

    Attributes
    ----------
    name : str
        Of the file.
    patients : tuple of Patient
    missing_columns : tuple of str
        Of `COLUMNS`, those that the table does not have.
    notes : tuple of str
        What a reader must know of where it comes from.
    """

    name: str
    patients: tuple[Patient, ...]
    missing_columns: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_patients(
    path: Path, *, outcomes: Mapping[str, Outcome | None] | None = None
) -> PatientTable:
    """Return the patients of a CSV file.

    Parameters
    ----------
    path : Path
    outcomes : mapping of str to Outcome or None, optional
        By case id, from a batch; the table needs no column `outcome` then. A
        case that the table and the batch judge differently is an error.

    Raises
    ------
    SourceFormatError
        Something in it is not understood: file, row, column, what, how to mend it.
    """
    header, rows = csv_rows(path)
    _require_columns(header, path.name, needs_outcome=outcomes is None)
    faults: list[str] = []
    patients: list[Patient] = []
    first_row: dict[str, int] = {}
    for number, cells in rows:
        if len(cells) != len(header):
            faults.append(
                f"row {number}: has {len(cells)} cells, the header {len(header)};"
                " a comma too many or too few?"
            )
            continue
        reader = _Row(number, dict(zip(header, (cell.strip() for cell in cells), strict=True)))
        patient = reader.patient(outcomes)
        faults += reader.faults
        if patient.case_id in first_row:
            faults.append(
                f"row {number}, column case_id: {patient.case_id!r} stands in row"
                f" {first_row[patient.case_id]} already; one row a case"
            )
        first_row.setdefault(patient.case_id, number)
        patients.append(patient)
    if faults:
        more = f" (and {len(faults) - 1} more like it)" if len(faults) > 1 else ""
        raise SourceFormatError(f"{path.name}: {faults[0]}{more}")
    if not patients:
        raise SourceFormatError(f"{path.name}: has a header and no patient; add one row a case")
    return PatientTable(
        name=path.name,
        patients=tuple(patients),
        missing_columns=tuple(
            name
            for name in COLUMNS
            if name not in header and not (name == "outcome" and outcomes is not None)
        ),
    )


def csv_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and every row that is not blank, with its number in a spreadsheet.

    Raises
    ------
    SourceFormatError
        No CSV in UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as fault:
        raise SourceFormatError(f"{path}: cannot be read: {fault.strerror}") from fault
    if len(content) > MOST_BYTES:
        raise SourceFormatError(f"{path.name}: has more than {MOST_BYTES >> 20} MiB: no table")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise SourceFormatError(
            f"{path.name}: line {line} is not UTF-8; save the table as CSV in UTF-8"
        ) from fault
    if "\0" in text:
        raise SourceFormatError(f"{path.name}: holds zero bytes: no CSV; save the table as CSV")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as fault:
        raise SourceFormatError(f"{path.name}: no CSV that can be read: {fault}") from fault
    numbered = [(n, cells) for n, cells in enumerate(lines, start=1) if any(map(str.strip, cells))]
    if not numbered:
        raise SourceFormatError(f"{path.name}: is empty; its first row names the columns")
    return [cell.strip() for cell in numbered[0][1]], numbered[1:]


def _require_columns(header: Sequence[str], name: str, *, needs_outcome: bool) -> None:
    if len(header) == 1 and ";" in header[0]:
        raise SourceFormatError(
            f"{name}: row 1: columns are parted by semicolons; save it with commas"
            " (and decimal points)"
        )
    for column in header:
        if column not in COLUMNS:
            near = get_close_matches(column, COLUMNS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(COLUMNS)}"
            raise SourceFormatError(f"{name}: row 1: unknown column {column[:40]!r}; {hint}")
        if header.count(column) > 1:
            raise SourceFormatError(f"{name}: row 1: column {column} stands there twice")
    for column in ("case_id", "outcome") if needs_outcome else ("case_id",):
        if column not in header:
            raise SourceFormatError(f"{name}: row 1: column {column} is missing; it is needed")


class _Row:
    """The cells of one patient, and what is wrong with them."""

    def __init__(self, number: int, cells: Mapping[str, str]) -> None:
        self._number = number
        self._cells = cells
        self.faults: list[str] = []

    def patient(self, outcomes: Mapping[str, Outcome | None] | None) -> Patient:
        case_id = self._text("case_id")
        if not case_id:
            self._fault("case_id", "is empty; every patient needs a key, never a name")
        return Patient(
            case_id=case_id,
            outcome=self._outcome(case_id, outcomes),
            excluded_reason=self._text("excluded_reason"),
            sex=self._read("sex", _sex),
            side=self._read("side", _side),
            age_years=self._read("age_years", _age_years),
            duration_months=self._read("duration_months", _number),
            vessel=self._read("vessel", _vessel),
            cured_immediate=self._read("cured_immediate", _yes_no),
            cured_long_term=self._read("cured_long_term", _yes_no),
            complication_postoperative=self._read("complication_postoperative", _yes_no),
            complication_long_term=self._read("complication_long_term", _yes_no),
        )

    def _outcome(
        self, case_id: str, outcomes: Mapping[str, Outcome | None] | None
    ) -> Outcome | None:
        told = self._read("outcome", outcome_from)
        if outcomes is None or case_id not in outcomes:
            return told
        judged = outcomes[case_id]
        if told is not None and judged is not None and told is not judged:
            self._fault("outcome", f"is {told}, in the results of the batch {judged}; keep one")
        return told or judged

    def _text(self, column: str) -> str:
        text = " ".join(self._cells.get(column, "").split())
        if len(text) > LONGEST_TEXT or not text.isprintable():
            self._fault(column, f"is longer than {LONGEST_TEXT} characters, or not plain text")
        return text

    def _read(self, column: str, understood: Callable[[str], Value]) -> Value | None:
        text = self._cells.get(column, "")
        if not text:
            return None
        try:
            return understood(text)
        except ValueError as fault:
            self._fault(column, f"{text[:40]!r} {fault}")
            return None

    def _fault(self, column: str, what: str) -> None:
        self.faults.append(f"row {self._number}, column {column}: {what}")


def outcome_from(text: str) -> Outcome:
    """Return the outcome that a word names.

    Raises
    ------
    ValueError
        None does.
    """
    word = text.strip().lower().replace(" ", "_")
    try:
        return Outcome(word)
    except ValueError:
        near = get_close_matches(word, list(Outcome), n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(Outcome)}"
        raise ValueError(f"is no outcome; {hint}") from None


def _sex(text: str) -> Sex:
    word = text.lower()
    for sex in Sex:
        if word in (sex.value, sex.value[0]):
            return sex
    raise ValueError("is neither male nor female; leave the cell empty where it is not known")


def _side(text: str) -> Side:
    word = text.lower()
    for side in Side:
        if word in (side.value, side.value[0]):
            return side
    raise ValueError("is neither left nor right; leave the cell empty where it is not known")


def _vessel(text: str) -> Vessel:
    parts = sorted(part.strip().lower() for part in text.split("+"))
    for vessel in Vessel:
        if parts == sorted(vessel.value.lower().split("+")):
            return vessel
    raise ValueError(f"is no vessel; known are {', '.join(Vessel)}")


def _yes_no(text: str) -> bool:
    if text.lower() not in _YES_NO:
        raise ValueError("is neither yes nor no; leave the cell empty where it is not known")
    return _YES_NO[text.lower()]


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError("is no number of 0 or more; write it as 52.9, or leave the cell empty")
    return float(text)


def _age_years(text: str) -> float:
    years = _number(text)
    if years > MOST_AGE_YEARS:
        raise ValueError(f"is above {MOST_AGE_YEARS:g} years")
    return years
