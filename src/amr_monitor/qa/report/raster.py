"""All sweeps of a muscle as one picture, each column a moment of the case."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.model.case import Muscle
from amr_monitor.qa.report.drawing import longest_step_s, response_ms
from amr_monitor.qa.report.sweeps import MuscleSweeps, Sweeps

RASTER_END_MS = 40.0
TAIL_TAUS_MS = (1.3, 2.5, 4.5, 8.0)
"""Of the slow tail that artifact and M wave leave; a response keeps its shape without it."""

_REJECTED, _VALID = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Raster:
    """A picture of all sweeps, each column a moment.

    Attributes
    ----------
    image_uv : ndarray, shape (n_rows, n_columns)
        Mean of the valid sweeps of the moment; not a number without one.
    is_rejected : ndarray of bool, shape (n_columns,)
        There were sweeps and none was valid.
    edges_s : (float, float)
    most_in_column : int
        Valid sweeps behind a column, at most.
    """

    image_uv: npt.NDArray[np.float64]
    is_rejected: npt.NDArray[np.bool_]
    edges_s: tuple[float, float]
    most_in_column: int


def raster_of(
    sweeps: Sweeps, figures: MuscleSweeps, edges_s: tuple[float, float], n_columns: int
) -> Raster:
    """Return the raster of one muscle over a stretch of time."""
    start_ms = raster_start_ms(figures.muscle)
    rows = (sweeps.grid_ms >= start_ms) & (sweeps.grid_ms <= RASTER_END_MS)
    traces = without_tail(figures.traces_uv[:, rows].astype(float), sweeps.grid_ms[rows])
    usable = figures.accepted & np.isfinite(traces).all(axis=1)
    width_s = (edges_s[1] - edges_s[0]) / n_columns
    column = ((sweeps.time_s - edges_s[0]) / width_s).astype(int).clip(0, n_columns - 1)
    total = np.zeros((n_columns, traces.shape[1]))
    np.add.at(total, column[usable], traces[usable])
    n_valid = np.bincount(column[usable], minlength=n_columns)
    n_any = np.bincount(column, minlength=n_columns)
    kind = np.where(n_valid > 0, _VALID, np.where(n_any > 0, _REJECTED, 0))
    image = np.full_like(total, np.nan)
    image[n_valid > 0] = total[n_valid > 0] / n_valid[n_valid > 0, None]
    # A sweep fills the columns until the next one, but no pause.
    reach = int(np.ceil(longest_step_s(sweeps.time_s) / width_s))
    last = -reach - 1
    for at in range(n_columns):
        if kind[at]:
            last = at
        elif at - last <= reach and np.any(n_any[at : at + reach]):
            kind[at], image[at] = kind[last], image[last]
    return Raster(
        image_uv=image.T,
        is_rejected=kind == _REJECTED,
        edges_s=edges_s,
        most_in_column=int(n_valid.max(initial=0)),
    )


def raster_start_ms(which: Muscle) -> float:
    """Return where the rows begin: just before the response is looked for."""
    return response_ms(which)[0] - 0.5


def without_tail(
    traces_uv: npt.NDArray[np.float64], times_ms: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return sweeps, one a row, less offset, slope and slow tail fitted to each."""
    since_ms = times_ms - times_ms[0]
    shapes = [np.ones_like(since_ms), since_ms]
    shapes += [np.exp(-since_ms / tau_ms) for tau_ms in TAIL_TAUS_MS]
    basis, _ = np.linalg.qr(np.stack(shapes, axis=1))
    return np.asarray(traces_uv - (traces_uv @ basis) @ basis.T)
