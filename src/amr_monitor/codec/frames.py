"""Sweeps and the baseline as binary frames, for display only.

::

    uint32  little-endian, length of the header in bytes
    header  JSON in UTF-8, padded with spaces so that the samples are aligned to 4 bytes
    float32 little-endian, rows of `n_columns`, one a muscle; of a baseline first
            the mean of every muscle, then its spread

A frame is built from what the monitor measured and is never read back into it.
"""

import math
import struct
from dataclasses import dataclass
from typing import Literal

import numpy as np

from amr_monitor.codec.values import (
    from_json_text,
    from_json_value,
    to_json_text,
    to_json_value,
)
from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.finding import (
    BaselineView,
    Measurement,
    MuscleStatus,
    Quality,
    SweepReport,
)
from amr_monitor.model.signal import FloatArray, read_only

LONGEST_FRAME = 16_000_000
"""Bytes; a sweep of 8 muscles, 120 ms at 20 kHz, has 80,000."""

_LONGEST_HEADER = 1_000_000
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMeasurement:
    """A `Measurement` with null for what is not a number in a broken sweep."""

    peak_to_peak_uv: float | None
    onset_latency_ms: float | None
    noise_rms_uv: float | None
    mains_uv: float | None
    artifact_uv: float | None
    m_wave_uv: float | None
    m_wave_percent: float | None
    artifact_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepHeader:
    """Header of a sweep for display.

    Attributes
    ----------
    kind : "sweep"
    seq : int
        Newest event that was known when the sweep was judged: `status` holds at it.
    sweep_number : int
    sample_index : int
    time_s : float
    current_ma : float or None
    muscles : tuple of Muscle
        One a row of samples; `quality`, `measurement` and `status` are in this order.
    start_ms, step_ms : float
    n_columns : int
    quality : tuple of Quality
    measurement : tuple of ShownMeasurement
    status : tuple of MuscleStatus
    """

    kind: Literal["sweep"] = "sweep"
    seq: int
    sweep_number: int
    sample_index: int
    time_s: float
    current_ma: float | None
    muscles: tuple[Muscle, ...]
    start_ms: float
    step_ms: float
    n_columns: int
    quality: tuple[Quality, ...]
    measurement: tuple[ShownMeasurement, ...]
    status: tuple[MuscleStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineHeader:
    """Header of the accepted baseline: mean rows, then spread rows.

    Attributes
    ----------
    kind : "baseline"
    seq : int
        Newest event when it was taken.
    epoch : int
    muscles : tuple of Muscle
    start_ms, step_ms : float
    n_columns : int
    windows_ms : tuple of (float, float)
        Measurement window of each muscle.
    """

    kind: Literal["baseline"] = "baseline"
    seq: int
    epoch: int
    muscles: tuple[Muscle, ...]
    start_ms: float
    step_ms: float
    n_columns: int
    windows_ms: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DisplayFrame:
    """A binary frame, read.

    Attributes
    ----------
    header : SweepHeader or BaselineHeader
    samples_uv : ndarray of float32, shape (n_rows, n_columns)
        One row a muscle; of a baseline the means, then the spreads.
    """

    header: SweepHeader | BaselineHeader
    samples_uv: FloatArray


def sweep_header(report: SweepReport, *, seq: int) -> SweepHeader:
    """Return what is told of a sweep beside its samples."""
    return SweepHeader(
        seq=seq,
        sweep_number=report.sweep_number,
        sample_index=report.sample_index,
        time_s=report.time_s,
        current_ma=report.current_ma,
        muscles=tuple(finding.muscle for finding in report.findings),
        start_ms=report.start_ms,
        step_ms=report.step_ms,
        n_columns=report.cleaned_uv.shape[1],
        quality=tuple(finding.quality for finding in report.findings),
        measurement=tuple(_shown(finding.measurement) for finding in report.findings),
        status=report.statuses,
    )


def sweep_to_frame(report: SweepReport, *, seq: int) -> bytes:
    """Return a sweep as a binary frame.

    Parameters
    ----------
    report : SweepReport
    seq : int
        Newest event that is out when the sweep is: a client paints the sweep's
        status only where it has painted that event.
    """
    return _frame(sweep_header(report, seq=seq), report.cleaned_uv)


def baseline_to_frame(view: BaselineView, *, muscles: tuple[Muscle, ...], seq: int) -> bytes:
    """Return the accepted baseline as a binary frame, mean rows first.

    Parameters
    ----------
    view : BaselineView
    muscles : tuple of Muscle
        Of the rows of the view, the montage's order.
    seq : int
        Newest event that is out.
    """
    header = BaselineHeader(
        seq=seq,
        epoch=view.epoch,
        muscles=muscles,
        start_ms=view.start_ms,
        step_ms=view.step_ms,
        n_columns=view.mean_uv.shape[1],
        windows_ms=view.windows_ms,
    )
    return _frame(header, np.vstack((view.mean_uv, view.spread_uv)))


def frame_to_bytes(frame: DisplayFrame) -> bytes:
    """Return a frame as bytes, as `frame_from_bytes` reads it."""
    return _frame(frame.header, frame.samples_uv)


def frame_from_bytes(frame: bytes) -> DisplayFrame:
    """Return what a binary frame holds.

    Raises
    ------
    ProtocolError
        The frame is cut, too long, or its parts do not fit each other.
    """
    if len(frame) > LONGEST_FRAME:
        raise ProtocolError(f"frame too long: {len(frame)} bytes, at most {LONGEST_FRAME}")
    if len(frame) < _LENGTH.size:
        raise ProtocolError(f"frame cut short: {len(frame)} bytes")
    (length,) = _LENGTH.unpack_from(frame)
    end = _LENGTH.size + length
    if end > len(frame):
        raise ProtocolError(f"frame cut short: a header of {length} bytes in {len(frame)}")
    message = from_json_text(frame[_LENGTH.size : end], longest=_LONGEST_HEADER)
    kind = message.get("kind") if isinstance(message, dict) else None
    header: SweepHeader | BaselineHeader
    if kind == "sweep":
        header = from_json_value(SweepHeader, message, "sweep")
        n_rows = len(header.muscles)
        lists: tuple[tuple[object, ...], ...] = (header.quality, header.measurement, header.status)
    elif kind == "baseline":
        header = from_json_value(BaselineHeader, message, "baseline")
        n_rows = 2 * len(header.muscles)
        lists = (header.windows_ms,)
    else:
        raise ProtocolError(f"unknown kind of frame: {str(kind)[:60]!r}")
    if any(len(items) != len(header.muscles) for items in lists):
        raise ProtocolError(f"{kind}: its lists must hold one item a muscle")
    n_bytes = len(frame) - end
    if header.n_columns < 0 or n_bytes != n_rows * header.n_columns * 4:
        raise ProtocolError(
            f"{kind}: {n_bytes} bytes of samples, not {n_rows} rows of {header.n_columns} float32"
        )
    samples = np.frombuffer(frame, dtype="<f4", offset=end).reshape(n_rows, header.n_columns)
    return DisplayFrame(header=header, samples_uv=read_only(samples))


def _frame(header: SweepHeader | BaselineHeader, samples_uv: FloatArray) -> bytes:
    text = to_json_text(to_json_value(header)).encode()
    text += b" " * (-(len(text) + _LENGTH.size) % 4)
    samples = np.ascontiguousarray(samples_uv, dtype="<f4").tobytes()
    return _LENGTH.pack(len(text)) + text + samples


def _shown(measurement: Measurement) -> ShownMeasurement:
    def finite(value: float | None) -> float | None:
        return value if value is not None and math.isfinite(value) else None

    return ShownMeasurement(
        peak_to_peak_uv=finite(measurement.peak_to_peak_uv),
        onset_latency_ms=finite(measurement.onset_latency_ms),
        noise_rms_uv=finite(measurement.noise_rms_uv),
        mains_uv=finite(measurement.mains_uv),
        artifact_uv=finite(measurement.artifact_uv),
        m_wave_uv=finite(measurement.m_wave_uv),
        m_wave_percent=finite(measurement.m_wave_percent),
        artifact_percent=finite(measurement.artifact_percent),
    )
