"""A case becomes a report, the same each time."""

import pytest

from amr_monitor.qa.report.document import Section
from amr_monitor.qa.report.maker import ReportForm, make_report, report_document
from tests.qa.report import hostile
from tests.reports import RECORD, FakeStore, opened, replayed

EXPECTED = (
    "Evidence for the outcome",
    "Vessels and losses",
    "The case in one picture",
    "Timeline",
    "Changes of state",
    "Baseline and the last sweeps",
    "Trends",
    "The other muscles",
    "Anaesthesia and relaxation",
    "Marks and readings",
    "Alarms",
    "Quality of the signals",
    "What the monitor cannot say",
    "Published context",
    "Origin, versions and settings",
    "Read by",
)


@pytest.mark.parametrize("form", ReportForm)
def test_the_same_case_gives_the_same_bytes(form: ReportForm) -> None:
    store = replayed("disappeared.edf")
    first = make_report(store, store.record.case_id, form)
    assert first == make_report(store, store.record.case_id, form)


def test_a_report_has_all_its_sections() -> None:
    document = report_document(replayed("disappeared.edf").history)
    assert tuple(section.title for section in document.sections) == EXPECTED
    assert document.footer.startswith("SIMULATED")


def test_names_of_sections_and_figures_are_their_own() -> None:
    def names(sections: tuple[Section, ...]) -> list[str]:
        return [name for each in sections for name in (each.name, *names(each.sections))]

    found = names(report_document(replayed("returned.edf").history).sections)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("form", ReportForm)
def test_a_case_that_has_just_begun_has_a_preliminary_report(form: ReportForm) -> None:
    store = FakeStore([opened()])
    assert make_report(store, RECORD.case_id, form)
    document = report_document(store.history)
    assert document.title.startswith("Preliminary report, case open:")
    assert document.footer.endswith("PRELIMINARY")


@pytest.mark.parametrize("form", ReportForm)
def test_hostile_notes_do_not_stop_a_report(form: ReportForm) -> None:
    store = hostile.store()
    assert make_report(store, store.record.case_id, form)
