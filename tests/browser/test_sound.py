"""Sound of a screen: asked for on a live case, off and said so otherwise, within a budget."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.events import PhaseMarked
from amr_monitor.model.source import Origin
from amr_monitor.monitor.annunciation import MOST_SOUNDS_AN_HOUR, MOST_SPOKEN_A_CASE
from tests.api.fakes import CASE_ID, OPERATOR, SOURCE, VIEWER, FakeHouse
from tests.browser.conftest import await_seq, visit
from tests.browser.test_marking import sign_in
from tests.browser.theatre import FAILED_AT, RETURNED_AT, SUSTAINED_AT, Theatre

pytestmark = pytest.mark.browser


@pytest.fixture
def live(house: FakeHouse) -> FakeHouse:
    """Return a house with a patient in it."""
    house.source = replace(SOURCE, origin=Origin.DEVICE)
    return house


def switch_on(page: Page) -> None:
    page.click("#sound")
    page.click("#sound-test")
    page.get_by_role("button", name="On, I heard the test").click()
    expect(page.locator("#sound")).to_have_text("Sound on")


def sounds(page: Page) -> list[str]:
    return (page.locator("html").get_attribute("data-sounds") or "").split()


def test_a_simulation_and_a_replay_ask_nothing_and_say_that_they_are_silent(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        page.locator("#marks").wait_for()
        expect(page.locator("#sound")).to_have_text("AUDIO OFF")
        expect(page.locator("#sound")).to_be_in_viewport()
        expect(page.locator("dialog[open]")).to_have_count(0)
    assert house.commands == []


def test_a_live_case_asks_and_journals_that_the_sound_is_on_and_tested(
    page: Page, live: FakeHouse
) -> None:
    Theatre(live).play_to(70)
    with live.server() as server:
        visit(page, server.url)
        question = page.locator("#sound-question")
        question.wait_for()
        heard = page.get_by_role("button", name="On, I heard the test")
        expect(heard).to_be_disabled()
        page.keyboard.press("Escape")
        expect(question).to_be_visible()  # it wants an answer
        page.click("#sound-test")
        heard.click()
        expect(page.locator("#sound")).to_have_text("Sound on")
        page.locator("#event-list").get_by_text("sound of this screen: on, tested").wait_for()
        assert sounds(page) == ["test"]
        page.reload()
        page.locator('html[data-connected="true"]').wait_for(state="attached")
        page.locator("#marks").wait_for()
        expect(page.locator("dialog[open]")).to_have_count(0)  # asked once a case
        page.keyboard.press("Shift")
        expect(page.locator("#sound")).to_have_text("Sound on")
    (note,) = [e.event for e in live.store.entries[CASE_ID] if isinstance(e.event, PhaseMarked)][
        -1:
    ]
    assert (note.text, note.by) == ("sound of this screen: on, tested", "local")


def test_off_is_accepted_by_name_and_stays_on_the_screen(page: Page, live: FakeHouse) -> None:
    Theatre(live).play_to(70)
    with live.server(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        sign_in(page, server.url, OPERATOR.token)
        page.get_by_role("button", name="Off, accepted by anna").click()
        page.locator("#event-list").get_by_text("sound of this screen: off, accepted").wait_for()
        expect(page.locator("#sound")).to_have_text("AUDIO OFF")
        expect(page.locator("#sound")).to_have_attribute("data-audible", "false")
    note = live.store.entries[CASE_ID][-1].event
    assert isinstance(note, PhaseMarked)
    assert note.by == "anna"


def test_a_viewer_of_a_live_case_is_not_asked_and_journals_nothing(
    page: Page, live: FakeHouse
) -> None:
    Theatre(live).play_to(70)
    with live.server(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        sign_in(page, server.url, VIEWER.token)
        await_seq(page, live)
        expect(page.locator("dialog[open]")).to_have_count(0)
        switch_on(page)
    assert live.commands == []


def test_a_whole_case_sounds_and_speaks_what_the_rule_says_and_no_more(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        switch_on(page)
        spoken = page.locator("#spoken")
        theatre.play_to(SUSTAINED_AT + 1)
        expect(spoken).to_contain_text("DISAPPEARED")
        theatre.play_to(FAILED_AT + 9)
        expect(spoken).to_contain_text("medium alarm")
        theatre.play_to(RETURNED_AT + 4)
        expect(spoken).to_contain_text("REAPPEARED")
        assert sounds(page) == ["test", "loss", "alarm_medium", "return"]
    assert len(house.hub.heard) <= MOST_SOUNDS_AN_HOUR
    assert len(house.hub.spoken) <= MOST_SPOKEN_A_CASE


def test_what_was_before_the_screen_is_not_sounded(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(FAILED_AT + 9)
    with house.server() as server:
        visit(page, server.url)
        switch_on(page)
        theatre.play_to(RETURNED_AT + 4)
        expect(page.locator("#spoken")).to_contain_text("REAPPEARED")
        assert sounds(page) == ["test", "return"]


def test_a_lost_monitor_is_heard_from_the_screen_itself(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        switch_on(page)
    page.locator("#stale").wait_for()
    expect(page.locator("html")).to_have_attribute("data-sounds", "test lost")


def test_the_display_is_kept_awake_or_it_is_said_that_it_may_sleep(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    page.add_init_script("Object.defineProperty(navigator, 'wakeLock', {value: undefined})")
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator('[data-health="display"]')).to_have_text("⚠ may sleep")
