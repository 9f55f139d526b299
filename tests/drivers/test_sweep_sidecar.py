from datetime import UTC, datetime
from pathlib import Path

import pytest

from amr_monitor.drivers.sweep_sidecar import SweepSidecar, read_sidecar
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import SourceFormatError
from tests.drivers.sweep_tables import SIDECAR

LEAST = 'unit = "uV"\nstimulus_rate_hz = 1.0\n[[channel]]\nlabel = "OOc"\n'


def read(folder: Path, text: str) -> SweepSidecar:
    path = folder / "surgery.toml"
    path.write_text(text, encoding="utf-8")
    return read_sidecar(path)


def test_everything_that_is_said_is_taken(tmp_path: Path) -> None:
    sidecar = read(tmp_path, SIDECAR)
    assert [channel.label for channel in sidecar.channels] == ["OOc", "Mentalis"]
    assert [channel.unit for channel in sidecar.channels] == ["uV", "uV"]
    assert sidecar.side is Side.LEFT
    assert sidecar.start == datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    assert (sidecar.rate_hz, sidecar.first_s) == (1.0, 0.5)
    assert sidecar.times_s is None
    assert sidecar.currents_ma == (8.0,)
    assert sidecar.rejected == {2}
    assert sidecar.marks == ((3.2, "dura opened"),)
    assert not sidecar.is_simulated


def test_little_needs_to_be_said(tmp_path: Path) -> None:
    sidecar = read(tmp_path, LEAST)
    assert sidecar.currents_ma == ()
    assert sidecar.start is None
    assert sidecar.channels[0].first is None


def test_lists_and_columns_are_taken(tmp_path: Path) -> None:
    text = """\
stimulus_times_s = [1, 2.5]
current_ma = [8, 9.5]
sampling_rate_hz = 6000
skip_lines = 3
simulated = true
[[channel]]
muscle = "mentalis"
columns = [2, 3]
file = "ment.csv"
unit = "mV"
"""
    sidecar = read(tmp_path, text)
    (channel,) = sidecar.channels
    assert channel.muscle is Muscle.MENTALIS
    assert channel.label == "mentalis"
    assert (channel.first, channel.last, channel.file, channel.unit) == (2, 3, "ment.csv", "mV")
    assert sidecar.times_s == (1.0, 2.5)
    assert sidecar.currents_ma == (8.0, 9.5)
    assert (sidecar.sampling_rate_hz, sidecar.skip_lines) == (6000.0, 3)
    assert sidecar.is_simulated


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("unit = ", "is no TOML"),
        (LEAST.replace("unit", "units"), "'units' is not known; did you mean 'unit'?"),
        (LEAST + 'chanel = "x"\n', "[[channel]] 'chanel' is not known"),
        (LEAST + "[[mark]]\ntime = 1\n", "[[mark]] 'time' is not known; did you mean 'time_s'?"),
        (LEAST + '[[mark]]\ntext = "x"\n', "[[mark]] needs time_s and text"),
        ('unit = "uV"\nstimulus_rate_hz = 1.0\n', "needs a [[channel]]"),
        ('unit = "uV"\nstimulus_rate_hz = 1.0\nchannel = 3\n', "is written as [[channel]]"),
        (LEAST.replace('label = "OOc"', ""), "needs a label, or a muscle"),
        (LEAST.replace('label = "OOc"', 'muscle = "nose"'), "muscle 'nose' is not known"),
        (LEAST.replace('unit = "uV"\n', ""), "needs a unit"),
        (LEAST.replace('"OOc"', "3"), "label is a text"),
        (LEAST.replace("stimulus_rate_hz = 1.0", ""), "needs either stimulus_rate_hz or"),
        ("stimulus_times_s = [1]\n" + LEAST, "needs either stimulus_rate_hz or"),
        (LEAST.replace("1.0", "0.0"), "stimulus_rate_hz is above 0"),
        (LEAST.replace("1.0", "inf"), "inf is no number that can be used"),
        (LEAST.replace("1.0", "true"), "True is no number that can be used"),
        ("sampling_rate_hz = -1\n" + LEAST, "sampling_rate_hz is above 0"),
        ("rejected = [0]\n" + LEAST, "whole numbers from 1 on"),
        ("rejected = 3\n" + LEAST, "rejected is a list of numbers"),
        ('side = "up"\n' + LEAST, "side is left or right, not 'up'"),
        ('start = "today"\n' + LEAST, "start is a date and time with its zone"),
        ("start = 2026-01-05T08:00:00\n" + LEAST, "start is a date and time with its zone"),
        ('simulated = "no"\n' + LEAST, "simulated is true or false"),
        (LEAST + "columns = [1, 4]\n", "the time is column 1"),
        (LEAST + "columns = [4, 3]\n", "columns are [first, last]"),
        (
            LEAST.replace("stimulus_rate_hz = 1.0", "stimulus_times_s = [1, 1]"),
            "stimulus_times_s do not rise",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceFormatError) as fault:
        read(tmp_path, text)
    assert str(fault.value).startswith(f"{tmp_path / 'surgery.toml'}: ")
    assert told in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_sidecar_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="cannot be read"):
        read_sidecar(tmp_path / "none.toml")


def test_the_example_of_the_documentation_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    sidecar = read(tmp_path, example)
    assert [channel.label for channel in sidecar.channels] == ["OOc", "chin"]
    assert sidecar.marks == ((75.0, "dura opened"),)
