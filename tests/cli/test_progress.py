"""A progress bar is drawn on a terminal and nowhere else."""

import os
import pty

import pytest

from amr_monitor.cli.progress import ProgressBar, announce


def test_nothing_is_drawn_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar(10.0, "replaying", shown=True) as bar:
        bar.reach(5.0)
        bar.reach(4.0)
    assert capsys.readouterr().err == ""


def drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch, *, shown: bool) -> bytes:
    reading, writing = pty.openpty()
    with os.fdopen(writing, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        with ProgressBar(10.0, "replaying", shown=shown, start=100.0) as bar:
            bar.reach(110.0)
        monkeypatch.undo()
        terminal.write("\n")
        terminal.flush()
        drawn = os.read(reading, 65_536)
    os.close(reading)
    return drawn


def test_it_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"replaying" in drawn_on_a_terminal(monkeypatch, shown=True)


def test_it_is_not_drawn_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"replaying" not in drawn_on_a_terminal(monkeypatch, shown=False)


def test_what_begins_is_said_once_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    announce("measuring for 60 s ...")
    assert capsys.readouterr().err == "measuring for 60 s ...\n"
