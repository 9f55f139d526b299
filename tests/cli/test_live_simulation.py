"""`simulate --lsl` sends a surgery in real time and tells how punctual it was."""

import json
from pathlib import Path

import pytest

from amr_monitor.cli import main

SHORT = 'description = "three seconds"\n' + "".join(
    f"[phase.{name}]\nminutes = 0.0075\nleast_s = 0\n"
    for name in (
        "before_dura",
        "dura_opened",
        "csf_drained",
        "decompression_started",
        "vessel_moved",
        "decompression_complete",
        "dura_closed",
    )
)


@pytest.mark.slow
def test_a_surgery_is_sent_with_truth_and_timing_beside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "short.toml").write_text(SHORT)
    truth, timing = tmp_path / "truth.json", tmp_path / "timing.json"
    words = ["simulate", str(tmp_path / "short.toml"), "--lsl", "--name", "sent", "--counter"]
    words += ["--rate", "2000", "--stimulus-rate", "3", "--chunk-samples", "50"]
    assert main([*words, "--truth", str(truth), "--timing", str(timing)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("ready: sent, sent-markers")
    assert "6000 samples in 120 chunks" in out[-1]
    assert json.loads(truth.read_text())["sampling_rate_hz"] == 2000.0
    document = json.loads(timing.read_text())
    assert document["n_samples"] == 6000
    assert len(document["stimuli"]) >= 6
    assert document["late_ms"]["max"] >= 0.0


def test_when_nobody_connects_that_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "short.toml").write_text(SHORT)
    words = ["simulate", str(tmp_path / "short.toml"), "--lsl", "--name", "alone"]
    assert main([*words, "--rate", "1000", "--wait-consumer", "0.2"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nobody connected within 0.2 s" in line
    assert "--wait-consumer" in line


def test_a_truth_that_cannot_be_written_is_told_before_anything_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "short.toml").write_text(SHORT)
    words = ["simulate", str(tmp_path / "short.toml"), "--lsl", "--rate", "1000"]
    assert main([*words, "--truth", str(tmp_path / "none" / "truth.json")]) == 2
    assert "truth.json: cannot be written" in capsys.readouterr().err
