"""What cannot be used is told in one line with status 2; what can, gives a result and a warning."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.program import Home
from tests.system.recordings import noise, pulses, stimuli, write, zeros

SECONDS = 12.0


def missing(folder: Path) -> Path:
    return folder / "nowhere.edf"


def text_file(folder: Path) -> Path:
    path = folder / "notes.edf"
    path.write_text("Dear colleague,\nthis is no recording.\n", encoding="utf-8")
    return path


def empty_file(folder: Path) -> Path:
    path = folder / "empty.edf"
    path.touch()
    return path


def folder_without_recordings(folder: Path) -> Path:
    path = folder / "case"
    path.mkdir()
    return path


def without_emg(folder: Path) -> Path:
    return write(folder / "eeg.edf", [("C3", "uV", noise(SECONDS)), ("TRIG", "", pulses(SECONDS))])


def without_unit(folder: Path) -> Path:
    channels = [("OOc", "", noise(SECONDS)), ("TRIG", "", pulses(SECONDS))]
    return write(folder / "no_unit.edf", channels)


def both_sides(folder: Path) -> Path:
    channels = [
        ("L OOc", "uV", noise(SECONDS)),
        ("R OOc", "uV", noise(SECONDS, seed=2)),
        ("TRIG", "", pulses(SECONDS)),
    ]
    return write(folder / "both.edf", channels)


Maker = Callable[[Path], Path]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (missing, "nowhere.edf"),
        (text_file, "notes.edf"),
        (empty_file, "empty.edf"),
        (folder_without_recordings, "case"),
        (without_emg, "no EMG channel"),
        (without_unit, "'OOc'"),
        (both_sides, "'L OOc' and 'R OOc'"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_status_2(home: Home, make: Maker, told: str) -> None:
    ended = home.run("replay", make(home.path), "--events", "out.jsonl")
    assert ended.status == 2
    assert told in ended.line
    assert ended.line.startswith("amr-monitor: ")
    assert ended.stdout == ""
    assert not (home.path / "out.jsonl").exists()


def test_both_sides_are_told_with_the_option_that_chooses(home: Home) -> None:
    path = both_sides(home.path)
    assert "--side left|right" in home.run("replay", path).line
    assert home.run("replay", path, "--side", "left").status == 0


def without_stimuli(folder: Path) -> Path:
    return write(folder / "silent.edf", [("OOc", "uV", noise(SECONDS))])


def trigger_never_rises(folder: Path) -> Path:
    channels = [("OOc", "uV", noise(SECONDS)), ("TRIG", "", zeros(SECONDS))]
    return write(folder / "flat_trigger.edf", channels)


def all_zero_channel(folder: Path) -> Path:
    channels = [("OOc", "uV", zeros(SECONDS)), ("TRIG", "", pulses(SECONDS))]
    return write(folder / "zero.edf", channels)


def three_samples(folder: Path) -> Path:
    channels = [("OOc", "uV", noise(0.0015))]
    return write(folder / "three.edf", channels, record_duration_s=0.0015)


def cut_in_mid_record(folder: Path) -> Path:
    path = write(folder / "cut.edf", [("OOc", "uV", noise(SECONDS))], annotations=stimuli(SECONDS))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 1001])
    return path


@pytest.mark.parametrize(
    "make",
    [without_stimuli, trigger_never_rises, all_zero_channel, three_samples, cut_in_mid_record],
)
def test_what_says_too_little_is_a_result_with_a_warning_or_one_line(
    home: Home, make: Maker
) -> None:
    ended = home.run("replay", make(home.path))
    assert "Traceback" not in ended.stderr
    assert all(line.startswith("amr-monitor: ") for line in ended.stderr.splitlines())
    if ended.status == 2:
        assert len(ended.stderr.splitlines()) == 1
    else:
        assert ended.status == 0
        assert ended.stdout.startswith("indeterminate")
        if make is not all_zero_channel:
            assert "warning: " in ended.stderr


def test_a_recording_without_stimuli_is_told_as_such(home: Home) -> None:
    for make in (without_stimuli, trigger_never_rises):
        assert "stimul" in home.run("replay", make(home.path)).stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[storage]\nfodler = 'x'", "[storage] fodler: no such setting; did you mean folder?"),
        ("[api]\nport = 'web'", "[api] port: must be a whole number"),
        ("[api]\nhost = '0.0.0.0'", "api.host 0.0.0.0"),
        ("[source]\naddress = ''", "[source] address must be given"),
        ("[source]\naddress = 'sim:nothing_such'", "nothing_such"),
        ("[source]\naddress = 'sim:persistent?sed=3'", "'sed' is unknown"),
        ("[source]\naddress = 'nowhere.edf'", "nowhere.edf"),
        ("[source", "not TOML"),
    ],
)
def test_a_config_that_cannot_be_used_is_one_line_and_status_2(
    home: Home, text: str, told: str
) -> None:
    (home.path / "or.toml").write_text(text, encoding="utf-8")
    ended = home.run("run", "--config", "or.toml", "--port", "0")
    assert ended.status == 2
    assert told in ended.line


def test_run_without_a_config_names_the_example(home: Home) -> None:
    ended = home.run("run")
    assert ended.status == 2
    assert "examples/or.toml" in ended.line


def test_an_unknown_setting_in_the_environment_is_refused(home: Home) -> None:
    ended = home.run("replay", "x.edf", AMR_MONITOR_STORAGE_FODLER="x")
    assert ended.status == 2
    assert "AMR_MONITOR_STORAGE_FOLDER" in ended.line


def test_a_folder_that_cannot_hold_the_journal_is_told_before_the_replay(
    home: Home, surgery: Path
) -> None:
    (home.path / "data").write_text("a file where a folder should be", encoding="utf-8")
    ended = home.run("replay", surgery)
    assert ended.status == 2
    assert "cannot make the folder" in ended.line
    assert home.run("replay", surgery, "--no-keep").status == 0
