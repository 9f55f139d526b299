"""The page of a cohort, opened from a file as a reader would."""

from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from amr_monitor.qa.cohort.analysis import analysed
from amr_monitor.qa.cohort.page import cohort_page
from amr_monitor.qa.cohort.patients import read_patients
from tests.qa.cohort.tables import PAPER


def test_the_page_of_a_cohort_is_for_everybody(
    new_page: Callable[[], Page], tmp_path: Path
) -> None:
    file = tmp_path / "cohort.html"
    file.write_text(cohort_page(analysed(read_patients(PAPER))), encoding="utf-8")
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.get_by_role("img", name="Flow chart of the patients").is_visible()
    assert page.get_by_role("table").count() == 2
    assert asked == [file.as_uri()]
    page.set_viewport_size({"width": 390, "height": 800})
    # The tables scroll in their frames; the page itself does not.
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
