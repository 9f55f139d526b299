"""Figures are the same each time, and their labels do not lie upon each other."""

from itertools import pairwise

import numpy as np
import pytest

from amr_monitor.model.case import MarkName, Muscle
from amr_monitor.qa.report.course import course_of
from amr_monitor.qa.report.drawing import (
    draw_marks,
    longest_step_s,
    margins,
    name_marks,
    new_figure,
    response_ms,
    spread,
    styled,
    svg_of,
    tick_step_s,
    time_axis,
    with_breaks,
)
from tests.reports import FakeStore, marked, opened


def drawing() -> str:
    store = FakeStore([opened(), marked(1, 5.0, MarkName.DURA_OPENED)])
    with styled():
        figure = new_figure(2.0)
        axes = figure.add_subplot()
        axes.plot([0.0, 10.0], [1.0, 2.0])
        time_axis(axes, 0.0, 10.0, labelled=True)
        marks = course_of(store.history).marks
        draw_marks([axes], marks)
        name_marks(axes, marks)
        return svg_of(figure)


def test_the_same_drawing_is_the_same_text() -> None:
    first = drawing()
    assert first == drawing()
    assert first.startswith("<svg")
    assert "<dc:date>" not in first


@pytest.mark.parametrize("at", [[], [0.5], [0.1, 0.1, 0.1], [0.99, 0.995, 1.0]])
def test_labels_are_spread_in_their_order(at: list[float]) -> None:
    placed = spread(at, apart=0.03)
    assert len(placed) == len(at)
    assert all(place <= 1.0 for place in placed)
    assert all(b - a > 0.03 - 1e-9 for a, b in pairwise(placed))


def test_a_line_breaks_where_nothing_was() -> None:
    time_s, values = with_breaks(np.array([1.0, 2.0, 60.0]), np.array([5.0, 6.0, 7.0]), 5.0)
    assert time_s.tolist() == [1.0, 2.0, 2.0, 60.0]
    assert np.isnan(values).tolist() == [False, False, True, False]


def test_sweeps_of_one_run_lie_within_a_few_steps() -> None:
    assert longest_step_s(np.array([1.0])) == 5.0
    assert longest_step_s(np.arange(0.0, 40.0, 4.0)) == 12.0


def test_margins_leave_room_in_inches() -> None:
    found = margins(4.0, top_in=1.0, bottom_in=0.5)
    assert (found["top"], found["bottom"]) == (0.75, 0.125)


def test_mentalis_is_looked_at_later() -> None:
    assert response_ms(Muscle.MENTALIS)[0] > response_ms(Muscle.ORBICULARIS_OCULI)[0]


@pytest.mark.parametrize(("length_s", "step_s"), [(5.0, 1.0), (167.0, 20.0), (10_800.0, 1800.0)])
def test_ticks_stand_at_whole_times_of_a_clock(length_s: float, step_s: float) -> None:
    assert tick_step_s(length_s) == step_s
