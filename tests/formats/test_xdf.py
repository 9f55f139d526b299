"""The reader of XDF against pyxdf, and against files that are not as they should be."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import pyxdf

from amr_monitor.formats.xdf import XdfFile, XdfStream
from amr_monitor.model.errors import SourceFormatError
from tests.formats.xdf_bytes import (
    NUMPY,
    RawStream,
    boundary,
    chunk,
    clock_offset,
    file_header,
    footer,
    markers,
)

Values = npt.NDArray[np.generic]


def written(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


def opened(tmp_path: Path, *parts: bytes) -> XdfFile:
    return XdfFile(written(tmp_path / "x.xdf", file_header(), *parts))


def all_values(stream: XdfStream) -> Values:
    """Return all values of a numeric stream, shape (n_samples, n_channels)."""
    assert stream.samples is not None
    channels = np.arange(stream.header.n_channels)
    return stream.samples.read(0, stream.samples.n_samples, channels).T


def codes(file: XdfFile) -> set[str]:
    return {warning.code for warning in file.warnings}


def random_values(generator: np.random.Generator, n: int, stream: RawStream) -> Values:
    kind = np.dtype(NUMPY[stream.value_format])
    if kind.kind == "f":
        return generator.standard_normal((n, stream.n_channels)).astype(kind)
    limits = np.iinfo(kind)
    size = (n, stream.n_channels)
    return generator.integers(limits.min, limits.max, size, dtype=kind.newbyteorder("="))


def random_stamps(
    generator: np.random.Generator, start_s: float, n: int, how: str
) -> list[float | None]:
    stamps: list[float | None] = [start_s + 0.001 * k for k in range(n)]
    if how == "none":
        return [None] * n
    if how == "first":
        return [stamps[0], *[None] * (n - 1)] if n else []
    if how == "pairs":
        return [stamp if k % 2 == 0 else None for k, stamp in enumerate(stamps)]
    if how == "pushes":
        return [stamp if k % 20 == 0 else None for k, stamp in enumerate(stamps)]
    if how == "random":
        return [stamp if generator.random() < 0.5 else None for stamp in stamps]
    return stamps


HOW = ("each", "none", "first", "pairs", "pushes", "random")


def random_file(seed: int) -> bytes:
    """Return a recording of several streams with chunks of all kinds."""
    generator = np.random.default_rng(seed)
    formats = list(NUMPY)
    streams = [
        RawStream(
            stream_id=number + 1,
            name=f"numbers {number}",
            value_format=formats[int(generator.integers(len(formats)))],
            n_channels=int(generator.integers(1, 9)),
            rate=str(generator.choice(["1000", "512.5", "0"])),
        )
        for number in range(int(generator.integers(1, 4)))
    ]
    texts = markers(stream_id=9)
    parts = [file_header(), *(stream.header() for stream in streams), texts.header()]
    at_s = 100.0
    for _ in range(int(generator.integers(5, 40))):
        stream = streams[int(generator.integers(len(streams)))]
        kind = int(generator.integers(10))
        if kind < 6:
            how = str(generator.choice(HOW))
            n = int(generator.choice([0, 1, 2, 17, 64, 300]))
            for _ in range(int(generator.choice([1, 1, 3, 20]))):
                stamps = random_stamps(generator, at_s, n, how)
                values = random_values(generator, n, stream)
                width = [None, 4, 8][int(generator.integers(3))]
                parts.append(stream.samples(values, stamps, width=width, count_width=width))
                at_s += 0.001 * n
        elif kind == 6:
            parts.append(boundary())
        elif kind == 7:
            parts.append(clock_offset(stream.stream_id, at_s, float(generator.normal())))
        else:
            said = [[str(generator.integers(10**6)) * int(generator.integers(60))]] * 2
            parts.append(texts.texts(said, [at_s, None if kind == 8 else at_s + 0.5]))
    for stream in (*streams, texts):
        parts.append(footer(stream.stream_id, 0))
    return b"".join(parts)


@pytest.mark.parametrize("seed", range(60))
def test_the_same_as_pyxdf(seed: int, tmp_path: Path) -> None:
    path = written(tmp_path / "x.xdf", random_file(seed))
    wanted, header = pyxdf.load_xdf(
        path, synchronize_clocks=False, dejitter_timestamps=False, verbose=False
    )
    file = XdfFile(path)
    assert file.warnings == ()
    assert file.start is not None
    assert file.start.isoformat() == "2026-01-05T08:00:00+00:00"
    assert header["info"]["version"] == ["1.0"]
    assert [s.header.stream_id for s in file.streams] == [s["info"]["stream_id"] for s in wanted]
    for stream, other in zip(file.streams, wanted, strict=True):
        info = other["info"]
        assert stream.header.name == info["name"][0]
        assert stream.header.nominal_rate_hz == float(info["nominal_srate"][0])
        assert list(stream.offset_times_s) == other["clock_times"]
        assert list(stream.offsets_s) == other["clock_values"]
        stamps = other["time_stamps"]
        assert len(stamps) == len(stream.stamps_s())
        np.testing.assert_allclose(stream.stamps_s(), stamps, rtol=0.0, atol=1e-7)
        if stream.samples is None:
            assert [list(text.values) for text in stream.read_texts()] == other["time_series"]
        elif len(stamps):
            values = all_values(stream)
            assert values.dtype == other["time_series"].dtype
            np.testing.assert_array_equal(values, other["time_series"])
    file.close()


def test_any_stretch_of_any_channels_is_read(tmp_path: Path) -> None:
    generator = np.random.default_rng(4)
    stream = RawStream(n_channels=5, value_format="int16")
    parts, values = [stream.header()], []
    for how in ("each", "first", "pairs", "pushes", "each", "each", "random", "none"):
        for _ in range(4):
            part = random_values(generator, 100, stream)
            parts.append(stream.samples(part, random_stamps(generator, 1.0, 100, how)))
            values.append(part)
    (read,) = opened(tmp_path, *parts).streams
    assert read.samples is not None
    whole = np.concatenate(values)
    for _ in range(300):
        first, end = np.sort(generator.integers(0, len(whole), 2))
        channels = generator.permutation(5)[: int(generator.integers(1, 6))]
        part = read.samples.read(int(first), int(end - first), channels)
        np.testing.assert_array_equal(part, whole[first:end, channels].T)


def regular(n_chunks: int, *, rows: int = 20) -> tuple[RawStream, list[bytes], Values]:
    """Return even chunks of a stream at 1 kHz, each sample with a stamp."""
    stream = RawStream()
    values = np.arange(n_chunks * rows * 2, dtype=np.float32).reshape(-1, 2)
    chunks = [
        stream.samples(
            values[k * rows : (k + 1) * rows],
            [10.0 + 0.001 * (k * rows + row) for row in range(rows)],
        )
        for k in range(n_chunks)
    ]
    return stream, chunks, values


def test_even_chunks_take_one_entry(tmp_path: Path) -> None:
    stream, chunks, values = regular(500)
    (read,) = opened(tmp_path, stream.header(), *chunks, footer(1, 10_000)).streams
    assert read.samples is not None
    assert len(list(read.samples.entries())) <= 2
    np.testing.assert_array_equal(all_values(read), values)
    assert read.n_counted == 10_000


@pytest.mark.parametrize("cut", [1, 7, 25, 90, 340])
def test_a_cut_recording_is_read_up_to_the_cut(cut: int, tmp_path: Path) -> None:
    stream, chunks, values = regular(40)
    content = file_header() + stream.header() + b"".join(chunks)
    file = XdfFile(written(tmp_path / "x.xdf", content[:-cut]))
    assert codes(file) >= {"xdf_cut"}
    n_lost = -(-cut // 17)
    np.testing.assert_array_equal(all_values(file.streams[0]), values[: len(values) - n_lost])


def test_without_footers_it_was_not_ended(tmp_path: Path) -> None:
    stream, chunks, values = regular(5)
    file = opened(tmp_path, stream.header(), *chunks)
    assert codes(file) == {"xdf_cut"}
    assert len(all_values(file.streams[0])) == len(values)


@pytest.mark.parametrize("length", [0, 3, 200, 349, 351, 1000, 2**31, 2**60])
def test_a_length_that_lies_costs_no_other_chunk(length: int, tmp_path: Path) -> None:
    stream, chunks, values = regular(12)
    lying = stream.samples(
        values[100:120], [10.1 + 0.001 * k for k in range(20)], length=length, width=8
    )
    parts = [*chunks[:5], lying, *chunks[6:], boundary(), footer(1, 240)]
    file = opened(tmp_path, stream.header(), *parts)
    read = all_values(file.streams[0])
    assert len(read) >= 220
    assert {tuple(row) for row in values[:100]} <= {tuple(row) for row in read}
    assert {tuple(row) for row in values[120:]} <= {tuple(row) for row in read}


@pytest.mark.parametrize("garbage", [b"\x00" * 50, b"\x01\x05\x00", bytes(range(256)) * 20])
def test_garbage_between_chunks_is_passed_over(garbage: bytes, tmp_path: Path) -> None:
    stream, chunks, values = regular(12)
    parts = [*chunks[:6], garbage, *chunks[6:], footer(1, 240)]
    file = opened(tmp_path, stream.header(), *parts)
    np.testing.assert_array_equal(all_values(file.streams[0]), values)
    assert codes(file) == {"xdf_damaged"}


@pytest.mark.parametrize("count", [0, 1, 19, 21, 255])
def test_a_count_that_lies_is_told_and_what_is_there_is_read(count: int, tmp_path: Path) -> None:
    stream, chunks, values = regular(6)
    lying = stream.samples(values[40:60], [10.04 + 0.001 * k for k in range(20)], count=count)
    file = opened(tmp_path, stream.header(), *chunks[:2], lying, *chunks[3:], footer(1, 120))
    read = all_values(file.streams[0])
    assert len(read) == (100 if count == 0 else 120)
    assert count == 0 or codes(file) == {"xdf_count_wrong"}


def test_a_count_beyond_all_memory_is_not_allocated(tmp_path: Path) -> None:
    stream, chunks, values = regular(3)
    lying = stream.samples(values[:0], [], count=2**62, count_width=8)
    text = markers().texts([["Stim"]], [1.0], count=2**31)
    file = opened(tmp_path, stream.header(), markers().header(), lying, text, *chunks, footer(1, 9))
    np.testing.assert_array_equal(all_values(file.streams[0]), values)
    assert [t.values for t in file.streams[1].read_texts()] == [("Stim",)]


def test_empty_streams_are_streams(tmp_path: Path) -> None:
    stream, chunks, _ = regular(2)
    empty = RawStream(stream_id=7, name="empty")
    none = empty.samples(np.zeros((0, 2)), [])
    file = opened(tmp_path, empty.header(), stream.header(), none, *chunks, footer(7, 0))
    assert [s.has_samples for s in file.streams] == [False, True]
    assert file.warnings == ()


def test_a_number_that_two_streams_share_stays_with_the_first(tmp_path: Path) -> None:
    stream, chunks, values = regular(4)
    other = RawStream(name="other", n_channels=3)
    file = opened(tmp_path, stream.header(), *chunks[:2], other.header(), *chunks[2:])
    assert codes(file) >= {"xdf_stream_twice"}
    np.testing.assert_array_equal(all_values(file.streams[0]), values)


def test_a_header_twice_is_one_stream(tmp_path: Path) -> None:
    stream, chunks, values = regular(4)
    parts = [stream.header(), *chunks[:2], stream.header(), *chunks[2:], footer(1, 80)]
    file = opened(tmp_path, *parts)
    assert file.warnings == ()
    np.testing.assert_array_equal(all_values(file.streams[0]), values)


def test_samples_without_a_header_are_told(tmp_path: Path) -> None:
    stream, chunks, values = regular(4)
    lost = RawStream(stream_id=5).samples(np.zeros((3, 2)), [1.0, None, None])
    file = opened(tmp_path, stream.header(), *chunks[:2], lost, *chunks[2:], footer(1, 80))
    assert codes(file) == {"xdf_without_header"}
    np.testing.assert_array_equal(all_values(file.streams[0]), values)


@pytest.mark.parametrize(
    ("described", "told"),
    [
        ({"channel_format": "complex128"}, "complex128"),
        ({"channel_count": "0"}, "'0' channels"),
        ({"channel_count": "2.5"}, "'2.5' channels"),
        ({"channel_count": "9999999999"}, "channels"),
        ({"name": "&no;"}, "no XML"),
    ],
)
def test_a_header_that_cannot_be_used_leaves_its_stream_out(
    described: dict[str, str], told: str, tmp_path: Path
) -> None:
    stream, chunks, _ = regular(2)
    broken = RawStream(stream_id=4, described=described)
    file = opened(tmp_path, broken.header(), stream.header(), *chunks, footer(1, 40))
    assert [s.header.stream_id for s in file.streams] == [1]
    (warning,) = file.warnings
    assert told in warning.message


def test_chunks_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    stream, chunks, values = regular(4)
    file = opened(tmp_path, stream.header(), *chunks[:2], chunk(17, b"new" * 40), *chunks[2:])
    np.testing.assert_array_equal(all_values(file.streams[0]), values)


@pytest.mark.parametrize(
    "content", [b"", b"XDF", b"XDF:", b"EDF:", b"XDF:" + b"\xff" * 1000, file_header()]
)
def test_a_file_without_a_stream_is_one_clear_line(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match=r"x\.xdf: ") as caught:
        XdfFile(written(tmp_path / "x.xdf", content))
    assert "\n" not in str(caught.value)


def test_reading_after_the_end_of_its_use_is_an_error(tmp_path: Path) -> None:
    stream, chunks, _ = regular(2)
    file = opened(tmp_path, stream.header(), *chunks)
    file.close()
    file.close()
    with pytest.raises(SourceFormatError, match="is closed"):
        all_values(file.streams[0])


def damaged(content: bytes, generator: np.random.Generator) -> bytes:
    """Return a file cut, with bytes changed, taken out or put in."""
    held = bytearray(content)
    for _ in range(int(generator.integers(1, 8))):
        at = int(generator.integers(4, len(held)))
        match int(generator.integers(4)):
            case 0:
                held[at] = int(generator.integers(256))
            case 1:
                held[at] ^= 1 << int(generator.integers(8))
            case 2:
                del held[at : at + int(generator.integers(1, 60))]
            case _:
                held[at:at] = generator.bytes(int(generator.integers(1, 60)))
    if generator.random() < 0.4:
        del held[int(generator.integers(4, len(held))) :]
    return bytes(held)


@pytest.mark.parametrize("seed", range(150))
def test_damage_anywhere_gives_a_result_or_one_clear_line(seed: int, tmp_path: Path) -> None:
    generator = np.random.default_rng(1000 + seed)
    content = damaged(random_file(seed % 20), generator)
    told, file = "", None
    try:
        file = XdfFile(written(tmp_path / "x.xdf", content))
    except SourceFormatError as fault:
        told = str(fault)
    if file is None:
        _must_be_lines([told])
        return
    for stream in file.streams:
        stamps = stream.stamps_s()
        if stream.samples is not None:
            assert stream.samples.n_samples <= len(content)
            assert len(stamps) == stream.samples.n_samples
            if stream.samples.n_samples:
                _ = all_values(stream)
    _must_be_lines([warning.message for warning in file.warnings])
    file.close()


def _must_be_lines(texts: Sequence[str]) -> None:
    assert all(text and "\n" not in text for text in texts)
