"""`.vital` files: what is read of them, and of broken ones."""

import gzip
import random
import struct
from pathlib import Path

import pytest

from amr_monitor.formats import vital
from amr_monitor.formats.vital import VitalFile, VitalTrack, is_gzip, read_vital
from amr_monitor.model.errors import SourceFormatError
from tests.formats.vital_bytes import (
    START_S,
    compressed,
    device,
    header,
    number,
    packet,
    surgery,
    track,
    waveform,
    words,
    written,
)


def everything(_: VitalTrack) -> bool:
    return True


def read(path: Path, data: bytes) -> VitalFile:
    return read_vital(written(path / "room.vital", data), everything)


def test_numbers_of_all_devices_are_read_with_their_times(tmp_path: Path) -> None:
    found = read(tmp_path, surgery(bias_min=-540))
    by_path = {series.track.path: series for series in found.series}
    assert set(by_path) == {"BIS/BIS", "Primus/MAC", "TOFScan/TOF_CNT"}
    assert by_path["Primus/MAC"].values[0] == 0.5
    assert by_path["Primus/MAC"].values[-1] == pytest.approx(0.9)
    assert by_path["TOFScan/TOF_CNT"].times_s == [START_S + 20.0, START_S + 400.0]
    assert by_path["TOFScan/TOF_CNT"].track.montype == 86
    assert found.paths == ("BIS/BIS", "Primus/MAC", "TOFScan/TOF_CNT", "BIS/ECG_II", "EVENT")
    assert (found.first_s, found.last_s) == (START_S, START_S + 595.0)
    assert found.utc_less_local_s == -9 * 3600.0
    assert found.warnings == ()


def test_only_what_is_wanted_is_held(tmp_path: Path) -> None:
    path = written(tmp_path / "room.vital", surgery())
    found = read_vital(path, lambda each: each.name == "MAC")
    assert [series.track.name for series in found.series] == ["MAC"]
    assert len(found.paths) == 5


@pytest.mark.parametrize("form", range(1, 9))
def test_every_format_of_a_number_is_read(tmp_path: Path, form: int) -> None:
    data = compressed(
        header(),
        device(1, "X"),
        track(1, "V", form=form, gain=0.5, offset=10.0),
        number(1, 0.0, 40, form=form),
    )
    (series,) = read(tmp_path, data).series
    assert series.values == [40.0 if form <= 2 else 30.0]


def test_what_stands_for_no_value_is_none(tmp_path: Path) -> None:
    data = compressed(
        header(),
        device(1, "X"),
        track(1, "V", form=4),
        number(1, 0.0, 255, form=4),
        number(1, 1.0, 45, form=4),
        track(2, "W"),
        number(2, 0.0, float("nan")),
        number(2, 1.0, float("inf")),
    )
    (series,) = read(tmp_path, data).series
    assert series.values == [45.0]


def test_header_and_descriptions_may_be_longer_than_today(tmp_path: Path) -> None:
    data = compressed(
        header(extended=True),
        packet(77, b"of a later version"),
        device(1, "BIS", "BIS of theatre 3"),
        track(1, "BIS", more=struct.pack("<Idd", 100, START_S, START_S + 1.0)),
        packet(1, struct.pack("<HdH", 14, START_S, 1) + b"more" + struct.pack("<f", 44.0)),
        packet(6, b"\x05\x00\x00"),
    )
    (series,) = read(tmp_path, data).series
    assert (series.track.path, series.values) == ("BIS of theatre 3/BIS", [44.0])


def test_records_of_a_track_are_put_in_order(tmp_path: Path) -> None:
    data = compressed(
        header(), device(1, "X"), track(1, "V"), number(1, 9.0, 2.0), number(1, 3.0, 1.0)
    )
    (series,) = read(tmp_path, data).series
    assert series.values == [1.0, 2.0]


def test_a_track_that_is_told_again_goes_on_and_another_of_its_number_begins(
    tmp_path: Path,
) -> None:
    data = compressed(
        header(),
        device(1, "X"),
        track(1, "V"),
        number(1, 0.0, 1.0),
        track(1, "V"),
        number(1, 1.0, 2.0),
    )
    (series,) = read(tmp_path, data).series
    assert series.values == [1.0, 2.0]


def test_texts_and_waveforms_are_no_numbers(tmp_path: Path) -> None:
    data = compressed(
        header(),
        track(1, "EVENT", device_number=0, kind=5, form=0),
        words(1, 0.0, "intubation"),
        track(2, "ECG", device_number=0, kind=1),
        waveform(2, 1.0, [1.0, 2.0]),
    )
    found = read(tmp_path, data)
    assert found.series == ()
    assert found.paths == ("EVENT", "ECG")


