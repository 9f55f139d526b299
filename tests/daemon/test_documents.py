"""What can be taken home of a case over the API."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from amr_monitor.daemon.documents import Documents
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.storage.journal import Journal
from tests.storage.exported import CASE_ID, enter_case


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.in_memory() as opened:
        enter_case(opened, tmp_path / "recordings")
        yield opened


def test_a_case_is_exported_from_the_journal_that_has_it(journal: Journal, tmp_path: Path) -> None:
    with Journal.in_memory() as running:
        documents = Documents(running, journal, recordings=tmp_path / "recordings")
        documents.export(CASE_ID, tmp_path / "case.zip")
        with zipfile.ZipFile(tmp_path / "case.zip") as bundle:
            assert "manifest.json" in bundle.namelist()
        with pytest.raises(StorageError, match="no case nobody"):
            documents.export("nobody", tmp_path / "other.zip")


def test_a_report_is_written_by_who_can(journal: Journal, tmp_path: Path) -> None:
    told = Documents(journal, recordings=tmp_path, reporter=lambda _, case_id: case_id.encode())
    assert told.has_reports
    assert told.report(CASE_ID) == CASE_ID.encode()
    none = Documents(journal, recordings=tmp_path)
    assert not none.has_reports
    with pytest.raises(ConfigError, match=r"amr-monitor\[report\]"):
        none.report(CASE_ID)
