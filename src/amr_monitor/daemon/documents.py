"""What can be taken home of a case over the API: its export, and its report."""

from collections.abc import Callable
from pathlib import Path

from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.transfer import export_case

Reporter = Callable[[Journal, str], bytes]
"""Writes the report of a case of a journal, as HTML."""


class Documents:
    """Export and report of every case that can be looked at.

    Parameters
    ----------
    journals : tuple of Journal
        Where cases are looked for, in this order.
    recordings : Path
        Folder of the recordings.
    reporter : callable or None
        None where reports cannot be written.
    """

    def __init__(
        self, *journals: Journal, recordings: Path, reporter: Reporter | None = None
    ) -> None:
        self._journals = journals
        self._recordings = recordings
        self._reporter = reporter

    @property
    def has_reports(self) -> bool:
        """Whether a report can be written here."""
        return self._reporter is not None

    def export(self, case_id: str, target: Path) -> None:
        """Write the case as a zip file.

        Raises
        ------
        StorageError
            No such case, it was altered, or there is no room.
        """
        journal = self._journal_of(case_id)
        export_case(journal, case_id, recordings=self._recordings, target=target)

    def report(self, case_id: str) -> bytes:
        """Return the report of a case as HTML.

        Raises
        ------
        ConfigError
            Reports cannot be written here.
        StorageError
            No such case.
        """
        if self._reporter is None:
            raise ConfigError("reports need more packages: pip install 'amr-monitor[report]'")
        return self._reporter(self._journal_of(case_id), case_id)

    def _journal_of(self, case_id: str) -> Journal:
        for journal in self._journals:
            if journal.case(case_id) is not None:
                return journal
        raise StorageError(f"no case {case_id}; `amr-monitor cases` lists them")
