"""A recording that was recovered is hashed, and its case tells so: from then on it is proven.

Hashing reads whole files. It happens beside acquisition, and whatever is wrong
with it is told: a proof that is missing is no reason to lose samples.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from amr_monitor.daemon.authors import PROGRAM
from amr_monitor.model.events import Event, JournalEntry, RecorderFileClosed, SourceWarned
from amr_monitor.storage.catalog import CaseKind
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recovery import Recovery, recovered_file, recovered_files, unproven_files
from amr_monitor.storage.settings import StorageSettings

UNPROVEN = "recording_unproven"

LONGEST_WAIT_S = 20.0
"""At the end of a case, for hashes that are not done yet."""


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


def prove_beside(
    done: Iterable[Recovery],
    settings: StorageSettings,
    journal: Journal,
    *,
    tell: Callable[[str], None],
) -> threading.Thread:
    """Do what `prove_recovered` does in a thread; a fault is told, and the next one tried.

    Returns
    -------
    Thread
        Started; nobody has to wait for it.
    """

    def prove() -> None:
        for each in done:
            try:
                prove_recovered([each], settings, journal)
            except Exception as fault:  # of an older case: nothing that ends this one
                tell(f"{each.path}: is not proven: {fault}; `amr-monitor recover` tries again")

    thread = threading.Thread(target=prove, name="amr-monitor-proving", daemon=True)
    thread.start()
    return thread


class LateProofs:
    """Hash what a crash left of a case without a hash, beside the case that goes on.

    Parameters
    ----------
    place : callable
        Gives the number of samples received and the time of the newest: there a
        warning counts.
    """

    def __init__(self, *, place: Callable[[], tuple[int, float]]) -> None:
        self._place = place
        self._done: queue.SimpleQueue[RecorderFileClosed | str] = queue.SimpleQueue()
        self._is_stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, folder: Path, closed: Iterable[RecorderFileClosed]) -> None:
        """Hash the files of a case of which its journal tells no hash.

        Those that are begun from now on are not looked at.
        """
        paths = unproven_files(folder, tuple(closed))
        self._thread = threading.Thread(
            target=self._prove, args=(paths,), name="amr-monitor-late-proofs", daemon=True
        )
        self._thread.start()

    def take(self) -> tuple[Event, ...]:
        """Return what is to be told since the last call."""
        told: list[Event] = []
        while not self._done.empty():
            done = self._done.get()
            if isinstance(done, RecorderFileClosed):
                told.append(done)
                continue
            index, time_s = self._place()
            told.append(
                SourceWarned(sample_index=index, time_s=time_s, code=UNPROVEN, message=done)
            )
        return tuple(told)

    def finish(self) -> tuple[Event, ...]:
        """Wait for the hashes, and return the rest; what is not done the next start does."""
        if self._thread is not None:
            self._thread.join(LONGEST_WAIT_S)
        self._is_stopping.set()
        return self.take()

    def _prove(self, paths: Sequence[Path]) -> None:
        for path in paths:
            if self._is_stopping.is_set():
                return
            try:
                event = recovered_file(path)
            except Exception as fault:  # of one file: nothing that ends a case
                self._done.put(
                    f"recording {path.name} is not proven: {fault}; the next start, or"
                    " `amr-monitor recover`, tries again"
                )
                continue
            if event is not None:
                self._done.put(event)
