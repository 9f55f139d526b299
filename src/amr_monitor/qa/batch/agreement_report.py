"""What readers and monitor agree on, in words and as files."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from amr_monitor.qa.batch.agreement import Agreement, Kappa, Rate
from amr_monitor.qa.batch.parts import write_whole
from amr_monitor.qa.batch.tables import csv_text

CASES_FILE = "agreement.csv"
FIGURES_FILE = "agreement.json"
CORNER = "readers / monitor"

_COLUMNS = (
    "file",
    "case_id",
    "monitor",
    "reference",
    "basis",
    "n_readers",
    "monitor_t_s",
    "reference_t_s",
    "difference_s",
)


def write_agreement(agreement: Agreement, results: Path) -> tuple[Path, Path]:
    """Write the cases as CSV and the figures as JSON, and return where.

    Raises
    ------
    StorageError
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for case in agreement.cases:
        writer.writerow([csv_text(getattr(case, name)) for name in _COLUMNS])
    cases, figures = results / CASES_FILE, results / FIGURES_FILE
    write_whole(cases, table.getvalue().encode())
    told = {
        "matrix": [
            {"readers": reference, "monitor": monitor, "cases": count}
            for (reference, monitor), count in agreement.matrix.items()
        ],
        "kappas": [asdict(each) for each in agreement.kappas],
        "rates": [asdict(each) for each in agreement.rates],
        "monitor_later_quartiles_s": agreement.quartiles_s,
        "unknown_cases": list(agreement.unknown),
        "n_unread": agreement.n_unread,
    }
    write_whole(figures, f"{json.dumps(told, indent=1, ensure_ascii=False)}\n".encode())
    return cases, figures


def agreement_lines(agreement: Agreement) -> list[str]:
    """Return what the readers' marks make of the results, in words."""
    bases = [case.basis for case in agreement.cases]
    lines = [
        f"readers: {len(bases)} cases read; {bases.count('adjudicated')} adjudicated,"
        f" {bases.count('agreed')} agreed, {bases.count('single')} with one reader,"
        f" {bases.count('disputed')} disputed and left out"
    ]
    if agreement.unknown:
        shown = ", ".join(agreement.unknown[:5])
        lines.append(f"  not in the results: {len(agreement.unknown)} cases ({shown})")
    if agreement.n_unread:
        lines.append(f"  not read: {agreement.n_unread} recordings")
    lines += [f"  {line}" for line in matrix_lines(agreement.matrix)]
    lines += [_kappa_line(each) for each in agreement.kappas]
    lines += [_rate_line(each) for each in agreement.rates]
    if agreement.quartiles_s is not None:
        low, middle, high = agreement.quartiles_s
        n_times = sum(case.difference_s is not None for case in agreement.cases)
        lines.append(
            f"  time of the loss, monitor less readers: median {middle:+.1f} s"
            f" (quartiles {low:+.1f} to {high:+.1f}), {n_times} cases"
        )
    lines.append(f"  each case: {CASES_FILE}; the figures: {FIGURES_FILE}")
    return lines


def matrix_lines(matrix: dict[tuple[str, str], int]) -> Iterator[str]:
    """Yield a confusion matrix as lines: a row for what is true, a column for what was told."""
    if not matrix:
        return
    rows = sorted({truth for truth, _ in matrix})
    columns = sorted({told for _, told in matrix})
    heads = [word.replace("_", " ") for word in columns]
    width = max(len(row) for row in (CORNER, *rows))
    yield f"{CORNER.ljust(width)}  {'  '.join(heads)}"
    for row in rows:
        cells = [
            str(matrix.get((row, column), 0)).rjust(len(head))
            for column, head in zip(columns, heads, strict=True)
        ]
        yield f"{row.replace('_', ' ').ljust(width)}  {'  '.join(cells)}"


def _kappa_line(each: Kappa) -> str:
    who = f"  kappa, {each.first} and {each.second}:"
    agreed = f"{each.n_agreed} of {each.n_cases} cases agree"
    if each.kappa is None or each.low is None or each.high is None:
        return f"{who} not defined, all cases have one outcome; {agreed}"
    return f"{who} {each.kappa:.2f} (95 % {each.low:.2f} to {each.high:.2f}); {agreed}"


def _rate_line(each: Rate) -> str:
    if each.low is None or each.high is None or each.bound is None:
        return f"  {each.name}: no case"
    share = each.n_events / each.n_cases
    exact = f"exact 95 % {each.low:.1%} to {each.high:.1%}"
    if each.name.startswith("false"):
        exact += f"; below {each.bound:.2%} with 95 % confidence"
    return f"  {each.name}: {each.n_events} of {each.n_cases}, {share:.1%} ({exact})"
