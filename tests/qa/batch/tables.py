"""Results of batches that never were: a row for each case, made up."""

from pathlib import Path

from amr_monitor.qa.batch.columns import CASES, CHANGES, Cell, Row
from amr_monitor.qa.batch.page import write_page
from amr_monitor.qa.batch.results import BatchResults

LEAD = "orbicularis_oculi"
NASTY = "<script>alert('x')</script>.edf"
"""A name of a file that is no text to a browser."""


def a_case(file: str, outcome: str = "disappeared", **cells: Cell) -> Row:
    """Return the row of a case."""
    row: Row = {column.name: None for column in CASES}
    row |= {
        "file": file,
        "case_id": f"id-{file}",
        "outcome": outcome,
        "lead": LEAD,
        "lead_state": outcome,
        "lead_certainty": "sustained",
        "t_disappeared_s": 100.0 if outcome == "disappeared" else None,
        "baseline_amplitude_uv": 80.0,
        "last_amplitude_percent": 2.0,
        "n_sweeps": 300,
        "n_valid": 290,
        "indeterminate_s": 0.0,
        "sha256": "aa",
        "origin": "replay",
    }
    return row | cells


def a_change(
    file: str, time_s: float, to_state: str, certainty: str = "confirmed", **cells: Cell
) -> Row:
    """Return the row of a change of the lead's state."""
    row: Row = {column.name: None for column in CHANGES}
    row |= {
        "file": file,
        "time_s": time_s,
        "type": "amr_state_changed",
        "muscle": LEAD,
        "is_lead": True,
        "to_state": to_state,
        "certainty": certainty,
        "amplitude_uv": 4.0,
    }
    return row | cells


def some_results(
    *cases: Row,
    changes: tuple[Row, ...] = (),
    errors: dict[str, str] | None = None,
    folder: Path = Path("results"),
    version: str = "1.0.0",
) -> BatchResults:
    """Return results that hold these rows."""
    by_file: dict[str, list[Row]] = {}
    for change in changes:
        by_file.setdefault(str(change["file"]), []).append(change)
    return BatchResults(
        folder=folder,
        version=version,
        settings_sha256="5e",
        cases={str(case["file"]): case for case in cases},
        changes=by_file,
        errors=errors or {},
    )


def three(folder: Path) -> Path:
    """Write the list of three cases and one bad file, and return where."""
    results = some_results(
        a_case("a.edf", "persistent", baseline_amplitude_uv=90.0),
        a_case("b.edf", baseline_amplitude_uv=9.0),
        a_case(NASTY, "not_elicited", baseline_amplitude_uv=None),
        errors={"cut.edf": "cut.edf: it is cut & gone"},
        folder=folder,
    )
    return write_page(results)
