"""The whole case in one figure."""

from dataclasses import replace

import numpy as np

from amr_monitor.model.case import AmrState
from amr_monitor.qa.report.course import course_of
from amr_monitor.qa.report.overview import (
    baseline_amplitude_uv,
    known_only,
    overview,
    state_stretches,
    while_valid,
    without,
)
from tests.reports import OCULI, FakeStore, opened, replayed


def test_the_figure_tells_in_words_what_it_shows() -> None:
    history = replayed("returned.edf").history
    figure = overview(history, course_of(history), OCULI)
    assert figure is not None
    assert figure.svg.startswith("<svg")
    assert "present from 0:59, disappeared from 1:36, reappeared from 2:09" in figure.alt


def test_the_bounds_are_those_that_the_case_was_judged_with() -> None:
    replay = replayed("disappeared.edf")
    text = replay.record.settings.replace('"confirmed_log_odds": 6.9', '"confirmed_log_odds": 8.5')
    store = FakeStore(
        [entry.event for entry in replay.told],
        record=replace(replay.record, settings=text),
        kept=replay.kept,
    )
    figure = overview(store.history, course_of(store.history), OCULI)
    assert figure is not None
    assert "a confirmed (8.5) loss" in figure.caption


def test_without_all_sweeps_there_is_no_figure() -> None:
    history = FakeStore([opened()]).history
    assert overview(history, course_of(history), OCULI) is None


def test_states_follow_each_other_to_the_end() -> None:
    course = course_of(replayed("disappeared.edf").history)
    stretches = state_stretches(course, OCULI)
    assert [state for state, _, _ in stretches] == [
        AmrState.LEARNING,
        AmrState.PRESENT,
        AmrState.DISAPPEARED,
    ]
    assert stretches[-1][2] == course.end_s


def test_what_cannot_be_known_is_cut_out_of_a_state() -> None:
    assert without(0.0, 10.0, [(2.0, 3.0), (8.0, 12.0)]) == [(0.0, 2.0), (3.0, 8.0)]
    assert without(0.0, 10.0, [(0.0, 10.0)]) == []


def test_where_nothing_was_elicited_no_evidence_is_drawn() -> None:
    history = replayed("not_elicited.edf").history
    course = course_of(history)
    figures = history.sweeps.of(OCULI)
    assert figures is not None
    assert np.isfinite(figures.log_odds_absent).any()
    assert np.isnan(known_only(history, course, figures).log_odds_absent).all()
    assert baseline_amplitude_uv(course, OCULI) is None


def test_figures_that_stood_still_are_not_drawn() -> None:
    history = replayed("stimulator_failed.edf").history
    figures = history.sweeps.of(OCULI)
    assert figures is not None
    shown = while_valid(figures.amplitude_uv, figures)
    within = (history.sweeps.time_s > 100.0) & (history.sweeps.time_s < 140.0)
    assert np.isnan(shown[within]).all()
    assert np.isfinite(shown[history.sweeps.time_s > 160.0]).all()
