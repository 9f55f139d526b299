import re

import pytest
from playwright.sync_api import Browser, Page, expect

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.case import CaseInfo, CaseMode, Muscle, Side
from amr_monitor.model.events import AmrStateChanged, MarkAmended, PhaseMarked
from amr_monitor.monitor.commands import AcceptBaseline, AcknowledgeAlarm, CloseCase
from tests.api.fakes import CASE_ID, MUSCLES, OPERATOR, VIEWER, FakeHouse, a_status
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
            "amplitude": "84 µV",
            "residual": "102 µV",
            "percent": "97 %",
            "onset": "10.2 ms",
            "m-wave": "98 %",
            "accepted": "10 of last 10",
            "current": "8.0 mA",
            "probability": "> 0.999",
        }.items():
            expect(page.locator(f'{LEAD} [data-figure="{figure}"]')).to_have_text(text)
        expect(page.locator(f"{LEAD} .scope .scale span")).to_have_text("20 µV/div · 5 ms/div")


def test_the_scale_is_turned_by_hand_and_given_back(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(75)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        scale = page.locator(f"{LEAD} .scope .scale")
        scale.get_by_label("More microvolts a division").click()
        expect(scale.locator("span")).to_have_text("50 µV/div · 5 ms/div")
        scale.get_by_text("auto").click()
        expect(scale.locator("span")).to_have_text("20 µV/div · 5 ms/div")


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


def test_marks_are_made_by_key_and_arrive_in_the_journal(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        page.locator("#marks").wait_for()
        page.keyboard.press("d")
        expect(page.locator("#toast")).to_contain_text("Marked: dura opened")
        page.keyboard.press("3")
        page.keyboard.press("v")
        expect(page.locator("#vessels")).to_be_visible()
        page.keyboard.press("4")
        expect(page.locator("#toast")).to_contain_text("Marked: vessel moved AICA+PICA")
        expect(page.locator("#vessels")).to_be_hidden()
        page.locator("#toast button").click()
        page.keyboard.press("n")
        page.locator("#ask-text").fill("drill d v n")
        page.locator('#ask button[value="yes"]').click()
        expect(page.locator("#toast")).to_contain_text("Marked: note")
        await_seq(page, house)
    made = [entry.event for entry in house.store.entries[CASE_ID]][-4:]
    dura, vessel, voided, note = made
    assert isinstance(dura, PhaseMarked)
    assert (dura.mark, dura.by, dura.effective_time_s) == ("dura_opened", "local", dura.time_s)
    assert isinstance(vessel, PhaseMarked)
    assert (vessel.mark, vessel.vessel) == ("vessel_moved", "AICA+PICA")
    assert vessel.time_s - vessel.effective_time_s == 30.0
    assert isinstance(voided, MarkAmended)
    assert voided.voided
    assert isinstance(note, PhaseMarked)
    assert (note.mark, note.text) == ("note", "drill d v n")


def test_keys_with_a_modifier_and_in_a_field_mark_nothing(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        page.locator("#marks").wait_for()
        page.keyboard.press("Control+d")
        page.keyboard.press("Alt+x")
        page.keyboard.press("n")
        page.locator("#ask-text").press_sequentially("dx")
        page.locator('#ask button[value="no"]').click()
        expect(page.locator("#ask")).to_be_hidden()
    assert house.commands == []


def test_what_the_server_refuses_is_shown_in_its_words(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    house.refuses = "dura_closed comes after dura_opened: mark that first"
    with house.server() as server:
        visit(page, server.url)
        page.get_by_title("dura closed").click()
        expect(page.locator("#toast")).to_have_text(f"Refused: {house.refuses}")


def test_baseline_alarm_and_case_are_handled_by_the_operator(page: Page, house: FakeHouse) -> None:
    theatre = Theatre(house, auto_accept=False)
    theatre.play_to(40)
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#baseline h2")).to_have_text("Baseline: 40 of 60 valid sweeps")
        page.click("#accept-baseline")
        theatre.play_to(FAILED_AT + 8)
        page.locator("#alarms").get_by_text("Acknowledge").click()
        page.get_by_text("Close case…").click()
        page.locator('#ask button[value="yes"]').click()
        await_seq(page, house)
        expect(page.locator("#ask")).to_be_hidden()
        page.locator("#event-list").get_by_text("CloseCase").wait_for()
    kinds = [type(command) for command in house.commands]
    assert kinds == [AcceptBaseline, AcknowledgeAlarm, CloseCase]


def test_without_an_open_case_the_operator_opens_one(page: Page, house: FakeHouse) -> None:
    house.hub.publish_status(a_status(is_open=False, case=None))
    with house.server() as server:
        visit(page, server.url)
        page.fill("#pseudonym", "HFS-7")
        page.select_option("#side", "left")
        page.get_by_role("button", name="Open case").click()
        page.locator("#event-list").get_by_text("OpenCase").wait_for()
    (command,) = house.commands
    assert (command.case.pseudonym, command.case.side) == ("HFS-7", "left")  # type: ignore[union-attr]


def test_a_viewer_signs_in_and_sees_no_way_to_write_and_no_probability(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(FAILED_AT + 8)
    with house.server(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        page.goto(server.url)
        page.fill("#token", "a-wrong-token-of-some-length")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#sign-in-fault")).to_have_text("this token is not known")
        page.fill("#token", VIEWER.token)
        page.get_by_role("button", name="Sign in").click()
        await_seq(page, house)
        expect(page.locator("#role")).to_have_text("viktor (viewer)")
        page.locator("#alarms").wait_for()
        for hidden in ("#marks", "#baseline", "#alarms button"):
            expect(page.locator(hidden)).to_be_hidden()
        expect(page.locator(f'{LEAD} [data-figure="probability"]')).to_be_hidden()
        assert "P(response" not in page.locator("main").inner_text()
        page.keyboard.press("d")
        status = page.evaluate(
            """async () => (await fetch("/api/v1/marks", {
              method: "POST",
              headers: {"Content-Type": "application/json"},
              body: '{"mark": "note"}',
            })).status"""
        )
        assert status == 403
        assert house.commands == []
        page.locator("#sign-out").click()
        page.locator("#sign-in").wait_for()


def test_a_page_of_another_origin_reaches_nothing(
    chromium: Browser, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(5)
    foreign = chromium.new_page()
    # A page without a policy of its own, from a server that is not ours.
    foreign.route(
        "http://foreign.localhost/",
        lambda route: route.fulfill(body="<p>hello</p>", content_type="text/html"),
    )
    with house.server() as server:
        foreign.goto("http://foreign.localhost/")
        outcome = foreign.evaluate(
            """async (url) => {
              const socket = await new Promise((resolve) => {
                const opened = new WebSocket(url.replace("http", "ws") + "/api/v1/live");
                opened.onopen = () => resolve("open");
                opened.onerror = () => resolve("refused");
              });
              await fetch(url + "/api/v1/case/close", {method: "POST", mode: "no-cors"})
                .catch(() => null);
              const read = await fetch(url + "/api/v1/case").then(() => "read", () => "refused");
              return [socket, read];
            }""",
            server.url,
        )
        foreign.close()
    assert outcome == ["refused", "refused"]
    assert house.commands == []


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


def test_everything_is_reached_by_keyboard_and_named(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(FAILED_AT + 10)
    with house.server() as server:
        visit(page, server.url)
        page.locator("#marks").wait_for()
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll("button, a, input, select")]
              .filter((item) => item.offsetParent && !(item.textContent.trim()
                || item.getAttribute("aria-label") || item.labels?.length))
              .map((item) => item.outerHTML)"""
        )
        assert unnamed == []
        wanted = page.evaluate(
            """() => [...document.querySelectorAll("button, a, #event-list")]
              .filter((item) => item.offsetParent).length"""
        )
        reached = set()
        for _ in range(wanted + 5):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
            )
        assert len(reached) >= wanted


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
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    shadow = CaseInfo(pseudonym="HFS-0042", side=Side.RIGHT, mode=CaseMode.SHADOW)
    theatre.play_to(CONFIRMED_AT + 3)
    house.hub.publish_status(a_status(case=shadow, time_s=500.0))
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        expect(page.locator("#shadow")).to_contain_text("SHADOW MODE")
        expect(page.locator("#muscles")).to_be_hidden()
        assert "no response" not in page.locator("main").inner_text()
        expect(page.locator('[data-health="age"]')).to_contain_text("s ago")
        house.hub.publish_status(a_status(case=shadow, is_open=False, time_s=501.0))
        expect(page.locator(f"{LEAD} .words")).to_be_visible()
        expect(page.locator("#event-list")).to_contain_text("no response for 0:12")


def test_the_api_page_lists_every_route(page: Page, house: FakeHouse) -> None:
    with house.server() as server:
        page.goto(f"{server.url}/docs")
        expect(page.locator("article h3").first).to_be_visible()
        shown = page.locator("article h3").all_inner_texts()
        assert any("/api/v1/marks" in text for text in shown)
        assert page.locator("article pre").count() > 5
