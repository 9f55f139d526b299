"""The sweeps around a change of state, one below the other."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from amr_monitor.model.case import AmrState, Muscle
from amr_monitor.monitor.words import clock
from amr_monitor.qa.report.course import Change, Course, Loss
from amr_monitor.qa.report.document import Figure
from amr_monitor.qa.report.drawing import (
    GREY,
    INK,
    LEFT_IN,
    ORANGE,
    WIDTH_IN,
    new_figure,
    response_ms,
    styled,
    svg_of,
)
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.overview import baseline_amplitude_uv
from amr_monitor.qa.report.sweeps import MuscleSweeps, Sweeps
from amr_monitor.qa.report.words import change as change_words
from amr_monitor.qa.report.words import mark_name, muscle, number

MOST_TRACES = 40
PITCH_IN = 0.098
SWEEPS_BEFORE = 12
SWEEPS_AFTER = 8
TALLEST = 1.6
"""Of a trace, in distances between traces."""
SHOWN_MS = (-3.0, 50.0)

Indices = npt.NDArray[np.intp]


def waterfall(
    history: CaseHistory, course: Course, change: Change, loss: Loss | None, name: str
) -> Figure | None:
    """Return the figure of a change; None where its sweeps were not kept.

    Parameters
    ----------
    history, course
    change : Change
    loss : Loss or None
        Where the change is one.
    name : str
        Of the figure.
    """
    figures = history.sweeps.of(change.muscle)
    if figures is None:
        return None
    chosen = _chosen(history.sweeps, figures, change, loss)
    if chosen.size < 2:
        return None
    shown = _columns(history.sweeps)
    traces = figures.traces_uv[np.ix_(chosen, shown)].astype(float)
    apart_uv = spacing_uv(figures, course, change.muscle, chosen)
    with styled():
        height_in = 0.5 + PITCH_IN * (chosen.size + 2.0)
        drawn = new_figure(height_in)
        axes = drawn.add_axes((LEFT_IN / WIDTH_IN, 0.42 / height_in, 0.6, 1.0 - 0.46 / height_in))
        _draw_traces(axes, history.sweeps, figures, chosen, traces, apart_uv)
        _label(axes, history.sweeps, course, change, loss, chosen)
        _scale_bar(axes, apart_uv)
        svg = svg_of(drawn)
    times = history.sweeps.time_s[chosen]
    cut_uv = TALLEST * apart_uv
    return Figure(
        name=name,
        svg=svg,
        caption=(
            f"{muscle(change.muscle).capitalize()}, {change_words(change)}: cleaned sweeps in"
            f" their order, {clock(float(times[0]))} to {clock(float(times[-1]))}, negative down;"
            f" cut off at {cut_uv:.0f} uV, the artifact and an M wave above that left out. Dashed"
            " grey: rejected. Shaded: where the response is looked for."
        ),
        alt=(
            f"{chosen.size} sweeps of {muscle(change.muscle)} one below the other from"
            f" {clock(float(times[0]))} to {clock(float(times[-1]))}, around the change from"
            f" {change_words(change)}. Peak to peak of the first valid sweeps:"
            f" {_spoken(figures, chosen[:8])}; of the last: {_spoken(figures, chosen[-8:])}."
        ),
    )


def _spoken(figures: MuscleSweeps, chosen: Indices) -> str:
    seen = figures.peak_to_peak_uv[chosen][figures.accepted[chosen]]
    return f"median {number(float(np.median(seen)), 'uV', digits=0)}" if seen.size else "none valid"


def _columns(sweeps: Sweeps) -> Indices:
    return np.flatnonzero((sweeps.grid_ms >= SHOWN_MS[0]) & (sweeps.grid_ms <= SHOWN_MS[1]))


def _chosen(sweeps: Sweeps, figures: MuscleSweeps, change: Change, loss: Loss | None) -> Indices:
    """Return the sweeps that are drawn: from before the change to after it was certain."""
    told_s = change.told.time_s
    began_s = told_s if change.provisional_s is None else change.provisional_s
    if loss is not None and loss.last_response_s is not None:
        began_s = loss.last_response_s
    first = sweeps.nearest(began_s) - SWEEPS_BEFORE + 1
    last = sweeps.nearest(told_s) + SWEEPS_AFTER
    if not sweeps.is_complete:
        near = np.abs(sweeps.time_s - told_s) < 60.0
        return np.flatnonzero(near)[-MOST_TRACES:]
    found = np.arange(max(0, first), min(last, sweeps.time_s.size - 1) + 1)
    found = found[np.isfinite(figures.traces_uv[found, _columns(sweeps)[0]])]
    # A slow change is shown by every second, third ... sweep.
    every = max(1, -(-found.size // MOST_TRACES))
    return np.asarray(found[::every], dtype=np.intp)


def spacing_uv(figures: MuscleSweeps, course: Course, which: Muscle, chosen: Indices) -> float:
    """Return the distance between traces: of the response, above the noise; 5, 10, 20, 50 ..."""
    noise = figures.noise_rms_uv[chosen]
    noise_uv = float(np.nanmedian(noise)) if np.isfinite(noise).any() else 3.0
    wanted = max(0.5 * (baseline_amplitude_uv(course, which) or 0.0), 4.0 * noise_uv, 5.0)
    steps = [step * 10.0**power for power in range(5) for step in (1.0, 2.0, 5.0)]
    return next((step for step in steps if step >= 0.9 * wanted), steps[-1])


def _draw_traces(
    axes: Axes,
    sweeps: Sweeps,
    figures: MuscleSweeps,
    chosen: Indices,
    traces: npt.NDArray[np.float64],
    apart_uv: float,
) -> None:
    times_ms = sweeps.grid_ms[_columns(sweeps)]
    axes.axvline(0.0, color=INK, lw=0.5, ls=":")
    start_ms, end_ms = response_ms(figures.muscle)
    early = times_ms < start_ms
    axes.axvspan(start_ms, end_ms, color="#f0f0f0", lw=0, zorder=0)
    artifact = (times_ms > -0.4) & (times_ms < 1.6)
    for place, (index, trace) in enumerate(zip(chosen, traces / apart_uv, strict=True)):
        # Artifact and M wave are many times larger than what is looked for.
        shown = np.where(artifact | (early & (np.abs(trace) > TALLEST)), np.nan, trace)
        accepted = bool(figures.accepted[index])
        axes.plot(
            times_ms,
            shown.clip(-TALLEST, TALLEST) - place,
            color=INK if accepted else GREY,
            lw=0.6,
            ls="solid" if accepted else (0, (2, 1.2)),
        )
    axes.set_xlim(*SHOWN_MS)
    axes.set_ylim(-len(chosen) - 0.2, TALLEST)
    axes.set_xlabel("ms after the stimulus")


def _label(
    axes: Axes,
    sweeps: Sweeps,
    course: Course,
    change: Change,
    loss: Loss | None,
    chosen: Indices,
) -> None:
    """Write times to the left, and to the right what happened between the sweeps."""
    times = sweeps.time_s[chosen]
    ticks = list(range(0, chosen.size, 4))
    axes.set_yticks([-place for place in ticks], [clock(float(times[place])) for place in ticks])
    axes.set_ylabel("time of the stimulus")
    told: list[tuple[float, str, bool]] = [
        (mark.effective_time_s, mark_name(mark.name, mark.vessel), True) for mark in course.marks
    ]
    told += [
        (at_s, name, False)
        for name, at_s in (
            (f"{change.to_state} (provisional)".replace("_", " "), change.provisional_s),
            (f"{change.to_state} (confirmed)".replace("_", " "), change.confirmed_s),
        )
        if at_s is not None
    ]
    if loss is not None and loss.last_response_s is not None:
        told.append((loss.last_response_s, "last response seen", False))
    held: list[float] = []
    for at_s, words, is_mark in sorted(told):
        if not times[0] - 1.0 <= at_s <= times[-1] + 1.0:
            continue
        # A mark stands between sweeps, what is told at the sweep that it was told with.
        place = float(np.interp(at_s, times, np.arange(times.size)))
        place = place if is_mark else float(round(place))
        row = max(place, held[-1] + 1.4) if held else place
        held.append(row)
        colour = ORANGE if is_mark else INK
        if is_mark:
            axes.axhline(-place, color=colour, lw=0.8, ls=(0, (4, 2)))
        axes.annotate(
            f"{clock(at_s)} {words}",
            xy=(1.0, -place),
            xytext=(1.05, -row),
            xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"),
            va="center",
            fontsize=6.8,
            fontweight="bold" if is_mark else "normal",
            arrowprops={"arrowstyle": "-", "lw": 0.6, "color": colour, "shrinkA": 1, "shrinkB": 0},
            annotation_clip=False,
        )


def _scale_bar(axes: Axes, apart_uv: float) -> None:
    right = SHOWN_MS[1] - 1.0
    axes.plot([right, right], [0.2, 1.2], color=INK, lw=1.6, solid_capstyle="butt")
    axes.text(right - 0.6, 0.7, f"{apart_uv:g} uV", ha="right", va="center", fontsize=6.8)


def shows_waveforms(change: Change) -> bool:
    """Whether sweeps around a change say more than its words."""
    return change.told.from_state is not AmrState.LEARNING and not change.is_withdrawal
