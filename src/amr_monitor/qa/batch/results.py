"""The results of a batch, read again: of this version, or of an earlier one."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amr_monitor.model.errors import SourceFormatError
from amr_monitor.qa.batch.columns import FORM, TABLES, Cell, Kind, Row
from amr_monitor.qa.batch.recordings import RESULTS_FORMAT, RESULTS_MARK


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResults:
    """What a folder of results tells, but for its sweeps.

    Attributes
    ----------
    folder : Path
    version : str
        Of the program that judged.
    settings_sha256 : str
    cases : dict of str to dict
        The row of each judged recording, by its name.
    changes : dict of str to list
        The rows of its changes, in their order.
    errors : dict of str to str
        Why there is no verdict, by name.
    """

    folder: Path
    version: str
    settings_sha256: str
    cases: dict[str, Row]
    changes: dict[str, list[Row]]
    errors: dict[str, str]


def read_results(folder: Path) -> BatchResults:
    """Return the results in a folder, held against their hashes.

    Raises
    ------
    SourceFormatError
        There are none, they are damaged, or a newer version wrote them.
    """
    told = _manifest(folder)
    rows = {name: _rows(folder, name, told["tables"]) for name in ("cases", "changes", "errors")}
    changes: dict[str, list[Row]] = {}
    for row in rows["changes"]:
        changes.setdefault(str(row["file"]), []).append(row)
    return BatchResults(
        folder=folder,
        version=str(told["version"]),
        settings_sha256=str(told["settings_sha256"]),
        cases={str(row["file"]): row for row in rows["cases"]},
        changes=changes,
        errors={str(row["file"]): str(row["why"]) for row in rows["errors"]},
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / RESULTS_MARK
    try:
        told = json.loads(path.read_bytes())
        if told["format"] != RESULTS_FORMAT:
            raise SourceFormatError(f"{path}: is not of a batch")
        if told["form"] > FORM:
            raise SourceFormatError(
                f"{folder}: written by a newer version ({told['version']}); update amr-monitor"
            )
        if not told["tables"]:
            raise SourceFormatError(
                f"{folder}: that batch has not come to its end; give its command again"
            )
        kept: dict[str, Any] = told
        return kept | {"tables": dict(told["tables"])}
    except FileNotFoundError as fault:
        raise SourceFormatError(
            f"{folder}: no results of a batch there; name the folder that `batch -o` wrote"
        ) from fault
    except OSError as fault:
        raise SourceFormatError(f"{path}: cannot be read: {fault.strerror}") from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise SourceFormatError(f"{path}: is damaged: {fault}") from fault


def _rows(folder: Path, name: str, hashes: dict[str, str]) -> list[Row]:
    path = folder / f"{name}.csv"
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise SourceFormatError(f"{path}: cannot be read: {fault.strerror}") from fault
    if hashlib.sha256(content).hexdigest() != hashes.get(path.name):
        raise SourceFormatError(
            f"{path}: was altered since it was written; give the command of that batch again"
        )
    kinds = {column.name: column.kind for column in TABLES[name]}
    table = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [
        {key: _cell(kinds[key], text) for key, text in row.items() if key in kinds} for row in table
    ]


def _cell(kind: Kind, text: str) -> Cell:
    if text == "":
        return None
    match kind:
        case Kind.TEXT:
            return text
        case Kind.NUMBER:
            return float(text)
        case Kind.COUNT:
            return int(text)
        case Kind.FLAG:
            return text == "true"
