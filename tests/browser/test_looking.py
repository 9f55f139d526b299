"""Looking closely: pictures held still, cursors over a sweep, fewer events in the list."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.api.fakes import FakeHouse
from tests.browser.conftest import await_seq, visit
from tests.browser.theatre import CONFIRMED_AT, LAST_RESPONSE_AT, Theatre

pytestmark = pytest.mark.browser
LEAD = '[data-muscle="orbicularis_oculi"]'
SCOPE = f"{LEAD} .scope canvas"
WATERFALL = f"{LEAD} .waterfall canvas"


def picture(page: Page, selector: str) -> str:
    painted: str = page.locator(selector).evaluate("canvas => canvas.toDataURL()")
    return painted


def test_frozen_pictures_stand_still_while_the_verdict_goes_on(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(LAST_RESPONSE_AT)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        page.keyboard.press("z")
        expect(page.locator("#frozen")).to_contain_text("PICTURES FROZEN at 1:3")
        before = picture(page, SCOPE), picture(page, WATERFALL)
        theatre.play_to(CONFIRMED_AT)
        await_seq(page, house)
        expect(page.locator(f"{LEAD} .words")).to_have_text("no response for 0:12, 12 sweeps")
        assert (picture(page, SCOPE), picture(page, WATERFALL)) == before
        page.click("#freeze")
        expect(page.locator("#frozen")).to_be_hidden()
        assert picture(page, SCOPE) != before[0]


def test_another_case_is_never_behind_frozen_pictures(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(20)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        page.keyboard.press("z")
        expect(page.locator("#frozen")).to_be_visible()
        house.case_id = "case-2"
        house.hub.follow_case("case-2", muscles=())
        page.locator('html[data-case="case-2"]').wait_for(state="attached")
        expect(page.locator("#frozen")).to_be_hidden()


def test_two_cursors_read_times_amplitudes_and_their_differences(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        page.keyboard.press("k")
        readout = page.locator(f"{LEAD} .cursor-readout")
        expect(readout).to_contain_text("A 10.0 ms")
        expect(readout).to_contain_text("A 5.0 ms")
        page.locator(SCOPE).focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowRight")
        expect(readout).to_contain_text("A 11.1 ms")
        page.keyboard.press(" ")
        page.keyboard.press("Shift+ArrowLeft")
        expect(readout).to_contain_text("B 14.0 ms")
        expect(readout).to_contain_text("A 2.9 ms")
        told = re.findall(r"([-\d.]+) µV", readout.inner_text())
        a_uv, b_uv, rise_uv = (float(value) for value in told)
        assert rise_uv == pytest.approx(b_uv - a_uv, abs=0.11)
        page.keyboard.press("k")
        expect(readout).to_be_hidden()


def test_a_cursor_is_dragged(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        page.keyboard.press("k")
        box = page.locator(SCOPE).bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 0.5, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.9, middle)
        page.mouse.up()
        readout = page.locator(f"{LEAD} .cursor-readout")
        expect(readout).to_contain_text(re.compile(r"B 4\d\.\d ms"))
        expect(readout).to_contain_text("A 10.0 ms")


def test_the_list_of_events_is_narrowed(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    theatre.play_to(CONFIRMED_AT)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        items = page.locator("#event-list li:visible")
        all_events = items.count()
        page.select_option("#event-filter", "marks")
        assert set(items.evaluate_all("found => found.map((item) => item.dataset.type)")) == {
            "phase_marked"
        }
        page.select_option("#event-filter", "verdicts")
        expect(page.locator("#event-list")).to_contain_text("no response for 0:12")
        assert "phase_marked" not in items.evaluate_all(
            "found => found.map((item) => item.dataset.type)"
        )
        page.select_option("#event-filter", "all")
        assert items.count() == all_events
