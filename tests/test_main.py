"""`python -m amr_monitor` is the program, with its exit status."""

import runpy
import sys

import pytest

import amr_monitor


def test_the_module_is_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["amr-monitor", "--version"])
    with pytest.raises(SystemExit) as leaving:
        runpy.run_module("amr_monitor", run_name="__main__")
    assert leaving.value.code == 0
    assert capsys.readouterr().out == f"amr-monitor {amr_monitor.__version__}\n"


def test_wrong_usage_leaves_with_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["amr-monitor", "no-such-verb"])
    with pytest.raises(SystemExit) as leaving:
        runpy.run_module("amr_monitor", run_name="__main__")
    assert leaving.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
