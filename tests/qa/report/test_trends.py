"""What a verdict leans on, over the case."""

from amr_monitor.qa.report.course import course_of
from amr_monitor.qa.report.trends import trends
from tests.reports import FakeStore, opened, replayed


def test_medians_are_told_of_every_muscle() -> None:
    history = replayed("disappeared.edf").history
    figure = trends(history, course_of(history))
    assert figure is not None
    assert "Medians of orbicularis oculi: onset latency 10." in figure.alt
    assert "Medians of mentalis:" in figure.alt


def test_without_all_sweeps_there_is_no_figure() -> None:
    history = FakeStore([opened()]).history
    assert trends(history, course_of(history)) is None
