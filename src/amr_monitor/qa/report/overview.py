"""The whole case in one figure: raster of the sweeps, amplitude, evidence, what counted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.case import AmrState, Muscle
from amr_monitor.monitor.words import clock
from amr_monitor.qa.report.course import Course
from amr_monitor.qa.report.document import Figure
from amr_monitor.qa.report.drawing import (
    BLUE,
    GREY,
    INK,
    NAMES_IN,
    ORANGE,
    PALE,
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
from amr_monitor.qa.report.raster import RASTER_END_MS, Raster, raster_of, raster_start_ms
from amr_monitor.qa.report.sweeps import MuscleSweeps, Sweeps
from amr_monitor.qa.report.words import PHASES, STATES, muscle

HEIGHT_IN = 7.2
RASTER_COLUMNS = 900
HIGHEST_LOG_ODDS = 22.0
MOST_DOTS = 3000
"""More cannot be told apart."""

_STATE_LOOKS: dict[AmrState, tuple[str, str, str]] = {
    AmrState.LEARNING: ("#f2f2f2", INK, ""),
    AmrState.NOT_ELICITED: ("#f2f2f2", INK, "xxx"),
    AmrState.PRESENT: ("#56708a", "white", ""),
    AmrState.ATTENUATED: ("#a9bccf", INK, ""),
    AmrState.DISAPPEARED: ("white", INK, ""),
    AmrState.REAPPEARED: ("#e6b27a", INK, ""),
    AmrState.PERSISTENT: ("#20364d", "white", ""),
}


def overview(history: CaseHistory, course: Course, which: Muscle) -> Figure | None:
    """Return the figure of one muscle; None where its sweeps were not all kept."""
    sweeps = history.sweeps
    figures = sweeps.of(which)
    if figures is None or not sweeps.is_complete or sweeps.time_s.size < 2:
        return None
    figures = known_only(history, course, figures)
    edges_s = (course.start_s, course.end_s)
    raster = raster_of(sweeps, figures, edges_s, RASTER_COLUMNS)
    with styled():
        drawn = new_figure(HEIGHT_IN)
        grid = drawn.add_gridspec(
            6,
            1,
            height_ratios=[0.28, 3.6, 1.5, 1.3, 0.55, 0.3],
            hspace=0.14,
            **margins(HEIGHT_IN, top_in=NAMES_IN, bottom_in=0.42),
        )
        axes = [drawn.add_subplot(grid[row]) for row in range(6)]
        _draw_phases(axes[0], course)
        limit_uv = _draw_raster(axes[1], raster, figures, course, which)
        _draw_amplitude(axes[2], sweeps, figures, course, which)
        _draw_log_odds(axes[3], sweeps, figures, history)
        _draw_accepted(axes[4], sweeps, figures)
        _draw_states(axes[5], course, which)
        for number, each in enumerate(axes):
            time_axis(each, *edges_s, labelled=number == 5)
        draw_marks(axes, course.marks)
        name_marks(axes[0], course.marks)
        drawn.align_ylabels(axes)
        svg = svg_of(drawn)
    shared = "the mean of at most " + (
        f"{raster.most_in_column} valid sweeps" if raster.most_in_column > 1 else "one valid sweep"
    )
    return Figure(
        name=f"overview-{which.value}",
        svg=svg,
        caption=(
            f"The whole case in {muscle(which)}. Top: cleaned sweeps side by side, without their"
            f" slow tail, each column {shared}; blue and red are the two polarities (full colour"
            f" at {limit_uv:.0f} uV),"
            " grey: sweeps rejected, hatched: no sweeps. Below: peak to peak of single valid"
            " sweeps (dots; noise alone is never zero), the amplitude held to be true and its"
            " upper bound; log-odds of absence with the bounds of a"
            f" {_bounds_in_words(history)}; sweeps accepted of the last 10; the state."
            " Lines across: marks."
        ),
        alt=_alt(history, course, which),
    )


def _bounds(history: CaseHistory) -> tuple[float, float, float]:
    """Return the log-odds of a provisional and a confirmed loss, and of presence."""
    default = DetectorSettings()
    provisional, confirmed, present = (
        history.setting("monitor", "detector", name, default=getattr(default, name))
        for name in ("provisional_log_odds", "confirmed_log_odds", "present_log_odds")
    )
    return provisional, confirmed, present


def _bounds_in_words(history: CaseHistory) -> str:
    provisional, confirmed, present = _bounds(history)
    return (
        f"provisional ({provisional:g}, dashed) and a confirmed ({confirmed:g}) loss, and of"
        f" presence ({present:g}, dotted)"
    )


def _alt(history: CaseHistory, course: Course, which: Muscle) -> str:
    told = [
        f"{STATES[each.to_state]} from {clock(each.confirmed_s)}"
        for each in course.changes
        if each.muscle is which and each.confirmed_s is not None and not each.is_withdrawal
    ]
    n_sweeps = int(history.sweeps.time_s.size)
    return (
        f"Raster of {n_sweeps} sweeps of {muscle(which)} over the case, from"
        f" {clock(float(history.sweeps.time_s[0]))} to {clock(course.end_s)}, with amplitude,"
        f" log-odds of absence and accepted sweeps below. States: {', '.join(told) or 'none'}."
        " The tables of this report hold the same in numbers."
    )


def _draw_phases(axes: Axes, course: Course) -> None:
    axes.set_ylim(0, 1)
    for number, each in enumerate(course.phases):
        shade = "#e8e8e8" if number % 2 else "#f7f7f7"
        width_s = each.end_s - each.start_s
        axes.broken_barh([(each.start_s, width_s)], (0, 1), fc=shade, ec=INK, lw=0.5)
        _inside(axes, each.start_s, width_s, PHASES[each.phase], course.end_s, INK)
    axes.set_yticks([])
    _name_row(axes, "phase")


def _name_row(axes: Axes, name: str) -> None:
    axes.text(-0.012, 0.45, name, transform=axes.transAxes, ha="right", va="center", fontsize=7.5)


def _inside(
    axes: Axes, start_s: float, width_s: float, text: str, end_s: float, colour: str
) -> None:
    # A sign of 6.5 points takes about 0.85 % of the width.
    if width_s > 0.0085 * (len(text) + 1) * end_s:
        middle = start_s + width_s / 2
        axes.text(middle, 0.46, text, ha="center", va="center", fontsize=6.5, color=colour)


def _draw_raster(
    axes: Axes, raster: Raster, figures: MuscleSweeps, course: Course, which: Muscle
) -> float:
    limit_uv = colour_limit_uv(figures, course, which)
    axes.patch.set(hatch="/////", edgecolor=PALE, facecolor="white")
    extent = (*raster.edges_s, RASTER_END_MS, raster_start_ms(which))
    grey = np.where(raster.is_rejected, 0.62, np.nan)[None, :]
    axes.imshow(
        grey, extent=extent, aspect="auto", cmap="gray", vmin=0, vmax=1, interpolation="none"
    )
    axes.imshow(
        raster.image_uv,
        extent=extent,
        aspect="auto",
        cmap="RdBu_r",
        vmin=-limit_uv,
        vmax=limit_uv,
        interpolation="none",
    )
    axes.set_ylabel("ms after the stimulus")
    return limit_uv


def colour_limit_uv(figures: MuscleSweeps, course: Course, which: Muscle) -> float:
    """Return the voltage of full colour: of the baseline's response, above the noise."""
    noise_uv = _typical(figures.noise_rms_uv[figures.accepted], 3.0)
    amplitude_uv = baseline_amplitude_uv(course, which) or 0.0
    return float(max(0.45 * amplitude_uv, 4.0 * noise_uv))


