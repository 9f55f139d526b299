"""Results as Parquet and CSV, in the order of the recordings: the same results, the same bytes.

Neither holds a time of writing. The rows of the sweeps go through memory one
case at a time.
"""

import csv
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.qa.batch.columns import TABLES, Cell, Column, Columns, Kind
from amr_monitor.qa.batch.job import JobResult, Verdict
from amr_monitor.qa.batch.rows import empty_columns

INSTALL = "pip install 'amr-monitor[batch]'"
ENDINGS = (".csv", ".parquet")
_SMALL = ("cases", "changes", "errors")


def require_arrow() -> None:
    """See that Parquet can be written, before anything is done for it.

    Raises
    ------
    ConfigError
    """
    _arrow()


def write_tables(results: Iterable[JobResult], folder: Path) -> dict[str, str]:
    """Write every table.

    Parameters
    ----------
    results : iterable of JobResult
        In the order in which they are to stand.
    folder : Path

    Returns
    -------
    dict of str to str
        SHA-256 of each file by its name.

    Raises
    ------
    StorageError
        The disk does not take them; earlier tables are as they were then.
    """
    small = {name: empty_columns(column.name for column in TABLES[name]) for name in _SMALL}
    try:
        with ExitStack() as stack:
            files = {name: stack.enter_context(_Table(name, folder)) for name in TABLES}
            for result in results:
                if result.verdict is Verdict.JUDGED:
                    _append(small["cases"], {name: [cell] for name, cell in result.case.items()})
                    _append(small["changes"], result.changes)
                    files["sweeps"].add(result.sweeps)
                else:
                    row = {"file": result.file, "why": result.why, "sha256": result.sha256}
                    _append(small["errors"], {name: [cell] for name, cell in row.items()})
            for name, columns in small.items():
                files[name].add(columns)
        return {
            f"{name}{ending}": _put_in_place(folder / f"{name}{ending}")
            for name in TABLES
            for ending in ENDINGS
        }
    except OSError as fault:
        raise StorageError(
            f"{folder}: the tables cannot be written: {fault.strerror}; see whether there is space"
        ) from fault


class _Table:
    """One table, written as CSV and as Parquet beside its place."""

    def __init__(self, name: str, folder: Path) -> None:
        self._columns = TABLES[name]
        self._csv_path, self._parquet_path = (
            _partial(folder / f"{name}{ending}") for ending in ENDINGS
        )

    def __enter__(self) -> Self:
        arrow, parquet = _arrow()
        kinds = {
            Kind.TEXT: arrow.string(),
            Kind.NUMBER: arrow.float64(),
            Kind.COUNT: arrow.int64(),
            Kind.FLAG: arrow.bool_(),
        }
        self._schema = arrow.schema([(c.name, kinds[c.kind]) for c in self._columns])
        self._arrow = arrow
        self._csv = self._csv_path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._csv, lineterminator="\n")
        self._writer.writerow([column.name for column in self._columns])
        self._parquet = parquet.ParquetWriter(
            self._parquet_path, self._schema, compression="zstd", version="2.6"
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._csv.close()
        self._parquet.close()
        for path in (self._csv_path, self._parquet_path):
            if kind is not None:
                path.unlink(missing_ok=True)

    def add(self, columns: Columns) -> None:
        """Add rows; of Parquet they are a row group."""
        if not columns["file"]:
            return
        self._writer.writerows(_csv_rows(self._columns, columns))
        ordered = {column.name: columns[column.name] for column in self._columns}
        self._parquet.write_table(self._arrow.table(ordered, schema=self._schema))


def _append(table: Columns, rows: Columns) -> None:
    n_rows = len(rows["file"])
    for name, cells in table.items():
        cells += rows.get(name, [None] * n_rows)


def _csv_rows(order: Sequence[Column], columns: Columns) -> Iterator[list[str]]:
    for cells in zip(*(columns[column.name] for column in order), strict=True):
        yield [csv_text(cell) for cell in cells]


def csv_text(cell: Cell) -> str:
    """Return a cell as it stands in CSV: nothing for None, true and false, figures in full."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if isinstance(cell, str) else repr(cell)


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.name}.partial")


def _put_in_place(path: Path) -> str:
    """Force a finished table to the disk, move it to its place, and return its hash."""
    partial = _partial(path)
    with partial.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    partial.replace(path)
    return digest


def _arrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as fault:
        raise ConfigError(f"batch writes Parquet, which needs pyarrow: {INSTALL}") from fault
