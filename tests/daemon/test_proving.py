"""A recovered recording of a case that was run here is proven from then on."""

from dataclasses import replace
from pathlib import Path

from amr_monitor.daemon.proving import prove_recovered
from amr_monitor.model.events import RecorderFileClosed
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
