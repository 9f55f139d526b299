"""A byte that was changed after the recording was closed is found, and its record named."""

from pathlib import Path

import pytest

from amr_monitor.formats.edf import EdfFile
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import RecorderFileClosed
from amr_monitor.storage.recorder import Recorder
from amr_monitor.storage.recording_proof import (
    HASHES_SUFFIX,
    joint_hash,
    record_hashes,
    verify_recordings,
)
from tests.storage.recordings import block, info

FIRST = "segment-0001.bdf"


@pytest.fixture
def closed(tmp_path: Path) -> list[RecorderFileClosed]:
    taken = Recorder(folder=tmp_path, info=info())
    taken.take_block(block(0, 4500))
    taken.close()
    return [event for event in taken.take_events() if isinstance(event, RecorderFileClosed)]


def flip(path: Path, record: int) -> None:
    recording = EdfFile(path)
    at = recording.header.n_bytes + (record - 1) * recording.header.record_bytes + 77
    recording.close()
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


def test_an_untouched_recording_holds(tmp_path: Path, closed: list[RecorderFileClosed]) -> None:
    found = verify_recordings(tmp_path, closed)
    assert (found.fault, found.n_files, found.n_records, found.n_unproven) == (None, 1, 5, 0)


@pytest.mark.parametrize("record", [1, 3, 5])
def test_one_changed_byte_is_found_and_its_record_named(
    tmp_path: Path, closed: list[RecorderFileClosed], record: int
) -> None:
    flip(tmp_path / FIRST, record)
    fault = verify_recordings(tmp_path, closed).fault
    assert fault == f"recording {FIRST}: record {record} was altered"


def test_a_header_that_was_changed_is_found(
    tmp_path: Path, closed: list[RecorderFileClosed]
) -> None:
    raw = (tmp_path / FIRST).read_bytes()
    (tmp_path / FIRST).write_bytes(raw.replace(b"L OOc", b"R OOc"))
    assert verify_recordings(tmp_path, closed).fault == f"recording {FIRST}: the header was altered"


def test_hashes_that_were_changed_with_the_recording_do_not_help(
    tmp_path: Path, closed: list[RecorderFileClosed]
) -> None:
    flip(tmp_path / FIRST, 2)
    hashes = record_hashes(tmp_path / FIRST)
    (tmp_path / FIRST).with_suffix(HASHES_SUFFIX).write_text("\n".join(hashes))
    fault = verify_recordings(tmp_path, closed).fault
    assert fault is not None
    assert "and the hashes beside it, too" in fault


def test_records_that_were_taken_away_are_found(
    tmp_path: Path, closed: list[RecorderFileClosed]
) -> None:
    raw = (tmp_path / FIRST).read_bytes()
    recording = EdfFile(tmp_path / FIRST)
    (tmp_path / FIRST).write_bytes(raw[: -recording.header.record_bytes])
    recording.close()
    fault = verify_recordings(tmp_path, closed).fault
    assert fault == f"recording {FIRST} has 4 of 5 records"


@pytest.mark.parametrize("kept", [None, b"\xff", b"00\n"])
def test_hashes_alone_that_are_lost_or_changed_are_found(
    tmp_path: Path, closed: list[RecorderFileClosed], kept: bytes | None
) -> None:
    beside = (tmp_path / FIRST).with_suffix(HASHES_SUFFIX)
    beside.unlink()
    if kept is not None:
        beside.write_bytes(kept)
    fault = verify_recordings(tmp_path, closed).fault
    assert fault == f"the hashes beside recording {FIRST} were altered"


def test_a_recording_that_is_gone_or_no_recording_any_more_is_found(
    tmp_path: Path, closed: list[RecorderFileClosed]
) -> None:
    (tmp_path / FIRST).write_bytes(b"nothing")
    assert "not an EDF or BDF file" in (verify_recordings(tmp_path, closed).fault or "")
    (tmp_path / FIRST).unlink()
    assert "is missing" in (verify_recordings(tmp_path, closed).fault or "")


def test_what_has_no_hash_is_counted_and_no_fault(tmp_path: Path) -> None:
    unclosed = RecorderFileClosed(
        sample_index=0, time_s=0.0, file=FIRST, n_samples=0, fault="cut", sha256=""
    )
    (tmp_path / "segment-0002.bdf").write_bytes(b"")
    found = verify_recordings(tmp_path, [unclosed])
    assert (found.fault, found.n_files, found.n_unproven) == (None, 0, 2)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        record_hashes(tmp_path / "none.bdf")
    assert joint_hash([]) != joint_hash([""] * 2)
