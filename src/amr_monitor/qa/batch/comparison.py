"""Results against earlier ones: the gate that a new version passes before an operating room.

The gate stays shut where an outcome is another, where a confirmed or sustained
state of any muscle is new, gone or at another time beyond the tolerance, and
where a recording has no verdict any more. Everything else is told and lets
pass.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import SequenceMatcher
from pathlib import Path

from amr_monitor.qa.batch.columns import Cell, Row
from amr_monitor.qa.batch.parts import write_whole
from amr_monitor.qa.batch.results import BatchResults
from amr_monitor.qa.batch.tables import csv_text

TOLERANCE_S = 5.0
TOLD_SHARE = 0.01
"""A figure that differs by less is not told."""

COMPARISON_FILE = "comparison.csv"
MOST_LINES = 30
DETERMINATE = ("confirmed", "sustained")

_TOLD_WORDS = ("tags", "basis", "lead", "lead_state", "lead_certainty", "vessel")
_TOLD_FIGURES = {
    "baseline_amplitude_uv": "uV",
    "baseline_latency_ms": "ms",
    "last_amplitude_percent": "%",
    "indeterminate_s": "s",
    "n_sweeps": "sweeps",
    "n_valid": "sweeps",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it was.

    Attributes
    ----------
    file : str
    case_id : str
        In the new results; in the old ones where it is not in the new.
    what : str
        `outcome`, `state_gone`, `state_new`, `state_time`, `verdict_gone`, ...
    muscle : str
        "" where it is about the case.
    old, new : str
        As they stand in the tables.
    difference : float or None
        New less old, where both are figures.
    unit : str
    gates : bool
        Whether it keeps the gate shut.
    """

    file: str
    case_id: str
    what: str
    muscle: str
    old: str
    new: str
    difference: float | None
    unit: str
    gates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two results side by side.

    Attributes
    ----------
    old, new : BatchResults
    tolerance_s : float
    n_compared : int
        Recordings with a verdict in both.
    differences : tuple of Difference
        By recording.
    """

    old: BatchResults
    new: BatchResults
    tolerance_s: float
    n_compared: int
    differences: tuple[Difference, ...]

    @property
    def gates(self) -> bool:
        """Whether the gate stays shut."""
        return any(difference.gates for difference in self.differences)


def compare(
    old: BatchResults, new: BatchResults, *, tolerance_s: float = TOLERANCE_S
) -> Comparison:
    """Return everything in which new results differ from old ones.

    Parameters
    ----------
    old, new : BatchResults
    tolerance_s : float
        By so much a confirmed change may come sooner or later.
    """
    files = sorted(set(old.cases) | set(old.errors) | set(new.cases) | set(new.errors))
    differences = [
        difference
        for file in files
        for difference in _Recording(file, old, new).differences(tolerance_s)
    ]
    return Comparison(
        old=old,
        new=new,
        tolerance_s=tolerance_s,
        n_compared=len(old.cases.keys() & new.cases.keys()),
        differences=tuple(differences),
    )


class _Recording:
    """One recording in both results."""

    def __init__(self, file: str, old: BatchResults, new: BatchResults) -> None:
        self._file = file
        self._old, self._new = old.cases.get(file), new.cases.get(file)
        self._old_why, self._new_why = old.errors.get(file), new.errors.get(file)
        self._old_changes = old.changes.get(file, [])
        self._new_changes = new.changes.get(file, [])
        self._case_id = str((self._new or self._old or {}).get("case_id", ""))

    def differences(self, tolerance_s: float) -> Iterator[Difference]:
        if self._old is None or self._new is None:
            yield from self._without_verdict()
            return
        if self._old["sha256"] != self._new["sha256"]:
            yield self._told("recording", self._old["sha256"], self._new["sha256"])
        if self._old["outcome"] != self._new["outcome"]:
            yield self._told("outcome", self._old["outcome"], self._new["outcome"], gates=True)
        for muscle in sorted({str(c["muscle"]) for c in self._old_changes + self._new_changes}):
            yield from self._states(muscle, tolerance_s)
        for name in _TOLD_WORDS:
            if self._old.get(name) != self._new.get(name):
                yield self._told(name, self._old.get(name), self._new.get(name))
        for name, unit in _TOLD_FIGURES.items():
            before, after = self._old.get(name), self._new.get(name)
            if _differ(before, after):
                yield self._told(name, before, after, unit=unit)

    def _without_verdict(self) -> Iterator[Difference]:
        before = self._old_why if self._old is None else self._old["outcome"]
        after = self._new_why if self._new is None else self._new["outcome"]
        if before is None:
            yield self._told("recording_new", None, after)
        elif after is None:
            yield self._told("recording_gone", before, None, gates=self._old is not None)
        elif self._old is not None:
            yield self._told("verdict_gone", before, after, gates=True)
        elif self._new is not None:
            yield self._told("verdict_new", before, after)
        elif before != after:
            yield self._told("why_none", before, after)

    def _states(self, muscle: str, tolerance_s: float) -> Iterator[Difference]:
        before, after = (
            [
                change
                for change in changes
                if change["muscle"] == muscle and change["certainty"] in DETERMINATE
            ]
            for changes in (self._old_changes, self._new_changes)
        )
        matcher = SequenceMatcher(
            a=[_state(change) for change in before],
            b=[_state(change) for change in after],
            autojunk=False,
        )
        for tag, first, end, new_first, new_end in matcher.get_opcodes():
            if tag == "equal":
                pairs = zip(before[first:end], after[new_first:new_end], strict=True)
                for old, new in pairs:
                    yield from self._same_state(muscle, old, new, tolerance_s)
                continue
            for change in before[first:end]:
                yield self._told("state_gone", _told_state(change), None, muscle, gates=True)
            for change in after[new_first:new_end]:
                yield self._told("state_new", None, _told_state(change), muscle, gates=True)

    def _same_state(
        self, muscle: str, old: Row, new: Row, tolerance_s: float
    ) -> Iterator[Difference]:
        """Tell by how much a change came sooner or later, and with which amplitude."""
        by_s = _figure(new["time_s"]) - _figure(old["time_s"])
        if by_s:
            yield self._told(
                f"time of {_state(new)}",
                old["time_s"],
                new["time_s"],
                muscle,
                unit="s",
                gates=abs(by_s) > tolerance_s,
            )
        if _differ(old["amplitude_uv"], new["amplitude_uv"]):
            yield self._told(
                f"amplitude at {_state(new)}",
                old["amplitude_uv"],
                new["amplitude_uv"],
                muscle,
                unit="uV",
            )

    def _told(
        self,
        what: str,
        old: Cell,
        new: Cell,
        muscle: str = "",
        *,
        unit: str = "",
        gates: bool = False,
    ) -> Difference:
        both = isinstance(old, int | float) and isinstance(new, int | float)
        return Difference(
            file=self._file,
            case_id=self._case_id,
            what=what,
            muscle=muscle,
            old=csv_text(old),
            new=csv_text(new),
            difference=round(_figure(new) - _figure(old), 6) if both and unit else None,
            unit=unit,
            gates=gates,
        )


def _state(change: Row) -> str:
    return f"{change['to_state']} {change['certainty']}"


def _told_state(change: Row) -> str:
    return f"{_state(change)} at {_figure(change['time_s']):.1f} s"


def _figure(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _differ(old: Cell, new: Cell) -> bool:
    """Tell whether two figures differ by as much as is worth a line."""
    if old is None or new is None:
        return old is not new
    return abs(_figure(new) - _figure(old)) > TOLD_SHARE * abs(_figure(old))


def write_comparison(comparison: Comparison, results: Path) -> Path:
    """Write every difference as CSV, and return where.

    Raises
    ------
    StorageError
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow([each.name for each in fields(Difference)])
    for difference in comparison.differences:
        writer.writerow([csv_text(cell) for cell in asdict(difference).values()])
    path = results / COMPARISON_FILE
    write_whole(path, table.getvalue().encode())
    return path


