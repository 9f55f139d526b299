"""Tables of sweeps as text: time in ms in the first column, one column a sweep.

Evoked potential systems export their sweeps in this form, with a comma, a
semicolon or a tab between columns, and with a point or a comma in numbers.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.model.errors import SourceFormatError, StorageError

SEPARATORS = ("\t", ";", ",")
_TIME_HEADER = re.compile(r"(?:time|t|ms|msec|latency|zeit|latenz)(?![a-z])", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?\Z")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}

COARSE_SHARE = 0.51
"""Printed times may lie off an even grid by half a sample: they are rounded."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepTable:
    """One table.

    Attributes
    ----------
    headers : tuple of str
        Of all columns, the time's first; () where the table has none.
    start_ms : float
        Of the first sample; 0 is the stimulus.
    rate_hz : float
    values : ndarray of float64, shape (n_sweeps, n_samples)
        In the unit of the table.
    """

    headers: tuple[str, ...]
    start_ms: float
    rate_hz: float
    values: npt.NDArray[np.float64]


def is_sweep_table(head: bytes) -> bool:
    """Tell by its first bytes whether a file may be a table of sweeps."""
    text = _decoded(head)
    if text is None or _CONTROLS.search(text):
        return False
    first = next((line for line in text.splitlines() if _is_content(line)), "")
    separator = _separator(first)
    if separator is None:
        return False
    cell = first.split(separator)[0].strip().strip('"')
    return bool(_TIME_HEADER.match(cell) or _NUMBER.match(cell))


def read_sweep_table(
    path: Path, data: bytes, *, skip_lines: int = 0, rate_hz: float | None = None
) -> SweepTable:
    """Read a table.

    Parameters
    ----------
    path : Path
        For messages.
    data : bytes
        The whole file: UTF-8, Latin-1, or UTF-16 with a byte order mark.
    skip_lines : int
        Lines before the table.
    rate_hz : float or None
        Where the printed times are too coarse to tell.

    Raises
    ------
    SourceFormatError
        File and line of what cannot be understood.
    """
    text = _decoded(data)
    if text is None:
        raise SourceFormatError(f"{path}: is no text that could be read; export it as UTF-8")
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if number > skip_lines and _is_content(line)
    ]
    separator = _separator(lines[-1][1]) if lines else None
    if separator is None:
        raise SourceFormatError(
            f"{path}: holds no table: columns parted by tab, semicolon or comma are needed"
        )
    rows = [(number, _cells(line, separator)) for number, line in lines]
    headers: tuple[str, ...] = ()
    if not _NUMBER.match(rows[0][1][0]):
        headers = tuple(rows.pop(0)[1])
    if len(rows) < 2:
        raise SourceFormatError(f"{path}: holds {len(rows)} samples; a sweep needs more")
    n_columns = len(rows[0][1])
    if headers and len(headers) != n_columns:
        raise SourceFormatError(
            f"{path}: its header names {len(headers)} columns, line {rows[0][0]} has {n_columns}"
        )
    if n_columns < 2:
        raise SourceFormatError(f"{path}: has no column of a sweep beside the time")
    values = np.empty((n_columns, len(rows)), dtype=np.float64)
    for column, (number, cells) in enumerate(rows):
        values[:, column] = _numbers(path, number, cells, n_columns)
    start_ms, own_hz = _grid(path, values[0], [cells[0] for _, cells in rows], rate_hz)
    return SweepTable(headers=headers, start_ms=start_ms, rate_hz=own_hz, values=values[1:])


