"""A case is exported, imported and deleted from the command line."""

import shutil
from pathlib import Path

import pytest

from amr_monitor.cli import main
from amr_monitor.storage.journal import Journal
from tests.storage.exported import CASE_ID, enter_case
from tests.storage.test_journal import RECORD


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the data folder of a machine with one case."""
    monkeypatch.setenv("AMR_MONITOR_STORAGE_FOLDER", str(tmp_path / "home"))
    with Journal.at(tmp_path / "home" / "journal.sqlite") as journal:
        enter_case(journal, tmp_path / "home" / "recordings")
    return tmp_path / "home"


@pytest.mark.usefixtures("home")
def test_an_exported_case_verifies_on_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = str(tmp_path / "case.zip")
    assert main(["export", CASE_ID, "-o", bundle]) == 0
    monkeypatch.setenv("AMR_MONITOR_STORAGE_FOLDER", str(tmp_path / "far"))
    assert main(["import", bundle]) == 0
    told = capsys.readouterr().out
    assert f"replay {tmp_path / 'far' / 'recordings' / CASE_ID}" in told
    assert main(["verify", CASE_ID]) == 0
    told = capsys.readouterr().out
    assert "events stand as written" in told
    assert "2 sweeps beside 1 verdicts stand as kept" in told
    assert "3 records in 1 files stand as recorded" in told
    assert main(["show", CASE_ID]) == 0
    assert "imported" in capsys.readouterr().out


@pytest.mark.usefixtures("home")
def test_an_export_names_what_is_in_its_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", CASE_ID, "-o", str(tmp_path)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_a_case_is_deleted_for_a_reason_and_when_it_is_confirmed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delete = ["delete", CASE_ID, "--reason", "consent withdrawn", "--by", "Kim"]
    assert main(delete) == 2
    assert "gone for good; give --yes" in capsys.readouterr().err
    assert main([*delete, "--yes"]) == 0
    capsys.readouterr()
    assert not (home / "recordings" / CASE_ID).exists()
    for verb, status in (("show", 0), ("verify", 1)):
        assert main([verb, CASE_ID]) == status
        told = capsys.readouterr().out
        assert f"{CASE_ID}: DELETED on" in told
        assert "by Kim: consent withdrawn" in told
    assert main(["cases"]) == 0
    assert "DELETED" in capsys.readouterr().out
    assert main(["export", CASE_ID, "-o", str(home / "x")]) == 2


def test_a_case_that_may_be_running_is_not_deleted(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal.at(home / "journal.sqlite") as journal:
        journal.delete_case(CASE_ID, by="Kim", reason="test")
        journal.open_case(RECORD_OF_NOW)
    delete = ["delete", RECORD_OF_NOW.case_id, "--reason", "test", "--yes"]
    assert main(delete) == 2
    assert "may be running" in capsys.readouterr().err
    assert main([*delete, "--even-open"]) == 0


def test_what_an_earlier_deletion_left_is_removed_by_the_next(home: Path) -> None:
    with Journal.at(home / "journal.sqlite") as journal:
        journal.delete_case(CASE_ID, by="Kim", reason="test")
    assert main(["delete", CASE_ID, "--reason", "again", "--yes"]) == 0
    assert not (home / "recordings" / CASE_ID).exists()


RECORD_OF_NOW = RECORD.__class__(
    case_id="now",
    kind=RECORD.kind,
    origin=RECORD.origin,
    source_name="theatre 3",
    settings_hash="5e",
    software_version="0.1.0",
    opened_at=RECORD.opened_at,
)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("form", "told"), [("bids", "1 runs"), ("dicom", "1 objects")])
def test_the_recording_leaves_in_formats_of_the_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, told: str
) -> None:
    target = tmp_path / form
    assert main(["export", CASE_ID, "--format", form, "-o", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}: {form}, {told}, de-identified\n"
    assert target.is_dir()
    assert main(["export", CASE_ID, "--format", form, "-o", str(target)]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_a_recording_is_named_for_those_formats_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", CASE_ID, "-o", str(tmp_path / "x"), "--recording", "surgery.edf"]
    assert main(words) == 2
    assert "goes with --format bids or dicom" in capsys.readouterr().err


def test_a_case_without_a_recording_says_how(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(home / "recordings")
    assert main(["export", CASE_ID, "--format", "bids", "-o", str(tmp_path / "x")]) == 2
    said = capsys.readouterr().err
    assert "has no recording of its own" in said
    assert said.count("\n") == 1
