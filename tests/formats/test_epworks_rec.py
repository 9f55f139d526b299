import struct
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats.epworks_encoding import rec_block, rec_header
from amr_monitor.formats.epworks_rec import RecFile, is_rec
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import FloatArray

N_SAMPLES = 300


def samples(n_blocks: int) -> FloatArray:
    generator = np.random.default_rng(3)
    return generator.standard_normal((n_blocks, N_SAMPLES)).astype(np.float32)


def rec_bytes(values: FloatArray, *, has_cursor_area: bool = True) -> bytes:
    blocks = [
        rec_block(
            guid=bytes([k] * 16),
            filetime=10**17 + k,
            set_number=k + 1,
            current_ma=5.0 + k,
            samples_uv=row,
            has_cursor_area=has_cursor_area,
        )
        for k, row in enumerate(values)
    ]
    head = rec_header(
        filetime=10**17, trace_id=b"t" * 16, channel_id=b"c" * 16, block_bytes=len(blocks[0])
    )
    return head + b"".join(blocks)


def opened(folder: Path, data: bytes) -> RecFile:
    path = folder / "0000.REC"
    path.write_bytes(data)
    return RecFile(path, name="History/x/0000.REC")


def test_blocks_come_back_bit_for_bit(tmp_path: Path) -> None:
    values = samples(5)
    rec = opened(tmp_path, rec_bytes(values))
    assert rec.n_blocks == 5
    assert rec.rest_bytes == 0
    assert rec.header.trace_id == b"t" * 16
    assert rec.header.channel_id == b"c" * 16
    assert rec.header.filetime == 10**17
    table = rec.blocks(1, 3)
    assert table["filetime"].tolist() == [10**17 + k for k in (1, 2, 3)]
    assert table["set_number"].tolist() == [2, 3, 4]
    assert table["intensity"].tolist() == [6.0, 7.0, 8.0]
    assert table["kind"].tolist() == [1, 1, 1]
    assert [row.tobytes() for row in table["guid"]] == [bytes([k] * 16) for k in (1, 2, 3)]
    assert rec.is_whole(table).all()
    for k in range(5):
        assert rec.samples(k, 888).tobytes() == values[k].tobytes()
    rec.close()
    rec.close()


def test_a_block_that_is_not_whole_does_not_count(tmp_path: Path) -> None:
    data = rec_bytes(samples(3))
    rec = opened(tmp_path, data[:-1])
    assert rec.n_blocks == 2
    assert rec.rest_bytes == rec.header.block_bytes - 1


def test_a_file_that_grows_is_seen_to_grow(tmp_path: Path) -> None:
    data = rec_bytes(samples(3))
    rec = opened(tmp_path, data[:200])
    assert rec.n_blocks == 0
    (tmp_path / "0000.REC").write_bytes(data)
    assert rec.refresh() == 3


@pytest.mark.parametrize(
    ("has_cursor_area", "expected", "wanted", "told"),
    [
        (True, N_SAMPLES, 888, ""),
        (True, None, 888, ""),
        (True, 480, 888, "cursors, or empty"),
        (False, N_SAMPLES, 88, "settings ask for 300"),
        (False, None, 88, "no cursors"),
        (False, 480, 88, "no cursors"),
    ],
)
def test_where_samples_begin_is_decided_by_what_fits(
    tmp_path: Path, *, has_cursor_area: bool, expected: int | None, wanted: int, told: str
) -> None:
    rec = opened(tmp_path, rec_bytes(samples(2), has_cursor_area=has_cursor_area))
    header_bytes, why = rec.header_bytes(expected)
    assert header_bytes == wanted
    assert told in why
    assert bool(told) == bool(why)
    assert rec.n_samples(header_bytes) == N_SAMPLES


def test_short_blocks_have_no_room_for_cursors(tmp_path: Path) -> None:
    rec = opened(tmp_path, rec_bytes(samples(2)[:, :50], has_cursor_area=False))
    assert rec.header_bytes(None)[0] == 88


@pytest.mark.parametrize(
    ("offset", "raw", "told"),
    [
        (0, b"\0", "first 16 bytes differ"),
        (16, struct.pack("<I", 3), "at byte 16: version 3"),
        (60, struct.pack("<I", 0), "at byte 60: no block can be 0 bytes"),
        (60, struct.pack("<I", 889), "at byte 60: no block can be 889 bytes"),
    ],
)
def test_a_damaged_header_is_told(tmp_path: Path, offset: int, raw: bytes, told: str) -> None:
    data = bytearray(rec_bytes(samples(1)))
    data[offset : offset + len(raw)] = raw
    with pytest.raises(SourceFormatError, match=told):
        opened(tmp_path, bytes(data))


def test_a_header_that_is_cut_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="ends inside its header"):
        opened(tmp_path, rec_bytes(samples(1))[:50])


def test_a_huge_block_length_allocates_nothing(tmp_path: Path) -> None:
    data = bytearray(rec_bytes(samples(2)))
    data[60:64] = struct.pack("<I", 2**32 - 4)
    rec = opened(tmp_path, bytes(data))
    assert rec.n_blocks == 0
    assert len(rec.blocks(0, 0)) == 0


def test_the_ending_of_a_name_says_nothing() -> None:
    assert is_rec(rec_bytes(samples(1)))
    assert not is_rec(b"<Configuration>\n<GlobalConfiguration")


def test_a_file_that_went_away_is_told(tmp_path: Path) -> None:
    rec = opened(tmp_path, rec_bytes(samples(1)))
    (tmp_path / "0000.REC").unlink()
    with pytest.raises(SourceFormatError, match="cannot be read"):
        rec.refresh()
