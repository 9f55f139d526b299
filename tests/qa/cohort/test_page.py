import re
from html.parser import HTMLParser

from amr_monitor.model.case import Outcome
from amr_monitor.qa.cohort.analysis import analysed
from amr_monitor.qa.cohort.page import cohort_page
from amr_monitor.qa.cohort.patients import Patient, PatientTable, read_patients
from tests.qa.cohort.tables import PAPER, some, table_of

VOID = {"meta", "br"}


class Nesting(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("h1", "h2"):
            self.headings.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_from_elsewhere() -> None:
    page = cohort_page(analysed(read_patients(PAPER)))
    nesting = Nesting()
    nesting.feed(page)
    assert nesting.open == []
    assert nesting.headings == ["h1", "h2", "h2", "h2", "h2"]
    assert not re.search(r"<script|<link|<img|src=|@import|url\(", page)


def test_the_page_holds_tables_chart_and_p_values() -> None:
    page = cohort_page(analysed(read_patients(PAPER)))
    assert page.count("<table>") == 2
    assert page.count("<svg") == 1
    for figure in ("0.103", "0.120", "&lt; 0.001", "0.068", "0.275", "52.9 ± 6.85", "305"):
        assert figure in page


def test_names_of_files_are_no_markup() -> None:
    table = PatientTable(name="<script>.csv", patients=(Patient(case_id="p"),), missing_columns=())
    assert "<script>" not in cohort_page(analysed(table))


def test_small_groups_are_shown_without_what_is_no_number() -> None:
    for n_a, n_b in ((0, 0), (1, 0), (1, 1), (2, 3)):
        patients = [*some(Outcome.DISAPPEARED, n_a), *some(Outcome.PERSISTENT, n_b)]
        page = cohort_page(analysed(table_of(*patients, Patient(case_id="out"))))
        assert not re.search(r"\bnan\b|\bNone\b|\binf\b", page)