def baseline_amplitude_uv(course: Course, which: Muscle) -> float | None:
    """Return the amplitude at the newest baseline; None where no response was elicited."""
    for accepted in reversed(course.baselines):
        for each in accepted.muscles:
            if each.muscle is which and each.elicited:
                return each.amplitude_uv
    return None


def _typical(values: npt.NDArray[np.float64], otherwise: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else otherwise


def _draw_amplitude(
    axes: Axes, sweeps: Sweeps, figures: MuscleSweeps, course: Course, which: Muscle
) -> None:
    valid = np.flatnonzero(figures.accepted)
    drawn = valid[:: max(1, -(-valid.size // MOST_DOTS))]
    seen = figures.peak_to_peak_uv[drawn]
    size = 3.0 if seen.size < 1500 else 1.0
    axes.scatter(
        sweeps.time_s[drawn], seen, s=size, color=GREY, lw=0, label="peak to peak, one sweep"
    )
    longest_s = longest_step_s(sweeps.time_s)
    for values, colour, look, width, name in (
        (figures.upper_bound_uv, ORANGE, (0, (3, 1)), 0.8, "upper bound"),
        (figures.amplitude_uv, INK, "solid", 1.1, "amplitude held true"),
    ):
        line = with_breaks(sweeps.time_s, while_valid(values, figures), longest_s)
        axes.plot(*line, color=colour, ls=look, lw=width, label=name)
    amplitude_uv = baseline_amplitude_uv(course, which)
    if amplitude_uv is not None:
        axes.axhline(amplitude_uv, color=INK, lw=0.6, ls=":", label="baseline")
    tops = [
        float(np.nanpercentile(values, 99)) if np.isfinite(values).any() else 0.0
        for values in (seen, figures.upper_bound_uv)
    ]
    axes.set_ylim(0, 1.5 * max(*tops, amplitude_uv or 0.0, 10.0))
    axes.set_ylabel("uV p-p")
    axes.legend(
        loc="upper right",
        ncols=4,
        handlelength=1.8,
        columnspacing=1.2,
        borderpad=0.2,
        frameon=True,
        framealpha=0.9,
        edgecolor="none",
    ).set_zorder(6)


def while_valid(values: npt.NDArray[np.float64], figures: MuscleSweeps) -> npt.NDArray[np.float64]:
    """Return figures without those that only stood still: none of five sweeps was valid."""
    n_valid = np.convolve(figures.accepted, np.ones(5), mode="full")[: values.size]
    return np.where(n_valid > 0, values, np.nan)


def _not_elicited(course: Course, which: Muscle, time_s: float) -> bool:
    accepted = course.baseline_at(time_s)
    found = () if accepted is None else accepted.muscles
    return any(each.muscle is which and not each.elicited for each in found)


def known_only(history: CaseHistory, course: Course, figures: MuscleSweeps) -> MuscleSweeps:
    """Return the figures of a muscle without those that stand for no response at baseline.

    Where none was elicited there is nothing that could be present or absent.
    """
    nothing = np.array(
        [_not_elicited(course, figures.muscle, float(time_s)) for time_s in history.sweeps.time_s],
        dtype=bool,
    )
    return replace(
        figures,
        amplitude_uv=np.where(nothing, np.nan, figures.amplitude_uv),
        upper_bound_uv=np.where(nothing, np.nan, figures.upper_bound_uv),
        log_odds_absent=np.where(nothing, np.nan, figures.log_odds_absent),
    )


def _draw_log_odds(axes: Axes, sweeps: Sweeps, figures: MuscleSweeps, history: CaseHistory) -> None:
    held = while_valid(figures.log_odds_absent, figures).clip(-HIGHEST_LOG_ODDS, HIGHEST_LOG_ODDS)
    longest_s = longest_step_s(sweeps.time_s)
    axes.plot(*with_breaks(sweeps.time_s, held, longest_s), color=BLUE, lw=0.9)
    for bound, look in zip(_bounds(history), ("dashed", "solid", ":"), strict=True):
        axes.axhline(bound, color=INK, lw=0.6, ls=look)
    axes.set_ylim(-HIGHEST_LOG_ODDS - 1, HIGHEST_LOG_ODDS + 1)
    axes.set_yticks([-20, -10, 0, 10, 20])
    for height, words in ((16.5, "absent"), (-16.5, "present")):
        axes.text(
            0.004,
            height,
            words,
            transform=axes.get_yaxis_transform(),
            fontsize=6.8,
            style="italic",
            va="center",
        )
    axes.set_ylabel("log-odds of\nabsence")


def _draw_accepted(axes: Axes, sweeps: Sweeps, figures: MuscleSweeps) -> None:
    counted = np.concatenate([[0], np.cumsum(figures.accepted)])
    ends = np.arange(1, counted.size)
    of_last_10 = (counted[ends] - counted[np.maximum(ends - 10, 0)]).astype(float)
    time_s, values = with_breaks(sweeps.time_s, of_last_10, longest_step_s(sweeps.time_s))
    axes.fill_between(time_s, 0, values, step="post", color=GREY, lw=0)
    axes.set_ylim(0, 10.5)
    axes.set_yticks([0, 10])
    axes.set_ylabel("valid of\nlast 10")


def _draw_states(axes: Axes, course: Course, which: Muscle) -> None:
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    _name_row(axes, "state")
    unknown = [
        (each.started.time_s, course.end_s if each.end_s is None else each.end_s)
        for each in course.stretches
        if each.started.muscle is which
    ]
    for state, start_s, end_s in state_stretches(course, which):
        fill, colour, hatch = _STATE_LOOKS[state]
        for from_s, to_s in without(start_s, end_s, unknown):
            bar = [(from_s, to_s - from_s)]
            axes.broken_barh(bar, (0, 1), fc=fill, ec=INK, lw=0.5, hatch=hatch)
            _inside(axes, from_s, to_s - from_s, STATES[state], course.end_s, colour)
    for from_s, to_s in unknown:
        axes.broken_barh([(from_s, to_s - from_s)], (0, 1), fc="#d0d0d0", ec=INK, lw=0.3)
        _inside(axes, from_s, to_s - from_s, "cannot tell", course.end_s, INK)


def without(
    start_s: float, end_s: float, taken: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return what is left of a stretch of time without others."""
    left = [(start_s, end_s)]
    for from_s, to_s in taken:
        left = [
            part
            for first_s, last_s in left
            for part in ((first_s, min(last_s, from_s)), (max(first_s, to_s), last_s))
            if part[1] > part[0]
        ]
    return left


def state_stretches(course: Course, which: Muscle) -> Sequence[tuple[AmrState, float, float]]:
    """Return the states of a muscle, each with its begin and its end, as confirmed."""
    found = [(AmrState.LEARNING, course.start_s)]
    found.extend(
        (each.to_state, each.confirmed_s)
        for each in course.changes
        if each.muscle is which and each.confirmed_s is not None and not each.is_withdrawal
    )
    ends = [*(start for _, start in found[1:]), course.end_s]
    return [(state, start, end) for (state, start), end in zip(found, ends, strict=True)]
