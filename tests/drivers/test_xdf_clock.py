"""When samples and markers were taken, on the recorder's clock."""

from pathlib import Path

import numpy as np
import pytest
import pyxdf

from amr_monitor.drivers.xdf_clock import (
    RecordedSegment,
    answers_for,
    clock_answers,
    recorded_segments,
    texts_on_recorder_s,
    told_stamps,
)
from amr_monitor.formats.xdf import XdfFile, XdfStream
from fixtures.generate import HERE
from tests.formats import xdf_bytes
from tests.formats.xdf_bytes import RawStream, markers

ROWS = 1000


def segments_of(stream: XdfStream) -> list[RecordedSegment]:
    return recorded_segments(stream, clock_answers(stream))


def stream_of(tmp_path: Path, *parts: bytes) -> XdfStream:
    path = tmp_path / "x.xdf"
    path.write_bytes(xdf_bytes.file_header() + b"".join(parts))
    return XdfFile(path).streams[0]


def with_answers(tmp_path: Path, answers: list[tuple[float, float]]) -> XdfStream:
    told = [xdf_bytes.clock_offset(1, *answer) for answer in answers]
    return stream_of(tmp_path, RawStream().header(), *told)


def chunk(first: int, *, step_s: float = 0.0, rows: int = ROWS) -> bytes:
    """Return samples at 1 kHz, a stamp for each."""
    index = np.arange(first, first + rows)
    values = np.stack([index, index], axis=1)
    return RawStream().samples(values, (10.0 + step_s + index / 1000.0).tolist())


def test_answers_lie_straight_from_one_to_the_next(tmp_path: Path) -> None:
    (answers,) = clock_answers(with_answers(tmp_path, [(10.0, 2.0), (20.0, 2.001)]))
    moved = answers.on_recorder_s(np.array([5.0, 10.0, 15.0, 20.0, 30.0]))
    np.testing.assert_allclose(moved, [7.0, 12.0, 17.0005, 22.001, 32.001])


def test_one_answer_that_the_network_delayed_counts_for_nothing(tmp_path: Path) -> None:
    told = [(5.0 * k, 2.0) for k in range(9)]
    told[3] = (15.0, 2.08)
    told[6] = (30.0, 9.0)
    (answers,) = clock_answers(with_answers(tmp_path, told))
    np.testing.assert_allclose(answers.offsets_s, 2.0)


@pytest.mark.parametrize("jump_s", [-1000.0, 1000.0, 0.5])
def test_answers_of_a_clock_that_was_set_anew_stand_alone(jump_s: float, tmp_path: Path) -> None:
    told = [(100.0 + 5.0 * k, 2.0) for k in range(4)]
    told += [(120.0 + jump_s + 5.0 * k, 2.0 - jump_s) for k in range(4)]
    first, second = clock_answers(with_answers(tmp_path, told))
    assert set(first.offsets_s) == {2.0}
    assert set(second.offsets_s) == {2.0 - jump_s}


def test_of_one_computer_the_answers_of_any_stream_will_do(tmp_path: Path) -> None:
    hosts = {"hostname": "theatre"}
    parts = [
        RawStream(described=hosts).header(),
        RawStream(stream_id=2, described=hosts).header(),
        RawStream(stream_id=3, described={"hostname": "other"}).header(),
        RawStream(stream_id=4).header(),
        xdf_bytes.clock_offset(2, 10.0, 3.0),
    ]
    path = tmp_path / "x.xdf"
    path.write_bytes(xdf_bytes.file_header() + b"".join(parts))
    streams = XdfFile(path).streams
    assert [len(answers_for(stream, streams)) for stream in streams] == [1, 1, 0, 0]


def test_without_answers_stamps_are_the_recorders(tmp_path: Path) -> None:
    (segment,) = segments_of(stream_of(tmp_path, RawStream().header(), chunk(0)))
    assert segment.clock.onset_s == pytest.approx(10.0)


def test_a_stream_without_samples_has_no_segment(tmp_path: Path) -> None:
    assert segments_of(stream_of(tmp_path, RawStream().header())) == []
    assert segments_of(stream_of(tmp_path, markers().header())) == []


