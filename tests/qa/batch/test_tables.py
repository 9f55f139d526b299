import csv
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.qa.batch import tables
from amr_monitor.qa.batch.columns import TABLES
from amr_monitor.qa.batch.job import JobResult, Verdict
from amr_monitor.qa.batch.tables import csv_text, require_arrow, write_tables
from tests.qa.batch.surgeries import table_bytes

FAILED = JobResult(file="b.edf", sha256="cd", verdict=Verdict.REFUSED, why="b.edf: it is, so")


def parquet(path: Path) -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = import_module("pyarrow.parquet").read_table(path).to_pydict()
    return table


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_parquet_and_csv_hold_the_same(judged: JobResult, tmp_path: Path) -> None:
    write_tables([judged, FAILED], tmp_path)
    for name, columns in TABLES.items():
        told = parquet(tmp_path / f"{name}.parquet")
        assert list(told) == [column.name for column in columns]
        rows = zip(*told.values(), strict=True)
        texts = [dict(zip(told, map(csv_text, row), strict=True)) for row in rows]
        assert texts == csv_rows(tmp_path / f"{name}.csv")


def test_a_row_a_case_a_change_a_sweep_and_an_error(judged: JobResult, tmp_path: Path) -> None:
    write_tables([judged, FAILED], tmp_path)
    assert [row["file"] for row in csv_rows(tmp_path / "cases.csv")] == ["loss.edf"]
    assert csv_rows(tmp_path / "errors.csv") == [
        {"file": "b.edf", "why": "b.edf: it is, so", "sha256": "cd"}
    ]
    assert len(csv_rows(tmp_path / "changes.csv")) == len(judged.changes["file"])
    assert len(csv_rows(tmp_path / "sweeps.csv")) == len(judged.sweeps["file"])


def test_the_same_results_are_the_same_bytes(judged: JobResult, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        write_tables([judged, FAILED], tmp_path / name)
    assert table_bytes(tmp_path / "a") == table_bytes(tmp_path / "b")


def test_without_a_verdict_the_tables_are_there_and_empty(tmp_path: Path) -> None:
    hashes = write_tables([FAILED], tmp_path)
    assert len(hashes) == 8
    assert csv_rows(tmp_path / "cases.csv") == []
    assert parquet(tmp_path / "sweeps.parquet")["time_s"] == []


def test_what_breaks_on_the_way_leaves_the_earlier_tables(
    judged: JobResult, tmp_path: Path
) -> None:
    write_tables([FAILED], tmp_path)
    before = table_bytes(tmp_path)

    def breaking() -> Any:
        yield judged
        raise StorageError("a part is damaged")

    with pytest.raises(StorageError, match="a part is damaged"):
        write_tables(breaking(), tmp_path)
    assert table_bytes(tmp_path) == before
    assert not list(tmp_path.glob("*.partial"))


def test_a_cell_reads_back_as_it_is() -> None:
    assert [csv_text(cell) for cell in (None, True, False, 0.1, 3, "a")] == [
        "",
        "true",
        "false",
        "0.1",
        "3",
        "a",
    ]


def test_without_pyarrow_it_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(tables, "import_module", missing)
    with pytest.raises(ConfigError, match=r"pip install 'amr-monitor\[batch\]'"):
        require_arrow()