def test_a_file_in_several_members_is_read_through(tmp_path: Path) -> None:
    first = compressed(header(), device(1, "X"), track(1, "V"), number(1, 0.0, 1.0))
    (series,) = read(tmp_path, first + compressed(number(1, 1.0, 2.0))).series
    assert series.values == [1.0, 2.0]


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_is_read_up_to_the_cut(tmp_path: Path, share: float) -> None:
    data = surgery()
    found = read(tmp_path, data[: int(share * len(data))])
    assert found.warnings == ("room.vital: is cut short; read up to the cut",)
    assert found.series


def test_a_cut_in_a_whole_stream_is_told_too(tmp_path: Path) -> None:
    plain = gzip.decompress(surgery())
    for cut in (1, 4, 12):
        found = read(tmp_path, gzip.compress(plain[:-cut]))
        assert found.warnings == ("room.vital: is cut short; read up to the cut",)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "is no .vital file"),
        (b"VITA\x03\x00\x00\x00", "is no .vital file"),
        (gzip.compress(b"EDF, as it were, and more"), "is no .vital file"),
        (gzip.compress(b"VITA\x03\x00\x00\x00\x1b\x00xx"), "cut within its header"),
        (compressed(header(version=3_000_000)), "version 3000000"),
        (compressed(header()), "without a record"),
        (compressed(header(), *[packet(0, b"x")] * 1002), "more than 1000 packets"),
    ],
)
def test_what_is_no_vital_file_is_told_in_one_line(tmp_path: Path, data: bytes, line: str) -> None:
    with pytest.raises(SourceFormatError) as refused:
        read(tmp_path, data)
    assert line in str(refused.value)
    assert str(refused.value).startswith("room.vital: ")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="cannot be opened: No such file"):
        read_vital(tmp_path / "none.vital", everything)


def test_odd_packets_are_passed_over_and_counted(tmp_path: Path) -> None:
    data = compressed(
        header(),
        device(1, "X"),
        track(1, "V"),
        packet(0, b"\x01\x00\x02"),
        packet(9, struct.pack("<II", 3, 1_000_000) + b"X"),
        packet(9, bytes(70_000)),
        packet(1, b"x"),
        packet(1, struct.pack("<HdH", 10, float("nan"), 1) + bytes(4)),
        packet(1, struct.pack("<HdH", 10, START_S, 1)),
        packet(1, struct.pack("<HdH", 10, START_S, 999) + bytes(4)),
        number(1, 0.0, 1.0),
    )
    found = read(tmp_path, data)
    assert found.series[0].values == [1.0]
    assert found.warnings == ("room.vital: 6 packets make no sense; passed over",)


def test_memory_is_bounded_by_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vital, "MOST_POINTS", 10)
    data = compressed(
        header(), device(1, "X"), track(1, "V"), *(number(1, s, 1.0) for s in range(20))
    )
    found = read(tmp_path, data)
    assert len(found.series[0].values) == 10
    assert found.warnings == ("room.vital: more than 10 numbers; the rest is left out",)


def test_a_bomb_ends_as_a_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vital, "MOST_INFLATED", 2**21)
    data = compressed(
        header(),
        device(1, "X"),
        track(1, "V"),
        number(1, 0.0, 1.0),
        packet(50, bytes(2**24)),
    )
    assert read(tmp_path, data).warnings == ("room.vital: is cut short; read up to the cut",)


def test_packets_without_end_end_as_a_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vital, "MOST_PACKETS", 100)
    data = compressed(
        header(), device(1, "X"), track(1, "V"), number(1, 0.0, 1.0), packet(50, b"") * 1000
    )
    assert read(tmp_path, data).warnings == ("room.vital: is cut short; read up to the cut",)


def test_whatever_the_bytes_a_result_or_one_line(tmp_path: Path) -> None:
    chance = random.Random(4)  # noqa: S311
    plain = bytearray(gzip.decompress(surgery(minutes=2.0)))
    whole = surgery(minutes=2.0)
    for turn in range(400):
        if turn % 2:
            broken = bytearray(whole)
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            data = bytes(broken)
        else:
            broken = bytearray(plain)
            for _ in range(chance.randrange(1, 6)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            data = gzip.compress(bytes(broken), 1)
        try:
            lines = read(tmp_path, data).warnings
        except SourceFormatError as told:
            lines = (str(told),)
        assert not any("\n" in line for line in lines)


def test_a_gzip_stream_may_be_one() -> None:
    assert is_gzip(surgery()[:4])
    assert not is_gzip(b"0       ")
