"""The access to neo: what is read, which reader, and what is told without it."""

import sys
from importlib import import_module
from pathlib import Path

import mne
import numpy as np
import pytest

from amr_monitor.drivers.foreign import READERS, ForeignFile, ForeignSignal, reader_by_ending
from amr_monitor.model.errors import SourceError, SourceFormatError
from tests.drivers.brainvision import BrainVision


@pytest.fixture
def header(tmp_path: Path) -> Path:
    return BrainVision(
        markers=[("Comment", "dura opened", 2.2), ("Stimulus", "S  1", 3.0)],
        units=("\u00b5V", "mV"),
    ).write(tmp_path / "x.vhdr")


def test_signals_and_samples_are_those_that_another_program_reads(header: Path) -> None:
    file = ForeignFile(header, "BrainVision")
    labels = [(signal.label, signal.unit) for signal in file.signals]
    assert labels == [("OOc L", "uV"), ("Ment L", "mV"), ("TRIG", "V")]
    (stretch,) = file.stretches(0)
    assert (stretch.onset_s, stretch.n_samples) == (0.0, 40_000)
    found = file.read(file.signals[:2], 0, 1000, 500)
    other = mne.io.read_raw_brainvision(header, verbose="error").get_data()[:2, 1000:1500]
    np.testing.assert_allclose(found[0], other[0] * 1e6, rtol=1e-6)
    np.testing.assert_allclose(found[1], other[1] * 1e3, rtol=1e-6)
    file.close()
    file.close()


def test_events_stand_at_the_sample_that_their_format_means(header: Path) -> None:
    told = {event.label: event for event in ForeignFile(header, "BrainVision").events()}
    assert told["dura opened"].time_s == pytest.approx(2.2)
    assert told["S  1"].channel == "Stimulus"
    assert told["S  1"].time_s == pytest.approx(3.0)
    other = mne.read_annotations(header.with_suffix(".vmrk"))
    assert other.onset[-1] == pytest.approx(3.0)


@pytest.mark.parametrize("name", ["BrainVision", "brainvisionio", "BrainVisionRawIO"])
def test_a_reader_is_named_as_neo_names_it_or_shorter(header: Path, name: str) -> None:
    assert ForeignFile(header, name).reader == "BrainVisionRawIO"


@pytest.mark.parametrize("name", ["PickleIO", "RawBinarySignal", "Example", ""])
def test_readers_that_run_a_file_or_guess_its_header_are_none(header: Path, name: str) -> None:
    with pytest.raises(SourceError, match="neo has no raw reader"):
        ForeignFile(header, name)


def test_a_misspelt_reader_is_answered_with_the_nearest(header: Path) -> None:
    with pytest.raises(SourceError, match=r"'BrainVison'; did you mean BrainVisionRawIO\?"):
        ForeignFile(header, "BrainVison")


def test_every_ending_has_a_reader_that_neo_knows() -> None:
    # An extra: everything is installed for the tests, but no module of theirs may need it.
    known = {kind.__name__: kind for kind in import_module("neo.rawio").rawiolist}
    for ending, reader in READERS.items():
        assert ending in [each.casefold() for each in known[reader].extensions]


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("a.vhdr", "BrainVisionRawIO"),
        ("a.SMR", "Spike2RawIO"),
        ("a.edf", None),
        ("a.dat", None),
        ("a", None),
    ],
)
def test_the_ending_of_a_name_tells_the_reader(name: str, reader: str | None) -> None:
    assert reader_by_ending(Path(name)) == reader


def test_without_neo_it_is_said_how_to_get_it(
    header: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "neo.rawio", None)
    with pytest.raises(SourceError) as refused:
        ForeignFile(header, "BrainVision")
    assert str(refused.value) == (
        "x.vhdr: recordings of this kind are read through neo, which is not installed; "
        "pip install 'amr-monitor[foreign]'"
    )


@pytest.mark.parametrize("damage", ["empty", "no data", "text", "cut"])
def test_a_damaged_file_is_told_in_one_line(header: Path, damage: str) -> None:
    if damage == "empty":
        header.write_bytes(b"")
    elif damage == "no data":
        header.with_suffix(".eeg").unlink()
    elif damage == "text":
        header.write_text("[Common Infos]\nDataFile=x.eeg\n", encoding="utf-8")
    else:
        header.write_text(header.read_text(encoding="utf-8")[:200], encoding="utf-8")
    with pytest.raises(SourceFormatError) as refused:
        ForeignFile(header, "BrainVision")
    assert str(refused.value).startswith("x.vhdr: neo's BrainVisionRawIO cannot read it: ")
    assert "\n" not in str(refused.value)


def test_samples_that_are_not_there_are_told(header: Path) -> None:
    file = ForeignFile(header, "BrainVision")
    lost = ForeignSignal(
        label="x", unit="uV", rate_hz=1.0, stream=0, column=77, gain=1.0, offset=0.0
    )
    with pytest.raises(SourceFormatError, match="sample 0 of segment 0 cannot be read"):
        file.read([lost], 0, 0, 10)
