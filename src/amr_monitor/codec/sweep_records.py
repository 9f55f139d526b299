"""A sweep as it is kept beside a verdict: figures as JSON, samples as raw bytes.

The samples are float32, little-endian: first the rows as they were received, one
a muscle, then the same rows cleaned, as they were shown.
"""

from dataclasses import dataclass

import numpy as np

from amr_monitor.codec.frames import ShownMeasurement, sweep_header
from amr_monitor.codec.values import (
    from_json_text,
    from_json_value,
    to_json_text,
    to_json_value,
)
from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.finding import Quality, SweepReport
from amr_monitor.model.signal import FloatArray, read_only

LONGEST_HEADER = 100_000
"""Characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRecordHeader:
    """What is kept of a sweep beside its samples.

    Attributes
    ----------
    sweep_number : int
    sample_index, time_s : int, float
        Of the stimulus.
    current_ma : float or None
    muscles : tuple of Muscle
        One a row; `quality` and `measurement` are in this order.
    raw_start_ms, raw_step_ms : float
        Of the columns of the raw rows, relative to the stimulus.
    n_raw_columns : int
    start_ms, step_ms : float
        Of the columns of the cleaned rows.
    n_columns : int
    quality : tuple of Quality
    measurement : tuple of ShownMeasurement
    """

    sweep_number: int
    sample_index: int
    time_s: float
    current_ma: float | None
    muscles: tuple[Muscle, ...]
    raw_start_ms: float
    raw_step_ms: float
    n_raw_columns: int
    start_ms: float
    step_ms: float
    n_columns: int
    quality: tuple[Quality, ...]
    measurement: tuple[ShownMeasurement, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepRecord:
    """A sweep that stands beside a verdict.

    Attributes
    ----------
    header : SweepRecordHeader
    raw_uv : ndarray of float32, shape (n_muscles, n_raw_columns)
        As it was received.
    cleaned_uv : ndarray of float32, shape (n_muscles, n_columns)
        As it was shown.
    """

    header: SweepRecordHeader
    raw_uv: FloatArray
    cleaned_uv: FloatArray


def sweep_record(report: SweepReport) -> SweepRecord:
    """Return what is kept of a sweep."""
    shown = sweep_header(report, seq=0)
    raw_uv = report.raw_uv
    if raw_uv is None:
        raw_uv = np.zeros((len(shown.muscles), 0), dtype=np.float32)
    header = SweepRecordHeader(
        sweep_number=report.sweep_number,
        sample_index=report.sample_index,
        time_s=report.time_s,
        current_ma=report.current_ma,
        muscles=shown.muscles,
        raw_start_ms=report.raw_start_ms,
        raw_step_ms=report.raw_step_ms,
        n_raw_columns=raw_uv.shape[1],
        start_ms=report.start_ms,
        step_ms=report.step_ms,
        n_columns=report.cleaned_uv.shape[1],
        quality=shown.quality,
        measurement=shown.measurement,
    )
    return SweepRecord(header=header, raw_uv=raw_uv, cleaned_uv=report.cleaned_uv)


def sweep_record_to_row(record: SweepRecord) -> tuple[str, bytes]:
    """Return the header as JSON, and the samples as bytes."""
    parts = (np.ascontiguousarray(rows, dtype="<f4") for rows in (record.raw_uv, record.cleaned_uv))
    return to_json_text(to_json_value(record.header)), b"".join(part.tobytes() for part in parts)


def sweep_record_from_row(header: str, samples: bytes) -> SweepRecord:
    """Return the sweep that a header and its samples give.

    Raises
    ------
    ProtocolError
        They are none, or do not belong together.
    """
    told = from_json_value(
        SweepRecordHeader, from_json_text(header, longest=LONGEST_HEADER), "sweep"
    )
    n_rows = len(told.muscles)
    n_raw, n_shown = n_rows * told.n_raw_columns, n_rows * told.n_columns
    if min(told.n_raw_columns, told.n_columns) < 0 or len(samples) != 4 * (n_raw + n_shown):
        raise ProtocolError(
            f"sweep at sample {told.sample_index}: {len(samples)} bytes of samples,"
            f" not {n_rows} rows of {told.n_raw_columns} and {told.n_columns} float32"
        )
    values = np.frombuffer(samples, dtype="<f4")
    return SweepRecord(
        header=told,
        raw_uv=read_only(values[:n_raw].reshape(n_rows, told.n_raw_columns)),
        cleaned_uv=read_only(values[n_raw:].reshape(n_rows, told.n_columns)),
    )
