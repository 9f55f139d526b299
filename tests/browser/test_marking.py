"""Marks that are held, back-dated, amended and voided; what a person reads; who gives commands."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.case import Muscle, Reading
from amr_monitor.model.events import MarkAmended, PhaseMarked, ReadingEntered
from amr_monitor.monitor.commands import (
    AcknowledgeAlarm,
    AmendMark,
    CloseCase,
    EnterReading,
    MarkCommand,
    RestartBaseline,
)
from tests.api.fakes import CASE_ID, OPERATOR, VIEWER, FakeHouse, a_status, an_alarm
from tests.browser.conftest import await_seq, visit
from tests.browser.theatre import DURA_AT, FAILED_AT, MOVED_AT, SUSTAINED_AT, Theatre

pytestmark = pytest.mark.browser


def sign_in(page: Page, url: str, token: str) -> None:
    page.goto(url)
    page.fill("#token", token)
    page.get_by_role("button", name="Sign in").click()
    page.locator('html[data-connected="true"]').wait_for(state="attached")


def line_of(page: Page, words: str) -> Locator:
    return page.locator("#event-list li", has_text=words).first


def test_what_ends_something_is_held_and_a_slip_does_nothing(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        page.locator("#marks").wait_for()
        for key, mark in (("f", "decompression_complete"), ("x", "dura_closed")):
            button = page.locator(f"[data-mark={mark}]")
            expect(button).to_contain_text("hold")
            page.keyboard.down(key)
            expect(button).to_have_attribute("data-held", "true")
            page.keyboard.up(key)
            expect(page.locator("#toast")).to_contain_text("Released early, nothing was done")
            button.click()
            expect(button).not_to_have_attribute("data-held", "true")
        for ending in ("#close-case", "#restart-baseline"):
            page.locator(ending).click()
        assert house.commands == []
        page.keyboard.down("f")
        expect(page.locator("#toast")).to_contain_text("Marked: decompression complete")
        page.keyboard.up("f")
        page.locator("[data-mark=dura_closed]").click(delay=1400)
        expect(page.locator("#toast")).to_contain_text("Marked: dura closed")
        await_seq(page, house)
    kinds = [(type(each), getattr(each, "mark", None)) for each in house.commands]
    assert kinds == [(MarkCommand, "decompression_complete"), (MarkCommand, "dura_closed")]


def test_baseline_and_case_are_ended_by_a_key_that_is_held(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        page.locator("#restart-baseline").focus()
        page.keyboard.down("Enter")
        page.locator("#ask").wait_for()
        page.keyboard.up("Enter")
        page.locator("#ask-text").fill("electrode moved")
        page.keyboard.press("Enter")
        page.locator("#event-list").get_by_text("electrode moved").or_(
            page.locator("#event-list").get_by_text("RestartBaseline")
        ).first.wait_for()
        page.locator("#close-case").focus()
        page.keyboard.down(" ")
        page.locator("#event-list").get_by_text("CloseCase").wait_for()
        page.keyboard.up(" ")
    restart, close = house.commands
    assert isinstance(restart, RestartBaseline)
    assert restart.reason == "electrode moved"
    assert isinstance(close, CloseCase)


def test_the_keys_of_the_dates_say_what_they_will_do_and_move_what_was_just_marked(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#next-date")).to_have_text("Mark now")
        for key in ("1", "3"):
            page.keyboard.press(key)
        expect(page.locator("#next-date")).to_have_text("Mark \N{MINUS SIGN}0:40, at 0:30")
        page.keyboard.press("0")
        expect(page.locator("#next-date")).to_have_text("Mark now")
        page.keyboard.press("2")  # nothing was marked yet that could be moved
        page.keyboard.press("1")
        page.keyboard.press("d")
        expect(page.locator("#toast")).to_contain_text("Marked: dura opened at 1:50")
        expect(page.locator("#next-date")).to_have_text("Mark now")
        page.keyboard.press("2")
        expect(page.locator("#toast")).to_contain_text("Moved: dura opened at 1:40")
        page.locator("#toast").get_by_role("button", name="30 s 4").click()
        expect(page.locator("#toast")).to_contain_text("Moved: dura opened at 1:10")
        await_seq(page, house)
    dura, first, second = [entry.event for entry in house.store.entries[CASE_ID]][-3:]
    assert isinstance(dura, PhaseMarked)
    assert dura.effective_time_s == dura.time_s - 10.0
    assert isinstance(first, MarkAmended)
    assert (first.effective_time_s, first.reason) == (100.0, "back-dated 10 s")
    assert isinstance(second, MarkAmended)
    assert (second.effective_time_s, second.reason) == (70.0, "back-dated 40 s")


def test_a_mark_is_amended_from_the_list_which_shows_both(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(MOVED_AT + 5)
    with house.server() as server:
        visit(page, server.url)
        line = line_of(page, "vessel moved AICA")
        line.get_by_role("button", name="Amend vessel moved AICA").click()
        expect(page.locator("#amend-title")).to_contain_text("Amend mark 3: vessel moved AICA")
        page.select_option("#amend-vessel", "PICA")
        page.fill("#amend-time", "soon")
        page.fill("#amend-reason", "wrong vessel entered")
        expect(page.locator("#amend .fault")).to_contain_text("minutes:seconds")
        page.fill("#amend-time", "1:25")
        page.keyboard.press("Enter")
        await_seq(page, house)
        amended = page.locator('#event-list li[data-mark="3"]')
        expect(amended.locator("s")).to_contain_text("vessel moved AICA")
        expect(amended.locator("ins")).to_contain_text("(local: wrong vessel entered)")
    (command,) = house.commands
    assert isinstance(command, AmendMark)
    assert (command.mark_id, command.mark, command.vessel) == (3, None, "PICA")
    assert (command.effective_time_s, command.void) == (85.0, False)
    assert command.reason == "wrong vessel entered"


def test_the_last_mark_is_voided_by_key_with_a_reason(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(DURA_AT + 2)
    with house.server() as server:
        visit(page, server.url)
        page.locator("#event-list .amend").first.wait_for()
        page.keyboard.press("y")
        void = page.get_by_role("button", name="Void the mark")
        void.click()
        expect(page.locator("#amend")).to_be_visible()  # a reason is wanted
        page.fill("#amend-reason", "not yet")
        void.click()
        await_seq(page, house)
        voided = page.locator('#event-list li[data-mark="1"]')
        expect(voided.locator("ins")).to_have_text("voided (local: not yet)")
        expect(voided).to_have_attribute("data-amended", "voided")
    (command,) = house.commands
    assert isinstance(command, AmendMark)
    assert (command.mark_id, command.void, command.reason) == (1, True, "not yet")


def test_once_the_case_is_closed_no_mark_can_be_made_or_amended(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(MOVED_AT + 5)
    with house.server() as server:
        visit(page, server.url)
        page.locator("#event-list .amend").first.wait_for()
        theatre.close_case()
        expect(page.locator("#event-list .amend")).to_have_count(0)
        expect(page.locator("#marks button")).to_have_count(0)
        expect(page.locator("#disagree")).to_have_count(0)
        for key in ("d", "y", "g"):
            page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_have_count(0)
    assert house.commands == []


def test_what_a_person_reads_is_kept_beside_the_verdict_which_stays(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(SUSTAINED_AT + 2)
    with house.server() as server:
        visit(page, server.url)
        page.locator("#disagree").wait_for()
        page.keyboard.press("g")
        expect(page.locator("#reading-monitor")).to_contain_text("The monitor says: DISAPPEARED")
        page.fill("#reading-text", "small wave at 11 ms")
        page.keyboard.press("Enter")  # chooses nothing
        expect(page.locator("#reading")).to_be_visible()
        page.get_by_role("button", name="Response present").focus()
        page.keyboard.press("1")
        await_seq(page, house)
        kept = line_of(page, "orbicularis oculi: local reads present")
        expect(kept).to_contain_text("(small wave at 11 ms); monitor: absent")
        expect(page.locator('[data-muscle="orbicularis_oculi"] .words')).to_contain_text(
            "DISAPPEARED"
        )
        page.click("#disagree")
        page.select_option("#reading-muscle", "mentalis")
        page.get_by_role("button", name="Cannot tell").click()
        expect(page.locator("#toast")).to_contain_text("Kept: mentalis, cannot tell")
    first, second = house.commands
    assert isinstance(first, EnterReading)
    assert (first.muscle, first.reading) == (Muscle.ORBICULARIS_OCULI, Reading.PRESENT)
    assert first.text == "small wave at 11 ms"
    assert isinstance(second, EnterReading)
    assert (second.muscle, second.reading) == (Muscle.MENTALIS, Reading.CANNOT_TELL)
    assert isinstance(house.store.entries[CASE_ID][-1].event, ReadingEntered)


def test_the_gravest_alarm_is_acknowledged_by_its_key(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(FAILED_AT + 9)
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#alarms .alarm button kbd")).to_have_text("A")
        page.keyboard.press("a")
        await_seq(page, house)
        page.locator("#event-list").get_by_text("acknowledged").first.wait_for()
    (command,) = house.commands
    assert isinstance(command, AcknowledgeAlarm)
    assert command.alarm_id == "stimulator"


def test_who_gives_commands_is_asked_once_and_stands_in_the_events(
    new_page: Callable[[], Page], house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    page = new_page()
    page.add_init_script("sessionStorage.removeItem('amr-monitor-who')")
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#who")).to_have_text("who?")
        page.keyboard.press("d")
        page.fill("#who-name", "two words")
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("#who-dialog")).to_be_visible()
        page.fill("#who-name", "Ö.K")
        page.keyboard.press("Enter")
        expect(page.locator("#toast")).to_contain_text("Marked: dura opened")
        expect(page.locator("#who")).to_have_text("Ö.K")
        page.keyboard.press("i")
        expect(page.locator("#toast")).to_contain_text("Marked: incision")
        page.click("#who")
        page.fill("#who-name", "CD")
        page.keyboard.press("Enter")
        expect(page.locator("#who")).to_have_text("CD")
        page.keyboard.press("w")
        expect(page.locator("#toast")).to_contain_text("Marked: irrigation")
    assert [command.by for command in house.commands] == ["Ö.K", "Ö.K", "CD"]


def test_nobody_named_gives_no_command(
    new_page: Callable[[], Page], house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    page = new_page()
    page.add_init_script("sessionStorage.removeItem('amr-monitor-who')")
    with house.server() as server:
        visit(page, server.url)
        page.locator("#marks").wait_for()
        page.keyboard.press("d")
        page.locator("#who-dialog").wait_for()
        page.keyboard.press("Escape")
        expect(page.locator("#toast")).to_contain_text("nobody gave a name, nothing was sent")
    assert house.commands == []


def test_a_token_names_who_gives_commands(
    new_page: Callable[[], Page], house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    page = new_page()
    with house.server(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        sign_in(page, server.url, OPERATOR.token)
        expect(page.locator("#role")).to_have_text("anna (operator)")
        expect(page.locator("#who")).to_be_hidden()
        page.locator("#marks").wait_for()
        page.keyboard.press("d")
        expect(page.locator("#toast")).to_contain_text("Marked: dura opened")
    assert [command.by for command in house.commands] == ["anna"]


def test_a_viewer_has_no_way_to_mark_amend_read_or_acknowledge(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(MOVED_AT + 5)
    house.hub.publish_status(a_status(alarms=(an_alarm(),), time_s=500.0))
    with house.server(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        sign_in(page, server.url, VIEWER.token)
        await_seq(page, house)
        page.locator("#alarms").wait_for()
        for absent in (
            "#marks button",
            ".amend",
            "#disagree",
            "#replay",
            "#close-case",
            "#alarms button",
            "#who:visible",
        ):
            expect(page.locator(absent)).to_have_count(0)
        for key in ("d", "a", "y", "g", " "):
            page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_have_count(0)
        for path, body in (
            ("/readings", '{"muscle": "mentalis", "reading": "absent"}'),
            ("/marks/1/amend", '{"void": true, "reason": "x"}'),
            ("/alarms/stimulator/acknowledge", ""),
            ("/replay", '{"action": "pause"}'),
            ("/case/close", ""),
        ):
            status = page.evaluate(
                """async ([path, body]) => (await fetch("/api/v1" + path, {
                  method: "POST", headers: {"Content-Type": "application/json"}, body,
                })).status""",
                [path, body],
            )
            assert status == 403, path
    assert house.commands == []
