"""From chunk to chunk, over whatever lies between them."""

from pathlib import Path

import pytest

from amr_monitor.formats.record_file import RecordFile
from amr_monitor.formats.xdf_chunks import Chunk, ChunkWalk, Tag, is_xdf, varlen
from tests.formats import xdf_bytes


def walked(tmp_path: Path, *parts: bytes, known: tuple[int, ...] = ()) -> tuple[list[Chunk], int]:
    """Return the chunks of a file and how many bytes belong to none."""
    path = tmp_path / "x.xdf"
    path.write_bytes(b"XDF:" + b"".join(parts))
    damage: list[int] = []
    walk = ChunkWalk(RecordFile(path), on_damage=lambda _, n_bytes: damage.append(n_bytes))
    for stream_id in known:
        walk.know(stream_id)
    return list(walk), sum(damage)


@pytest.mark.parametrize("width", [1, 4, 8])
def test_each_width_of_a_length(width: int, tmp_path: Path) -> None:
    chunks, damage = walked(
        tmp_path,
        xdf_bytes.chunk(3, b"abc", stream_id=70_000, width=width),
        xdf_bytes.boundary(),
        xdf_bytes.clock_offset(2, 1.0, 2.0),
    )
    assert [(c.tag, c.stream_id) for c in chunks] == [(3, 70_000), (5, 0), (4, 2)]
    assert chunks[0].end - chunks[0].content == 3
    assert all(chunk.is_whole and chunk.end == chunk.limit for chunk in chunks)
    assert damage == 0


def test_behind_garbage_it_goes_on_at_the_next_boundary(tmp_path: Path) -> None:
    chunks, damage = walked(tmp_path, b"\xff" * 3_000_000, xdf_bytes.boundary())
    assert [chunk.tag for chunk in chunks] == [Tag.BOUNDARY]
    assert damage == 3_000_000


def test_behind_garbage_it_goes_on_with_a_known_stream(tmp_path: Path) -> None:
    samples = xdf_bytes.chunk(3, b"abc", stream_id=4)
    parts = (b"\xff" * 100, samples, samples)
    assert [c.tag for c in walked(tmp_path, *parts, known=(4,))[0]] == [3, 3]
    assert walked(tmp_path, *parts)[0] == []


def test_a_length_that_reaches_too_far_ends_at_the_next_chunk(tmp_path: Path) -> None:
    lying = xdf_bytes.chunk(3, b"abcdef", stream_id=4, length=500, width=4)
    chunks, damage = walked(tmp_path, lying, xdf_bytes.boundary())
    assert [(c.tag, c.is_whole) for c in chunks] == [(3, False), (5, True)]
    assert chunks[0].limit == 4 + len(lying)
    assert damage == 0


def test_a_chunk_that_is_cut_ends_with_the_file(tmp_path: Path) -> None:
    (chunk,), _ = walked(tmp_path, xdf_bytes.chunk(3, b"abcdef", stream_id=4)[:-2])
    assert not chunk.is_whole
    assert chunk.limit == chunk.end == (tmp_path / "x.xdf").stat().st_size


def test_a_reader_may_go_on_further_on(tmp_path: Path) -> None:
    path = tmp_path / "x.xdf"
    one = xdf_bytes.chunk(3, b"abc", stream_id=4)
    path.write_bytes(b"XDF:" + one * 5)
    walk = ChunkWalk(RecordFile(path), on_damage=lambda *_: None)
    seen = []
    for chunk in walk:
        seen.append(chunk.offset)
        if len(seen) == 1:
            walk.skip_to(4 + 3 * len(one))
    assert seen == [4, 4 + 3 * len(one), 4 + 4 * len(one)]


@pytest.mark.parametrize("fill", [b"\x01\x02\x05\x00", b"\x01", b"\x04\x02\x00\x00", b"\x03\x00"])
def test_a_file_of_one_pattern_ends(fill: bytes, tmp_path: Path) -> None:
    chunks, damage = walked(tmp_path, fill * 20_000, known=(3,))
    assert len(chunks) * 3 + damage <= 20_000 * len(fill) + 3


def test_numbers_of_variable_length() -> None:
    assert varlen(b"\x01\x07rest", 0) == (7, 2)
    assert varlen(b"..\x04\x01\x00\x00\x00", 2) == (1, 7)
    assert varlen(b"\x08" + b"\xff" * 8, 0) == (2**64 - 1, 9)
    for wrong in (b"", b"\x02\x00\x00", b"\x04\x00", b"\x01"):
        assert varlen(wrong, 0) is None


def test_known_by_its_first_bytes() -> None:
    assert is_xdf(b"XDF:\x01")
    assert not is_xdf(b"XDF")
