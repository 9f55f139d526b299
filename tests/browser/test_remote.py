"""The remote view: looks at everything, does nothing, tells its delay."""

import re

import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.case import CaseMode
from tests.api.fakes import OPERATOR, FakeHouse
from tests.browser.conftest import await_seq
from tests.browser.theatre import CONFIRMED_AT, FAILED_AT, Theatre

pytestmark = pytest.mark.browser
LEAD = '[data-muscle="orbicularis_oculi"]'


def visit_remote(page: Page, house: FakeHouse, url: str) -> None:
    page.goto(f"{url}/remote")
    page.locator('html[data-connected="true"]').wait_for(state="attached")
    await_seq(page, house)


def test_it_shows_the_verdict_its_events_and_the_delay(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        visit_remote(page, house, server.url)
        expect(page.locator(f"{LEAD} .words")).to_have_text("no response for 0:15, 15 sweeps")
        expect(page.locator("#delay")).to_have_text(
            re.compile(r"^\d\.\d s behind \(network \d+ ms\)$")
        )
        expect(page.locator("#event-list")).to_contain_text("vessel moved AICA")
        expect(page.locator("#origin")).to_have_text("SIMULATED")


def test_an_operators_token_does_nothing_here(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(FAILED_AT + 8)
    with house.server(ApiSettings(port=0, tokens=(OPERATOR,))) as server:
        page.goto(f"{server.url}/remote")
        page.fill("#token", OPERATOR.token)
        page.get_by_role("button", name="Sign in").click()
        await_seq(page, house)
        page.locator("#alarms").wait_for()
        assert page.locator("#marks, #baseline, #setup").count() == 0
        for doing in ("Acknowledge", "Enter…", "Close case", "Restart", "Accept"):
            expect(page.get_by_role("button", name=doing)).to_have_count(0)
        assert "P(response" not in page.locator("main").inner_text()
        for key in "dvexb":
            page.keyboard.press(key)
        expect(page.locator("#read-only")).to_have_text("REMOTE, READ ONLY")
    assert house.commands == []


def test_cursors_scales_and_freeze_are_its_own(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit_remote(page, house, server.url)
        page.keyboard.press("k")
        expect(page.locator(f"{LEAD} .cursor-readout")).to_contain_text("A 5.0 ms")
        page.keyboard.press("-")
        expect(page.locator(f"{LEAD} .scale output")).to_have_text("50 µV/div · 5 ms/div")
        page.keyboard.press("z")
        expect(page.locator("#frozen")).to_contain_text("PICTURES FROZEN")


def test_a_source_that_is_silent_lengthens_the_delay(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    house.last_sample_age_s = 7.4
    with house.server() as server:
        visit_remote(page, house, server.url)
        expect(page.locator("#delay")).to_have_text(re.compile(r"^⚠ [78]\.\d s behind"))
        expect(page.locator("#no-samples")).to_be_visible()


def test_it_says_stale_and_comes_back_by_itself(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    server = house.server().start()
    visit_remote(page, house, server.url)
    server.stop()
    expect(page.locator("#stale")).to_be_visible(timeout=6_000)
    theatre.play_to(CONFIRMED_AT)
    with house.server(ApiSettings(port=server.port)):
        await_seq(page, house)
        expect(page.locator("#stale")).to_be_hidden()
        expect(page.locator(f"{LEAD} .words")).to_contain_text("no response for 0:12")


def test_in_shadow_mode_it_shows_health_alone(page: Page, house: FakeHouse) -> None:
    Theatre(house, mode=CaseMode.SHADOW).play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        visit_remote(page, house, server.url)
        expect(page.locator("#shadow")).to_be_visible()
        assert "no response" not in page.locator("body").inner_text()


@pytest.mark.parametrize(
    "size", [{"width": 1024, "height": 768}, {"width": 768, "height": 1024}], ids=str
)
def test_a_tablet_shows_both_muscles_and_the_events_without_scrolling(
    page: Page, house: FakeHouse, theatre: Theatre, size: dict[str, int]
) -> None:
    theatre.play_to(FAILED_AT + 10)
    with house.server() as server:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # it is one
        visit_remote(page, house, server.url)
        for part in (*page.locator(".muscle .scope canvas").all(), page.locator("#events")):
            box = part.bounding_box()
            assert box is not None
            assert box["height"] > 100
            assert box["y"] + box["height"] <= size["height"]
        headline = page.locator(f"{LEAD} .words b")
        letters = headline.evaluate("item => parseFloat(getComputedStyle(item).fontSize)")
        assert letters >= 24
