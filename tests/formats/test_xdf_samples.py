"""Values and stamps of one stream, read where they lie."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amr_monitor.formats import xdf_samples
from amr_monitor.formats.record_file import RecordFile
from amr_monitor.formats.xdf_layout import Rows
from amr_monitor.formats.xdf_samples import SampleTable

N_BLOCKS, ROWS = 30, 10
BLOCK = ROWS * (9 + 4)
STEP = BLOCK + 7


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return 300 stamped samples of two int16 channels in even blocks, after 5 bytes."""
    content = b"....."
    for block in range(N_BLOCKS):
        for row in range(ROWS):
            n = block * ROWS + row
            content += (
                b"\x08" + np.float64(n / 10.0).tobytes() + np.array([n, -n], dtype="<i2").tobytes()
            )
        content += b"-------"
    (tmp_path / "x.xdf").write_bytes(content)
    return tmp_path / "x.xdf"


def table(path: Path) -> SampleTable:
    return SampleTable(RecordFile(path), value_type=np.dtype("<i2"), n_channels=2)


def rows(block: int, n_blocks: int = 1, **changed: int) -> Rows:
    figures: dict[str, Any] = {
        "offset": 5 + 9 + block * STEP,
        "stride": 13,
        "rows": ROWS,
        "step": STEP,
    } | changed
    return Rows(**figures, n_blocks=n_blocks, each_has_stamp=True, first_has_stamp=True)


def test_even_blocks_that_come_one_by_one_become_one_entry(path: Path) -> None:
    held = table(path)
    for block in range(N_BLOCKS):
        held.append(rows(block))
    assert [(first, entry.n_blocks) for first, entry in held.entries()] == [(0, N_BLOCKS)]


@pytest.mark.parametrize("at_once", [1, 13, 400, 10**6])
def test_values_and_stamps_whatever_is_read_at_once(
    at_once: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xdf_samples, "MOST_BYTES_AT_ONCE", at_once)
    held = table(path)
    held.append(rows(0, 3))
    held.append(rows(3, 1, rows=4))
    held.append(rows(3, 1, offset=5 + 9 + 3 * STEP + 4 * 13, rows=6))
    held.append(rows(4, N_BLOCKS - 4))
    assert held.n_samples == 300
    for first, n in ((0, 300), (7, 1), (25, 60), (299, 1), (0, 0)):
        read = held.read(first, n, np.array([1, 0]))
        np.testing.assert_array_equal(read[1], np.arange(first, first + n))
        np.testing.assert_array_equal(read[0], -np.arange(first, first + n))
    np.testing.assert_allclose(held.stamps_s(nominal_rate_hz=10.0), np.arange(300) / 10.0)
    own = [part for parts in held.stamped() for part in parts[0].tolist()]
    assert own == list(range(300))


def test_order_in_the_file_is_known_of_each_sample(path: Path) -> None:
    held = table(path)
    held.append(rows(0, N_BLOCKS))
    assert held.file_offset(0) == 14
    assert held.file_offset(25) == 14 + 2 * STEP + 5 * 13


def test_one_row_of_each_block(path: Path) -> None:
    held = table(path)
    held.append(rows(0, N_BLOCKS))
    ((first, entry),) = held.entries()
    ((indices, stamps),) = held.stamps_of_blocks(entry, first, row=9)
    np.testing.assert_array_equal(indices, np.arange(9, 300, 10))
    np.testing.assert_allclose(stamps, indices / 10.0)


def test_samples_without_stamps_go_on_from_the_last_one(path: Path) -> None:
    held = table(path)
    held.append(Rows(offset=14, stride=13, rows=3, step=STEP, n_blocks=2, first_has_stamp=True))
    held.append(Rows(offset=14, stride=13, rows=2))
    stamps = held.stamps_s(nominal_rate_hz=4.0)
    np.testing.assert_allclose(stamps, [0.0, 0.25, 0.5, 1.0, 1.25, 1.5, 1.75, 2.0])


def test_before_the_first_stamp_time_counts_from_zero(path: Path) -> None:
    held = table(path)
    held.append(Rows(offset=14, stride=13, rows=2))
    np.testing.assert_allclose(held.stamps_s(nominal_rate_hz=4.0), [0.25, 0.5])


def test_samples_with_and_without_stamp_as_they_come(tmp_path: Path) -> None:
    flags = np.random.default_rng(5).integers(0, 2, 1000)
    content = b"..."
    for n, flag in enumerate(flags):
        content += b"\x08" + np.float64(n / 10.0).tobytes() if flag else b"\x00"
        content += np.array([n, -n], dtype="<i2").tobytes()
    (tmp_path / "x.xdf").write_bytes(content)
    held = table(tmp_path / "x.xdf")
    packed = np.packbits(flags.astype(np.uint8)).tobytes()
    held.append(Rows(offset=3, stride=5, rows=1000, flags=packed))
    for first, n in ((0, 1000), (7, 1), (250, 600), (999, 1)):
        read = held.read(first, n, np.array([1, 0]))
        np.testing.assert_array_equal(
            read, [-np.arange(first, first + n), np.arange(first, first + n)]
        )
    ((indices, stamps),) = held.stamped()
    np.testing.assert_array_equal(indices, np.flatnonzero(flags))
    np.testing.assert_allclose(stamps, indices / 10.0)