def test_without_any_stamp_time_counts_from_zero(tmp_path: Path) -> None:
    bare = RawStream().samples(np.zeros((100, 2)), [None] * 100)
    (segment,) = segments_of(stream_of(tmp_path, RawStream().header(), bare))
    assert segment.clock.onset_s == pytest.approx(0.001)


def test_of_long_even_chunks_the_ends_tell_the_time(tmp_path: Path) -> None:
    parts = [chunk(ROWS * k) for k in range(10)]
    stream = stream_of(tmp_path, RawStream().header(), *parts)
    assert stream.samples is not None
    told = list(told_stamps(stream.samples, nominal_rate_hz=1000.0))
    whole = stream.stamps_s()
    first_look = sum(len(indices) for indices, _ in told)
    assert first_look <= 10 * ROWS
    for indices, stamps in told:
        np.testing.assert_array_equal(stamps, whole[indices])


def test_one_sample_lost_within_a_long_chunk_is_found(tmp_path: Path) -> None:
    parts = [chunk(ROWS * k) for k in range(6)]
    index = np.delete(np.arange(6 * ROWS, 7 * ROWS + 1), 400)
    parts.append(RawStream().samples(np.zeros((ROWS, 2)), (10.0 + index / 1000.0).tolist()))
    parts += [chunk(ROWS * k + 1) for k in range(7, 12)]
    first, second = segments_of(stream_of(tmp_path, RawStream().header(), *parts))
    assert second.clock.first_index == 6 * ROWS + 400
    assert second.clock.onset_s - first.clock.end_s == pytest.approx(0.001, abs=1e-6)


def test_between_two_settings_of_a_clock_time_goes_on(tmp_path: Path) -> None:
    # The clock goes back by 5 s; the answer to that comes a second later.
    parts = [chunk(0, rows=5000), chunk(5000, step_s=-5.0, rows=5000)]
    before = [xdf_bytes.clock_offset(1, 10.0 + k, 0.0) for k in range(4)]
    after = [xdf_bytes.clock_offset(1, 11.0 + k, 5.0) for k in range(4)]
    stream = stream_of(tmp_path, RawStream().header(), *before, *parts, *after)
    first, second = segments_of(stream)
    assert second.is_reset
    assert second.clock.onset_s == pytest.approx(first.clock.end_s, abs=1e-3)


def test_texts_go_by_the_answers_of_their_place(tmp_path: Path) -> None:
    texts = markers(stream_id=1)
    parts = [
        texts.header(),
        xdf_bytes.clock_offset(1, 100.0, 1.0),
        texts.texts([["a"]], [102.0]),
        xdf_bytes.clock_offset(1, 105.0, 1.0),
        texts.texts([["b"], ["c"]], [109.0, 40.0]),
        xdf_bytes.clock_offset(1, 45.0, 66.0),
        texts.texts([["d"]], [104.0]),
    ]
    stream = stream_of(tmp_path, *parts)
    times = texts_on_recorder_s(stream.read_texts(), clock_answers(stream))
    np.testing.assert_allclose(times, [103.0, 110.0, 106.0, 170.0])
    assert texts_on_recorder_s(stream.read_texts(), []) == [102.0, 109.0, 40.0, 104.0]


def test_the_same_clock_as_pyxdf_but_for_jitter() -> None:
    path = HERE / "lab_recorder.xdf"
    wanted, _ = pyxdf.load_xdf(path, dejitter_timestamps=False, verbose=False)
    file = XdfFile(path)
    for stream, other in zip(file.streams, wanted, strict=True):
        if stream.samples is None:
            times = np.array(texts_on_recorder_s(stream.read_texts(), clock_answers(stream)))
            np.testing.assert_allclose(times, other["time_stamps"], atol=1e-4)
            continue
        segments = segments_of(stream)
        assert [s.is_reset for s in segments] == [False, True]
        times = np.concatenate(
            [
                s.clock.time_s(
                    np.arange(s.clock.first_index, s.clock.first_index + s.clock.n_samples)
                )
                for s in segments
            ]
        )
        off_s = times - other["time_stamps"]
        assert abs(float(np.median(off_s))) < 1e-4
        assert np.abs(off_s).max() < 2e-3
    file.close()
