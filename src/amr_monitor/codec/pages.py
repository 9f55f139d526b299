"""Sweeps as they are kept for review, sixty to a page: figures, headers, samples.

A page holds sweeps of one form: the same muscles, the same columns. Its samples
are float16, sweep by sweep, muscle by muscle, at most 5 values a millisecond,
the two bytes of the numbers laid apart (which packs better), deflated. A float16
holds three digits: 100 uV to 0.06 uV. The raw samples stand in the recording,
and beside every verdict.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from amr_monitor.codec.frames import SweepHeader, sweep_header
from amr_monitor.codec.values import (
    JsonValue,
    from_json_text,
    from_json_value,
    to_json_text,
    to_json_value,
)
from amr_monitor.model.case import (
    AmrState,
    Certainty,
    IndeterminateClass,
    Muscle,
    Reason,
)
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.finding import SweepReport
from amr_monitor.model.signal import FloatArray, read_only
from amr_monitor.model.trend import MUSCLE_COLUMNS, MuscleTrend, Trend

SWEEPS_A_PAGE = 60

FINEST_STEP_MS = 0.2
"""Columns that lie closer are averaged: nothing of a response is finer."""

LARGEST_UV = 65_504.0
"""What a float16 holds; what is beyond is told as that."""

LONGEST_PAGE = 64_000_000
"""Bytes, unpacked; a page of 8 muscles, 100 ms, has 480,000 and its headers."""

_PACKING = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptSweep:
    """A sweep that can still be shown.

    Attributes
    ----------
    header : SweepHeader
    samples_uv : ndarray of float32, shape (n_muscles, n_columns)
    """

    header: SweepHeader
    samples_uv: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PageForm:
    """What all sweeps of a page have in common.

    Attributes
    ----------
    muscles : tuple of Muscle
        One a row of samples.
    start_ms, step_ms : float
        Of the columns, relative to the stimulus.
    n_columns : int
    """

    muscles: tuple[Muscle, ...]
    start_ms: float
    step_ms: float
    n_columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedPage:
    """A page as it is stored.

    Attributes
    ----------
    form, trend : str
        `PageForm` and `Trend` as JSON.
    headers, samples : bytes
        Deflated.
    """

    form: str
    trend: str
    headers: bytes
    samples: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePage:
    """The samples of a page, still packed, with what it takes to lay them out.

    Attributes
    ----------
    form : PageForm
    trend : Trend
    packed : bytes
    """

    form: PageForm
    trend: Trend
    packed: bytes

    def samples_uv(self) -> npt.NDArray[np.float16]:
        """Return the samples, shaped (n_sweeps, n_muscles, n_columns).

        Raises
        ------
        ProtocolError
            They are damaged.
        """
        return page_samples(self.form, len(self.trend), self.packed)


def kept_sweep(report: SweepReport, *, seq: int) -> KeptSweep:
    """Return a sweep as it is kept for review.

    Parameters
    ----------
    report : SweepReport
    seq : int
        Newest event that was known when it was judged.
    """
    header = sweep_header(report, seq=seq)
    return coarsened(KeptSweep(header=header, samples_uv=report.cleaned_uv))


def coarsened(sweep: KeptSweep) -> KeptSweep:
    """Return a sweep with columns that lie too close averaged."""
    header, samples = sweep.header, sweep.samples_uv
    every = max(1, math.floor(FINEST_STEP_MS / header.step_ms + 1e-6))
    if every > 1:
        n_columns = samples.shape[1] // every
        whole = samples[:, : n_columns * every]
        samples = whole.reshape(len(samples), n_columns, every).mean(axis=2, dtype=np.float32)
        header = replace(
            header,
            start_ms=round(header.start_ms + header.step_ms * (every - 1) / 2.0, 4),
            step_ms=header.step_ms * every,
            n_columns=n_columns,
        )
    return KeptSweep(header=header, samples_uv=read_only(samples))


def form_of(sweep: KeptSweep) -> PageForm:
    """Return what a sweep must have in common with others to be on one page."""
    header = sweep.header
    return PageForm(
        muscles=header.muscles,
        start_ms=header.start_ms,
        step_ms=header.step_ms,
        n_columns=header.n_columns,
    )


def trend_of(headers: Sequence[SweepHeader]) -> Trend:
    """Return the figures of sweeps of one form, column by column."""
    muscles = headers[0].muscles if headers else ()
    return Trend(
        sweep_number=tuple(header.sweep_number for header in headers),
        sample_index=tuple(header.sample_index for header in headers),
        time_s=tuple(header.time_s for header in headers),
        current_ma=tuple(shortened(header.current_ma) for header in headers),
        muscles=tuple(_muscle_trend(muscle, row, headers) for row, muscle in enumerate(muscles)),
    )


def packed_page(sweeps: Sequence[KeptSweep]) -> PackedPage:
    """Return sweeps of one form as a page.

    Raises
    ------
    ValueError
        There is none, or they are of several forms.
    """
    forms = {form_of(sweep) for sweep in sweeps}
    if len(forms) != 1:
        raise ValueError(f"a page holds sweeps of one form, not of {len(forms)}")
    headers = [sweep.header for sweep in sweeps]
    samples = np.stack([sweep.samples_uv for sweep in sweeps])
    halves = np.clip(samples, -LARGEST_UV, LARGEST_UV).astype("<f2")
    apart = np.ascontiguousarray(halves).view(np.uint8).reshape(-1, 2).T
    told = to_json_text([to_json_value(header) for header in headers])
    return PackedPage(
        form=to_json_text(to_json_value(forms.pop())),
        trend=to_json_text(to_json_value(trend_of(headers))),
        headers=zlib.compress(told.encode(), _PACKING),
        samples=zlib.compress(apart.tobytes(), _PACKING),
    )


def page_form(text: str) -> PageForm:
    """Return the form of a page.

    Raises
    ------
    ProtocolError
    """
    return from_json_value(PageForm, from_json_text(text, longest=len(text)), "page")


def page_trend(text: str) -> Trend:
    """Return the figures of a page, its columns checked one by one.

    Raises
    ------
    ProtocolError
    """
    told = from_json_text(text, longest=len(text))
    listed = told.get("muscles") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(listed, list):
        raise ProtocolError("page: its trend is none")
    times = _column(told, "time_s", _NUMBER)
    muscles = []
    for each in listed:
        if not isinstance(each, dict):
            raise ProtocolError("page: a muscle of its trend is none")
        columns = {name: _column(each, name, kind) for name, kind in _MUSCLE_KINDS.items()}
        muscles.append(MuscleTrend(muscle=_member(Muscle, each.get("muscle")), **columns))
        if {len(column) for column in columns.values()} != {len(times)}:
            raise ProtocolError("page: the columns of its trend are of several lengths")
    columns = {name: _column(told, name, kind) for name, kind in _SWEEP_KINDS.items()}
    if {len(column) for column in columns.values()} != {len(times)}:
        raise ProtocolError("page: the columns of its trend are of several lengths")
    return Trend(muscles=tuple(muscles), **columns)


def page_samples(form: PageForm, n_sweeps: int, packed: bytes) -> npt.NDArray[np.float16]:
    """Return the samples of a page, shaped (n_sweeps, n_muscles, n_columns).

    Raises
    ------
    ProtocolError
        They are none, or do not fit its form.
    """
    shape = n_sweeps, len(form.muscles), form.n_columns
    n_bytes = 2 * math.prod(shape)
    content = _unpacked(packed, "samples")
    if min(shape) < 0 or len(content) != n_bytes:
        raise ProtocolError(f"page: {len(content)} bytes of samples, not {n_bytes}")
    apart = np.frombuffer(content, dtype=np.uint8).reshape(2, -1)
    return np.ascontiguousarray(apart.T).view("<f2").reshape(shape)


def unpacked_page(page: PackedPage) -> list[KeptSweep]:
    """Return the sweeps of a page.

    Raises
    ------
    ProtocolError
        Its parts are none of a page, or do not fit each other.
    """
    told = from_json_text(_unpacked(page.headers, "headers"), longest=LONGEST_PAGE)
    if not isinstance(told, list):
        raise ProtocolError("page: its headers are no list")
    headers = [from_json_value(SweepHeader, each, "sweep") for each in told]
    samples = page_samples(page_form(page.form), len(headers), page.samples)
    return [
        KeptSweep(header=header, samples_uv=read_only(rows.astype(np.float32)))
        for header, rows in zip(headers, samples, strict=True)
    ]


def shortened(value: float | None) -> float | None:
    """Return a figure to five digits; None where it is no number."""
    return float(f"{value:.5g}") if value is not None and math.isfinite(value) else None


def _muscle_trend(muscle: Muscle, row: int, headers: Sequence[SweepHeader]) -> MuscleTrend:
    quality = [header.quality[row] for header in headers]
    measured = [header.measurement[row] for header in headers]
    status = [header.status[row] for header in headers]
    return MuscleTrend(
        muscle=muscle,
        accepted=tuple(each.accepted for each in quality),
        reasons=tuple(each.reasons for each in quality),
        peak_to_peak_uv=tuple(shortened(each.peak_to_peak_uv) for each in measured),
        noise_rms_uv=tuple(shortened(each.noise_rms_uv) for each in measured),
        onset_latency_ms=tuple(shortened(each.onset_latency_ms) for each in measured),
        m_wave_percent=tuple(shortened(each.m_wave_percent) for each in measured),
        amplitude_uv=tuple(shortened(each.amplitude_uv) for each in status),
        amplitude_upper_bound_uv=tuple(shortened(each.amplitude_upper_bound_uv) for each in status),
        amplitude_percent_of_baseline=tuple(
            shortened(each.amplitude_percent_of_baseline) for each in status
        ),
        probability_present=tuple(shortened(each.probability_present) for each in status),
        log_odds_absent=tuple(shortened(each.log_odds_absent) for each in status),
        state=tuple(each.state for each in status),
        certainty=tuple(each.certainty for each in status),
        indeterminate=tuple(each.indeterminate for each in status),
    )


def _unpacked(packed: bytes, what: str) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(packed, LONGEST_PAGE)
    except zlib.error as fault:
        raise ProtocolError(f"page: its {what} cannot be unpacked: {fault}") from fault
    if not unpacker.eof:
        raise ProtocolError(f"page: its {what} are cut short, or too long")
    return content


_NUMBER: frozenset[type] = frozenset({int, float})
_FIGURE: frozenset[type] = frozenset({int, float, type(None)})
_COUNT: frozenset[type] = frozenset({int})
_FLAG: frozenset[type] = frozenset({bool})
_REASONS = "reasons"

Kind = frozenset[type] | type[StrEnum] | str
"""What a column holds: values of these types, words of an enum or null, lists of reasons."""

_SWEEP_KINDS: dict[str, Kind] = {
    "sweep_number": _COUNT,
    "sample_index": _COUNT,
    "time_s": _NUMBER,
    "current_ma": _FIGURE,
}
_MUSCLE_KINDS: dict[str, Kind] = {
    **dict.fromkeys(MUSCLE_COLUMNS, _FIGURE),
    "accepted": _FLAG,
    "reasons": _REASONS,
    "state": AmrState,
    "certainty": Certainty,
    "indeterminate": IndeterminateClass,
}


def _column(told: dict[str, JsonValue], name: str, kind: Kind) -> tuple[Any, ...]:
    values = told.get(name)
    if not isinstance(values, list):
        raise ProtocolError(f"page: its trend has no column {name}")
    if isinstance(kind, frozenset):
        if not {type(value) for value in values} <= kind:
            raise ProtocolError(f"page: column {name} of its trend holds something else")
        return tuple(values)
    if isinstance(kind, str):
        return tuple(_reasons(value) for value in values)
    # A stretch has few different words: each is looked up once.
    words = {value: None if value is None else _member(kind, value) for value in _words(values)}
    return tuple(words[value] for value in values)  # type: ignore[index]  # all are words


def _words(values: list[JsonValue]) -> set[str | None]:
    if not {type(value) for value in values} <= {str, type(None)}:
        raise ProtocolError("page: a column of its trend holds something else than words")
    return set(values)  # type: ignore[arg-type]  # as was just seen


def _reasons(value: JsonValue) -> tuple[Reason, ...]:
    if not isinstance(value, list):
        raise ProtocolError("page: the reasons of its trend are no lists")
    return tuple(_member(Reason, each) for each in value)


E = TypeVar("E", bound=StrEnum)


def _member(kind: type[E], value: object) -> E:
    try:
        return kind(str(value))
    except ValueError as fault:
        raise ProtocolError(f"page: {fault}") from fault
