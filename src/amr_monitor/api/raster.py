"""A stretch of the case as a picture: time across, latency down.

::

    uint32  little-endian, length of the header in bytes
    header  JSON in UTF-8, padded with spaces to a multiple of 4 bytes
    uint16  `n_columns` times: sweeps that count, of which the column is the mean
    uint16  `n_columns` times: all sweeps of the column
    int16   `n_columns` times `n_rows`: samples in steps of `scale_uv`, column by
            column, from the shortest latency on; -32768 where no sweep counts
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from amr_monitor.codec import PageForm, SamplePage, to_json_text, to_json_value
from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import ProtocolError, StorageError
from amr_monitor.model.trend import MuscleTrend

SHOWN_MS = (-5.0, 60.0)
SCALE_UV = 0.1
NOTHING = -32768
MOST_COLUMNS = 4_000

_LARGEST = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterHeader:
    """Header of a raster.

    Attributes
    ----------
    kind : "raster"
    case_id : str
    muscle : Muscle
    from_s, to_s : float
        From the left edge of the first column to the right edge of the last.
    n_columns : int
        Each (to_s - from_s) / n_columns long.
    start_ms, step_ms : float
        Latency of the rows.
    n_rows : int
    scale_uv : float
    """

    kind: Literal["raster"] = "raster"
    case_id: str
    muscle: Muscle
    from_s: float
    to_s: float
    n_columns: int
    start_ms: float
    step_ms: float
    n_rows: int
    scale_uv: float = SCALE_UV


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Raster:
    """Mean sweeps of the columns of a stretch.

    Attributes
    ----------
    header : RasterHeader
    n_accepted, n_sweeps : ndarray of int, shape (n_columns,)
    samples_uv : ndarray of float32, shape (n_columns, n_rows)
        NaN where no sweep counts.
    """

    header: RasterHeader
    n_accepted: npt.NDArray[np.int64]
    n_sweeps: npt.NDArray[np.int64]
    samples_uv: npt.NDArray[np.float32]


def raster_of(
    pages: Iterable[SamplePage],
    *,
    case_id: str,
    muscle: Muscle,
    start_s: float,
    end_s: float,
    n_columns: int,
) -> Raster:
    """Return the mean of the sweeps that count in each of `n_columns` columns.

    Raises
    ------
    StorageError
        A page is damaged.
    """
    fitting = [page for page in pages if muscle in page.form.muscles]
    axis = _axis(fitting[0].form) if fitting else np.zeros(0)
    sums = np.zeros((n_columns, len(axis)))
    n_accepted = np.zeros(n_columns, dtype=np.int64)
    n_sweeps = np.zeros(n_columns, dtype=np.int64)
    for page, figures in _with_figures(fitting, muscle):
        times = np.asarray(page.trend.time_s)
        inside = (times >= start_s) & (times < end_s)
        place = ((times - start_s) / (end_s - start_s) * n_columns).astype(np.int64)
        counts = inside & np.asarray(figures.accepted)
        np.add.at(n_sweeps, place[inside], 1)
        np.add.at(n_accepted, place[counts], 1)
        if counts.any():
            rows = _samples(page)[counts, page.form.muscles.index(muscle)]
            shown = np.nan_to_num(rows[:, _nearest(page.form, axis)].astype(np.float32))
            # Sweeps are in order of time: those of a column stand together.
            columns, firsts = np.unique(place[counts], return_index=True)
            sums[columns] += np.add.reduceat(shown, firsts, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (sums / n_accepted[:, np.newaxis]).astype(np.float32)
    header = RasterHeader(
        case_id=case_id,
        muscle=muscle,
        from_s=start_s,
        to_s=end_s,
        n_columns=n_columns,
        start_ms=round(float(axis[0]), 4) if len(axis) else 0.0,
        step_ms=fitting[0].form.step_ms if fitting else 1.0,
        n_rows=len(axis),
    )
    return Raster(header=header, n_accepted=n_accepted, n_sweeps=n_sweeps, samples_uv=mean)


def raster_to_bytes(raster: Raster) -> bytes:
    """Return a raster in its binary form."""
    text = to_json_text(to_json_value(raster.header)).encode()
    text += b" " * (-len(text) % 4)
    counts = (raster.n_accepted, raster.n_sweeps)
    steps = np.clip(np.round(raster.samples_uv / SCALE_UV), -_LARGEST, _LARGEST)
    packed = np.where(np.isnan(steps), NOTHING, steps).astype("<i2")
    return b"".join(
        (
            struct.pack("<I", len(text)),
            text,
            *(np.minimum(count, 65_535).astype("<u2").tobytes() for count in counts),
            packed.tobytes(),
        )
    )


def _with_figures(
    pages: Iterable[SamplePage], muscle: Muscle
) -> Iterator[tuple[SamplePage, MuscleTrend]]:
    for page in pages:
        figures = page.trend.of(muscle)
        if figures is not None:
            yield page, figures


def _samples(page: SamplePage) -> npt.NDArray[np.float16]:
    try:
        return page.samples_uv()
    except ProtocolError as fault:
        raise StorageError(f"{fault}; `amr-monitor verify` names the page") from fault


def _times_ms(form: PageForm) -> npt.NDArray[np.float64]:
    steps = np.arange(form.n_columns, dtype=np.float64)
    return np.asarray(form.start_ms + form.step_ms * steps, dtype=np.float64)


def _axis(form: PageForm) -> npt.NDArray[np.float64]:
    times = _times_ms(form)
    return times[(times >= SHOWN_MS[0]) & (times < SHOWN_MS[1])]


def _nearest(form: PageForm, axis: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the columns of a page that lie nearest to the latencies of the picture."""
    place = np.round((axis - form.start_ms) / form.step_ms).astype(np.int64)
    nearest: npt.NDArray[np.int64] = np.clip(place, 0, form.n_columns - 1)
    return nearest
