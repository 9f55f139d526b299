import json
import zipfile
from pathlib import Path

import pytest

from amr_monitor.model.errors import ConfigError, SourceError
from amr_monitor.qa.batch.recordings import (
    RESULTS_FORMAT,
    RESULTS_MARK,
    FoundRecording,
    RecordingKind,
    find_recordings,
    fingerprint,
)
from tests.project.repository import ROOT
from tests.qa.batch.surgeries import BROKEN, FILES, copied

EDF_HEAD = b"0".ljust(8) + b"X".ljust(248)


def found(folder: Path, results: Path | None = None) -> dict[str, FoundRecording]:
    where = folder / "amr-results" if results is None else results
    return {each.file: each for each in find_recordings(folder, results=where)}


def test_recordings_come_in_the_order_of_their_names_from_every_depth(surgeries: Path) -> None:
    assert list(found(surgeries)) == sorted([*FILES, *BROKEN])


def test_what_is_called_a_recording_and_is_none_is_told_of(tmp_path: Path) -> None:
    for name in ("a.edf", "b.BDF", "c.xdf", "case.zip", "d.txt", "e.csv"):
        (tmp_path / name).write_text("nothing of the kind")
    assert list(found(tmp_path)) == ["a.edf", "b.BDF", "c.xdf", "case.zip"]


def test_a_recording_is_known_by_its_bytes_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "surgery").write_bytes(EDF_HEAD)
    assert list(found(tmp_path)) == ["surgery"]


def test_every_kind_of_folder_is_one_recording(tmp_path: Path) -> None:
    copied(ROOT / "fixtures" / "epworks", tmp_path / "study")
    case = tmp_path / "case"
    case.mkdir()
    for number in (1, 2):
        (case / f"segment-000{number}.bdf").write_bytes(EDF_HEAD)
    exported = tmp_path / "exported"
    (exported / "recording").mkdir(parents=True)
    (exported / "recording" / "segment-0001.bdf").write_bytes(EDF_HEAD)
    (exported / "manifest.json").write_text('{"format": "amr-monitor case"}')
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("manifest.json", "{}")
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        archive.writestr("picture.png", "")
    assert {file: each.kind for file, each in found(tmp_path).items()} == {
        "case": RecordingKind.CASE_FOLDER,
        "exported": RecordingKind.EXPORTED,
        "packed.zip": RecordingKind.EXPORTED,
        "study": RecordingKind.STUDY,
    }
    assert list(found(tmp_path / "case")) == ["case"]


def test_results_and_hidden_files_are_no_recordings(tmp_path: Path) -> None:
    for folder in ("", "mine", "older", ".hidden"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "a.edf").write_bytes(EDF_HEAD)
    (tmp_path / "older" / RESULTS_MARK).write_text(json.dumps({"format": RESULTS_FORMAT}))
    (tmp_path / ".partial.edf").write_bytes(EDF_HEAD)
    assert list(found(tmp_path, tmp_path / "mine")) == ["a.edf"]


def test_a_folder_without_recordings_is_an_error_that_says_what_would_be_one(
    tmp_path: Path,
) -> None:
    with pytest.raises(SourceError, match="no recording below this folder"):
        find_recordings(tmp_path, results=tmp_path / "out")
    with pytest.raises(ConfigError, match="no such folder"):
        find_recordings(tmp_path / "none", results=tmp_path / "out")


def test_a_link_that_leads_nowhere_is_told_of_like_any_bad_file(tmp_path: Path) -> None:
    (tmp_path / "gone.edf").symlink_to(tmp_path / "nowhere")
    assert "cannot be opened" in found(tmp_path)["gone.edf"].fault


def test_a_fingerprint_is_of_the_bytes_and_not_of_the_time(tmp_path: Path) -> None:
    one, other = tmp_path / "a.edf", tmp_path / "b.edf"
    for path in (one, other):
        path.write_bytes(EDF_HEAD)
    a, b = found(tmp_path).values()
    assert fingerprint(a) == fingerprint(b)
    other.write_bytes(EDF_HEAD + b"1")
    assert fingerprint(a) != fingerprint(b)


def test_a_fingerprint_covers_every_file_of_a_recording(tmp_path: Path) -> None:
    study = copied(ROOT / "fixtures" / "epworks", tmp_path / "study")
    table = tmp_path / "table.csv"
    table.write_bytes((ROOT / "fixtures" / "sweep_table.csv").read_bytes())
    sidecar = tmp_path / "table.toml"
    sidecar.write_bytes((ROOT / "fixtures" / "sweep_table.toml").read_bytes())
    before = {file: fingerprint(each) for file, each in found(tmp_path).items()}
    sidecar.write_text(sidecar.read_text() + "\n")
    next(study.rglob("*.REC")).write_bytes(b"")
    after = {file: fingerprint(each) for file, each in found(tmp_path).items()}
    assert before.keys() == after.keys() == {"study", "table.csv"}
    assert all(before[file] != after[file] for file in before)
