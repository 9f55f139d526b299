"""What people said of the same cases: a CSV with a line for each case and reader."""

import csv
import io
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from amr_monitor.model.case import Outcome
from amr_monitor.model.errors import SourceFormatError

ADJUDICATED = frozenset({"adjudicated", "adjudication", "adjudicator", "consensus"})
"""Readers by these names have the last word on a case."""

FORM = "case_id (or file), reader, outcome, perhaps t_disappeared_s"
LARGEST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderMark:
    """What one reader said of one case.

    Attributes
    ----------
    line : int
        In the file, for messages.
    case : str
        Its `case_id`, or the name of its recording.
    reader : str
    outcome : Outcome
    t_disappeared_s : float or None
        On the recording's axis.
    """

    line: int
    case: str
    reader: str
    outcome: Outcome
    t_disappeared_s: float | None

    @property
    def is_adjudicated(self) -> bool:
        """Whether this is the last word on the case."""
        return self.reader.casefold() in ADJUDICATED


def read_readers(path: Path) -> tuple[ReaderMark, ...]:
    """Return the marks of a file, in their order.

    Raises
    ------
    SourceFormatError
        It cannot be read, or a line says nothing that can be counted.
    """
    text = _text(path)
    head = text.partition("\n")[0]
    table = csv.DictReader(
        io.StringIO(text, newline=""),
        # What a spreadsheet writes where the comma is the decimal mark.
        delimiter=";" if ";" in head and "," not in head else ",",
    )
    names = [name.strip().casefold() for name in table.fieldnames or ()]
    if not {"reader", "outcome"} <= set(names) or not {"case_id", "file"} & set(names):
        raise SourceFormatError(f"{path}: its first line must name the columns: {FORM}")
    table.fieldnames = names
    marks: list[ReaderMark] = []
    seen: dict[tuple[str, str], int] = {}
    for row in table:
        if not any(value for value in row.values()):
            continue
        mark = _mark(row, path, line=table.line_num)
        key = mark.case, mark.reader.casefold()
        if key in seen:
            raise SourceFormatError(
                f"{path}, line {mark.line}: {mark.reader} has read {mark.case} in line"
                f" {seen[key]} already; leave one"
            )
        seen[key] = mark.line
        marks.append(mark)
    if not marks:
        raise SourceFormatError(f"{path}: holds no marks; a line for each case and reader: {FORM}")
    return tuple(marks)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise SourceFormatError(f"{path}: too large for readers' marks")
        return path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise SourceFormatError(f"{path}: cannot be read: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise SourceFormatError(
            f"{path}: not a text file in UTF-8; save it as CSV UTF-8"
        ) from fault


def _mark(row: dict[str, str], path: Path, *, line: int) -> ReaderMark:
    where = f"{path}, line {line}"
    case = (row.get("case_id") or row.get("file") or "").strip()
    reader = (row["reader"] or "").strip()
    if not case or not reader:
        raise SourceFormatError(f"{where}: case and reader must be given")
    said = (row["outcome"] or "").strip().casefold().replace(" ", "_")
    try:
        outcome = Outcome(said)
    except ValueError as fault:
        known = ", ".join(outcome.value for outcome in Outcome)
        raise SourceFormatError(f"{where}: outcome {said!r} is unknown; known: {known}") from fault
    return ReaderMark(
        line=line,
        case=case,
        reader=reader,
        outcome=outcome,
        t_disappeared_s=_time(row.get("t_disappeared_s"), where),
    )


def _time(text: str | None, where: str) -> float | None:
    if text is None or not text.strip():
        return None
    try:
        time_s = float(text.strip().replace(",", "."))
    except ValueError as fault:
        raise SourceFormatError(
            f"{where}: t_disappeared_s must be seconds, not {text!r}"
        ) from fault
    if not isfinite(time_s):
        raise SourceFormatError(f"{where}: t_disappeared_s must be finite, not {text}")
    return time_s
