import pytest
from playwright.sync_api import Browser, Page, expect

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.events import MarkAmended, PhaseMarked
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    CloseCase,
    SetContext,
)
from tests.api.fakes import CASE_ID, OPERATOR, VIEWER, FakeHouse, a_status, an_alarm
from tests.browser.conftest import await_seq, visit
from tests.browser.theatre import (
    FAILED_AT,
    Theatre,
)

pytestmark = pytest.mark.browser
LEAD = '[data-muscle="orbicularis_oculi"]'


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
        page.locator("#toast").get_by_role("button", name="Void it").click()
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
    # The seconds that the choice of the vessel took are counted too.
    assert 30.0 <= vessel.time_s - vessel.effective_time_s < 40.0
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
        page.get_by_title("csf drained").click()
        expect(page.locator("#toast")).to_have_text(f"Refused: {house.refuses}")


def test_values_from_the_room_are_entered_by_keyboard_and_shown(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#room-values")).to_contain_text("TOF ratio 92 %")
        page.keyboard.press("e")
        expect(page.locator("#room-MAC")).to_be_focused()
        page.keyboard.type("0.6")
        page.fill("#room-propofol", "3.2")
        page.keyboard.press("Enter")
        expect(page.locator("#toast")).to_contain_text("Entered: MAC 0.6, propofol 3.2")
        expect(page.locator("#room-form")).to_be_hidden()
        await_seq(page, house)
    told = [(each.name, each.value) for each in house.commands if isinstance(each, SetContext)]
    assert told == [("MAC", "0.6"), ("propofol", "3.2")]


def test_a_value_that_is_refused_stays_with_the_servers_line(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    house.refuses = "MAC: 9 is out of bounds: 0 to 5"
    with house.server() as server:
        visit(page, server.url)
        page.click("#enter-room")
        page.fill("#room-MAC", "9")
        page.click('#room-form button[type="submit"]')
        expect(page.locator("#room-MAC-fault")).to_have_text(house.refuses)
        expect(page.locator("#room-MAC")).to_have_value("9")
        page.keyboard.press("Escape")
        expect(page.locator("#room-form")).to_be_hidden()


def test_anaesthesia_is_entered_beside_the_alarm_of_a_slow_fall(
    page: Page, house: FakeHouse, theatre: Theatre
) -> None:
    theatre.play_to(70)
    house.hub.publish_status(a_status(alarms=(an_alarm("slow_fall"),), time_s=500.0))
    with house.server() as server:
        visit(page, server.url)
        page.locator('[data-alarm="slow_fall"]').get_by_text("Enter anaesthesia").click()
        expect(page.locator("#room-MAC")).to_be_focused()


def test_what_a_baseline_rests_on_is_shown_and_tof_entered_beside_it(
    page: Page, house: FakeHouse
) -> None:
    Theatre(house, auto_accept=False).play_to(40)
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#hints")).to_contain_text("M wave not shown to be steady")
        expect(page.locator("#hints")).to_contain_text("TOF not known")
        page.click("#enter-tof")
        expect(page.locator("#room-TOF_count")).to_be_focused()


def test_baseline_alarm_and_case_are_handled_by_the_operator(page: Page, house: FakeHouse) -> None:
    theatre = Theatre(house, auto_accept=False)
    theatre.play_to(40)
    with house.server() as server:
        visit(page, server.url)
        expect(page.locator("#baseline h2")).to_have_text("Baseline: 40 of 60 valid sweeps")
        page.click("#accept-baseline")
        theatre.play_to(FAILED_AT + 8)
        page.locator("#alarms").get_by_text("Acknowledge").click()
        page.locator("#close-case").click(delay=1300)
        await_seq(page, house)
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
