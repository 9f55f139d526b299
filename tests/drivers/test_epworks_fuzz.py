"""A study folder is input from elsewhere: whatever is in it, a result or one clear line."""

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.registry import open_source
from amr_monitor.formats.epworks_rec import FILE_HEADER_BYTES
from amr_monitor.formats.epworks_writer import GroupToWrite, StudyWriter
from amr_monitor.model.errors import AmrMonitorError
from amr_monitor.model.sweep import Sweep
from tests.drivers.epworks_studies import group, items_of, write

N_CUTS = 200
N_FLIPS = 10_000
MOST_BYTES_HELD = 8 * 2**20

SMALL: GroupToWrite = group(timebase_ms=10, n_divisions=1, trigger_delay_ms=-2.0)


@pytest.fixture
def study(tmp_path: Path) -> StudyWriter:
    return write(tmp_path, SMALL, n_sweeps=[3])[0]


def files_of(study: StudyWriter) -> list[Path]:
    return [study.iom_path, study.rec_path(0, 0), study.rec_path(0, 1)]


def outcome(folder: Path) -> int | str:
    """Return how many sweeps a folder gives, or the line that says why it gives none."""
    try:
        source = open_source([folder])
        try:
            return sum(isinstance(item, Sweep) for item in items_of(source))
        finally:
            source.close()
    except AmrMonitorError as fault:
        return str(fault)


def require_clear(said: int | str, folder: Path) -> None:
    if isinstance(said, str):
        assert "\n" not in said
        assert str(folder) in said
        assert len(said) < 1500
    else:
        assert 0 < said <= 3


def flips(study: StudyWriter, n_flips: int) -> Iterator[tuple[Path, int, int]]:
    """Yield file, offset and what is flipped, evenly over the three files."""
    generator = np.random.default_rng(2026)
    files = files_of(study)
    for _ in range(n_flips):
        path = files[int(generator.integers(len(files)))]
        offset = int(generator.integers(path.stat().st_size))
        yield path, offset, int(generator.integers(1, 256))


def test_cut_anywhere_it_is_a_result_or_one_line(study: StudyWriter, tmp_path: Path) -> None:
    generator = np.random.default_rng(7)
    for _ in range(N_CUTS):
        path = files_of(study)[int(generator.integers(3))]
        whole = path.read_bytes()
        path.write_bytes(whole[: int(generator.integers(len(whole)))])
        require_clear(outcome(tmp_path), tmp_path)
        path.write_bytes(whole)
    assert outcome(tmp_path) == 3


@pytest.mark.slow
def test_any_byte_flipped_it_is_a_result_or_one_line(study: StudyWriter, tmp_path: Path) -> None:
    said: list[int | str] = []
    descriptors = {path: os.open(path, os.O_RDWR) for path in files_of(study)}
    try:
        for path, offset, mask in flips(study, N_FLIPS):
            was = os.pread(descriptors[path], 1, offset)
            os.pwrite(descriptors[path], bytes([was[0] ^ mask]), offset)
            said.append(outcome(tmp_path))
            os.pwrite(descriptors[path], was, offset)
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)
    for each in said:
        require_clear(each, tmp_path)
    assert outcome(tmp_path) == 3
    # Most bytes are samples or not needed: a reader that gave up at any of them would be none.
    assert sum(isinstance(each, int) for each in said) > N_FLIPS // 2
    assert sum(isinstance(each, str) for each in said) > 100


def test_no_flipped_length_or_count_makes_it_take_memory(
    study: StudyWriter, tmp_path: Path
) -> None:
    tracemalloc.start()
    try:
        for path in files_of(study):
            whole = path.read_bytes()
            for offset in range(16, min(len(whole), FILE_HEADER_BYTES + 100), 4):
                huge = whole[:offset] + b"\xf0\xff\xff\xff" + whole[offset + 4 :]
                path.write_bytes(huge)
                require_clear(outcome(tmp_path), tmp_path)
            path.write_bytes(whole)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES_HELD
    finally:
        tracemalloc.stop()


def test_bytes_of_nothing_are_one_line(tmp_path: Path, study: StudyWriter) -> None:
    generator = np.random.default_rng(11)
    for path in files_of(study):
        whole = path.read_bytes()
        for n_kept in (16, 20, 40, 96):
            n_rest = len(whole) - n_kept
            path.write_bytes(whole[:n_kept] + generator.bytes(n_rest))
            require_clear(outcome(tmp_path), tmp_path)
        path.write_bytes(whole)
