"""Cases go out to another machine, come in from one, and are deleted for good."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from amr_monitor.codec import entry_from_json
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import RecorderFileClosed
from amr_monitor.storage.bundle_files import (
    checked_manifest,
    opened_bundle,
    read_documents,
    unpack_recording,
    write_bundle,
)
from amr_monitor.storage.case_bundle import Manifest, case_from
from amr_monitor.storage.catalog import CaseRecord, Tombstone
from amr_monitor.storage.chain import StoredCase, verify_chain
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recording_proof import verify_recordings


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A case that came from another machine.

    Attributes
    ----------
    record : CaseRecord
    n_events, n_sweeps, n_files : int
        `n_files` are those of the recording.
    head_hash : str
    folder : Path or None
        Of its recording; None where it has none.
    """

    record: CaseRecord
    n_events: int
    n_sweeps: int
    n_files: int
    head_hash: str
    folder: Path | None


def export_case(journal: Journal, case_id: str, *, recordings: Path, target: Path) -> Manifest:
    """Write a case as a folder or zip file.

    Raises
    ------
    StorageError
        No such case, it was altered, or it cannot be written.
    """
    return write_bundle(journal.stored(case_id), recordings / case_id, target)


def import_case(journal: Journal, path: Path, *, recordings: Path) -> Imported:
    """Enter a case that another machine has exported, proven from end to end.

    Raises
    ------
    StorageError
        Something in it was altered, it is here already, or it cannot be
        written. Nothing is left behind then.
    """
    try:
        with opened_bundle(path) as bundle:
            manifest = checked_manifest(bundle)
            stored = case_from(read_documents(bundle, manifest))
            case_id = _proven(stored, manifest)
            folder = recordings / case_id
            if folder.exists():
                raise StorageError(f"there is a recording of case {case_id} already: {folder}")
            incoming = recordings / f".incoming-{case_id}"
            shutil.rmtree(incoming, ignore_errors=True)
            try:
                n_files = unpack_recording(bundle, manifest, incoming)
                _hold_against_journal(stored, incoming)
                if n_files:
                    incoming.rename(folder)
                try:
                    journal.enter_import(stored)
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
            finally:
                shutil.rmtree(incoming, ignore_errors=True)
    except StorageError as fault:
        raise StorageError(f"{path}: {fault}") from fault
    return Imported(
        record=stored.record,
        n_events=manifest.n_events,
        n_sweeps=len(stored.sweeps),
        n_files=n_files,
        head_hash=manifest.head_hash,
        folder=folder if n_files else None,
    )


def delete_case(
    journal: Journal, case_id: str, *, recordings: Path, by: str, reason: str
) -> Tombstone:
    """Remove a case and its recording; a tombstone stays.

    Raises
    ------
    StorageError
        No such case, or it cannot be removed.
    """
    tombstone = journal.delete_case(case_id, by=by, reason=reason)
    remove_recording(recordings, case_id)
    return tombstone


def remove_recording(recordings: Path, case_id: str) -> None:
    """Remove the recording of a deleted case, if it is still there.

    Raises
    ------
    StorageError
    """
    folder = recordings / case_id
    if not folder.exists():
        return
    try:
        shutil.rmtree(folder)
    except OSError as fault:
        raise StorageError(
            f"{folder}: the recording of the deleted case cannot be removed: {fault.strerror};"
            f" give the right to it and ask again: amr-monitor delete {case_id}"
        ) from fault


def _proven(stored: StoredCase, manifest: Manifest) -> str:
    """Return the id of a case whose chain holds and is that of the manifest."""
    found = verify_chain(stored)
    case_id = stored.record.case_id
    if found.fault is not None:
        raise StorageError(f"altered: {found.fault}")
    told = (manifest.case_id, manifest.n_events, manifest.head_hash)
    if told != (case_id, found.n_events, found.head_hash):
        raise StorageError("altered: the manifest is not of these events")
    if not case_id or not set(case_id) <= _ID_CHARACTERS or case_id.startswith("."):
        raise StorageError(f"{case_id!r} is no id of a case")
    return case_id


def _hold_against_journal(stored: StoredCase, folder: Path) -> None:
    events = (entry_from_json(row["json"]).event for row in stored.rows)
    closed = [event for event in events if isinstance(event, RecorderFileClosed)]
    if not folder.exists():
        return
    proof = verify_recordings(folder, closed)
    if proof.fault is not None:
        raise StorageError(f"altered: {proof.fault}")


_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
