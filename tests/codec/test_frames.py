import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.codec import (
    BaselineHeader,
    SweepHeader,
    baseline_to_frame,
    frame_from_bytes,
    sweep_header,
    sweep_to_frame,
)
from amr_monitor.model.case import Muscle, Reason
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.finding import (
    BaselineView,
    Finding,
    Measurement,
    MuscleStatus,
    Quality,
    SweepReport,
)
from tests.codec.strategies import NUMBERS, values_of


@st.composite
def reports(draw: st.DrawFn) -> SweepReport:
    muscles = draw(st.lists(st.sampled_from(Muscle), min_size=1, max_size=3, unique=True))
    n_columns = draw(st.integers(1, 20))
    seed = draw(st.integers(0, 2**32 - 1))
    samples = np.random.default_rng(seed).normal(0, 50, (len(muscles), n_columns))
    return SweepReport(
        sweep_number=draw(st.integers(1, 100_000)),
        sample_index=draw(st.integers(0, 2**40)),
        time_s=draw(NUMBERS),
        current_ma=draw(st.none() | NUMBERS),
        start_ms=draw(NUMBERS),
        step_ms=draw(NUMBERS),
        cleaned_uv=samples.astype(np.float32),
        findings=tuple(
            Finding(
                muscle=muscle,
                quality=draw(values_of(Quality)),
                measurement=draw(values_of(Measurement)),
                log_likelihood=np.empty(0),
            )
            for muscle in muscles
        ),
        statuses=tuple(draw(values_of(MuscleStatus)) for _ in muscles),
    )


def one_report(**measured: float) -> SweepReport:
    figures = {
        "peak_to_peak_uv": 84.0,
        "onset_latency_ms": 10.2,
        "noise_rms_uv": 4.0,
        "mains_uv": 1.0,
        "artifact_uv": 900.0,
        "m_wave_uv": 20.0,
    }
    return SweepReport(
        sweep_number=3,
        sample_index=60_000,
        time_s=12.0,
        current_ma=8.0,
        start_ms=-20.0,
        step_ms=0.2,
        cleaned_uv=np.zeros((1, 5), dtype=np.float32),
        findings=(
            Finding(
                muscle=Muscle.MENTALIS,
                quality=Quality(accepted=False, reasons=(Reason.NOT_A_NUMBER,)),
                measurement=Measurement(**(figures | measured)),
                log_likelihood=np.empty(0),
            ),
        ),
        statuses=(),
    )


@given(reports(), st.integers(0, 10_000))
def test_a_sweep_comes_back_as_it_was(report: SweepReport, seq: int) -> None:
    read = frame_from_bytes(sweep_to_frame(report, seq=seq))
    assert read.header == sweep_header(report, seq=seq)
    assert isinstance(read.header, SweepHeader)
    np.testing.assert_array_equal(read.samples_uv, report.cleaned_uv)
    assert not read.samples_uv.flags.writeable


def test_a_baseline_comes_back_with_means_before_spreads() -> None:
    mean = np.arange(8, dtype=np.float32).reshape(2, 4)
    view = BaselineView(
        epoch=2,
        start_ms=-20.0,
        step_ms=0.2,
        mean_uv=mean,
        spread_uv=mean + 100,
        windows_ms=((8.0, 28.0), (11.0, 28.0)),
    )
    muscles = (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    read = frame_from_bytes(baseline_to_frame(view, muscles=muscles, seq=9))
    assert isinstance(read.header, BaselineHeader)
    assert (read.header.epoch, read.header.seq, read.header.muscles) == (2, 9, muscles)
    np.testing.assert_array_equal(read.samples_uv, np.vstack((mean, mean + 100)))


def test_samples_begin_at_a_multiple_of_four_bytes() -> None:
    for number in (1, 10, 100, 1000, 10_000):
        frame = baseline_to_frame(
            BaselineView(
                epoch=number,
                start_ms=0.0,
                step_ms=1.0,
                mean_uv=np.ones((1, 2), dtype=np.float32),
                spread_uv=np.ones((1, 2), dtype=np.float32),
                windows_ms=((8.0, 28.0),),
            ),
            muscles=(Muscle.MENTALIS,),
            seq=0,
        )
        (length,) = struct.unpack_from("<I", frame)
        assert (4 + length) % 4 == 0
        assert json.loads(frame[4 : 4 + length])["epoch"] == number


def test_what_is_not_a_number_in_a_broken_sweep_is_told_as_null() -> None:
    header = sweep_header(one_report(noise_rms_uv=float("nan"), mains_uv=float("inf")), seq=0)
    assert (header.measurement[0].noise_rms_uv, header.measurement[0].mains_uv) == (None, None)
    assert header.measurement[0].artifact_uv == 900.0


def frame_of(header: object, samples: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text + samples


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (b"", "cut short: 0 bytes"),
        (b"\x01\x00", "cut short: 2 bytes"),
        (b"\xff\xff\xff\xff{}", "cut short: a header of 4294967295 bytes"),
        (b"\x02\x00\x00\x00[]", "unknown kind"),
        (b"\x02\x00\x00\x00\xff\xff", "not JSON"),
        (frame_of({"kind": "movie"}), "unknown kind of frame: 'movie'"),
        (frame_of({"kind": "sweep"}), "sweep.seq is missing"),
        (bytes(16_000_001), "too long"),
    ],
)
def test_a_malformed_frame_is_refused(frame: bytes, complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        frame_from_bytes(frame)


def test_a_frame_whose_samples_do_not_fit_its_header_is_refused() -> None:
    view = BaselineView(
        epoch=1,
        start_ms=0.0,
        step_ms=1.0,
        mean_uv=np.ones((1, 2), dtype=np.float32),
        spread_uv=np.ones((1, 2), dtype=np.float32),
        windows_ms=((8.0, 28.0),),
    )
    frame = baseline_to_frame(view, muscles=(Muscle.MENTALIS,), seq=0)
    with pytest.raises(ProtocolError, match="15 bytes of samples, not 2 rows of 2 float32"):
        frame_from_bytes(frame[:-1])
    with pytest.raises(ProtocolError, match="bytes of samples"):
        frame_from_bytes(frame + b"\x00" * 4)


def test_a_sweep_whose_lists_miss_a_muscle_is_refused() -> None:
    frame = sweep_to_frame(one_report(), seq=0)
    with pytest.raises(ProtocolError, match="one item a muscle"):
        frame_from_bytes(frame)


@given(st.binary(max_size=300))
def test_no_bytes_whatever_bring_anything_but_a_protocol_error(noise: bytes) -> None:
    with pytest.raises(ProtocolError):
        frame_from_bytes(noise)
