"""Proof that a recording is as it was when it was closed: a hash for each record.

The hash over all of them stands in the journal (`recorder_file_closed`), and so
in its chain; the single ones stand beside the recording, to name the record
that was altered.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from amr_monitor.formats.edf_header import parse_header
from amr_monitor.model.errors import SourceFormatError, StorageError
from amr_monitor.model.events import RecorderFileClosed

HASHES_SUFFIX = ".sha256"
MOST_HEADER_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingProof:
    """Whether the recordings of a case are as they were.

    Attributes
    ----------
    n_files, n_records : int
        Found good.
    n_unproven : int
        Files without a hash: they were not closed, as after a crash.
    fault : str or None
        The first thing found wrong, in one line; None if all is well.
    """

    n_files: int
    n_records: int
    n_unproven: int
    fault: str | None


def record_hashes(path: Path) -> list[str]:
    """Return the SHA-256 of the header and of each record, in hexadecimal.

    Raises
    ------
    StorageError
        It cannot be read, or is no recording.
    """
    try:
        n_bytes = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(MOST_HEADER_BYTES)
            header = parse_header(head, file_bytes=n_bytes, name=path.name)
            hashes = [hashlib.sha256(head[: header.n_bytes]).hexdigest()]
            file.seek(header.n_bytes)
            while record := file.read(header.record_bytes):
                hashes.append(hashlib.sha256(record).hexdigest())
    except OSError as fault:
        raise StorageError(f"{path}: cannot be read: {fault.strerror}") from fault
    except SourceFormatError as fault:
        raise StorageError(f"{fault}") from fault
    return hashes


def joint_hash(hashes: Iterable[str]) -> str:
    """Return the hash over hashes."""
    return hashlib.sha256("\n".join(hashes).encode("ascii")).hexdigest()


def keep_hashes(path: Path) -> str:
    """Hash a recording that was closed, write the hashes beside it, return the joint one.

    Raises
    ------
    StorageError
    """
    hashes = record_hashes(path)
    beside = path.with_suffix(HASHES_SUFFIX)
    try:
        with beside.open("w", encoding="ascii") as file:
            file.write("\n".join(hashes) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        raise StorageError(f"{beside}: cannot be written: {fault.strerror}") from fault
    return joint_hash(hashes)


def verify_recordings(folder: Path, closed: Sequence[RecorderFileClosed]) -> RecordingProof:
    """Hold the recordings of a case against what the journal says of them.

    Parameters
    ----------
    folder : Path
        Of the case.
    closed : sequence of RecorderFileClosed
        From its journal.
    """
    n_files = n_records = n_unproven = 0
    for event in closed:
        if not event.sha256:
            n_unproven += 1
            continue
        path = folder / event.file
        fault = _fault_of(path, event.sha256)
        if fault is not None:
            return RecordingProof(
                n_files=n_files, n_records=n_records, n_unproven=n_unproven, fault=fault
            )
        n_files += 1
        n_records += len(_kept_hashes(path)) - 1
    known = {event.file for event in closed}
    n_unproven += sum(path.name not in known for path in folder.glob("segment-*.bdf"))
    return RecordingProof(n_files=n_files, n_records=n_records, n_unproven=n_unproven, fault=None)


def _kept_hashes(path: Path) -> list[str]:
    """Return the hashes beside a recording; none where they cannot be read."""
    try:
        return path.with_suffix(HASHES_SUFFIX).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return []


def _fault_of(path: Path, sha256: str) -> str | None:
    if not path.exists():
        return f"recording {path.name} is missing in {path.parent}"
    try:
        hashes = record_hashes(path)
    except StorageError as fault:
        return str(fault)
    kept = _kept_hashes(path)
    if joint_hash(hashes) == sha256:
        return None if kept == hashes else f"the hashes beside recording {path.name} were altered"
    if joint_hash(kept) != sha256:
        return f"recording {path.name} was altered, and the hashes beside it, too"
    for number, (now, then) in enumerate(zip(hashes, kept, strict=False)):
        if now != then:
            what = f"record {number}" if number else "the header"
            return f"recording {path.name}: {what} was altered"
    return f"recording {path.name} has {len(hashes) - 1} of {len(kept) - 1} records"
