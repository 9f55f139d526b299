"""The file of events that a program reads, and tables of cases for people."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from amr_monitor.codec import entry_to_json
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import JournalEntry
from amr_monitor.storage.catalog import CaseRecord, Tombstone


class EventFile:
    """Every committed event as one line of JSON, written as it comes.

    It is made when the context is entered, so that a replay that cannot begin
    leaves an earlier file as it is.

    Parameters
    ----------
    target : str
        A path, or `-` for stdout.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self.is_stdout = target == "-"
        self._file: TextIO | None = None

    def write(self, entries: Sequence[JournalEntry]) -> None:
        """Write committed events.

        Raises
        ------
        StorageError
            The disk is full, or the file is gone.
        """
        if self._file is None:
            raise ValueError("the file of events is written within its context")
        try:
            for entry in entries:
                self._file.write(entry_to_json(entry) + "\n")
            self._file.flush()
        except BrokenPipeError:
            raise
        except OSError as fault:
            raise self._told(fault) from fault

    def __enter__(self) -> Self:
        """Make the file.

        Raises
        ------
        StorageError
        """
        try:
            self._file = (
                sys.stdout
                if self.is_stdout
                else Path(self._target).open("w", encoding="utf-8", newline="\n")
            )
        except OSError as fault:
            raise self._told(fault) from fault
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        failing: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self.is_stdout or self._file is None:
            return
        try:
            self._file.close()
        except OSError as fault:
            # Closing tries once more to write what could not be written.
            if failing is None:
                raise self._told(fault) from fault

    def _told(self, fault: OSError) -> StorageError:
        return StorageError(
            f"--events {self._target}: cannot be written: {fault.strerror};"
            " see whether the folder exists and has space"
        )


def case_table(records: Sequence[CaseRecord]) -> str:
    """Return the cases as a table, one a line."""
    heads = ("CASE", "OPENED (UTC)", "ORIGIN", "SIDE", "OUTCOME", "SOURCE", "PSEUDONYM")
    rows = [heads]
    rows.extend(
        (
            record.case_id,
            _moment(record.opened_at),
            record.origin.value,
            record.side.value if record.side else "-",
            record.outcome.replace("_", " ") if record.outcome else "open",
            record.source_name,
            record.pseudonym or "-",
        )
        for record in records
    )
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def case_head(record: CaseRecord, *, n_events: int, head_hash: str) -> str:
    """Return what is known of a case besides its events."""
    facts = [
        ("case", record.case_id),
        ("source", f"{record.source_name} ({record.origin})"),
        ("recorded", _moment(record.start_utc) if record.start_utc else "without a date"),
        ("opened", _moment(record.opened_at)),
        ("closed", _moment(record.closed_at) if record.closed_at else "still open"),
        ("side", record.side.value if record.side else "not told"),
        ("pseudonym", record.pseudonym or "none"),
        ("software", f"{record.software_version}, settings {record.settings_hash[:12]}"),
        ("head", f"{head_hash} (of {n_events} events)"),
    ]
    if record.imported_at is not None:
        facts.insert(4, ("imported", _moment(record.imported_at)))
    return "\n".join(f"{name:<10} {value}" for name, value in facts)


def tombstone_line(tombstone: Tombstone) -> str:
    """Return what remains of a deleted case, in one line."""
    outcome = tombstone.outcome.replace("_", " ") if tombstone.outcome else "open"
    return (
        f"{tombstone.case_id}: DELETED on {_moment(tombstone.deleted_at)} by"
        f" {tombstone.user or 'nobody known'}: {tombstone.reason}; was a {tombstone.kind}"
        f" ({tombstone.origin}) of {_moment(tombstone.opened_at)}, {outcome},"
        f" {tombstone.n_events} events, head {tombstone.head_hash}"
    )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
