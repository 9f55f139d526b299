import re

import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import AccessToken, ApiSettings
from amr_monitor.model.case import CaseMode, Muscle
from amr_monitor.model.events import AmrStateChanged
from amr_monitor.model.status import Delivery, RecordingState, RecordingStatus
from tests.api.fakes import CASE_ID, MUSCLES, OPERATOR, FakeHouse
from tests.browser.conftest import LAPTOP, WIDE, await_seq, visit
from tests.browser.theatre import (
    CONFIRMED_AT,
    FAILED_AT,
    INTERFERENCE_AT,
    RETURNED_AT,
    SUSTAINED_AT,
    Theatre,
)

pytestmark = pytest.mark.browser
LEAD = '[data-muscle="orbicularis_oculi"]'
DISCLAIMER = (
    "Does not monitor hearing or facial nerve safety. "
    "Decision support, not a certified medical device."
)

PAINTED = """(selector) => {
  const canvas = document.querySelector(selector);
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3] === 255) seen.add(`${pixels[i]},${pixels[i + 1]},${pixels[i + 2]}`);
  }
  return [...seen];
}"""


def test_sweeps_are_drawn_as_they_come(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    with house.server() as server:
        visit(page, server.url)
        theatre.play_to(3)
        await_seq(page, house)
        for muscle in MUSCLES:
            selector = f'[data-muscle="{muscle}"] .scope canvas'
            page.locator(selector).wait_for()
            assert "242,246,250" in page.evaluate(PAINTED, selector)


def test_the_words_at_each_seq_are_the_journals(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    n_compared = 0
    with house.server() as server:
        visit(page, server.url)
        for sweep in range(1, RETURNED_AT + 5):
            theatre.play_to(sweep)
            newest = house.store.entries[CASE_ID][-1]
            is_new = newest.event.time_s == sweep
            if not is_new or not isinstance(newest.event, AmrStateChanged):
                continue
            await_seq(page, house)
            words = page.locator(f'[data-muscle="{newest.event.muscle}"] .words')
            expect(words).to_have_text(newest.event.words)
            muscle = page.locator(f'[data-event-seq="{newest.seq}"]')
            expect(muscle).to_have_attribute("data-event-words", newest.event.words)
            n_compared += 1
    assert n_compared == 4


def test_a_page_that_comes_late_is_whole(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        expect(page.locator(f"{LEAD} .words")).to_have_text("no response for 0:15, 15 sweeps")
        expect(page.locator(f"{LEAD} .after")).to_contain_text(
            "last response 4 s after vessel moved AICA"
        )
        numbers = page.locator("#event-list li").evaluate_all(
            "items => items.map(item => Number(item.dataset.seq))"
        )
        newest = house.hub.view(cursor=0, limit=0).newest_seq
        assert numbers == list(range(newest, 0, -1))
        # Sixty sweeps of the past come with it, and the baseline behind the newest.
        page.locator(f"{LEAD} .waterfall canvas").wait_for()
        assert len(page.evaluate(PAINTED, f"{LEAD} .waterfall canvas")) > 1


def test_confirmed_reads_as_silence_and_sustained_alone_as_disappeared(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    with house.server() as server:
        visit(page, server.url)
        theatre.play_to(CONFIRMED_AT)
        await_seq(page, house)
        muscle = page.locator(LEAD)
        expect(muscle).to_have_attribute("data-state", "disappeared")
        assert "disappeared" not in muscle.inner_text().lower()
        theatre.play_to(SUSTAINED_AT)
        await_seq(page, house)
        expect(page.locator(f"{LEAD} .words b")).to_have_text("DISAPPEARED")
        shown = page.locator(f"{LEAD} .words").inner_text()
        assert shown.split() == "DISAPPEARED no response for 1:01, 61 sweeps".split()
        expect(page.locator(f'{LEAD} [data-row="decision"]')).to_be_hidden()
        expect(page.locator(f"{LEAD} .key-figure")).to_have_text("< 12 µVresidual amplitude")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_disappeared_is_never_green_and_never_ticked(
    page: Page, house: FakeHouse, theatre: Theatre, theme: str
) -> None:
    theatre.play_to(SUSTAINED_AT)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        if theme == "light":
            page.click("#theme")
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        colours = page.locator(f"{LEAD} .verdict, {LEAD} .verdict *").evaluate_all(
            """items => items.flatMap(item => {
              const style = getComputedStyle(item);
              return [style.color, style.borderLeftColor, style.backgroundColor];
            })"""
        )
        for colour in colours:
            red, green, blue = (float(part) for part in re.findall(r"[\d.]+", colour)[:3])
            assert green <= max(red, blue), colour
        assert not re.search("[✓✔☑✅🗸]", page.locator("body").inner_text())


def test_what_cannot_be_told_is_told_with_reason_and_last_known_state(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(FAILED_AT + 6)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        muscle = page.locator(LEAD)
        expect(muscle).to_have_attribute("data-state", "unknown")
        expect(muscle.locator(".words")).to_have_text(
            "CANNOT TELL: no M wave: stimulus does not reach the nerve "
            "(last known: disappeared, 0:06 ago)"
        )
        expect(muscle.locator(".after")).to_contain_text("last known state held since 1:46")
        expect(muscle.locator(".name")).to_contain_text("TECHNICAL")
        expect(muscle.locator(".key-figure")).to_be_hidden()


def test_a_rejected_sweep_is_drawn_apart(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    rejected_colour = "232,176,74"
    selector = f"{LEAD} .scope canvas"
    with house.server() as server:
        visit(page, server.url)
        theatre.play_to(INTERFERENCE_AT - 1)
        await_seq(page, house)
        page.locator(selector).wait_for()
        assert rejected_colour not in page.evaluate(PAINTED, selector)
        theatre.play_to(INTERFERENCE_AT + 3)
        await_seq(page, house)
        assert rejected_colour in page.evaluate(PAINTED, selector)


def test_evidence_carries_its_units(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        for figure, text in {
            "amplitude": "84 µV · 97 %",
            "residual": "102 µV",
            "onset": "10.2 ± 0.1 ms",
            "snr": "21.2",
            "decision": "9 sweeps",
            "sustain": "60 sweeps",
            "m-wave": "98 %",
            "accepted": "10 of last 10",
            "current": "8.0 mA",
            "probability": "> 0.999",
        }.items():
            expect(page.locator(f'{LEAD} [data-figure="{figure}"]')).to_have_text(text)
        scale = page.locator(f"{LEAD} .scope .scale output")
        expect(scale).to_have_text("20 µV/div · 5 ms/div · auto")


def test_the_scale_is_turned_by_hand_and_given_back(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        scale = page.locator(f"{LEAD} .scope .scale")
        scale.get_by_label("More microvolts a division").click()
        expect(scale.locator("output")).to_have_text("50 µV/div · 5 ms/div")
        scale.get_by_text("auto", exact=True).click()
        expect(scale.locator("output")).to_have_text("20 µV/div · 5 ms/div · auto")


def test_when_the_server_dies_the_page_says_stale_and_recovers_by_itself(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(20)
    server = house.server().start()
    visit(page, server.url)
    await_seq(page, house)
    expect(page.locator("#stale")).to_be_hidden()
    page.evaluate("window.sameDocument = true")
    server.stop()
    expect(page.locator("#stale strong")).to_have_text("STALE", timeout=6_000)
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#origin")).to_have_text("SIMULATED")
    theatre.play_to(70)
    with house.server(ApiSettings(port=server.port)):
        await_seq(page, house)
        expect(page.locator("#stale")).to_be_hidden()
        assert page.evaluate("window.sameDocument") is True
        numbers = page.locator("#event-list li").evaluate_all(
            "items => items.map(item => Number(item.dataset.seq))"
        )
        assert numbers == list(range(numbers[0], 0, -1))
        assert numbers[0] == house.hub.view(cursor=0, limit=0).newest_seq


def test_samples_that_stay_away_are_told_while_the_server_lives(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(5)
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#no-samples")).to_be_hidden()
        house.last_sample_age_s = 12.0
        expect(page.locator("#no-samples")).to_contain_text("NO SAMPLES for 1")


def test_a_closed_case_waits_for_no_samples(page: Page, house: FakeHouse, theatre: Theatre) -> None:
    theatre.play_to(5)
    house.last_sample_age_s = 471.0
    with house.server() as server:
        visit(page, server.url)
        age = page.locator('[data-health="age"]')
        expect(age).to_contain_text("⚠ 47")
        theatre.close_case()
        expect(age).to_have_attribute("data-bad", "false")
        expect(age).not_to_contain_text("⚠")


def test_source_trigger_rate_and_recorder_stand_in_the_health_strip(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    house.delivery = Delivery.LIVE
    house.recording = RecordingStatus(
        state=RecordingState.RECORDING, waiting_s=0.0, disk_hours_left=41.3
    )
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        health = page.locator("#health")
        expect(health.locator('[data-health="source"]')).to_have_text("abrupt_loss.edf LIVE")
        expect(health.locator('[data-health="trigger"]')).to_have_text("sample-locked")
        expect(health.locator('[data-health="rate"]')).to_have_text("60")
        expect(health.locator('[data-health="recorder"]')).to_have_text("on, disk for 41 h")
        expect(health.locator('[data-health="clients"]')).to_have_text("1")
        house.delivery = Delivery.LOST
        house.recording = RecordingStatus(
            state=RecordingState.WAITING, waiting_s=12.0, disk_hours_left=0.0
        )
        expect(health.locator('[data-health="source"]')).to_have_text("⚠ abrupt_loss.edf LOST")
        expect(health.locator('[data-health="recorder"]')).to_have_text(
            "⚠ waits for the disk, 12 s in memory"
        )


def test_another_case_begins_on_an_empty_page(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        house.case_id = "case-2"
        house.hub.follow_case("case-2", muscles=MUSCLES)
        Theatre(house).play_to(5)
        page.locator('html[data-case="case-2"]').wait_for(state="attached")
        await_seq(page, house)
        expect(page.locator("#event-list li")).to_have_count(1)
        expect(page.locator(f"{LEAD} .words")).to_have_text(
            "LEARNING BASELINE: 5 of 60 valid sweeps"
        )


@pytest.mark.parametrize("room", ["", "remote"])
@pytest.mark.parametrize("tokens", [(), (OPERATOR,)], ids=["alone", "signed in"])
def test_side_clock_and_phase_are_never_cut_on_a_laptop(
    page: Page, house: FakeHouse, theatre: Theatre, room: str, tokens: tuple[AccessToken, ...]
) -> None:
    theatre.play_to(CONFIRMED_AT + 2)
    with house.server(ApiSettings(port=0, tokens=tokens)) as server:
        page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]  # it is one
        page.goto(f"{server.url}/{room}")
        if tokens:
            page.fill("#token", OPERATOR.token)
            page.get_by_role("button", name="Sign in").click()
        await_seq(page, house)
        line = page.locator("#case-line")
        for part, text in {"side": "RIGHT", "phase": "decompression", "elapsed": ":"}.items():
            shown = line.locator(f'[data-part="{part}"] b')
            expect(shown).to_contain_text(text)
            assert shown.evaluate(
                """item => item.scrollWidth <= item.clientWidth
                  && item.getBoundingClientRect().right
                    <= document.querySelector("#case-line").getBoundingClientRect().right"""
            ), part
        assert page.evaluate("document.documentElement.scrollWidth") == LAPTOP["width"]


@pytest.mark.parametrize("size", [WIDE, LAPTOP], ids=["1920x1080", "1366x768"])
@pytest.mark.parametrize("sweep", [40, 79, CONFIRMED_AT + 2, FAILED_AT + 10])
def test_everything_fits_and_the_verdict_is_large(
    page: Page, house: FakeHouse, theatre: Theatre, size: dict[str, int], sweep: int
) -> None:
    theatre.play_to(sweep)
    with house.server() as server:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # it is one
        visit(page, server.url)
        await_seq(page, house)
        page.locator(f"{LEAD} .words").wait_for()
        overflowing = page.evaluate(
            """() => [...document.querySelectorAll(
                ".words, .evidence, .evidence div, #case-line, #marks, #baseline, #alarms, footer")]
              .filter((item) => item.scrollWidth > item.clientWidth + 1
                || item.scrollHeight > item.clientHeight + 1)
              .map((item) => item.id || item.className || item.dataset.row)"""
        )
        assert overflowing == []
        page_size = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        assert page_size == [size["width"], size["height"]]
        headline = page.locator(f"{LEAD} .words b").evaluate("item => item.offsetHeight")
        assert headline >= size["height"] * 0.052
        expect(page.locator("#disclaimer")).to_have_text(DISCLAIMER)
        expect(page.locator("#disclaimer")).to_be_in_viewport()
        expect(page.locator("#origin")).to_have_text("SIMULATED")


def test_a_muscle_that_recovers_is_told_as_reappeared(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(RETURNED_AT + 3)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        expect(page.locator(f"{LEAD} .words")).to_have_text(
            "REAPPEARED: seen in 8 of the last 10; returned 1 x"
        )
        expect(page.locator("#muscles article").first).to_have_attribute(
            "data-muscle", Muscle.ORBICULARIS_OCULI
        )


def test_in_shadow_mode_health_is_shown_and_no_verdict_until_the_case_is_closed(
    page: Page, house: FakeHouse
) -> None:
    theatre = Theatre(house, mode=CaseMode.SHADOW)
    theatre.play_to(CONFIRMED_AT + 3)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        expect(page.locator("#shadow")).to_contain_text("SHADOW MODE")
        expect(page.locator("#muscles")).to_be_hidden()
        assert "no response" not in page.locator("main").inner_text()
        expect(page.locator("#event-list")).to_contain_text("vessel moved AICA")
        assert "withheld" not in page.locator("#event-list").inner_text()
        expect(page.locator('[data-health="age"]')).to_contain_text("s ago")
        theatre.close_case()
        expect(page.locator(f"{LEAD} .words")).to_be_visible()
        expect(page.locator("#event-list")).to_contain_text("no response for 0:12")
        await_seq(page, house)
        numbers = page.locator("#event-list li").evaluate_all(
            "items => items.map(item => Number(item.dataset.seq))"
        )
        newest = house.hub.view(cursor=0, limit=0).newest_seq
        assert numbers == list(range(newest, 0, -1))


def test_the_api_page_lists_every_route(page: Page, house: FakeHouse) -> None:
    with house.server() as server:
        page.goto(f"{server.url}/docs")
        expect(page.locator("article h3").first).to_be_visible()
        shown = page.locator("article h3").all_inner_texts()
        assert any("/api/v1/marks" in text for text in shown)
        assert page.locator("article pre").count() > 5
