"""How the samples of a chunk lie, by its length and by their flags."""

import numpy as np
import pytest

from amr_monitor.formats.xdf_layout import Rows, rows_by_flags, rows_by_length

SIZE = 4


def content(flags: list[int]) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Return samples of 4 bytes; with a stamp where the flag is set."""
    held = b"".join((b"\x08" + b"\x11" * 8 if f else b"\x00") + b"\x22" * SIZE for f in flags)
    return np.frombuffer(held, dtype=np.uint8)


def offsets(rows: list[Rows]) -> list[int]:
    """Return where the values of each sample lie."""
    found: list[int] = []
    for part in rows:
        if part.flags:
            held = np.frombuffer(part.flags, dtype=np.uint8)
            found += wanted(np.unpackbits(held, count=part.rows).tolist(), part.offset)
            continue
        for block in range(part.n_blocks):
            start = part.offset + block * part.step
            found += [start + row * part.stride for row in range(part.rows)]
    return found


def wanted(flags: list[int], start: int) -> list[int]:
    at, found = start, []
    for flag in flags:
        at += 9 if flag else 1
        found.append(at)
        at += SIZE
    return found


@pytest.mark.parametrize("flags", [[1] * 9, [0] * 9, [1, *[0] * 8], [1], [0]])
def test_even_samples_are_told_by_the_length(flags: list[int]) -> None:
    held = content(flags)
    rows = rows_by_length(
        offset=100,
        n_bytes=len(held),
        n_samples=len(flags),
        sample_bytes=SIZE,
        first_flag=int(held[0]),
    )
    assert rows is not None
    assert offsets([rows]) == wanted(flags, 100)
    assert rows.first_has_stamp == bool(flags[0])


@pytest.mark.parametrize("flags", [[0, 1], [1, 0, 1], [1, 1, 0]])
def test_uneven_samples_are_not(flags: list[int]) -> None:
    held = content(flags)
    args = {"offset": 0, "n_bytes": len(held), "n_samples": len(flags), "sample_bytes": SIZE}
    assert rows_by_length(**args, first_flag=flags[0]) is None


@pytest.mark.parametrize("seed", range(30))
def test_any_flags_are_followed(seed: int) -> None:
    generator = np.random.default_rng(seed)
    flags = (generator.random(200) < generator.random()).astype(int).tolist()
    held = content(flags)
    rows, n_bytes = rows_by_flags(held, offset=7, n_samples=200, sample_bytes=SIZE)
    assert offsets(rows) == wanted(flags, 7)
    assert n_bytes == len(held)


def test_where_nothing_repeats_a_bit_is_kept_for_each_sample() -> None:
    flags = np.random.default_rng(1).integers(0, 2, 5000).tolist()
    held = content(flags)
    rows, n_bytes = rows_by_flags(held, offset=7, n_samples=6000, sample_bytes=SIZE)
    assert len(rows) < 50
    assert offsets(rows) == wanted(flags, 7)
    assert n_bytes == len(held)
    cut, _ = rows_by_flags(held[:-3], offset=7, n_samples=6000, sample_bytes=SIZE)
    assert offsets(cut) == wanted(flags, 7)[:-1]


@pytest.mark.parametrize("period", [2, 3, 20])
def test_what_repeats_is_one_entry(period: int) -> None:
    flags = [int(k % period == 0) for k in range(1000 * period)]
    rows, _ = rows_by_flags(content(flags), offset=0, n_samples=len(flags), sample_bytes=SIZE)
    assert [(part.rows, part.n_blocks) for part in rows] == [(period, 1000)]
    assert offsets(rows) == wanted(flags, 0)


def test_fewer_are_found_where_they_do_not_fit() -> None:
    held = content([1, 0, 0, 1, 1])
    for cut in range(1, len(held)):
        rows, n_bytes = rows_by_flags(held[:cut], offset=0, n_samples=99, sample_bytes=SIZE)
        assert all(at + SIZE <= cut for at in offsets(rows))
        assert n_bytes <= cut


def test_no_more_are_taken_than_are_asked_for() -> None:
    rows, n_bytes = rows_by_flags(content([1, 0, 0, 0]), offset=0, n_samples=2, sample_bytes=SIZE)
    assert sum(part.n_samples for part in rows) == 2
    assert n_bytes == 9 + SIZE + 1 + SIZE
