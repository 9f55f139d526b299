"""The list of the cases of a batch, opened from the disk."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.qa.batch.tables import NASTY, three

pytestmark = pytest.mark.browser


def order(page: Page) -> list[str]:
    return page.locator("#cases tbody th:visible").all_inner_texts()


def test_a_column_sorts_and_turns_round_and_what_is_not_known_stands_last(
    page: Page, tmp_path: Path
) -> None:
    page.goto(three(tmp_path).as_uri())
    assert order(page) == ["a.edf", "b.edf", NASTY]
    baseline = page.get_by_role("button", name="Baseline (uV)")
    head = page.get_by_role("columnheader", name="Baseline (uV)")
    baseline.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert order(page) == ["b.edf", "a.edf", NASTY]
    baseline.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert order(page) == ["a.edf", "b.edf", NASTY]
    page.get_by_role("button", name="Outcome").click()
    assert order(page) == ["b.edf", NASTY, "a.edf"]
    assert head.get_attribute("aria-sort") is None


def test_a_word_leaves_the_cases_that_hold_it(page: Page, tmp_path: Path) -> None:
    page.goto(three(tmp_path).as_uri())
    page.get_by_label("Show what holds").fill("persistent a.edf")
    expect(page.locator("#shown")).to_have_text("1 of 3 cases")
    assert order(page) == ["a.edf"]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing(page: Page, tmp_path: Path, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(three(tmp_path).as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
