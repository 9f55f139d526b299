"""Trends, raster and waterfall under the sweeps, and the past of the running case in them."""

import hashlib
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.case import CaseMode
from tests.api.fakes import OPERATOR, VIEWER, FakeHouse
from tests.browser.conftest import LAPTOP, WIDE, await_seq, visit
from tests.browser.test_page import PAINTED
from tests.browser.theatre import CONFIRMED_AT, SUSTAINED_AT, Theatre

pytestmark = pytest.mark.browser

LEAD = '[data-muscle="orbicularis_oculi"]'
STACK = ".trend-stack"
TIMELINE = """async () => {
  const { timeline } = (await import("/static/strip.js")).shownPictures();
  return { from: timeline.fromS, to: timeline.toS, stretch: timeline.stretch };
}"""


def played(page: Page, house: FakeHouse, theatre: Theatre, url: str) -> None:
    """Open the page of a case that has come to a loss."""
    theatre.play_to(SUSTAINED_AT + 4)
    visit(page, url)
    await_seq(page, house)
    if page.locator("#fold").get_attribute("aria-expanded") == "false":
        page.keyboard.press("t")
    page.locator(f"{STACK} .uplot").first.wait_for()
    page.wait_for_function(f"async () => (await ({TIMELINE})()).to > 100")


