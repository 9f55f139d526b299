"""What all figures share: size, style, time axis, marks, and the same bytes each time.

Colours are of Okabe and Ito and differ in lightness too, and nothing is told by
colour alone, so that a figure holds in a black and white print. Figures are
drawn on objects of their own, one at a time: the style is the library's for that while.
"""

import io
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from amr_monitor.dsp.settings import WindowSettings
from amr_monitor.model.case import Mark, MarkName, Muscle
from amr_monitor.monitor.words import clock
from amr_monitor.qa.report.words import mark_name

WIDTH_IN = 6.85
"""The text of an A4 page."""

INK = "#1a1a1a"
GREY = "#8c8c8c"
PALE = "#d9d9d9"
BLUE = "#0072b2"
ORANGE = "#d55e00"

LEFT_IN, RIGHT_IN = 0.62, 0.42
"""Margins: for the labels of an axis, and for the names of late marks."""
NAMES_IN = 1.34
"""Height of the names of marks above a figure."""
NAMES_UP_PT = 9.0
"""From the axis up to where they begin."""

TICK_STEPS_S = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0)

LABELLED = frozenset(MarkName) - {MarkName.NOTE, MarkName.HANDOVER}
MOST_LABELS = 22
"""More names do not fit over a figure: they stand in the table of marks alone."""

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 6.8,
    "legend.frameon": False,
    "hatch.linewidth": 0.4,
    "hatch.color": GREY,
    "lines.linewidth": 0.9,
    "text.parse_math": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "amr-monitor report",
    "path.simplify": True,
    "image.composite_image": False,
}


_DRAWING = threading.RLock()


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of the report; one thread at a time, for the style is global."""
    with _DRAWING, mpl.rc_context(_STYLE):
        yield


def new_figure(height_in: float) -> Figure:
    """Return an empty figure as wide as the text."""
    return Figure(figsize=(WIDTH_IN, height_in))


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG, the same for the same figure."""
    written = io.StringIO()
    nothing: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(written, format="svg", metadata=nothing)
    # What stands before the root is of no use within a page.
    text = written.getvalue()
    return text[text.index("<svg") :]


def response_ms(muscle: Muscle) -> tuple[float, float]:
    """Return where the response of a muscle is looked for, as a rule, in ms."""
    window = WindowSettings().response(muscle)
    return window.start_ms, window.end_ms


def time_axis(axes: Axes, start_s: float, end_s: float, *, labelled: bool) -> None:
    """Give an axis the time of the recording."""
    axes.set_xlim(start_s, max(end_s, start_s + 1.0))
    axes.xaxis.set_major_locator(MultipleLocator(tick_step_s(end_s - start_s)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: clock(value)))
    axes.tick_params(axis="x", labelbottom=labelled)
    if labelled:
        axes.set_xlabel("time of the recording (min:s, or h:min:s)")


def tick_step_s(length_s: float) -> float:
    """Return the step of a clock that gives ten ticks at most."""
    return next((step for step in TICK_STEPS_S if length_s <= 10.0 * step), 3600.0)


def with_breaks(
    time_s: npt.NDArray[np.float64], values: npt.NDArray[np.float64], longest_s: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return a line that breaks where nothing was for longer than `longest_s`."""
    gaps = np.flatnonzero(np.diff(time_s) > longest_s) + 1
    return np.insert(time_s, gaps, time_s[gaps - 1]), np.insert(values, gaps, np.nan)


def margins(height_in: float, *, top_in: float, bottom_in: float) -> dict[str, float]:
    """Return the margins of a figure of this height, for `add_gridspec`."""
    return {
        "left": LEFT_IN / WIDTH_IN,
        "right": 1.0 - RIGHT_IN / WIDTH_IN,
        "top": 1.0 - top_in / height_in,
        "bottom": bottom_in / height_in,
    }


def longest_step_s(time_s: npt.NDArray[np.float64]) -> float:
    """Return the time between sweeps above which they are not of one run."""
    if time_s.size < 2:
        return 5.0
    return max(5.0, 3.0 * float(np.median(np.diff(time_s))))


def draw_marks(axes: Iterable[Axes], marks: Sequence[Mark]) -> None:
    """Draw every mark as a line across the axes."""
    for each in axes:
        for mark in marks:
            weight = 0.9 if mark.name is MarkName.VESSEL_MOVED else 0.5
            each.axvline(mark.effective_time_s, color=INK, lw=weight, ls=(0, (4, 2)), zorder=4)


def name_marks(axes: Axes, marks: Sequence[Mark]) -> None:
    """Write the names of marks above an axis, with a line from each to its mark."""
    start_s, end_s = axes.get_xlim()
    named = [
        mark
        for mark in marks
        if mark.name in LABELLED and start_s <= mark.effective_time_s <= end_s
    ][:MOST_LABELS]
    at = [(mark.effective_time_s - start_s) / (end_s - start_s) for mark in named]
    for mark, here, there in zip(named, at, spread(at, apart=0.026), strict=True):
        axes.annotate(
            mark_name(mark.name, mark.vessel),
            xy=(here, 1.0),
            xytext=(there, NAMES_UP_PT),
            xycoords="axes fraction",
            textcoords=("axes fraction", "offset points"),
            rotation=66,
            rotation_mode="anchor",
            ha="left",
            va="bottom",
            fontsize=6.8,
            fontweight="bold" if mark.name is MarkName.VESSEL_MOVED else "normal",
            arrowprops={"arrowstyle": "-", "lw": 0.5, "color": INK, "shrinkA": 0, "shrinkB": 0},
            annotation_clip=False,
        )


def spread(at: Sequence[float], *, apart: float) -> list[float]:
    """Return places near those wanted, in their order, at least `apart`, within 0 to 1."""
    placed: list[float] = []
    for place in at:
        placed.append(max(place, placed[-1] + apart) if placed else place)
    limit = 1.0
    for number in reversed(range(len(placed))):
        placed[number] = min(placed[number], limit)
        limit = placed[number] - apart
    return placed
