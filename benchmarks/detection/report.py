"""Tables from figures: Markdown for people, JSON for programs."""

import json
from dataclasses import asdict
from math import inf, isfinite
from typing import Any

from benchmarks.detection.measures import Estimate
from benchmarks.detection.plan import Line

HEADER = """# The detector on simulated patients

**Simulated.** Every figure here is of patients drawn from distributions
(`benchmarks/detection/population.py`), none of a real one. Limits in brackets are 95 % limits: over
patients by resampling, of shares by Clopper and Pearson. *Ideal*: an observer that knows the model
that the sweeps were drawn from (`benchmarks/detection/ideal.py`).
"""


def markdown(tables: dict[str, list[Line]], origin: str) -> str:
    """Return the report.

    Parameters
    ----------
    tables : dict of str to list of Line
        By title.
    origin : str
        Purpose and root of the seeds, and the code they belong to.
    """
    lines = [line for found in tables.values() for line in found]
    judged = [line for line in lines if line.is_met is not None]
    unmet = unmet_lines(lines)
    parts = [
        HEADER,
        f"{origin}\n",
        f"{len(judged) - len(unmet)} of {len(judged)} requirements met.",
    ]
    if unmet:
        parts.append("\n## Not met, worst first\n\n" + table(unmet))
    parts += [f"\n## {title}\n\n{table(found)}" for title, found in tables.items()]
    return "\n".join(parts)


def as_json(tables: dict[str, list[Line]], origin: str) -> str:
    """Return the same for programs."""
    content = {
        "origin": origin,
        "tables": {
            title: [asdict(line) | {"is_met": line.is_met} for line in table]
            for title, table in tables.items()
        },
    }
    return json.dumps(_without_infinity(content), indent=1) + "\n"


def _without_infinity(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_infinity(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_infinity(part) for part in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def from_json(text: str) -> tuple[dict[str, list[Line]], str]:
    """Return tables and origin of what `as_json` wrote."""
    content = json.loads(text)
    return {
        title: [_line(line) for line in lines] for title, lines in content["tables"].items()
    }, content["origin"]


def _line(content: dict[str, Any]) -> Line:
    values = {key: value for key, value in content.items() if key != "is_met"}
    for key in ("found", "ideal"):
        if values[key] is not None:
            # What never happened took infinitely long: JSON has no word for that.
            numbers = {name: inf if n is None else n for name, n in values[key].items()}
            values[key] = Estimate(
                value=numbers["value"],
                low=numbers["low"],
                high=numbers["high"],
                n=int(numbers["n"]),
            )
    return Line(**values)


def unmet_lines(lines: list[Line]) -> list[Line]:
    """Return those that miss their requirement, the worst first."""
    return sorted((line for line in lines if line.is_met is False), key=_distance, reverse=True)


def estimate_in_words(line: Line) -> str:
    """Return what was found, between its limits."""
    return _estimate(line.found, line.unit).replace(" an hour", "")


def _distance(line: Line) -> float:
    """Return how far a figure is from its requirement, relative to it."""
    required = line.required or 0.0
    if line.at_least:
        return (required - line.found.value) / max(1.0 - required, 0.01)
    return (line.found.value - required) / max(required, 1e-9)


def table(lines: list[Line]) -> str:
    """Return lines as a table of Markdown."""
    rows = ["| | found | needed | ideal | |", "|---|---|---|---|---|"]
    for line in lines:
        needed = ""
        if line.required is not None:
            sign = ">=" if line.at_least else "<="
            mark = "" if line.is_met else " **not met**"
            needed = f"{sign} {_number(line.required, line.unit)}{mark}"
        ideal = "" if line.ideal is None else _number(line.ideal.value, line.unit)
        found = _estimate(line.found, line.unit)
        rows.append(f"| {line.what} | {found} | {needed} | {ideal} | {line.note} |")
    return "\n".join(rows) + "\n"


def _estimate(estimate: Estimate, unit: str) -> str:
    low, high = _number(estimate.low, unit), _number(estimate.high, unit)
    shown = "" if unit.startswith("share") or not unit else f" {unit}"
    return f"{_number(estimate.value, unit)}{shown} [{low}, {high}]"


def _number(value: float, unit: str) -> str:
    if not isfinite(value):
        return "never"
    if unit.startswith("share"):
        return f"{100.0 * value:.3g} %"
    if unit == "sweeps":
        return f"{value:g}"
    return f"{value:.3f}" if not unit else f"{value:.2g}"