def middle_of(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def span(page: Page) -> float:
    shown = page.evaluate(TIMELINE)
    return float(shown["to"] - shown["from"])


def test_what_is_vendored_is_what_was_published() -> None:
    folder = Path(str(files("amr_monitor.api"))) / "dashboard" / "vendor" / "uplot-1.6.32"
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    told = {name: digest for digest, name in (line.split() for line in lines)}
    present = {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
    assert set(told) == present
    for name, digest in told.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert "MIT" in (folder / "LICENSE").read_text(encoding="utf-8")


def test_trends_zoom_move_and_come_back_by_wheel_hand_and_key(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    with house.server() as server:
        played(page, house, theatre, server.url)
        whole = span(page)
        assert whole > 100
        x, y = middle_of(page, STACK)
        page.mouse.move(x, y)
        for _ in range(6):
            page.mouse.wheel(0, -120)
        page.wait_for_function(
            f"async () => {{ const t = await ({TIMELINE})(); return t.to - t.from < {whole / 2}; }}"
        )
        zoomed = page.evaluate(TIMELINE)
        page.mouse.down()
        page.mouse.move(x + 200, y, steps=4)
        page.mouse.up()
        assert page.evaluate(TIMELINE)["from"] < zoomed["from"]
        page.locator(STACK).press("ArrowRight")
        page.locator(STACK).press("-")
        page.locator(STACK).press("Home")
        assert span(page) == pytest.approx(whole, abs=2)


def test_the_figures_under_the_pointer_are_told(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    with house.server() as server:
        played(page, house, theatre, server.url)
        page.mouse.move(*middle_of(page, STACK))
        readout = page.locator(".trend-readout")
        expect(readout).to_contain_text("µV")
        expect(readout).to_contain_text(re.compile(r"sweep \d+"))
        expect(readout).to_contain_text("mA")


def test_a_click_in_the_trend_shows_that_sweep_and_the_verdict_goes_on(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    with house.server() as server:
        played(page, house, theatre, server.url)
        words = page.locator(f"{LEAD} .words").text_content() or ""
        x, y = middle_of(page, STACK)
        page.mouse.click(x - 300, y)
        note = page.locator("#frozen")
        expect(note).to_contain_text(
            re.compile(r"LOOKING BACK at \d+:\d\d, orbicularis oculi then: ")
        )
        expect(page.locator(f"{LEAD} .words")).to_have_text(words)
        page.locator(STACK).press(".")
        page.keyboard.press("z")
        expect(note).to_be_hidden()


def test_the_raster_is_drawn_with_its_scale(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    with house.server() as server:
        played(page, house, theatre, server.url)
        with page.expect_response(re.compile("/raster")):
            page.locator("#tab-raster").click()
        page.wait_for_function(
            f"() => ({PAINTED})('.raster canvas').filter((rgb) => {{"
            " const [r, g, b] = rgb.split(','); return b - r > 80 || r - b > 80; }).length > 20"
        )
        before = page.evaluate(PAINTED, ".raster canvas")
        page.locator(".raster .scale button").last.click()
        assert page.evaluate(PAINTED, ".raster canvas") != before
        expect(page.locator(".raster canvas")).to_have_attribute(
            "aria-label", re.compile("latency")
        )


def test_the_waterfall_of_a_stretch_that_is_dragged_over(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    with house.server() as server:
        played(page, house, theatre, server.url)
        page.get_by_role("button", name="Choose stretch").click()
        x, y = middle_of(page, STACK)
        page.mouse.move(x - 60, y)
        page.mouse.down()
        page.mouse.move(x + 60, y, steps=4)
        with page.expect_response(re.compile("/display-sweeps")):
            page.mouse.up()
        expect(page.locator("#tab-waterfall")).to_have_attribute("aria-selected", "true")
        stretch = page.evaluate(TIMELINE)["stretch"]
        assert 5 < stretch["toS"] - stretch["fromS"] < 60
        page.wait_for_function(f"() => ({PAINTED})('.stretch canvas').length > 10")


def test_sweeps_that_come_are_added_to_the_trend(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    with house.server() as server:
        played(page, house, theatre, server.url)
        before = page.evaluate(TIMELINE)["to"]
        theatre.play_to(SUSTAINED_AT + 5)
        page.wait_for_function(f"async () => (await ({TIMELINE})()).to > {before}")


@pytest.mark.parametrize(("token", "is_told"), [(OPERATOR.token, True), (VIEWER.token, False)])
def test_only_the_operator_sees_the_probability(
    page: Page, house: FakeHouse, theatre: Theatre, token: str, *, is_told: bool
) -> None:
    theatre.play_to(CONFIRMED_AT)
    with house.server(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        page.goto(server.url)
        page.locator("#token").fill(token)
        page.locator("#sign-in button[type=submit]").click()
        page.locator('html[data-connected="true"]').wait_for(state="attached")
        page.locator(f"{STACK} .uplot").first.wait_for()
        expect(page.locator('.chips [data-quantity="probability"]')).to_have_count(int(is_told))


def test_the_strip_folds_and_its_tabs_are_reached_by_keys(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    with house.server() as server:
        played(page, house, theatre, server.url)
        page.locator("#tab-trends").press("ArrowRight")
        expect(page.locator("#tab-raster")).to_be_focused()
        expect(page.locator("#panel-raster")).to_be_visible()
        page.locator("#tab-raster").press("ArrowLeft")
        page.keyboard.press("t")
        expect(page.locator("#panel-trends")).to_be_hidden()
        expect(page.locator("#fold")).to_have_attribute("aria-expanded", "false")


def test_on_a_low_screen_it_begins_folded_and_the_sweeps_have_the_room(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]  # it is one
    theatre.play_to(SUSTAINED_AT)
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#fold")).to_have_attribute("aria-expanded", "false")
        for canvas in page.locator("[data-muscle] .scope canvas").all():
            box = canvas.bounding_box()
            assert box is not None
            assert box["height"] > 100


def test_in_shadow_mode_there_is_no_strip(page: Page, house: FakeHouse) -> None:
    theatre = Theatre(house, mode=CaseMode.SHADOW)
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        expect(page.locator("#strip")).to_be_hidden()
        theatre.close_case()
        expect(page.locator("#strip")).to_be_visible()
        page.wait_for_function(f"async () => (await ({TIMELINE})()).to > 100")


@pytest.mark.parametrize("size", [WIDE, LAPTOP])
def test_the_verdict_stays_the_biggest_thing(
    new_page: Callable[[], Page], house: FakeHouse, theatre: Theatre, size: dict[str, int]
) -> None:
    page = new_page()
    page.set_viewport_size(size)  # type: ignore[arg-type]  # it is one
    with house.server() as server:
        played(page, house, theatre, server.url)
        sizes = page.evaluate(
            "() => [...document.querySelectorAll('main *')].filter((e) => e.childElementCount === 0"
            " && e.textContent.trim() && e.checkVisibility()).map((e) =>"
            " [parseFloat(getComputedStyle(e).fontSize), e.closest('.words') !== null])"
        )
        largest = max(size for size, _ in sizes)
        assert [is_verdict for size, is_verdict in sizes if size == largest] == [True]
        strip = page.locator("#strip").bounding_box()
        footer = page.locator("footer").bounding_box()
        assert strip is not None
        assert footer is not None
        assert strip["y"] + strip["height"] <= footer["y"] + 1
        assert page.evaluate("document.documentElement.scrollHeight") <= size["height"]
