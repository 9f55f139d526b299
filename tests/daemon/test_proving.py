"""A recovered recording of a case that was run here is proven from then on."""

from dataclasses import replace
from pathlib import Path

from amr_monitor.daemon.proving import UNPROVEN, LateProofs, prove_beside, prove_recovered
from amr_monitor.model.events import RecorderFileClosed, SourceWarned
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recorder import Recorder
from amr_monitor.storage.recording_proof import verify_recordings
from amr_monitor.storage.recovery import HASHED_LATER, recover
from amr_monitor.storage.settings import StorageSettings
from tests.daemon.scripted import Shelf
from tests.storage.recordings import block, info

RECORDS = slice(236, 244)


def cut_in(folder: Path) -> Path:
    taken = Recorder(folder=folder, info=info())
    taken.take_block(block(0, 3000))
    taken.close()
    path = folder / "segment-0001.bdf"
    raw = bytearray(path.read_bytes()[:-10])
    raw[RECORDS] = b"-1      "
    path.write_bytes(raw)
    return path


def told_in(journal: Journal) -> list[RecorderFileClosed]:
    events = [entry.event for entry in journal.entries("case")]
    return [event for event in events if isinstance(event, RecorderFileClosed)]


def unwritable(path: Path) -> Path:
    """Put something in the way of the hashes beside a recording."""
    beside = path.with_suffix(".sha256")
    beside.unlink(missing_ok=True)
    beside.mkdir()
    return beside


def test_its_hash_is_journalled_once_and_holds(tmp_path: Path) -> None:
    settings = StorageSettings(folder=tmp_path)
    folder = settings.recordings_folder() / "case"
    done = recover(cut_in(folder))
    shelf = Shelf()
    assert len(prove_recovered([done], settings, shelf.journal)) == 1
    (closed,) = told_in(shelf.journal)
    assert closed.n_samples == 2000
    assert closed.fault == HASHED_LATER
    proof = verify_recordings(folder, [closed])
    assert (proof.fault, proof.n_unproven, proof.n_records) == (None, 0, 2)
    assert prove_recovered([replace(done, was_whole=True)], settings, shelf.journal) == []


def test_a_copy_elsewhere_and_what_belongs_to_no_case_are_left_alone(tmp_path: Path) -> None:
    settings = StorageSettings(folder=tmp_path)
    elsewhere = recover(cut_in(tmp_path / "copies" / "case"))
    unknown = recover(cut_in(settings.recordings_folder() / "unknown"))
    shelf = Shelf()
    assert prove_recovered([elsewhere, unknown], settings, shelf.journal) == []
    assert told_in(shelf.journal) == []


def test_one_hash_that_cannot_be_written_is_told_and_the_others_are(tmp_path: Path) -> None:
    settings = StorageSettings(folder=tmp_path)
    folder = settings.recordings_folder() / "case"
    path = cut_in(folder)
    recover(path)
    second = folder / "segment-0002.bdf"
    second.write_bytes(path.read_bytes())
    (folder / "segment-0003.bdf").write_bytes(b"nothing that a reader knows")
    unwritable(path)
    proofs = LateProofs(place=lambda: (2000, 2.0))
    assert proofs.take() == ()
    proofs.begin(folder, ())
    told = proofs.finish()
    first, closed, third = told
    assert isinstance(first, SourceWarned)
    assert (first.code, first.sample_index, first.time_s) == (UNPROVEN, 2000, 2.0)
    assert "segment-0001.bdf" in first.message
    assert isinstance(closed, RecorderFileClosed)
    assert (closed.file, closed.n_samples) == (second.name, 2000)
    assert isinstance(third, SourceWarned)


def test_the_proof_of_an_older_case_never_raises(tmp_path: Path) -> None:
    settings = StorageSettings(folder=tmp_path)
    done = recover(cut_in(settings.recordings_folder() / "case"))
    beside = unwritable(done.path)
    shelf = Shelf()
    told: list[str] = []
    prove_beside([done], settings, shelf.journal, tell=told.append).join()
    assert len(told) == 1
    assert "is not proven" in told[0]
    assert told_in(shelf.journal) == []
    beside.rmdir()
    prove_beside([done], settings, shelf.journal, tell=told.append).join()
    assert len(told_in(shelf.journal)) == 1
