"""A recording that was recovered is hashed, and its case tells so: from then on it is proven."""

from collections.abc import Iterable
from pathlib import Path

from amr_monitor.daemon.authors import PROGRAM
from amr_monitor.model.events import JournalEntry, RecorderFileClosed
from amr_monitor.storage.catalog import CaseKind
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recovery import Recovery, recovered_files
from amr_monitor.storage.settings import StorageSettings


def prove_recovered(
    done: Iterable[Recovery], settings: StorageSettings, journal: Journal
) -> list[JournalEntry]:
    """Hash recovered recordings of cases that were run here, and journal it.

    Parameters
    ----------
    done : iterable of Recovery
        Copies elsewhere, and what belongs to no case, are left alone.
    settings : StorageSettings
    journal : Journal

    Returns
    -------
    list of JournalEntry
        What is told.

    Raises
    ------
    StorageError
        A hash cannot be kept.
    """
    told: list[JournalEntry] = []
    for folder in sorted({each.path.resolve().parent for each in done}):
        record = journal.case(folder.name)
        is_ours = folder.parent == settings.recordings_folder().resolve()
        if not is_ours or record is None or record.kind is not CaseKind.RUN:
            continue
        told += _prove(folder, journal)
    return told


def _prove(folder: Path, journal: Journal) -> tuple[JournalEntry, ...]:
    entries = journal.entries(folder.name)
    closed = [e.event for e in entries if isinstance(e.event, RecorderFileClosed)]
    events = tuple(recovered_files(folder, closed))
    return journal.append(folder.name, events, by=PROGRAM, role="program")
