"""Scales of a sweep like on an EMG machine, by hand and automatic; the raw trace behind it."""

import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import ApiSettings
from tests.api.fakes import FakeHouse
from tests.browser.conftest import await_seq, visit
from tests.browser.ramp_scenery import play_ramp
from tests.browser.test_review import Reviewed, reviewed
from tests.browser.theatre import Theatre

pytestmark = pytest.mark.browser
finished_case = reviewed
LEAD = '#muscles [data-muscle="orbicularis_oculi"]'
MENTALIS = '#muscles [data-muscle="mentalis"]'


def test_scales_are_turned_by_key_for_all_and_back_to_automatic(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        scale = page.locator(f"{LEAD} .scale output")
        expect(scale).to_have_text("20 µV/div · 5 ms/div · auto")
        page.keyboard.press("-")
        expect(scale).to_have_text("50 µV/div · 5 ms/div")
        expect(page.locator(f"{MENTALIS} .scale output")).not_to_contain_text("auto")
        page.keyboard.press("+")
        page.keyboard.press("+")
        expect(scale).to_have_text("10 µV/div · 5 ms/div")
        page.keyboard.press(",")
        expect(scale).to_have_text("10 µV/div · 2 ms/div")
        page.keyboard.press(".")
        page.keyboard.press(".")
        page.keyboard.press(".")
        expect(scale).to_have_text("10 µV/div · 10 ms/div")
        page.keyboard.press("u")
        expect(scale).to_have_text("20 µV/div · 5 ms/div · auto")


def test_a_scope_in_focus_is_turned_alone_and_its_buttons_turn_it(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        page.locator(f"{LEAD} .scope canvas").focus()
        page.keyboard.press("-")
        expect(page.locator(f"{LEAD} .scale output")).to_have_text("50 µV/div · 5 ms/div")
        expect(page.locator(f"{MENTALIS} .scale output")).to_contain_text("auto")
        page.locator(f"{MENTALIS} .scope").get_by_title("More milliseconds").click()
        expect(page.locator(f"{MENTALIS} .scale output")).to_contain_text("10 ms/div")
        page.locator(f"{MENTALIS} .scope").get_by_text("auto", exact=True).click()
        expect(page.locator(f"{MENTALIS} .scale output")).to_contain_text("5 ms/div · auto")


def test_a_new_sweep_leaves_a_scale_by_hand_as_it_is(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        for _ in range(4):
            page.keyboard.press("-")
        expect(page.locator(f"{LEAD} .scale output")).to_have_text("500 µV/div · 5 ms/div")
        theatre.play_to(95)
        await_seq(page, house)
        expect(page.locator(f"{LEAD} .scale output")).to_have_text("500 µV/div · 5 ms/div")


def test_the_cursors_keep_their_milliseconds_whatever_the_scale(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        page.keyboard.press("k")
        readout = page.locator(f"{LEAD} .cursor-readout")
        before = readout.inner_text()
        page.keyboard.press(",")
        expect(page.locator(f"{LEAD} .scale output")).to_contain_text("2 ms/div")
        expect(readout).to_have_text(before)
        expect(page.locator(f"{LEAD} .scope").get_by_text("cursors")).to_have_attribute(
            "aria-pressed", "true"
        )


def test_the_raw_sweep_is_fetched_for_what_is_shown(page: Page, house: FakeHouse) -> None:
    play_ramp(house)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        expect(page.locator(f"{LEAD} .scale output")).to_contain_text("auto")
        assert not [url for url in asked if "/sweeps/raw" in url]
        canvas = page.locator(f"{LEAD} .scope canvas")
        before = canvas.evaluate("canvas => canvas.toDataURL()")
        with page.expect_response(lambda answer: "/sweeps/raw" in answer.url) as answered:
            page.locator(f"{LEAD} .scope").get_by_text("raw").click()
        assert answered.value.json()["sweeps"][0]["sweep_number"] == 36
        expect(page.locator(f"{LEAD} .scope").get_by_text("raw")).to_have_attribute(
            "aria-pressed", "true"
        )
        page.wait_for_function(
            "([canvas, before]) => canvas.toDataURL() !== before",
            arg=[canvas.element_handle(), before],
        )


def test_a_finished_case_has_scales_and_cursors_and_no_raw_sweep_of_the_running_one(
    page: Page, finished_case: Reviewed
) -> None:
    with finished_case.serve(ApiSettings(port=0)) as server:
        page.goto(f"{server.url}/cases/{finished_case.case_id}")
        scale = page.locator(f"{LEAD} .scale output")
        expect(scale).to_contain_text("auto")
        page.keyboard.press(",")
        expect(scale).to_contain_text("2 ms/div")
        page.keyboard.press("k")
        expect(page.locator(f"{LEAD} .cursor-readout")).to_be_visible()
        expect(page.locator(f"{LEAD} .scope").get_by_text("raw", exact=True)).to_be_hidden()
