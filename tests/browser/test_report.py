"""The report of each fixture opens from a file, for everybody, and prints on A4 uncut."""

import io
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from amr_monitor.qa.report.html_page import html_of
from amr_monitor.qa.report.maker import report_document
from tests.qa.report.prose import figures
from tests.reports import fixture_names, replayed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PRINTED_PX = {"width": 658, "height": 1005}
"""Of an A4 page within the margins of the report."""
A4_PT = (595, 842)


def opened(chromium: Browser, target: Path, **size: int) -> Page:
    page = chromium.new_page(viewport=size)  # type: ignore[arg-type]  # width and height
    page.goto(target.as_uri())
    return page


@pytest.mark.parametrize("name", fixture_names())
def test_a_report_is_for_everybody_and_is_not_cut(
    chromium: Browser, tmp_path: Path, name: str
) -> None:
    document = report_document(replayed(name).history)
    target = tmp_path / "report.html"
    target.write_bytes(html_of(document))
    page = opened(chromium, target, width=900, height=1200)
    try:
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        # On paper: nothing wider than the page, no figure higher, none in two parts.
        page.emulate_media(media="print")
        page.set_viewport_size(PRINTED_PX)  # type: ignore[arg-type]  # width and height
        assert page.evaluate("document.documentElement.scrollWidth") <= PRINTED_PX["width"]
        drawn = page.locator("figure")
        assert drawn.count() == len(list(figures(document.sections)))
        for number in range(drawn.count()):
            figure = drawn.nth(number)
            box = figure.bounding_box()
            assert box is not None
            assert box["height"] < PRINTED_PX["height"]
            assert figure.evaluate("element => getComputedStyle(element).breakInside") == "avoid"
        natural = page.evaluate("[...document.images].map(each => each.naturalWidth)")
        assert all(width > 0 for width in natural)
        printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    finally:
        page.close()
    sizes = {(int(each.mediabox.width), int(each.mediabox.height)) for each in printed.pages}
    assert sizes <= {A4_PT, (594, 841), (595, 841), (594, 842)}
    pages = [re.sub(r"\s+", "", each.extract_text()) for each in printed.pages]
    for each in figures(document.sections):
        # The last words of a caption stand on the page of its first.
        words = re.sub(r"\s+", "", each.caption)
        assert any(words in text for text in pages), each.name


def test_a_report_is_read_on_a_small_screen(chromium: Browser, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_bytes(html_of(report_document(replayed("disappeared.edf").history)))
    page = opened(chromium, target, width=420, height=800)
    try:
        assert page.evaluate("document.documentElement.scrollWidth") <= 420
        assert page.locator("h1").count() == 1
        page.locator("nav a", has_text="Timeline").click()
        assert page.url.endswith("#timeline")
    finally:
        page.close()
