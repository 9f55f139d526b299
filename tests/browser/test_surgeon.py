"""Three lines for five metres: the state, since when, after which mark."""

import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.case import CaseMode
from tests.api.fakes import FakeHouse
from tests.browser.conftest import LAPTOP, WIDE, await_seq, visit
from tests.browser.theatre import (
    CONFIRMED_AT,
    FAILED_AT,
    RETURNED_AT,
    SUSTAINED_AT,
    Scene,
    Theatre,
)

pytestmark = pytest.mark.browser
LINES = ("#line-state", "#line-since", "#line-mark")


def visit_surgeon(page: Page, url: str) -> None:
    page.goto(f"{url}/surgeon")
    page.locator('html[data-connected="true"]').wait_for(state="attached")


@pytest.mark.parametrize(
    ("sweep", "state", "lines"),
    [
        (40, "learning", ("LEARNING BASELINE", "40 of 60 valid sweeps", "no mark yet")),
        (75, "present", ("PRESENT", "for 0:15", "last mark: decompression started, 0:03 ago")),
        (
            CONFIRMED_AT + 3,
            "disappeared",
            (
                "no response for 0:15, 15 sweeps",
                "not sustained yet",
                "last response 4 s after vessel moved AICA",
            ),
        ),
        (
            SUSTAINED_AT,
            "disappeared",
            (
                "DISAPPEARED",
                "no response for 1:01, 61 sweeps",
                "last response 4 s after vessel moved AICA",
            ),
        ),
        (
            FAILED_AT + 6,
            "unknown",
            (
                "CANNOT TELL",
                "no M wave: stimulus does not reach the nerve (last known: disappeared, 0:06 ago)",
                "last mark: vessel moved AICA, 1:16 ago",
            ),
        ),
        (
            RETURNED_AT + 3,
            "reappeared",
            (
                "REAPPEARED",
                "seen in 8 of the last 10; returned 1 x; for 0:03",
                "last mark: vessel moved AICA, 1:35 ago",
            ),
        ),
    ],
)
def test_three_lines_tell_the_state_since_when_and_after_which_mark(
    page: Page,
    house: FakeHouse,
    theatre: Theatre,
    sweep: int,
    state: str,
    lines: tuple[str, str, str],
) -> None:
    theatre.play_to(sweep)
    with house.server() as server:
        visit_surgeon(page, server.url)
        expect(page.locator("#surgeon")).to_have_attribute("data-state", state)
        for line, words in zip(LINES, lines, strict=True):
            expect(page.locator(line)).to_have_text(words)
        expect(page.locator("#origin")).to_have_text("SIMULATED")


def test_a_response_last_seen_a_while_ago_is_given_no_second_duration(
    page: Page, house: FakeHouse, theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scene, "words", lambda _scene: "PRESENT, last seen 0:06 ago")
    theatre.play_to(75)
    with house.server() as server:
        visit_surgeon(page, server.url)
        expect(page.locator("#line-state")).to_have_text("PRESENT, last seen 0:06 ago")
        expect(page.locator("#line-since")).to_have_text("")


@pytest.mark.parametrize("size", [WIDE, LAPTOP], ids=["1920x1080", "1366x768"])
@pytest.mark.parametrize("sweep", [75, CONFIRMED_AT + 3, FAILED_AT + 6])
def test_the_lines_fit_and_are_read_at_five_metres(
    page: Page, house: FakeHouse, theatre: Theatre, size: dict[str, int], sweep: int
) -> None:
    theatre.play_to(sweep)
    with house.server() as server:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # it is one
        visit_surgeon(page, server.url)
        expect(page.locator("#line-state")).not_to_have_text("Waiting for sweeps")
        expect(page.locator("#surgeon")).not_to_have_attribute("data-state", "learning")
        shown = page.evaluate(
            """(lines) => lines.map((line) => document.querySelector(line)).map((line) => [
              line.scrollWidth <= line.clientWidth && line.scrollHeight <= line.clientHeight,
              parseFloat(getComputedStyle(line).fontSize)])""",
            list(LINES),
        )
        assert all(fits for fits, _ in shown)
        assert shown[0][1] >= size["height"] * 0.12
        assert min(letters for _, letters in shown) >= size["height"] * 0.055


def test_the_surgeon_has_no_button_and_no_probability(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        visit_surgeon(page, server.url)
        expect(page.locator("#line-state")).to_contain_text("no response")
        assert page.locator("button:visible, input:visible, a:visible").count() == 0
        text = page.locator("body").inner_text()
        assert "probab" not in text.lower()
        assert "P(" not in text


def test_the_surgeons_page_says_stale_and_comes_back_by_itself(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    server = house.server().start()
    visit_surgeon(page, server.url)
    expect(page.locator("#line-state")).to_have_text("PRESENT")
    server.stop()
    expect(page.locator("#stale")).to_be_visible(timeout=6_000)
    theatre.play_to(CONFIRMED_AT)
    with house.server(ApiSettings(port=server.port)):
        await_seq(page, house)
        expect(page.locator("#stale")).to_be_hidden()
        expect(page.locator("#line-state")).to_contain_text("no response for 0:12")


def test_in_shadow_mode_the_surgeon_is_shown_nothing(page: Page, house: FakeHouse) -> None:
    theatre = Theatre(house, mode=CaseMode.SHADOW)
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        visit_surgeon(page, server.url)
        expect(page.locator("#line-state")).to_have_text("SHADOW MODE")
        assert "response" not in page.locator("#surgeon").inner_text()


def test_the_operators_page_leads_to_it(page: Page, house: FakeHouse) -> None:
    with house.server() as server:
        visit(page, server.url)
        link = page.get_by_role("link", name="Surgeon")
        expect(link).to_have_attribute("href", "/surgeon")
