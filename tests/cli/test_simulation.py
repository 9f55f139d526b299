"""A simulated surgery is written in the form that was asked for."""

import json
from pathlib import Path

import pytest

from amr_monitor.cli import main


@pytest.mark.parametrize(
    ("option", "version"), [("--edf", b"0       "), ("--bdf", b"\xffBIOSEMI"), ("--xdf", b"XDF:")]
)
def test_the_form_is_that_of_the_option_whatever_the_ending(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, version: bytes
) -> None:
    path = tmp_path / "surgery.rec"
    assert main(["simulate", "abrupt_loss", "--minutes", "4", option, str(path)]) == 0
    assert path.read_bytes().startswith(version)
    assert (tmp_path / "surgery.truth.json").exists()
    assert "4.0 min, simulated" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none" / "a.edf"
    assert main(["simulate", "abrupt_loss", "--minutes", "4", "--edf", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(path) in line


def test_a_study_folder_is_written_and_can_be_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study"
    arguments = ["simulate", "abrupt_loss", "--seed", "9", "--minutes", "4"]
    assert main([*arguments, "--epworks", str(study)]) == 0
    assert (tmp_path / "study.truth.json").exists()
    assert main(["replay", str(study), "--no-keep"]) == 0
    assert "disappeared" in capsys.readouterr().out
    assert main([*arguments, "--epworks", str(study)]) == 2
    assert main([*arguments, "--rate", "7000", "--epworks", str(tmp_path / "other")]) == 2


def test_a_course_is_crossed_with_what_disturbs_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "both.edf"
    words = ["simulate", "abrupt_loss", "--with", "cautery", "--minutes", "4", "--rate", "1000"]
    assert main([*words, "--edf", str(path)]) == 0
    truth = json.loads((tmp_path / "both.truth.json").read_text())
    assert truth["scenario"] == "abrupt_loss+cautery"
    assert truth["outcome"] == "disappeared"
    assert {fault["kind"] for fault in truth["faults"]} == {"cautery"}
    assert main([*words[:2], "--with", "cauterie", "--edf", str(path)]) == 2
    assert "did you mean 'cautery'" in capsys.readouterr().err