def write_sweep_table(
    path: Path,
    *,
    start_ms: float,
    rate_hz: float,
    values: npt.NDArray[np.floating],
    headers: Sequence[str],
    decimals: int = 1,
) -> None:
    """Write a table with a comma between columns.

    Parameters
    ----------
    path : Path
    start_ms : float
        Of the first sample.
    rate_hz : float
    values : ndarray, shape (n_sweeps, n_samples)
    headers : sequence of str
        Of the sweeps.
    decimals : int
        Of the values; the time has three.

    Raises
    ------
    StorageError
        The disk does not take it.
    """
    times_ms = start_ms + 1000.0 * np.arange(values.shape[1]) / rate_hz
    lines = [",".join(["time_ms", *headers])]
    for time_ms, row in zip(times_ms, values.T, strict=True):
        # Adding 0 makes a rounded -0.0 a plain 0.0.
        cells = [f"{round(float(value), decimals) + 0.0:.{decimals}f}" for value in row]
        lines.append(",".join([f"{time_ms:.3f}", *cells]))
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as fault:
        raise StorageError(f"{path}: cannot be written: {fault.strerror}") from fault


def _decoded(data: bytes) -> str | None:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding, errors="ignore")
            except UnicodeDecodeError:
                return None
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _separator(line: str) -> str | None:
    return next((each for each in SEPARATORS if each in line), None)


def _cells(line: str, separator: str) -> list[str]:
    cells = [cell.strip().strip('"').strip() for cell in line.split(separator)]
    # Some programs end every line with a separator.
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _numbers(path: Path, number: int, cells: Sequence[str], n_columns: int) -> list[float]:
    if len(cells) != n_columns:
        raise SourceFormatError(
            f"{path}: line {number} has {len(cells)} columns, the lines before it {n_columns}"
        )
    numbers = []
    for column, cell in enumerate(cells, start=1):
        if not _NUMBER.match(cell):
            raise SourceFormatError(
                f"{path}: line {number}, column {column}: {cell!r} is no number"
            )
        value = float(cell.replace(",", "."))
        if not math.isfinite(value):
            raise SourceFormatError(
                f"{path}: line {number}, column {column}: {cell[:40]} is too large"
            )
        numbers.append(value)
    return numbers


def _grid(
    path: Path, times_ms: npt.NDArray[np.float64], printed: Sequence[str], told_hz: float | None
) -> tuple[float, float]:
    """Return the time of the first sample and the rate, of times that were rounded."""
    n_steps = len(times_ms) - 1
    span_ms = float(times_ms[-1] - times_ms[0])
    if not span_ms > 0.0:
        raise SourceFormatError(f"{path}: the times in its first column do not rise")
    step_ms = span_ms / n_steps
    off_grid = np.abs(times_ms - times_ms[0] - step_ms * np.arange(n_steps + 1))
    if off_grid.max() > COARSE_SHARE * step_ms:
        at = int(np.argmax(off_grid))
        raise SourceFormatError(
            f"{path}: the times in its first column are not evenly spaced (at {times_ms[at]:g}); "
            "milliseconds, one line a sample, are needed"
        )
    unit_ms = max(_last_place(cell) for cell in printed)
    rate_hz = 1000.0 / step_ms
    margin_hz = rate_hz * min(unit_ms / span_ms, 0.5)
    if told_hz is None:
        return float(times_ms[0]), _roundest(rate_hz, margin_hz)
    if abs(told_hz - rate_hz) > margin_hz + 1e-3 * rate_hz:
        raise SourceFormatError(
            f"{path}: its times tell {rate_hz:.6g} Hz, not the sampling_rate_hz of {told_hz:g}"
        )
    return float(times_ms[0]), told_hz


def _last_place(cell: str) -> float:
    """Return what one unit in the last place of a printed number is worth."""
    mantissa, _, exponent = cell.replace(",", ".").lower().partition("e")
    _, _, decimals = mantissa.partition(".")
    return float(10.0 ** (min(int(exponent or 0), 12) - len(decimals)))


def _roundest(rate_hz: float, margin_hz: float) -> float:
    """Return the number with the fewest digits that is as near as the printing tells."""
    for step in (1000.0, 500.0, 100.0, 50.0, 10.0, 5.0, 1.0, 0.1, 0.01):
        nearest = round(rate_hz / step) * step
        if nearest > 0.0 and abs(nearest - rate_hz) <= max(margin_hz, 1e-9 * rate_hz):
            return nearest
    return rate_hz
