"""Which stream of an XDF file is which."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.drivers.xdf_streams import (
    ambiguous,
    are_alike,
    emg_streams,
    number_markers,
    text_streams,
)
from amr_monitor.formats.xdf import XdfFile, XdfStream
from amr_monitor.model.errors import SourceFormatError
from tests.formats.xdf_bytes import RawStream, file_header, markers

SETTINGS = MontageSettings()
EMG = RawStream(stream_id=1, name="emg")


def streams_of(tmp_path: Path, *streams: RawStream, empty: Sequence[int] = ()) -> list[XdfStream]:
    parts = [stream.header() for stream in streams]
    for stream in streams:
        if stream.stream_id not in empty and stream.value_format != "string":
            parts.append(stream.samples(np.zeros((3, stream.n_channels)), [1.0, None, None]))
    path = tmp_path / "x.xdf"
    path.write_bytes(file_header() + b"".join(parts))
    return list(XdfFile(path).streams)


def chosen(streams: Sequence[XdfStream], settings: MontageSettings = SETTINGS) -> list[str]:
    return [each.stream.header.name for each in emg_streams(streams, settings, name="x.xdf")]


def test_the_stream_of_type_emg_is_taken(tmp_path: Path) -> None:
    other = RawStream(stream_id=2, name="other", kind="EEG")
    assert chosen(streams_of(tmp_path, other, EMG)) == ["emg"]


def test_without_such_a_type_labels_tell(tmp_path: Path) -> None:
    eeg = RawStream(stream_id=1, name="eeg", kind="EEG", channels=(("Cz", "uV"), ("Pz", "uV")))
    both = RawStream(stream_id=2, name="both", kind="ExG")
    assert chosen(streams_of(tmp_path, eeg, both)) == ["both"]
    with pytest.raises(SourceFormatError, match="facial muscle"):
        chosen(streams_of(tmp_path, eeg))


def test_the_stream_with_most_muscles_is_taken(tmp_path: Path) -> None:
    one = RawStream(stream_id=2, name="one", channels=(("OOc L", "uV"), ("APB", "uV")))
    assert chosen(streams_of(tmp_path, one, EMG)) == ["emg"]


def test_streams_that_hold_the_same_muscles_are_all_returned(tmp_path: Path) -> None:
    streams = streams_of(tmp_path, EMG, RawStream(stream_id=2, name="twin", rate="500"))
    assert chosen(streams) == ["emg", "twin"]
    assert not are_alike(streams)
    told = str(ambiguous(streams, name="x.xdf"))
    assert "'emg' (stream 1)" in told
    assert "'twin' (stream 2)" in told
    assert "set stream in [montage]" in told


@pytest.mark.parametrize("wanted", ["twin", "serial 9", "2"])
def test_a_stream_can_be_named(wanted: str, tmp_path: Path) -> None:
    twin = RawStream(stream_id=2, name="twin", source_id="serial 9")
    streams = streams_of(tmp_path, EMG, twin)
    assert chosen(streams, MontageSettings(stream=wanted)) == ["twin"]


def test_a_name_that_no_stream_has_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="no stream is named 'x'; it holds 'emg'"):
        chosen(streams_of(tmp_path, EMG), MontageSettings(stream="x"))


def test_a_named_stream_of_texts_is_no_emg(tmp_path: Path) -> None:
    streams = streams_of(tmp_path, EMG, markers())
    with pytest.raises(SourceFormatError, match="holds no samples of numbers"):
        chosen(streams, MontageSettings(stream="stimulator"))


def test_empty_streams_are_passed_over(tmp_path: Path) -> None:
    twin = RawStream(stream_id=2, name="twin")
    assert chosen(streams_of(tmp_path, EMG, twin, empty=[1])) == ["twin"]
    with pytest.raises(SourceFormatError, match="nothing was recorded of 'emg'"):
        chosen(streams_of(tmp_path, EMG, empty=[1]))


def test_marker_streams(tmp_path: Path) -> None:
    codes = RawStream(stream_id=5, name="codes", kind="Markers", value_format="int32")
    own = markers(stream_id=6, name="amr-monitor")
    streams = streams_of(tmp_path, EMG, markers(), codes, own)
    assert [s.header.name for s in text_streams(streams)] == ["stimulator"]
    assert [s.header.name for s in number_markers(streams)] == ["codes"]
