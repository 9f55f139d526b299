"""The sweeps around a change."""

from dataclasses import replace

from amr_monitor.codec import sweep_record
from amr_monitor.model.case import AmrState
from amr_monitor.qa.report.course import course_of
from amr_monitor.qa.report.waterfall import MOST_TRACES, shows_waveforms, waterfall
from tests.reports import OCULI, FakeStore, changed, opened, replayed
from tests.sweep_reports import a_report


def test_a_loss_is_shown_from_before_the_last_response_to_after_it_was_certain() -> None:
    history = replayed("disappeared.edf").history
    course = course_of(history)
    (loss,) = course.losses_of(OCULI)
    figure = waterfall(history, course, loss.change, loss, "change-1")
    assert figure is not None
    assert "30 sweeps of orbicularis oculi" in figure.alt
    assert "from 1:15 to 1:44" in figure.alt


def test_a_slow_change_is_shown_by_some_of_its_sweeps() -> None:
    history = replayed("returned.edf").history
    course = course_of(history)
    (loss,) = course.losses_of(OCULI)
    change = loss.change
    slow = replace(change, told=replace(change.told, time_s=190.0), confirmed_s=190.0)
    figure = waterfall(history, course, slow, loss, "change-1")
    assert figure is not None
    assert int(figure.alt.split()[0]) <= MOST_TRACES


def test_an_older_journal_gives_what_stands_beside_the_verdict() -> None:
    beside = {2: [sweep_record(a_report(sample_index=1000 * n)) for n in range(1, 5)]}
    store = FakeStore([opened(), changed(4.0, AmrState.DISAPPEARED)], beside=beside)
    course = course_of(store.history)
    figure = waterfall(store.history, course, course.changes[0], None, "change-1")
    assert figure is not None
    assert "4 sweeps" in figure.alt


def test_without_sweeps_there_is_no_figure() -> None:
    history = FakeStore([opened(), changed(4.0, AmrState.DISAPPEARED)]).history
    course = course_of(history)
    assert waterfall(history, course, course.changes[0], None, "change-1") is None


def test_what_came_of_the_baseline_needs_no_sweeps() -> None:
    course = course_of(replayed("disappeared.edf").history)
    assert [shows_waveforms(each) for each in course.changes[:3]] == [False, False, True]
