"""Events are written as they were committed; cases stand in a table."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amr_monitor.cli.output import (
    EventFile,
    case_head,
    case_table,
)
from amr_monitor.codec import entry_to_json
from amr_monitor.model.case import (
    Outcome,
    Side,
)
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import (
    GapReceived,
    JournalEntry,
)
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord

RECORD = CaseRecord(
    case_id="4f2a99",
    kind=CaseKind.REPLAY,
    origin=Origin.REPLAY,
    source_name="surgery.edf",
    settings_hash="5e" * 32,
    software_version="0.1.0",
    opened_at=datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
)
GAP = JournalEntry(
    seq=3,
    case_id="4f2a99",
    utc=None,
    origin=Origin.REPLAY,
    event=GapReceived(sample_index=65_000, time_s=65.0, missing_s=2.5, reason="hole"),
)


def test_the_table_of_cases_stands_in_columns() -> None:
    closed = replace(RECORD, outcome=Outcome.PERSISTENT, side=Side.LEFT, pseudonym="P-17")
    lines = case_table([RECORD, closed]).splitlines()
    assert lines[0].split() == [
        *("CASE", "OPENED", "(UTC)", "ORIGIN", "SIDE", "OUTCOME", "SOURCE", "PSEUDONYM")
    ]
    assert lines[1].split() == [
        *("4f2a99", "2026-03-01", "07:30:00", "replay", "-", "open", "surgery.edf", "-")
    ]
    assert lines[2].split()[4:] == ["left", "persistent", "surgery.edf", "P-17"]


def test_the_head_of_a_case_says_what_is_not_known() -> None:
    text = case_head(RECORD, n_events=7, head_hash="5e")
    assert "without a date" in text
    assert "still open" in text
    assert "not told" in text


def test_events_are_written_as_lines_of_json(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with EventFile(str(path)) as events:
        assert not events.is_stdout
        events.write([GAP])
        assert path.read_text(encoding="utf-8") == entry_to_json(GAP) + "\n"
        events.write([GAP])
    assert path.read_bytes().count(b"\n") == 2


def test_events_go_to_stdout_for_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    with EventFile("-") as events:
        assert events.is_stdout
        events.write([GAP])
    assert capsys.readouterr().out == entry_to_json(GAP) + "\n"


def test_a_file_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    target = str(tmp_path / "none" / "out.jsonl")
    with pytest.raises(StorageError) as refusal, EventFile(target):
        pass
    assert str(refusal.value) == (
        f"--events {target}: cannot be written: No such file or directory;"
        " see whether the folder exists and has space"
    )


def test_a_full_disk_is_told_in_one_line() -> None:
    with pytest.raises(StorageError, match="No space left"), EventFile("/dev/full") as events:
        events.write([GAP])


def test_an_earlier_file_stands_until_events_are_written(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("earlier\n", encoding="utf-8")
    events = EventFile(str(path))
    with pytest.raises(ValueError, match="within its context"):
        events.write([GAP])
    assert path.read_text(encoding="utf-8") == "earlier\n"


def test_a_reader_that_goes_away_is_left_to_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        with EventFile("-") as events, pytest.raises(BrokenPipeError):
            events.write([GAP])
        monkeypatch.undo()
        os.dup2(os.open(os.devnull, os.O_WRONLY), pipe.fileno())
