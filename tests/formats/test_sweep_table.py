from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats.sweep_table import (
    SweepTable,
    is_sweep_table,
    read_sweep_table,
    write_sweep_table,
)
from amr_monitor.model.errors import SourceFormatError, StorageError

PATH = Path("x.csv")
PLAIN = "time_ms,a,b\n-1.0,1.5,-2\n-0.5,2.5,0\n0.0,3.5,1e1\n"


def read(text: str, *, skip_lines: int = 0, rate_hz: float | None = None) -> SweepTable:
    return read_sweep_table(PATH, text.encode(), skip_lines=skip_lines, rate_hz=rate_hz)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.replace(",", ";").replace(".", ",").encode(),
        PLAIN.replace(",", "\t").replace(".", ",").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", ",\n").encode(),
        ("# exported\n\n" + PLAIN).encode(),
        PLAIN.replace("time_ms", '"Time (ms)"').encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        b"\xff\xfe" + PLAIN.encode("utf-16-le"),
        PLAIN.split("\n", 1)[1].encode(),
    ],
    ids=[
        "plain",
        "semicolon and comma",
        "tab and comma",
        "tab",
        "crlf",
        "separator at the end",
        "comment",
        "quoted header",
        "utf-8 mark",
        "utf-16",
        "no header",
    ],
)
def test_every_form_of_one_table_is_the_same_table(data: bytes) -> None:
    assert is_sweep_table(data[:512])
    table = read_sweep_table(PATH, data)
    assert table.start_ms == -1.0
    assert table.rate_hz == 2000.0
    assert table.values.tolist() == [[1.5, 2.5, 3.5], [-2.0, 0.0, 10.0]]


def test_headers_are_kept() -> None:
    assert read(PLAIN).headers == ("time_ms", "a", "b")
    assert read(PLAIN.split("\n", 1)[1]).headers == ()


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"0       X X X X",
        b"Dear colleague,\nplease find",
        b'unit = "uV"\n[[channel]]\n',
        b'{"type": "case_opened", "seq": 1}',
        b"time,\x00\x01\x02",
        b"only one column\n1\n2\n",
    ],
)
def test_other_files_are_no_tables(head: bytes) -> None:
    assert not is_sweep_table(head)


@pytest.mark.parametrize(
    ("rate_hz", "decimals"), [(12_000.0, 2), (6000.0, 3), (3000.0, 2), (9600.0, 3), (2048.0, 4)]
)
def test_a_rate_is_found_through_rounded_times(rate_hz: float, decimals: int) -> None:
    times = [f"{-20.0 + 1000.0 * k / rate_hz:.{decimals}f}" for k in range(round(rate_hz / 10))]
    table = read("\n".join(f"{time},1.0" for time in times))
    assert table.rate_hz == pytest.approx(rate_hz, rel=1e-9)


def test_a_rate_that_is_told_is_taken_and_checked() -> None:
    assert read(PLAIN, rate_hz=2001.0).rate_hz == 2001.0
    with pytest.raises(SourceFormatError, match="tell 2000 Hz, not the sampling_rate_hz of 4000"):
        read(PLAIN, rate_hz=4000.0)


def test_lines_before_the_table_can_be_skipped() -> None:
    assert read("Export of\nsomething; x\n" + PLAIN, skip_lines=2).rate_hz == 2000.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no table"),
        ("1\n2\n3\n", "holds no table"),
        ("time_ms,a\n0.0,1\n", "holds 1 samples"),
        ("0.0,\n0.5,\n", "no column of a sweep"),
        ("time_ms,a,b\n0.0,1\n0.5,1\n", "header names 3 columns, line 2 has 2"),
        ("0.0,1,2\n0.5,1\n", "line 2 has 2 columns, the lines before it 3"),
        ("0.0,1,2\n0.5,,3\n", "line 2, column 2: '' is no number"),
        ("0.0,1,2\n0.5,nan,3\n", "line 2, column 2: 'nan' is no number"),
        ("0.0,1,2\n0.5,1_000,3\n", "line 2, column 2: '1_000' is no number"),
        ("0.0;1;2\n0.5;1.234,5;3\n", "line 2, column 2: '1.234,5' is no number"),
        ("0.0,1,2\n0.5,1e999,3\n", "line 2, column 2: 1e999 is too large"),
        ("0.0,1\n0.0,2\n", "do not rise"),
        ("1.0,1\n0.0,2\n", "do not rise"),
        ("0.0,1\n0.5,2\n3.0,2\n3.5,2\n", "not evenly spaced"),
        ("preamble\n0.0,1\n0.5,2\n", "header names 1 columns, line 2 has 2"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(SourceFormatError) as fault:
        read(text)
    assert str(fault.value).startswith("x.csv: ")
    assert told in str(fault.value)
    assert "\n" not in str(fault.value)


def test_bytes_that_are_no_text_are_told() -> None:
    with pytest.raises(SourceFormatError, match="is no text"):
        read_sweep_table(PATH, b"1,2\x00\n")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(0.0, 50.0, (4, 300))
    path = tmp_path / "x.csv"
    write_sweep_table(path, start_ms=-20.0, rate_hz=3000.0, values=values, headers="abcd")
    table = read_sweep_table(path, path.read_bytes())
    assert table.headers == ("time_ms", "a", "b", "c", "d")
    assert (table.start_ms, table.rate_hz) == (-20.0, 3000.0)
    np.testing.assert_allclose(table.values, values, atol=0.051)
    assert "-0.0," not in path.read_text(encoding="utf-8")


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write_sweep_table(
            tmp_path, start_ms=0.0, rate_hz=1000.0, values=np.zeros((1, 2)), headers=["a"]
        )


def test_damage_is_a_result_or_one_line() -> None:
    generator = np.random.default_rng(5)
    data = PLAIN.encode()
    n_read = 0
    for _ in range(2000):
        raw = bytearray(data)
        raw[int(generator.integers(len(raw)))] = int(generator.integers(256))
        said = ""
        try:
            table = read_sweep_table(PATH, bytes(raw[: int(generator.integers(len(raw) + 1))]))
            n_read += bool(np.isfinite(table.values).all() and table.rate_hz > 0.0)
        except SourceFormatError as fault:
            said = str(fault)
        assert "\n" not in said
        assert len(said) < 300
    assert n_read > 30
