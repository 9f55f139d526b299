"""WCAG AA on every page, dark and light: axe finds nothing serious."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import ApiSettings
from tests.api.fakes import FakeHouse
from tests.browser.conftest import LAPTOP, WIDE, await_seq
from tests.browser.ramp_scenery import play_ramp
from tests.browser.test_review import Reviewed, reviewed
from tests.browser.theatre import CONFIRMED_AT, FAILED_AT, Theatre

pytestmark = pytest.mark.browser
finished_case = reviewed

THEMES = ("dark", "light")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LIVE = ("/surgeon", "/remote", "/handover")
TABLETS = ({"width": 1024, "height": 768}, {"width": 768, "height": 1024})


def visit_in(page: Page, url: str, theme: str) -> None:
    page.add_init_script(f"localStorage.setItem('amr-monitor-theme', '{theme}')")
    page.goto(url)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)


def faults(page: Page) -> list[str]:
    """Return what axe finds serious or critical on the page, with the elements."""
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    assert found["passes"], "axe has looked at something"
    return [
        f"{fault['id']} ({fault['impact']}): {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sweep", [75, CONFIRMED_AT + 3, FAILED_AT + 10])
def test_the_dashboard(
    page: Page, house: FakeHouse, theatre: Theatre, theme: str, sweep: int
) -> None:
    theatre.play_to(sweep)
    with house.server() as server:
        visit_in(page, server.url, theme)
        await_seq(page, house)
        page.keyboard.press("k")
        assert faults(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_dialogs_of_the_dashboard(page: Page, house: FakeHouse, theme: str) -> None:
    play_ramp(house)
    with house.server() as server:
        visit_in(page, server.url, theme)
        await_seq(page, house)
        assert faults(page) == []
        page.keyboard.press("b")
        expect(page.locator("#checklist li").first).to_be_visible()
        expect(page.locator(".ramp-lines")).to_contain_text("proposed reference current")
        assert faults(page) == []
        page.locator('#checklist [aria-label="Enter Train of four"]').click()
        expect(page.locator("#room-TOF_ratio")).to_be_focused()
        assert faults(page) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", ["/surgeon", "/remote", "/handover", "/cases", "/docs"])
def test_the_other_pages(
    page: Page, house: FakeHouse, theatre: Theatre, theme: str, path: str
) -> None:
    theatre.play_to(FAILED_AT + 10)
    with house.server() as server:
        visit_in(page, server.url + path, theme)
        expect(page.locator("main, table").first).to_be_visible()
        if path in LIVE:
            await_seq(page, house)
        else:
            page.wait_for_load_state("networkidle")
        assert faults(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_review_of_a_finished_case(page: Page, finished_case: Reviewed, theme: str) -> None:
    with finished_case.serve(ApiSettings(port=0)) as server:
        visit_in(page, f"{server.url}/cases/{finished_case.case_id}", theme)
        expect(page.locator("main")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert faults(page) == []


@pytest.mark.parametrize("size", TABLETS, ids=["landscape", "portrait"])
def test_the_remote_view_on_a_tablet(
    page: Page, house: FakeHouse, theatre: Theatre, size: dict[str, int]
) -> None:
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # it is one
        visit_in(page, f"{server.url}/remote", "dark")
        await_seq(page, house)
        assert faults(page) == []


@pytest.mark.parametrize("size", [WIDE, LAPTOP, *TABLETS], ids=lambda size: str(size["width"]))
@pytest.mark.parametrize("path", ["/", "/remote", "/handover"])
def test_no_page_is_wider_than_the_screen(
    page: Page, house: FakeHouse, theatre: Theatre, size: dict[str, int], path: str
) -> None:
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # it is one
        page.goto(server.url + path)
        await_seq(page, house)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_reaches_everything_of_the_remote_view(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    """Every control of the remote view is reached with Tab, and shows that it has the focus."""
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        page.goto(f"{server.url}/remote")
        await_seq(page, house)
        wanted = page.evaluate(
            """() => [...document.querySelectorAll("button, a, select, canvas[tabindex]")]
              .filter((item) => item.offsetParent).length"""
        )
        reached, unseen = set(), []
        for _ in range(wanted + 6):
            page.keyboard.press("Tab")
            at, is_seen = page.evaluate(
                """() => [[...document.querySelectorAll('*')].indexOf(document.activeElement),
                  document.activeElement === document.body
                    || getComputedStyle(document.activeElement).outlineStyle !== "none"]"""
            )
            reached.add(at)
            if not is_seen:
                unseen.append(at)
        assert len(reached) >= wanted
        assert unseen == []