def comparison_lines(comparison: Comparison) -> list[str]:
    """Return what a comparison found, in words."""
    old, new = comparison.old, comparison.new
    shut = [difference for difference in comparison.differences if difference.gates]
    n_files = len({difference.file for difference in shut})
    settings = "the same" if old.settings_sha256 == new.settings_sha256 else "other"
    lines = [
        f"compared with {old.folder} (version {old.version}; this is {new.version},"
        f" {settings} settings): {comparison.n_compared} cases in both",
        f"  outcomes or confirmed states changed beyond {comparison.tolerance_s:g} s:"
        f" {len(shut)} in {n_files} cases",
        f"  other differences: {len(comparison.differences) - len(shut)};"
        f" all are in {COMPARISON_FILE}",
    ]
    lines += _table(shut[:MOST_LINES])
    if len(shut) > MOST_LINES:
        lines.append(f"  and {len(shut) - MOST_LINES} more")
    lines.append(
        "  THE VERDICTS CHANGED: look at each before this version goes to an operating room"
        if shut
        else "  no verdict changed"
    )
    return lines


def _table(differences: Sequence[Difference]) -> Iterator[str]:
    rows = [
        (
            each.file,
            f"{each.what} {each.muscle}".strip(),
            each.old or "-",
            each.new or "-",
            "" if each.difference is None else f"{each.difference:+g} {each.unit}",
        )
        for each in differences
    ]
    if not rows:
        return
    rows.insert(0, ("FILE", "WHAT", "BEFORE", "NOW", "BY"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
