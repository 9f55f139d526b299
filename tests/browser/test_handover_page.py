"""One page for the relief, on the screen and on paper."""

import io

import pypdf
import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.case import CaseMode
from tests.api.fakes import VIEWER, FakeHouse
from tests.browser.conftest import await_seq
from tests.browser.theatre import CONFIRMED_AT, FAILED_AT, Theatre

pytestmark = pytest.mark.browser


def test_it_tells_state_marks_baseline_room_and_what_to_watch(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        page.goto(f"{server.url}/handover")
        await_seq(page, house)
        lead = page.locator('.state[data-muscle="orbicularis_oculi"]')
        expect(lead.locator(".what")).to_have_text("no response for 0:15, 15 sweeps")
        expect(lead).to_contain_text("last response 4 s after vessel moved AICA")
        expect(lead).to_contain_text("lead muscle")
        expect(lead).to_contain_text("confirmed at 1:")
        expect(lead).not_to_contain_text("since")
        expect(lead).not_to_contain_text("valid sweeps")
        expect(page.locator("#watch")).to_contain_text("not sustained yet")
        expect(page.locator("#watch")).to_contain_text("late mentalis wave remains")
        marks = page.locator("#marks-told li")
        expect(marks).to_have_count(3)
        expect(marks.last).to_have_text("1:30 vessel moved AICA (recording)")
        expect(page.locator("#baseline-told")).to_contain_text("8.0 mA")
        expect(page.locator("#baseline-told")).to_contain_text("87 µV, onset 10.2 ms")
        expect(page.locator("#room-told")).to_contain_text("TOF ratio 92 %")
        expect(page.locator("#quality")).to_contain_text("amplifier saturated (4 x)")
        expect(page.locator("#changes li")).to_have_count(3)
        assert page.locator("#sheet button, #sheet input").count() == 0


def test_open_alarms_stand_on_it(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    theatre.play_to(FAILED_AT + 10)
    with house.server() as server:
        page.goto(f"{server.url}/handover")
        expect(page.locator("#alarms-told")).to_contain_text("nobody has acknowledged it")
        expect(page.locator("#watch li").first).to_have_text("alarms nobody has acknowledged: 1")
        expect(page.locator(".state").first).to_have_attribute("data-state", "unknown")


def test_it_is_read_anew_and_says_when_it_is_old(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    server = house.server().start()
    page.goto(f"{server.url}/handover")
    expect(page.locator(".what").first).to_have_text("PRESENT")
    theatre.play_to(CONFIRMED_AT)
    expect(page.locator(".what").first).to_have_text(
        "no response for 0:12, 12 sweeps", timeout=15_000
    )
    server.stop()
    expect(page.locator("#old")).to_contain_text("OLD", timeout=30_000)


def test_it_prints_on_one_sheet(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    theatre.play_to(FAILED_AT + 10)
    with house.server() as server:
        page.goto(f"{server.url}/handover")
        expect(page.locator(".what").first).to_be_visible()
        printed = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == 1
    text = printed.pages[0].extract_text()
    assert "CANNOT TELL" in text
    assert "Does not monitor hearing or facial nerve safety." in text


def test_a_viewer_signs_in_to_it(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    theatre.play_to(75)
    with house.server(ApiSettings(port=0, tokens=(VIEWER,))) as server:
        page.goto(f"{server.url}/handover")
        page.fill("#token", VIEWER.token)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".what").first).to_have_text("PRESENT")


def test_in_shadow_mode_it_tells_health_alone(page: Page, house: FakeHouse) -> None:
    Theatre(house, mode=CaseMode.SHADOW).play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        page.goto(f"{server.url}/handover")
        expect(page.locator("#states")).to_contain_text("Shadow mode")
        expect(page.locator("#changes")).to_contain_text("Withheld until the case is closed")
        assert "no response" not in page.locator("body").inner_text()
