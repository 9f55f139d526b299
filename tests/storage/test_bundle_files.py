"""A bundle is believed in nothing that was not checked."""

import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from amr_monitor.model.errors import StorageError
from amr_monitor.storage import bundle_files
from amr_monitor.storage.bundle_files import (
    checked_manifest,
    opened_bundle,
    read_documents,
    unpack_recording,
    write_bundle,
)
from amr_monitor.storage.case_bundle import CASE, DOCUMENTS, EVENTS
from amr_monitor.storage.journal import Journal
from tests.storage.exported import CASE_ID, enter_case, retold, with_other_content

SEGMENT = "recording/segment-0001.bdf"
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the same case as `case.zip` and `case`."""
    folder = tmp_path_factory.mktemp("exported")
    with Journal.in_memory() as journal:
        enter_case(journal, folder / "recordings")
        for name in ("case.zip", "case"):
            write_bundle(journal.stored(CASE_ID), folder / "recordings" / CASE_ID, folder / name)
    return folder


def read_whole(bundle: Path, target: Path) -> None:
    with opened_bundle(bundle) as opened:
        manifest = checked_manifest(opened)
        read_documents(opened, manifest)
        unpack_recording(opened, manifest, target)


@pytest.mark.parametrize("name", ["case", "case.zip"])
def test_what_is_written_is_read_and_the_recording_is_the_same(
    exported: Path, tmp_path: Path, name: str
) -> None:
    read_whole(exported / name, tmp_path / "out")
    for path in (exported / "recordings" / CASE_ID).iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


def test_nothing_is_written_over(exported: Path, tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.mkdir()
    with Journal.in_memory() as journal:
        enter_case(journal, tmp_path / "recordings")
        with pytest.raises(StorageError, match="exists already"):
            write_bundle(journal.stored(CASE_ID), tmp_path, target)
        with pytest.raises(StorageError, match="cannot be written"):
            write_bundle(journal.stored(CASE_ID), tmp_path, Path("/proc/none/case.zip"))
    assert sorted(path.name for path in exported.glob("*.partial")) == []


def flipped(files: Files) -> None:
    content = bytearray(files[SEGMENT])
    content[-100] ^= 1
    files[SEGMENT] = bytes(content)


def altered(files: Files) -> None:
    files[EVENTS] = files[EVENTS].replace(b"cable", b"other")


def cut(files: Files) -> None:
    files[SEGMENT] = files[SEGMENT][:-1]


def lost(files: Files) -> None:
    del files[SEGMENT]


def put_in(files: Files) -> None:
    files["recording/other.bdf"] = b"x"


def untold(files: Files) -> None:
    retold(files, files={})


def led_out(files: Files) -> None:
    files["../evil"] = b"x"


def led_to_root(files: Files) -> None:
    files["/etc/evil"] = b"x"


def led_out_backwards(files: Files) -> None:
    files["recording\\..\\..\\evil"] = b"x"


def led_out_by_the_manifest(files: Files) -> None:
    files["recording/../../evil"] = b"x"


def bomb(files: Files) -> None:
    files[CASE] = b"0" * 5_000_000


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (flipped, f"{SEGMENT} was altered"),
        (altered, "events.jsonl was altered"),
        (cut, f"{SEGMENT} was altered"),
        (lost, f"{SEGMENT} is missing"),
        (put_in, "is not in manifest.json: it was put in later"),
        (untold, "is not in manifest.json"),
        (led_out, "leads out of it"),
        (led_to_root, "leads out of it"),
        (led_out_backwards, "leads out of it"),
        (led_out_by_the_manifest, "leads out of it"),
        (bomb, "unpacks to more than manifest.json says"),
    ],
)
def test_what_somebody_has_laid_hands_on_is_refused_in_one_line(
    exported: Path, tmp_path: Path, change: Callable[[Files], None], told: str
) -> None:
    forged = with_other_content(exported / "case.zip", tmp_path / "forged.zip", change)
    with pytest.raises(StorageError, match=told) as refusal:
        read_whole(forged, tmp_path / "in" / "out")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "evil").exists()
    assert not (tmp_path / "in" / "evil").exists()


def test_a_file_that_unpacks_to_far_more_than_its_size_is_refused(
    exported: Path, tmp_path: Path
) -> None:
    def change(files: Files) -> None:
        content = b"0" * 5_000_000
        files[CASE] = content
        retold(files, files={name: {"sha256": "", "bytes": 5_000_000} for name in DOCUMENTS})
        del files[SEGMENT]
        del files[SEGMENT.replace(".bdf", ".sha256")]

    forged = with_other_content(exported / "case.zip", tmp_path / "forged.zip", change)
    with pytest.raises(StorageError, match="unpacks to more than 200 times its size"):
        read_whole(forged, tmp_path / "out")


def test_a_manifest_that_names_what_belongs_to_no_case_is_refused(
    exported: Path, tmp_path: Path
) -> None:
    def change(files: Files) -> None:
        files["recording/.hidden"] = b"x"
        retold(files, files={"recording/.hidden": {"sha256": "", "bytes": 1}})

    forged = with_other_content(exported / "case.zip", tmp_path / "forged.zip", change)
    with pytest.raises(StorageError, match="belongs to no exported case"):
        read_whole(forged, tmp_path / "out")


def test_a_link_is_refused_in_a_folder_and_in_a_zip_file(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree(exported / "case", folder)
    (folder / "recording" / "link.bdf").symlink_to("/etc/passwd")
    with pytest.raises(StorageError, match="is no plain file"):
        read_whole(folder, tmp_path / "out")
    packed = tmp_path / "case.zip"
    shutil.copy(exported / "case.zip", packed)
    with zipfile.ZipFile(packed, "a") as archive:
        link = zipfile.ZipInfo("recording/link.bdf")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(StorageError, match="is no plain file"):
        read_whole(packed, tmp_path / "out")


def test_two_files_of_one_name_are_refused(exported: Path, tmp_path: Path) -> None:
    packed = tmp_path / "case.zip"
    shutil.copy(exported / "case.zip", packed)
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(packed, "a") as archive,
    ):
        archive.writestr(CASE, "{}")
    with pytest.raises(StorageError, match="two files of one name"):
        read_whole(packed, tmp_path / "out")


def test_too_many_files_are_refused(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_files, "MOST_FILES", 3)
    for name in ("case", "case.zip"):
        with pytest.raises(StorageError, match="more than 3 files"):
            read_whole(exported / name, tmp_path / "out")


def test_what_is_no_bundle_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip file")
    (tmp_path / "empty").mkdir()
    for name, told in (
        ("text.zip", "no folder or zip file"),
        ("none.zip", "No such file"),
        ("empty", "no exported case"),
    ):
        with pytest.raises(StorageError, match=told):
            read_whole(tmp_path / name, tmp_path / "out")


def test_without_room_for_the_recording_nothing_is_unpacked(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(StorageError, match="no room"):
        read_whole(exported / "case.zip", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
