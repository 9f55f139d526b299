"""Faults are told in one line, with the status that they deserve."""

import pytest

from amr_monitor.cli.status import BUG, USAGE, complain, status_of_fault
from amr_monitor.model.errors import ConfigError


def test_a_complaint_is_one_line_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    complain("a\nb\r\n\tc")
    assert capsys.readouterr().err == "amr-monitor: a b c\n"


def test_a_known_fault_is_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of_fault(ConfigError("x: no such key"), debug=False) == USAGE
    assert capsys.readouterr().err == "amr-monitor: x: no such key\n"


def test_an_unknown_fault_without_a_place_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of_fault(RuntimeError("odd"), debug=False) == BUG
    assert "a fault of the program itself: RuntimeError: odd" in capsys.readouterr().err
