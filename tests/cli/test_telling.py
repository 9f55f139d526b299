"""Warnings, results and faults reach the person, and the status follows from them."""

from dataclasses import replace
from pathlib import Path

import pytest

from amr_monitor.cli.output import EventFile
from amr_monitor.cli.status import BUG, DONE, USAGE
from amr_monitor.cli.telling import Teller
from amr_monitor.config import Settings
from amr_monitor.daemon.composition import Composed, compose_replay
from amr_monitor.daemon.sources import OpenedSource
from amr_monitor.model.errors import SourceError
from amr_monitor.model.source import SourceWarning
from tests.daemon.scripted import Read, ScriptedSource, block, source_info

WARNING = SourceWarning(sample_index=0, code="cut", message="the last record is cut short")


def composed_of(
    script: list[Read], teller: Teller, warnings: tuple[SourceWarning, ...] = ()
) -> Composed:
    source = ScriptedSource(script, info=source_info(warnings=warnings))
    composed = compose_replay(
        OpenedSource(source=source), Settings(), keeps=False, serves=False, on_entries=teller.take
    )
    composed.begin()
    return composed


def test_the_result_goes_to_stdout_and_warnings_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    teller = Teller(debug=False, at_once=False)
    composed = composed_of([[block(0, 100)]], teller, warnings=(WARNING,))
    composed.session.run()
    assert capsys.readouterr().err == ""
    teller.ended(composed)
    captured = capsys.readouterr()
    assert captured.out.startswith("indeterminate  (scripted, device, ")
    assert captured.err == "amr-monitor: warning: the last record is cut short\n"
    assert teller.status == DONE
    composed.close()


def test_warnings_can_be_told_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller(debug=False, at_once=True)
    composed = composed_of([[block(0, 100)]], teller, warnings=(WARNING,))
    composed.session.run()
    assert "cut short" in capsys.readouterr().err
    composed.close()


def test_the_result_goes_to_stderr_where_events_take_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with EventFile("-") as events:
        teller = Teller(debug=False, at_once=False, events=events)
        composed = composed_of([[block(0, 100)]], teller)
        composed.session.run()
        teller.ended(composed)
    captured = capsys.readouterr()
    assert all(line.startswith("{") for line in captured.out.splitlines())
    assert captured.err.startswith("indeterminate  (")
    composed.close()


def test_a_fault_of_the_session_is_told_with_its_status(
    capsys: pytest.CaptureFixture[str],
) -> None:
    teller = Teller(debug=False, at_once=True)
    composed = composed_of([], teller)
    teller.ended(composed, SourceError("a.edf: the disk went away"))
    assert capsys.readouterr().err == "amr-monitor: a.edf: the disk went away\n"
    assert teller.status == USAGE
    composed.close()


def test_a_fault_of_the_monitor_is_told_and_is_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller(debug=False, at_once=True)
    overlapping = replace(block(0, 9), first_index=5)
    composed = composed_of([[block(0, 100)], [overlapping]], teller)
    composed.session.run()
    teller.ended(composed)
    assert "amr-monitor: the monitor failed: ValueError" in capsys.readouterr().err
    assert teller.status == BUG
    composed.close()


def test_events_are_written_as_they_are_committed(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with EventFile(str(path)) as events:
        teller = Teller(debug=False, at_once=False, events=events)
        composed = composed_of([[block(0, 100)]], teller)
        composed.session.run()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines == composed.journal.lines(composed.record.case_id)
    composed.close()
