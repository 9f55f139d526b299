"""The pace of a replay, by click and by key; it only runs forward, and says so."""

import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import ApiSettings
from tests.api.fake_replay import FakeReplay
from tests.api.fakes import OPERATOR, VIEWER, FakeHouse
from tests.browser.conftest import visit
from tests.browser.test_marking import sign_in
from tests.browser.theatre import Theatre
from tests.system.program import FIXTURES, Home

pytestmark = pytest.mark.browser


@pytest.fixture
def replay(house: FakeHouse, theatre: Theatre) -> FakeReplay:
    theatre.play_to(70)
    house.replay = FakeReplay()
    return house.replay


def test_the_pace_is_kept_by_keyboard(page: Page, house: FakeHouse, replay: FakeReplay) -> None:
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#replay-where")).to_have_text(
            "1:40 of 4:00, 1 \N{MULTIPLICATION SIGN}"
        )
        page.keyboard.press(" ")
        expect(page.locator("#replay-pause")).to_contain_text("Play")
        expect(page.locator("#replay-where")).to_contain_text("paused")
        page.keyboard.press(" ")
        expect(page.locator("#replay-pause")).to_contain_text("Pause")
        page.keyboard.press("q")
        page.keyboard.press(">")
        expect(page.locator("#replay-speed")).to_have_value("2")
        page.keyboard.press("<")
        expect(page.locator("#replay-speed")).to_have_value("1")
        expect(page.locator("#replay-next")).to_contain_text("To vessel moved AICA, 2:10")
        page.keyboard.press("j")
        expect(page.locator("#replay-where")).to_contain_text("2:10 of 4:00")
        expect(page.locator("#replay-next")).to_contain_text("No mark to come")
    assert replay.calls == [
        ("pause", None),
        ("resume", None),
        ("step", None),
        ("speed", 2.0),
        ("speed", 1.0),
        ("seek", 130.0),
    ]


def test_the_pace_needs_nobodys_name(page: Page, house: FakeHouse, replay: FakeReplay) -> None:
    page.add_init_script("sessionStorage.removeItem('amr-monitor-who')")
    with house.server() as server:
        visit(page, server.url)
        page.locator("#replay").wait_for()
        page.keyboard.press(" ")
        expect(page.locator("#replay-pause")).to_contain_text("Play")
        expect(page.locator("dialog[open]")).to_have_count(0)
    assert replay.calls == [("pause", None)]


def test_the_pace_is_kept_by_pointer(page: Page, house: FakeHouse, replay: FakeReplay) -> None:
    with house.server() as server:
        visit(page, server.url)
        page.click("#replay-pause")
        expect(page.locator("#replay-pause")).to_contain_text("Play")
        page.click("#replay-step")
        page.select_option("#replay-speed", "0.25")
        expect(page.locator("#replay-where")).to_contain_text("paused")
        page.click("#replay-pause")
        expect(page.locator("#replay-where")).to_contain_text("0.25 \N{MULTIPLICATION SIGN}")
        page.select_option("#replay-speed", "1000")
        expect(page.locator("#replay-where")).to_contain_text("as fast as it goes")
        page.locator("#replay-slider").fill("200")
        expect(page.locator("#replay-where")).to_contain_text("3:20 of 4:00")
        expect(page.locator("#replay-ticks i")).to_have_count(2)
    assert replay.calls == [
        ("pause", None),
        ("step", None),
        ("speed", 0.25),
        ("resume", None),
        ("speed", 1000.0),
        ("seek", 200.0),
    ]


def test_what_is_past_cannot_be_run_again_and_the_page_says_why(
    page: Page, house: FakeHouse, replay: FakeReplay
) -> None:
    with house.server() as server:
        visit(page, server.url)
        page.locator("#replay-slider").fill("20")
        expect(page.locator("#toast")).to_contain_text("A replay only runs forward: 0:20 is past")
        expect(page.locator("#replay-slider")).to_have_value("100")
    assert replay.calls == []


def test_letters_still_mark_while_the_slider_has_the_focus(
    page: Page, house: FakeHouse, replay: FakeReplay
) -> None:
    del replay
    with house.server() as server:
        visit(page, server.url)
        page.locator("#replay-slider").focus()
        page.keyboard.press("d")
        expect(page.locator("#toast")).to_contain_text("Marked: dura opened")


def test_space_after_a_click_on_a_mark_pauses_and_does_not_mark_again(
    page: Page, house: FakeHouse, replay: FakeReplay
) -> None:
    with house.server() as server:
        visit(page, server.url)
        page.locator("[data-mark=irrigation]").click()
        expect(page.locator("#toast")).to_contain_text("Marked: irrigation")
        page.keyboard.press(" ")
        expect(page.locator("#replay-pause")).to_contain_text("Play")
    assert replay.calls == [("pause", None)]
    assert len(house.commands) == 1


def test_a_viewer_has_no_controls_and_a_live_case_none_either(
    page: Page, house: FakeHouse, replay: FakeReplay
) -> None:
    with house.server(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        sign_in(page, server.url, VIEWER.token)
        page.locator('[data-health="seq"]').wait_for()
        expect(page.locator("#replay")).to_have_count(0)
        page.keyboard.press(" ")
    assert replay.calls == []
    house.replay = None
    with house.server() as server:
        visit(page, server.url)
        page.locator("#marks").wait_for()
        expect(page.locator("#replay")).to_have_count(0)


def test_a_recording_is_paused_stepped_run_on_and_marked_through_the_page(
    page: Page, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    recording = FIXTURES / "disappeared.edf"
    with home.serving("replay", recording, "--serve", "--speed", "20", "--port", "0") as running:
        url = running.address.rstrip("/")
        visit(page, url)
        page.locator("#replay").wait_for()
        page.keyboard.press(" ")
        expect(page.locator("#replay-where")).to_contain_text("paused")
        before = state(url)
        page.keyboard.press("q")
        expect(page.locator("#toast")).to_be_hidden()
        page.wait_for_function(
            "before => fetch('/api/v1/replay').then(a => a.json())"
            ".then(a => a.playback.position_s > before)",
            arg=before["playback"]["position_s"],
        )
        next_mark = next(
            mark
            for mark in before["marks"]
            if mark["time_s"] > before["playback"]["position_s"] + 2.0
        )
        expect(page.locator("#replay-next")).to_contain_text(next_mark["text"])
        page.keyboard.press("j")
        page.wait_for_function(
            "at => fetch('/api/v1/replay').then(a => a.json())"
            ".then(a => a.playback.seeking_s === null && a.playback.position_s >= at)",
            arg=next_mark["time_s"],
        )
        after = state(url)
        assert after["playback"]["is_paused"]
        page.locator("#marks").wait_for()
        page.keyboard.press("i")
        expect(page.locator("#toast")).to_contain_text("Marked: incision")
        page.keyboard.press("g")
        page.get_by_role("button", name="Cannot tell").click()
        expect(page.locator("#toast")).to_contain_text("Kept: ")
        with urlopen(f"{url}/api/v1/events?since=0", timeout=10) as answer:  # noqa: S310 - ours
            events = json.load(answer)["events"]
    mark = next(e for e in events if e["type"] == "phase_marked" and e["mark"] == "incision")
    assert mark["by"] == "local"
    reading = next(e for e in events if e["type"] == "reading_entered")
    assert (reading["reading"], reading["by"]) == ("cannot_tell", "local")


def state(url: str) -> dict[str, Any]:
    with urlopen(f"{url}/api/v1/replay", timeout=10) as answer:  # noqa: S310 - our own server
        told: dict[str, Any] = json.load(answer)
    return told
