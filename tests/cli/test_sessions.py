"""The verbs that go through a case, in this process: what is refused before anything begins."""

import socket
from pathlib import Path

import pytest

from amr_monitor.cli import main
from tests.formats import vital_bytes
from tests.system.recordings import noise, pulses, write


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AMR_MONITOR_STORAGE_FOLDER", str(tmp_path / "data"))
    channels = [("OOc", "uV", noise(5.0)), ("TRIG", "", pulses(5.0))]
    return write(tmp_path / "short.edf", channels)


def test_a_short_recording_is_indeterminate(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(recording)]) == 0
    assert capsys.readouterr().out.startswith("indeterminate  (short.edf, replay, ")
    assert main(["cases"]) == 0
    assert "short.edf" in capsys.readouterr().out


def test_events_never_overwrite_the_recording(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = recording.read_bytes()
    other_name = tmp_path / "link.jsonl"
    other_name.symlink_to(recording)
    assert main(["replay", str(recording), "--events", str(other_name)]) == 2
    assert "is the recording itself; name another file" in capsys.readouterr().err
    assert recording.read_bytes() == before


def test_a_taken_port_leaves_no_case_and_no_file_of_events(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "or.toml"
    config.write_text(f"[source]\naddress = '{recording}'\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert main(["run", "--config", str(config), "--port", port]) == 2
        assert (
            main(["replay", str(recording), "--serve", "--port", port, "--events", str(out)]) == 2
        )
    assert not out.exists()
    assert "--port N" in capsys.readouterr().err
    assert main(["cases"]) == 0
    assert "no case is in the journal yet" in capsys.readouterr().err


def test_a_served_replay_that_ends_by_itself_is_kept(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["replay", str(recording), "--serve", "--speed", "max", "--port", "0"]
    assert main([*arguments, "--exit-at-end"]) == 0
    out = capsys.readouterr().out
    assert "http://127.0.0.1:" in out
    assert "indeterminate  (" in out
    assert main(["cases"]) == 0
    assert "short.edf" in capsys.readouterr().out


def test_run_without_config_or_source_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run"]) == 2
    assert "--config FILE" in capsys.readouterr().err
    config = tmp_path / "or.toml"
    config.write_text("", encoding="utf-8")
    assert main(["run", "--config", str(config)]) == 2
    assert "[source] address must be given" in capsys.readouterr().err


def test_values_from_the_room_are_told_with_the_events(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = vital_bytes.written(tmp_path / "room.vital", vital_bytes.surgery())
    arguments = ["replay", str(recording), "--events", "-", "--context", str(room)]
    assert main([*arguments, "--context-offset", "-1"]) == 0
    events = capsys.readouterr().out
    assert '"name":"MAC","value":"0.5","unit":"","by":"vital"' in events
    assert main(arguments) == 2
    assert "--context-offset" in capsys.readouterr().err


def test_an_offset_without_a_file_is_refused(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(recording), "--context-offset", "3"]) == 2
    assert "name the file" in capsys.readouterr().err
