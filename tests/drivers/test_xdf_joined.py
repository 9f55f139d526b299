"""Streams of one device that came back, as one run of samples."""

from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.drivers.xdf_clock import RecordedSegment
from amr_monitor.drivers.xdf_joined import JoinedSamples, joined
from amr_monitor.drivers.xdf_streams import EmgStream, emg_streams
from amr_monitor.formats.xdf import XdfFile
from amr_monitor.model.errors import SourceFormatError
from tests.formats.xdf_bytes import RawStream, file_header

ALL = np.array([0, 1])


def found(tmp_path: Path, *streams: tuple[RawStream, float]) -> list[EmgStream]:
    """Return streams of a second each, that begin at these times."""
    parts = [stream.header() for stream, _ in streams]
    for stream, start_s in streams:
        values = stream.stream_id * 1000 + np.arange(2000).reshape(1000, 2)
        parts.append(stream.samples(values, (start_s + np.arange(1000) / 1000.0).tolist()))
    path = tmp_path / "x.xdf"
    path.write_bytes(file_header() + b"".join(parts))
    return emg_streams(XdfFile(path).streams, MontageSettings(), name="x.xdf")


def run(chosen: list[EmgStream]) -> tuple[JoinedSamples, list[RecordedSegment]]:
    return joined(chosen, streams=[each.stream for each in chosen], name="x.xdf")


def test_one_stream_is_itself(tmp_path: Path) -> None:
    samples, (segment,) = run(found(tmp_path, (RawStream(), 5.0)))
    assert samples.n_samples == 1000
    assert not segment.is_other_stream
    assert samples.read(10, 0, ALL).shape == (2, 0)


def test_streams_after_each_other_are_one_in_order_of_time(tmp_path: Path) -> None:
    later, earlier = RawStream(stream_id=1), RawStream(stream_id=2)
    samples, segments = run(found(tmp_path, (later, 50.0), (earlier, 5.0)))
    assert samples.firsts == [0, 1000]
    assert [s.clock.first_index for s in segments] == [0, 1000]
    assert [round(s.clock.onset_s, 6) for s in segments] == [5.0, 50.0]
    assert [s.is_other_stream for s in segments] == [False, True]
    read = samples.read(999, 2, ALL)
    np.testing.assert_array_equal(read, [[3998, 1000], [3999, 1001]])


@pytest.mark.parametrize(
    "other",
    [
        RawStream(stream_id=2, rate="500"),
        RawStream(stream_id=2, channels=(("OOc L", "mV"), ("Ment L", "uV"))),
        RawStream(stream_id=2, name="another"),
    ],
    ids=["rate", "unit", "name"],
)
def test_streams_that_are_not_alike_are_not_joined(other: RawStream, tmp_path: Path) -> None:
    chosen = found(tmp_path, (RawStream(), 5.0), (other, 50.0))
    with pytest.raises(SourceFormatError, match="hold the same muscles"):
        run(chosen)


def test_streams_at_the_same_time_are_not_joined(tmp_path: Path) -> None:
    chosen = found(tmp_path, (RawStream(), 5.0), (RawStream(stream_id=2), 5.2))
    with pytest.raises(SourceFormatError, match="hold the same muscles"):
        run(chosen)
