"""Texts of a marker stream."""

from pathlib import Path

import pytest

from amr_monitor.formats import xdf_texts
from amr_monitor.formats.record_file import RecordFile
from amr_monitor.formats.xdf_texts import TextTable
from amr_monitor.model.errors import SourceFormatError
from tests.formats.xdf_bytes import markers

HEAD = len(b"\x01\x00" + b"\x03\x00" + b"\x00" * 4)


def table(tmp_path: Path, *chunks: bytes, cut: int = 0, n_channels: int = 1) -> TextTable:
    path = tmp_path / "x.xdf"
    path.write_bytes(b"".join(chunks))
    held = TextTable(RecordFile(path), n_channels=n_channels)
    at = 0
    for chunk in chunks:
        held.append(at + HEAD, at + len(chunk) - cut)
        at += len(chunk)
    return held


def test_texts_in_order_with_their_stamps(tmp_path: Path) -> None:
    stream = markers()
    one = stream.texts([["Stim 8 mA"], ["dura \u00f6ffnet"]], [4.5, None])
    read = table(tmp_path, one, stream.texts([["x" * 100]], [9.0])).read(nominal_rate_hz=0.0)
    assert [(text.stamp_s, text.values) for text in read] == [
        (4.5, ("Stim 8 mA",)),
        (4.5, ("dura \u00f6ffnet",)),
        (9.0, ("x" * 100,)),
    ]
    assert read[0].place < read[1].place < read[2].place


def test_a_stream_of_a_rate_goes_on_by_it(tmp_path: Path) -> None:
    read = table(tmp_path, markers().texts([["a"], ["b"]], [2.0, None])).read(nominal_rate_hz=4.0)
    assert [text.stamp_s for text in read] == [2.0, 2.25]


def test_several_channels(tmp_path: Path) -> None:
    held = table(tmp_path, markers().texts([["a", "b"], ["c", ""]], [1.0, 2.0]), n_channels=2)
    assert [text.values for text in held.read(nominal_rate_hz=0.0)] == [("a", "b"), ("c", "")]


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_chunk_that_is_cut_gives_what_is_whole(cut: int, tmp_path: Path) -> None:
    held = table(tmp_path, markers().texts([["aa"], ["bb"]], [1.0, 2.0]), cut=cut)
    read = held.read(nominal_rate_hz=0.0)
    assert [text.values for text in read] == [("aa",), ("bb",)][: 2 - -(-cut // 13)]


def test_more_texts_than_memory_should_hold_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xdf_texts, "MOST_TEXTS", 3)
    held = table(tmp_path, markers().texts([["a"]] * 4, [1.0] * 4))
    with pytest.raises(SourceFormatError, match="more than 3 texts"):
        held.read(nominal_rate_hz=0.0)
