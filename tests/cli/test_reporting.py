"""`amr-monitor report` writes a file, or says in one line why not."""

import builtins
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from amr_monitor.cli import main, reporting
from amr_monitor.codec import kept_sweep
from amr_monitor.model.case import AmrState, CaseMode
from amr_monitor.storage.journal import Journal
from tests.reports import RECORD, changed, opened
from tests.sweep_reports import a_report

SHADOW = "shadow"


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    monkeypatch.setenv("AMR_MONITOR_STORAGE_FOLDER", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    with Journal.at(tmp_path / "data" / "journal.sqlite") as found:
        found.open_case(RECORD)
        found.append(RECORD.case_id, [opened()])
        found.keep_page(
            RECORD.case_id,
            [
                kept_sweep(a_report(sample_index=1000 * n, sweep_number=n), seq=1)
                for n in range(1, 6)
            ],
        )
        found.append(RECORD.case_id, [changed(4.0, AmrState.DISAPPEARED)])
        found.open_case(replace(RECORD, case_id=SHADOW))
        found.append(SHADOW, [opened(mode=CaseMode.SHADOW)])
        yield found


@pytest.mark.usefixtures("journal")
def test_a_report_is_written_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "2026"]) == 0
    target = tmp_path / f"amr-report-{RECORD.case_id}.html"
    assert f"{target.name}: case {RECORD.case_id}, open (device)" in capsys.readouterr().out
    page = target.read_text(encoding="utf-8")
    assert "CASE OPEN: preliminary" in page
    assert "Raster of 5 sweeps of orbicularis oculi" in page


@pytest.mark.usefixtures("journal")
def test_the_name_decides_the_form(tmp_path: Path) -> None:
    assert main(["report", "2026", "-o", str(tmp_path / "case.PDF")]) == 0
    assert (tmp_path / "case.PDF").read_bytes().startswith(b"%PDF")


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["2026", "-o", "case.doc"], "-o case.doc: the name must end in .html or .pdf"),
        (["2026", "-o", "nowhere/case.html"], "-o nowhere/case.html: cannot be written"),
        (["nobody"], "case nobody: not in the journal"),
        (["a.edf"], "`amr-monitor replay a.edf` enters a recording as one"),
        ([SHADOW], f"case {SHADOW}: is open and in shadow mode"),
    ],
)
def test_what_cannot_be_reported_is_told_in_one_line(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.edf").touch()
    assert main(["report", *arguments]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1


def test_a_deleted_case_has_no_report(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    journal.delete_case(SHADOW, by="Kim", reason="a test")
    assert main(["report", SHADOW]) == 2
    assert "DELETED" in capsys.readouterr().err


@pytest.mark.usefixtures("journal")
def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_ever = builtins.__import__

    def without_typst(name: str, *rest: object) -> ModuleType:
        if name == "amr_monitor.qa.report.maker":
            raise ModuleNotFoundError("no", name="typst")
        return as_ever(name, *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(builtins, "__import__", without_typst)
    assert main(["report", "2026"]) == 2
    told = "the report needs typst, which is not installed: pip install 'amr-monitor[report]'"
    assert told in capsys.readouterr().err


def test_a_server_writes_reports_where_it_can(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = reporting.html_reporter()
    assert write is not None
    assert write(journal, RECORD.case_id).startswith(b"<!DOCTYPE html>")
    monkeypatch.setattr(reporting, "LIBRARIES", ("no_such_library_of_ours",))
    assert reporting.html_reporter() is None
