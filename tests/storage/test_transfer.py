"""A case goes to another machine and is the same there; a deleted one leaves its tombstone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from amr_monitor.model.errors import StorageError
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.transfer import delete_case, export_case, import_case, remove_recording
from tests.storage.exported import CASE_ID, enter_case, with_other_content


@pytest.fixture
def journal(url: str, tmp_path: Path) -> Iterator[Journal]:
    with Journal(url) as opened:
        enter_case(opened, tmp_path / "recordings")
        yield opened


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Journal]:
    """Give the journal of another machine, whose recordings are in `far`."""
    with Journal.at(tmp_path / "far" / "journal.sqlite") as opened:
        yield opened


@pytest.mark.parametrize("name", ["case", "case.zip"])
def test_a_case_is_the_same_on_another_machine(
    journal: Journal, other: Journal, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    manifest = export_case(journal, CASE_ID, recordings=tmp_path / "recordings", target=target)
    imported = import_case(other, target, recordings=tmp_path / "far" / "recordings")
    assert (imported.n_files, imported.n_sweeps) == (2, 2)
    assert imported.head_hash == manifest.head_hash == journal.head(CASE_ID)[1]
    assert other.verify(CASE_ID) == journal.verify(CASE_ID)
    assert other.lines(CASE_ID) == journal.lines(CASE_ID)
    assert other.stored(CASE_ID).rows == journal.stored(CASE_ID).rows
    assert imported.folder is not None
    assert (imported.folder / "segment-0001.bdf").is_file()


def test_an_altered_bundle_leaves_nothing_behind(
    journal: Journal, other: Journal, tmp_path: Path
) -> None:
    export_case(journal, CASE_ID, recordings=tmp_path / "recordings", target=tmp_path / "a.zip")

    def flip(files: dict[str, bytes]) -> None:
        content = files["recording/segment-0001.bdf"]
        files["recording/segment-0001.bdf"] = content[:-1] + bytes([content[-1] ^ 1])

    forged = with_other_content(tmp_path / "a.zip", tmp_path / "b.zip", flip)
    far = tmp_path / "far" / "recordings"
    with pytest.raises(StorageError, match=r"b\.zip: recording/segment-0001\.bdf was altered"):
        import_case(other, forged, recordings=far)
    assert other.cases() == []
    assert not far.exists() or list(far.iterdir()) == []


def test_a_case_that_is_there_already_stays_as_it_is(
    journal: Journal, other: Journal, tmp_path: Path
) -> None:
    export_case(journal, CASE_ID, recordings=tmp_path / "none", target=tmp_path / "a.zip")
    import_case(other, tmp_path / "a.zip", recordings=tmp_path / "far" / "recordings")
    with pytest.raises(StorageError, match="in the journal already"):
        import_case(other, tmp_path / "a.zip", recordings=tmp_path / "far" / "recordings")
    assert other.verify(CASE_ID).fault is None
    assert import_is_without_recording(other, tmp_path)


def import_is_without_recording(other: Journal, tmp_path: Path) -> bool:
    return other.case(CASE_ID) is not None and not (tmp_path / "far" / "recordings").exists()


def test_a_deleted_case_takes_its_recording_along(journal: Journal, tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    tombstone = delete_case(
        journal, CASE_ID, recordings=recordings, by="Kim", reason="consent withdrawn"
    )
    assert tombstone.user == "Kim"
    assert not (recordings / CASE_ID).exists()
    assert journal.tombstones() == [tombstone]
    remove_recording(recordings, CASE_ID)


def test_a_deleted_run_does_not_come_back(journal: Journal, tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    export_case(journal, CASE_ID, recordings=recordings, target=tmp_path / "a.zip")
    delete_case(journal, CASE_ID, recordings=recordings, by="Kim", reason="test")
    with pytest.raises(StorageError, match="was deleted from this journal"):
        import_case(journal, tmp_path / "a.zip", recordings=recordings)
    assert not (recordings / CASE_ID).exists()
