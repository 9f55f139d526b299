import gc
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats import record_file
from amr_monitor.formats.record_file import RecordFile
from amr_monitor.model.errors import SourceFormatError

CONTENT = np.random.default_rng(1).integers(0, 256, 10 + 100 * 64, dtype=np.uint8)
RECORDS = CONTENT[10:].reshape(100, 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.bin"
    path.write_bytes(CONTENT.tobytes())
    return path


@pytest.mark.parametrize("whole_records_bytes", [0, 2**15])
@pytest.mark.parametrize("at_once", [64, 640, 2**23])
def test_the_same_stretch_of_each_record_is_read(
    path: Path, whole_records_bytes: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_file, "WHOLE_RECORDS_BYTES", whole_records_bytes)
    monkeypatch.setattr(record_file, "MOST_BYTES_AT_ONCE", at_once)
    file = RecordFile(path)
    for first, n_records, begin, n_bytes in [(0, 100, 0, 64), (3, 97, 50, 14), (99, 1, 60, 4)]:
        found = file.columns(
            offset=10 + first * 64 + begin, record_bytes=64, n_records=n_records, n_bytes=n_bytes
        )
        expected = RECORDS[first : first + n_records, begin : begin + n_bytes]
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("n_records", "n_bytes"), [(0, 10), (5, 0), (1, 0)])
def test_nothing_asked_for_is_nothing(path: Path, n_records: int, n_bytes: int) -> None:
    found = RecordFile(path).columns(
        offset=0, record_bytes=64, n_records=n_records, n_bytes=n_bytes
    )
    assert found.shape == (n_records, n_bytes)


def test_the_head_of_a_short_file_is_all_of_it(path: Path) -> None:
    assert RecordFile(path).head(5) == CONTENT[:5].tobytes()
    assert len(RecordFile(path).head(10**6)) == len(CONTENT)


def test_bytes_from_anywhere_fewer_at_the_end(path: Path) -> None:
    file = RecordFile(path)
    whole = CONTENT.tobytes()
    assert file.at(7, 20) == whole[7:27]
    assert file.at(len(whole) - 3, 2**60) == whole[-3:]
    assert file.at(len(whole) + 5, 10) == b""
    file.close()
    with pytest.raises(SourceFormatError, match="is closed"):
        file.at(0, 1)


def test_a_file_that_is_cut_while_it_is_read_is_told(path: Path) -> None:
    file = RecordFile(path)
    path.write_bytes(CONTENT[:100].tobytes())
    with pytest.raises(SourceFormatError, match=r"x\.bin: has become shorter"):
        file.columns(offset=10, record_bytes=64, n_records=100, n_bytes=64)


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="cannot be opened: No such file"):
        RecordFile(tmp_path / "none")
    with pytest.raises(SourceFormatError, match="cannot be read: Is a directory"):
        RecordFile(tmp_path).head(10)


def test_closing_twice_is_allowed_and_forgetting_closes(path: Path) -> None:
    file = RecordFile(path)
    assert file.is_open
    file.close()
    file.close()
    assert not file.is_open
    with pytest.raises(SourceFormatError, match="is closed"):
        file.columns(offset=0, record_bytes=64, n_records=1, n_bytes=64)
    forgotten = RecordFile(path)
    finalizer = forgotten._finalizer  # noqa: SLF001
    del forgotten
    gc.collect()
    assert not finalizer.alive


def test_pieces_come_one_behind_the_other(path: Path) -> None:
    joined = RecordFile(path).joined([(20, 7), (3, 5), (64, 0), (30, 1)])
    expected = np.concatenate([CONTENT[20:27], CONTENT[3:8], CONTENT[30:31]])
    assert np.array_equal(joined, expected.view(np.uint8)[: joined.size])
    with pytest.raises(SourceFormatError, match="has become shorter"):
        RecordFile(path).joined([(RecordFile(path).n_bytes - 2, 4)])
