"""The baseline against the last sweeps of the case."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from amr_monitor.model.case import Muscle
from amr_monitor.qa.report.course import Course
from amr_monitor.qa.report.document import Figure
from amr_monitor.qa.report.drawing import (
    GREY,
    INK,
    margins,
    new_figure,
    response_ms,
    styled,
    svg_of,
)
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.raster import RASTER_END_MS, raster_start_ms, without_tail
from amr_monitor.qa.report.sweeps import MuscleSweeps
from amr_monitor.qa.report.words import muscle

JUDGED_SWEEPS = 60
MOST_TRACES = 20
SHOWN_MS = (-3.0, 50.0)
CLEAR_MS = 2.0
"""Before it the artifact stands, which is larger than any response."""

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Valid sweeps of one muscle that are held side by side.

    Attributes
    ----------
    muscle : Muscle
    baseline : ndarray of int
        Numbers of the sweeps that the newest baseline was learnt from.
    last : ndarray of int
        Numbers of the last valid sweeps that were judged; none where none could be.
    """

    muscle: Muscle
    baseline: Indices
    last: Indices


def blocks(history: CaseHistory, course: Course) -> tuple[Block, ...]:
    """Return what is compared, muscle by muscle; nothing without a baseline."""
    sweeps = history.sweeps
    if not sweeps.is_complete or not course.baselines:
        return ()
    accepted = course.baselines[-1]
    complete_s, closed_s = course.decompression_end_s, course.dura_closed_s
    from_s = accepted.time_s if complete_s is None else max(complete_s, accepted.time_s)
    until_s = course.end_s if closed_s is None or closed_s <= from_s else closed_s
    judged = {
        each.muscle: each.block_valid_sweeps
        for each in (history.closed.muscles if history.closed else ())
    }
    found = []
    for which in course.muscles:
        figures = sweeps.of(which)
        if figures is None:
            continue
        valid = np.flatnonzero(figures.accepted & np.isfinite(figures.traces_uv[:, 0]))
        times = sweeps.time_s[valid]
        before = valid[times <= accepted.time_s][-accepted.valid_sweeps :]
        last = valid[(times > from_s) & (times <= until_s)]
        # As many as the verdict rests on: silence about what was not judged.
        n_last = min(last.size, judged.get(which, JUDGED_SWEEPS))
        found.append(Block(muscle=which, baseline=before, last=last[last.size - n_last :]))
    return tuple(block for block in found if block.baseline.size)


def averages(history: CaseHistory, compared: tuple[Block, ...]) -> Figure | None:
    """Return the figure; None without anything to compare."""
    if not compared:
        return None
    with styled():
        height_in = 0.7 + 1.75 * len(compared)
        drawn = new_figure(height_in)
        grid = drawn.add_gridspec(
            len(compared),
            2,
            **margins(height_in, top_in=0.22, bottom_in=0.42),
            hspace=0.34,
            wspace=0.08,
        )
        for row, block in enumerate(compared):
            figures = history.sweeps.of(block.muscle)
            if figures is None:
                continue
            pair = [drawn.add_subplot(grid[row, column]) for column in range(2)]
            limit_uv = _limit_uv(history, figures, block)
            name = muscle(block.muscle)
            for axes, chosen, title in (
                (pair[0], block.baseline, f"{name}: baseline, {block.baseline.size} sweeps"),
                (pair[1], block.last, f"{name}: last {block.last.size} valid sweeps judged"),
            ):
                _draw(axes, history, figures, chosen, limit_uv)
                axes.set_title(title)
                if not chosen.size:
                    axes.text(25.0, 0.0, "no valid sweep", ha="center", va="center")
            pair[1].tick_params(labelleft=False)
            pair[0].set_ylabel("uV")
            if row == len(compared) - 1:
                for axes in pair:
                    axes.set_xlabel("ms after the stimulus")
        svg = svg_of(drawn)
    return Figure(
        name="averages",
        svg=svg,
        caption=(
            "Baseline (left) against the last valid sweeps that the outcome rests on (right), at"
            f" one scale. Thin: the last {MOST_TRACES} single sweeps of each; thick: the mean of"
            " all. The stimulus artifact is cut off. An early wave in a muscle of the stimulated"
            " branch is its M wave."
        ),
        alt="Mean sweeps. " + " ".join(_spoken(history, block) for block in compared),
    )


def _spoken(history: CaseHistory, block: Block) -> str:
    figures = history.sweeps.of(block.muscle)
    if figures is None:
        return ""
    name = muscle(block.muscle).capitalize()
    before_uv = _mean_peak_to_peak_uv(history, figures, block.baseline)
    after = "there is no valid sweep at the end"
    if block.last.size:
        after_uv = _mean_peak_to_peak_uv(history, figures, block.last)
        after = f"that of the last {block.last.size} sweeps {after_uv:.0f} uV"
    return (
        f"{name}, where the response is looked for: the mean of the baseline is"
        f" {before_uv:.0f} uV peak to peak, {after}."
    )


def _mean_peak_to_peak_uv(history: CaseHistory, figures: MuscleSweeps, chosen: Indices) -> float:
    grid_ms = history.sweeps.grid_ms
    shown = np.flatnonzero(
        (grid_ms >= raster_start_ms(figures.muscle)) & (grid_ms <= RASTER_END_MS)
    )
    mean = figures.traces_uv[np.ix_(chosen, shown)].astype(float).mean(axis=0)
    # The tail of artifact and M wave is none of the response.
    cleaned = without_tail(mean[None, :], grid_ms[shown])[0]
    start_ms, end_ms = response_ms(figures.muscle)
    return float(np.ptp(cleaned[(grid_ms[shown] >= start_ms) & (grid_ms[shown] <= end_ms)]))


def _limit_uv(history: CaseHistory, figures: MuscleSweeps, block: Block) -> float:
    """Return the scale of both: the response with room around it, an M wave may be cut."""
    grid_ms = history.sweeps.grid_ms
    columns = np.flatnonzero((grid_ms >= response_ms(block.muscle)[0]) & (grid_ms <= 40.0))
    both = np.concatenate([block.baseline[-MOST_TRACES:], block.last[-MOST_TRACES:]])
    return 1.25 * float(np.percentile(np.abs(figures.traces_uv[np.ix_(both, columns)]), 99.7))


def _draw(
    axes: Axes, history: CaseHistory, figures: MuscleSweeps, chosen: Indices, limit_uv: float
) -> None:
    grid_ms = history.sweeps.grid_ms
    shown = np.flatnonzero((grid_ms >= SHOWN_MS[0]) & (grid_ms <= SHOWN_MS[1]))
    times_ms = grid_ms[shown]
    traces = figures.traces_uv[np.ix_(chosen, shown)].astype(float)
    traces[:, np.abs(times_ms) < CLEAR_MS] = np.nan
    axes.axvspan(*response_ms(figures.muscle), color="#f0f0f0", lw=0, zorder=0)
    axes.axvline(0.0, color=INK, lw=0.5, ls=":")
    for trace in traces[-MOST_TRACES:]:
        axes.plot(times_ms, trace, color=GREY, lw=0.35)
    if chosen.size:
        axes.plot(times_ms, traces.mean(axis=0), color=INK, lw=1.3)
    axes.set_xlim(*SHOWN_MS)
    axes.set_ylim(-limit_uv, limit_uv)
