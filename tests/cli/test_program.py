"""Every end of the program has its exit status, and every fault is one line."""

import os
import signal
from collections.abc import Callable

import pytest

from amr_monitor.cli import main
from amr_monitor.cli.status import BUG, INTERRUPTED, NOBODY_READS, TERMINATED, USAGE
from amr_monitor.model.errors import SourceFormatError

Verb = Callable[[object], int]


def main_with(monkeypatch: pytest.MonkeyPatch, verb: Verb, *options: str) -> int:
    monkeypatch.setattr("amr_monitor.cli.catalogue.cases", verb)
    return main(["cases", *options])


def raising(fault: BaseException) -> Verb:
    def verb(_chosen: object) -> int:
        raise fault

    return verb


def test_the_status_of_a_verb_is_that_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    assert main_with(monkeypatch, lambda _: 0) == 0
    assert main_with(monkeypatch, lambda _: 1) == 1


def test_a_fault_that_a_person_can_mend_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = SourceFormatError("a.edf: no EDF file;\n give another")
    assert main_with(monkeypatch, raising(fault)) == USAGE
    assert capsys.readouterr().err == "amr-monitor: a.edf: no EDF file; give another\n"


def test_a_fault_of_the_program_is_one_line_that_says_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_with(monkeypatch, raising(KeyError("lost"))) == BUG
    (line,) = capsys.readouterr().err.splitlines()
    assert "a fault of the program itself: KeyError in test_program.py, line " in line


def test_debug_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_with(monkeypatch, raising(KeyError("lost")), "--debug") == BUG
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.setenv("AMR_MONITOR_DEBUG", "1")
    assert main_with(monkeypatch, raising(SourceFormatError("x"))) == USAGE
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_one_line_and_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_with(monkeypatch, raising(KeyboardInterrupt())) == INTERRUPTED == 130
    assert capsys.readouterr().err == "amr-monitor: interrupted\n"


def test_sigterm_is_one_line_and_status_143(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def verb(_chosen: object) -> int:
        signal.raise_signal(signal.SIGTERM)
        return 0

    before = signal.getsignal(signal.SIGTERM)
    assert main_with(monkeypatch, verb) == TERMINATED == 143
    assert capsys.readouterr().err == "amr-monitor: terminated\n"
    assert signal.getsignal(signal.SIGTERM) is before


def test_nobody_reading_is_silent_and_status_141(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)

        def verb(_chosen: object) -> int:
            print("to nobody", flush=True)
            return 0

        assert main_with(monkeypatch, verb) == NOBODY_READS == 141
        monkeypatch.undo()
    assert capsys.readouterr().err == ""


def test_help_and_wrong_usage_end_as_they_should(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert main(["--version"]) == 0
    assert main(["nothing"]) == 2
    assert "invalid choice" in capsys.readouterr().err
