"""The signals of a case, as far as they were kept."""

from amr_monitor.codec import sweep_record
from amr_monitor.model.case import AmrState
from amr_monitor.qa.report.averages import blocks
from amr_monitor.qa.report.course import course_of
from amr_monitor.qa.report.signals import (
    NO_RASTER,
    NO_SWEEPS,
    baseline_section,
    others_section,
    picture_section,
    trends_section,
)
from tests.qa.report.prose import figures, prose
from tests.reports import FakeStore, changed, opened, replayed
from tests.sweep_reports import a_report


def test_the_lead_is_shown_first_and_the_others_after() -> None:
    history = replayed("disappeared.edf").history
    course = course_of(history)
    (lead,) = figures([picture_section(history, course)])
    assert lead.name == "overview-orbicularis_oculi"
    others = others_section(history, course)
    assert others is not None
    assert [figure.name for figure in figures([others])] == ["overview-mentalis"]
    assert trends_section(history, course) is not None


def test_an_older_journal_says_what_it_lacks() -> None:
    history = FakeStore([opened()]).history
    course = course_of(history)
    assert NO_SWEEPS in prose(picture_section(history, course))
    beside = {2: [sweep_record(a_report(sample_index=n)) for n in (1000, 2000)]}
    older = FakeStore([opened(), changed(2.0, AmrState.DISAPPEARED)], beside=beside).history
    assert NO_RASTER in prose(picture_section(older, course_of(older)))
    assert others_section(history, course) is None
    assert trends_section(history, course) is None
    assert "No baseline was accepted" in prose(baseline_section(history, course, ()))


def test_the_baseline_is_told_muscle_by_muscle() -> None:
    history = replayed("disappeared.edf").history
    course = course_of(history)
    text = prose(baseline_section(history, course, blocks(history, course)))
    assert "orbicularis oculi\n65.9\n10.20\n99\n3.0" in text
    assert "TOF not known" in text
    text = prose(
        baseline_section(
            replayed("not_elicited.edf").history,
            course_of(replayed("not_elicited.edf").history),
            (),
        )
    )
    assert "orbicularis oculi\nno response" in text
