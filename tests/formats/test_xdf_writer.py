"""What is written as XDF, read back by us and by pyxdf."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import pyxdf

from amr_monitor.formats.xdf import XdfFile
from amr_monitor.formats.xdf_header import VALUE_TYPES
from amr_monitor.formats.xdf_writer import ChannelToWrite, StreamToWrite, XdfWriter
from amr_monitor.model.errors import StorageError

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
NUMBERS = [name for name, kind in VALUE_TYPES.items() if kind is not None]


def stream(value_format: str = "float32", rate_hz: float = 1000.0) -> StreamToWrite:
    return StreamToWrite(
        name="amp <1>",
        kind="EMG",
        value_format=value_format,
        nominal_rate_hz=rate_hz,
        channels=(
            ChannelToWrite(label="OOc & L", unit="microvolts", kind="EMG"),
            ChannelToWrite(label="Ment L"),
        ),
        source_id="serial 7",
        origin="simulated",
        rail_uv=5000.0,
    )


@pytest.mark.parametrize("value_format", NUMBERS)
def test_numbers_come_back(value_format: str, tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    stamps = 50.0 + np.arange(500) / 1000.0
    stamps[100:] += 0.25
    values = generator.integers(-100, 100, (500, 2)).astype(VALUE_TYPES[value_format])
    with XdfWriter(tmp_path / "x.xdf", start=START) as writer:
        number = writer.add_stream(stream(value_format))
        for first in range(0, 500, 125):
            chosen = slice(first, first + 125)
            writer.write_samples(number, stamps[chosen], values[chosen])
            writer.write_boundary()
        writer.write_offset(number, time_s=50.2, offset_s=-3.0)
    file = XdfFile(tmp_path / "x.xdf")
    assert file.warnings == ()
    assert file.start == START
    (read,) = file.streams
    assert read.samples is not None
    assert read.n_counted == read.samples.n_samples == 500
    np.testing.assert_array_equal(read.samples.read(0, 500, np.array([0, 1])).T, values)
    np.testing.assert_allclose(read.stamps_s(), stamps, atol=1e-9)
    assert (list(read.offset_times_s), list(read.offsets_s)) == ([50.2], [-3.0])
    ((other,), _) = pyxdf.load_xdf(
        tmp_path / "x.xdf", synchronize_clocks=False, dejitter_timestamps=False
    )
    np.testing.assert_array_equal(other["time_series"], values)
    np.testing.assert_allclose(other["time_stamps"], stamps, atol=1e-9)


def test_all_that_is_said_of_a_stream_comes_back(tmp_path: Path) -> None:
    with XdfWriter(tmp_path / "x.xdf", start=START) as writer:
        writer.add_stream(stream(rate_hz=0.0))
    header = XdfFile(tmp_path / "x.xdf").streams[0].header
    assert (header.name, header.kind, header.source_id) == ("amp <1>", "EMG", "serial 7")
    assert header.nominal_rate_hz == 0.0
    assert (header.origin, header.rail_uv) == ("simulated", 5000.0)
    assert [(c.label, c.unit, c.kind) for c in header.channels] == [
        ("OOc & L", "microvolts", "EMG"),
        ("Ment L", "", ""),
    ]


def test_texts_come_back(tmp_path: Path) -> None:
    said = [["Stim 8.0 mA"], ["\u00f6" * 200], [""]]
    with XdfWriter(tmp_path / "x.xdf", start=START) as writer:
        number = writer.add_stream(
            StreamToWrite(
                name="markers",
                kind="Markers",
                value_format="string",
                nominal_rate_hz=0.0,
                channels=(ChannelToWrite(label="text"),),
                is_described=False,
            )
        )
        writer.write_texts(number, [1.0, 2.5, 4.0], said)
        writer.write_texts(number, [], [])
    read = XdfFile(tmp_path / "x.xdf").streams[0].read_texts()
    assert [[*text.values] for text in read] == said
    assert [text.stamp_s for text in read] == [1.0, 2.5, 4.0]


def test_a_stamp_that_the_one_before_it_tells_is_left_out(tmp_path: Path) -> None:
    def size(stamps: list[float]) -> int:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.xdf"
        with XdfWriter(path, start=START) as writer:
            number = writer.add_stream(stream(rate_hz=4.0))
            writer.write_samples(number, np.array(stamps), np.zeros((len(stamps), 2)))
        return path.stat().st_size

    even, uneven = [1.0, 1.25, 1.5, 1.75], [1.0, 1.25, 1.51, 1.77]
    assert size(uneven) - size(even) == 2 * 8


def test_a_disk_that_does_not_take_it_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        XdfWriter(tmp_path / "nowhere" / "x.xdf", start=START)
