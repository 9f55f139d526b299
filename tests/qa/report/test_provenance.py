"""Where a report comes from."""

from dataclasses import replace
from datetime import UTC, datetime

from amr_monitor.config import Settings
from amr_monitor.model.events import RecorderFileClosed
from amr_monitor.qa.report.provenance import provenance_section
from tests.qa.report.prose import prose
from tests.reports import RECORD, FakeStore, opened, replayed, settings_text


def test_hashes_and_versions_are_told() -> None:
    history = replayed("disappeared.edf").history
    text = prose(provenance_section(history))
    assert f"Head hash\n{'ab' * 32}" in text
    assert history.record.content_hash in text
    assert f"amr-monitor verify {history.record.case_id}" in text


def test_settings_that_differ_are_told_first() -> None:
    text = prose(provenance_section(replayed("disappeared.edf").history))
    assert "monitor.baseline.auto_accept\ntrue\nfalse" in text
    assert "confirmed_log_odds = 6.9" in text


def test_default_settings_are_told_as_such() -> None:
    record = replace(RECORD, settings=Settings().verdict_text)
    text = prose(provenance_section(FakeStore([opened()], record=record).history))
    assert "Every setting is the default of this version." in text


def test_a_setting_of_another_version_has_no_default() -> None:
    record = replace(RECORD, settings=settings_text(long_gone=1.5))
    text = prose(provenance_section(FakeStore([opened()], record=record).history))
    assert "monitor.detector.long_gone\n1.5\nnone" in text


def test_an_imported_case_and_its_files_are_told() -> None:
    closed = RecorderFileClosed(
        sample_index=1, time_s=1.0, file="segment-0001.bdf", n_samples=5, fault="", sha256="cd" * 32
    )
    record = replace(RECORD, imported_at=datetime(2026, 3, 2, tzinfo=UTC))
    text = prose(provenance_section(FakeStore([opened(), closed], record=record).history))
    assert f"segment-0001.bdf\n5\n{'cd' * 32}" in text
    assert "Imported\n2026-03-02 00:00:00 UTC" in text
    assert "no text of its settings" in text
