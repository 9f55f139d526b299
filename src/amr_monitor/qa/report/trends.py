"""What stands beside the verdict over the case: latency, M wave, noise, current."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from amr_monitor.qa.report.course import Course
from amr_monitor.qa.report.document import Figure
from amr_monitor.qa.report.drawing import (
    BLUE,
    INK,
    NAMES_IN,
    ORANGE,
    draw_marks,
    longest_step_s,
    margins,
    name_marks,
    new_figure,
    styled,
    svg_of,
    time_axis,
    with_breaks,
)
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.overview import MOST_DOTS
from amr_monitor.qa.report.sweeps import MuscleSweeps
from amr_monitor.qa.report.words import muscle, number

_LOOKS = ((INK, "o", "solid"), (ORANGE, "^", (0, (4, 1.5))), (BLUE, "s", (0, (1, 1))))

Floats = npt.NDArray[np.float64]


def trends(history: CaseHistory, course: Course) -> Figure | None:
    """Return the figure; None where the sweeps were not all kept."""
    sweeps = history.sweeps
    if not sweeps.is_complete or sweeps.time_s.size < 2:
        return None
    edges_s = (course.start_s, course.end_s)
    has_current = bool(np.isfinite(sweeps.current_ma).any())
    with styled():
        rows = 4 if has_current else 3
        height_in = NAMES_IN + 0.5 + 0.95 * rows
        drawn = new_figure(height_in)
        grid = drawn.add_gridspec(
            rows, 1, hspace=0.2, **margins(height_in, top_in=NAMES_IN, bottom_in=0.42)
        )
        axes = [drawn.add_subplot(grid[row]) for row in range(rows)]
        _dots(axes[0], history, course, lambda each: each.onset_latency_ms)
        axes[0].set_ylabel("onset\nlatency, ms")
        axes[0].set_ylim(7, 29)
        # The same of every muscle: that of the one which is stimulated.
        _lines(axes[1], _muscles(history, course)[-1:], history, lambda each: each.m_wave_percent)
        axes[1].axhline(70.0, color=INK, lw=0.6, ls=":")
        axes[1].set_ylabel("M wave, % of\nbaseline")
        axes[1].set_ylim(0, _top(history, lambda each: each.m_wave_percent, 150.0))
        _lines(axes[2], _muscles(history, course), history, lambda each: each.noise_rms_uv)
        axes[2].set_ylabel("noise before\nstimulus, uV")
        axes[2].set_ylim(0, _top(history, lambda each: each.noise_rms_uv, 5.0))
        if has_current:
            line = with_breaks(sweeps.time_s, sweeps.current_ma, longest_step_s(sweeps.time_s))
            axes[3].plot(*line, color=INK, lw=0.9, drawstyle="steps-post")
            axes[3].set_ylim(0, 1.25 * float(np.nanmax(sweeps.current_ma)))
            axes[3].set_ylabel("current, mA")
        for row, each in enumerate(axes):
            time_axis(each, *edges_s, labelled=row == rows - 1)
        draw_marks(axes, course.marks)
        name_marks(axes[0], course.marks)
        axes[0].legend(loc="upper left", ncols=3, markerscale=1.6)
        drawn.align_ylabels(axes)
        svg = svg_of(drawn)
    return Figure(
        name="trends",
        svg=svg,
        caption=(
            "What a verdict leans on. Onset latency where a response stands out of a single valid"
            " sweep; the M wave of the stimulated branch in percent of its baseline (dotted: 70 %,"
            " below which no loss is confirmed); noise before the stimulus; the stimulus current."
        ),
        alt="Trends over the case. " + " ".join(_spoken(history, course)),
    )


def _muscles(history: CaseHistory, course: Course) -> list[MuscleSweeps]:
    found = (history.sweeps.of(which) for which in course.muscles)
    return [figures for figures in found if figures is not None]


def _dots(
    axes: Axes,
    history: CaseHistory,
    course: Course,
    taken: Callable[[MuscleSweeps], Floats],
) -> None:
    for figures, (colour, sign, _) in zip(_muscles(history, course), _LOOKS, strict=False):
        seen = np.flatnonzero(figures.accepted & np.isfinite(taken(figures)))
        seen = seen[:: max(1, -(-seen.size // MOST_DOTS))]
        axes.scatter(
            history.sweeps.time_s[seen],
            taken(figures)[seen],
            s=3.0,
            marker=sign,
            color=colour,
            lw=0,
            label=muscle(figures.muscle),
        )


def _lines(
    axes: Axes,
    muscles: Sequence[MuscleSweeps],
    history: CaseHistory,
    taken: Callable[[MuscleSweeps], Floats],
) -> None:
    longest_s = longest_step_s(history.sweeps.time_s)
    for figures, (colour, _, look) in zip(muscles, _LOOKS, strict=False):
        line = with_breaks(history.sweeps.time_s, taken(figures), longest_s)
        axes.plot(*line, color=colour, ls=look, lw=0.8)


def _top(history: CaseHistory, taken: Callable[[MuscleSweeps], Floats], least: float) -> float:
    known = np.concatenate([taken(each) for each in history.sweeps.muscles])
    known = known[np.isfinite(known)]
    return max(least, 1.2 * float(np.percentile(known, 98))) if known.size else least


def _spoken(history: CaseHistory, course: Course) -> list[str]:
    told = []
    for figures in _muscles(history, course):
        named = (
            ("onset latency", figures.onset_latency_ms, "ms"),
            ("M wave", figures.m_wave_percent, "% of baseline"),
            ("noise", figures.noise_rms_uv, "uV"),
        )
        medians = ", ".join(
            f"{name} {number(float(np.nanmedian(values)), unit)}"
            for name, values, unit in named
            if np.isfinite(values).any()
        )
        told.append(f"Medians of {muscle(figures.muscle)}: {medians or 'none'}.")
    return told
