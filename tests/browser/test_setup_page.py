"""The set-up: done and not done in words, live traces, the ramp, the baseline's panel."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.case import CaseMode
from amr_monitor.model.context import BaselineConditions
from amr_monitor.monitor.commands import AcceptBaseline, SetContext
from tests.api.fakes import OPERATOR, VIEWER, FakeHouse
from tests.browser.conftest import LAPTOP, await_seq, visit
from tests.browser.ramp_scenery import play_ramp, status_of_ramp
from tests.browser.theatre import Theatre

pytestmark = pytest.mark.browser


def open_setup(page: Page, house: FakeHouse, url: str) -> None:
    visit(page, url)
    await_seq(page, house)
    page.locator("#muscles .muscle").first.wait_for()
    page.keyboard.press("b")
    expect(page.locator("#checklist li").first).to_be_visible()


def test_the_checklist_says_in_words_what_is_done(page: Page, house: FakeHouse) -> None:
    play_ramp(house)
    with house.server() as server:
        open_setup(page, house, server.url)
        expect(page.locator("#setup-title")).to_have_text("Set-up: 9 of 12 done")
        pseudonym = page.locator('[data-item="pseudonym"]')
        expect(pseudonym).to_have_attribute("data-done", "true")
        expect(pseudonym).to_contain_text("done")
        tof = page.locator('[data-item="tof"]')
        expect(tof).to_contain_text("not done")
        expect(tof).to_contain_text("not known: enter it")
        expect(page.locator('[data-item="channel:mentalis"]')).to_contain_text(
            "10 of the last 10 sweeps accepted, noise 4.0 µV"
        )
        page.keyboard.press("Escape")
        expect(page.locator("#setup")).to_be_hidden()
        expect(page.locator("#open-setup")).to_contain_text("9 of 12 done")


def test_every_channel_has_its_live_trace(page: Page, house: FakeHouse) -> None:
    play_ramp(house)
    with house.server() as server:
        page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]  # it is one
        open_setup(page, house, server.url)
        for muscle in ("orbicularis_oculi", "mentalis"):
            channel = page.locator(f'.setup-channel[data-channel="{muscle}"]')
            expect(channel.locator(".scale output")).to_contain_text("/div")
            drawn = channel.locator("canvas").evaluate(
                """canvas => canvas.getContext("2d")
                  .getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value)"""
            )
            assert drawn
        expect(page.locator(".setup-channel h3").first).to_contain_text("channel R O. Oculi")


def test_the_ramp_tells_threshold_plateau_and_reference_current(
    page: Page, house: FakeHouse
) -> None:
    play_ramp(house)
    with house.server() as server:
        open_setup(page, house, server.url)
        lines = page.locator(".ramp-lines")
        expect(lines).to_contain_text("response from 6 mA on")
        expect(lines).to_contain_text("proposed reference current 10 mA")
        rows = page.locator(".ramp tbody tr")
        expect(rows).to_have_count(6)
        expect(rows.nth(3)).to_contain_text("8.0")
        expect(rows.nth(3)).to_contain_text("100 %")
        assert page.locator(".ramp button, .ramp input").count() == 0, "it only reads"


def test_a_ramp_that_has_begun_says_what_it_cannot_know(page: Page, house: FakeHouse) -> None:
    play_ramp(house, n_steps=2)
    with house.server() as server:
        open_setup(page, house, server.url)
        expect(page.locator(".ramp-lines")).to_contain_text("turn the current up and go on")
        expect(page.locator(".ramp-lines")).not_to_contain_text("proposed")


def test_what_is_missing_is_entered_beside_its_line(page: Page, house: FakeHouse) -> None:
    play_ramp(house)
    with house.server() as server:
        open_setup(page, house, server.url)
        page.locator('[aria-label="Enter Train of four"]').click()
        expect(page.locator("#room-TOF_ratio")).to_be_focused()
        page.keyboard.type("92")
        page.keyboard.press("Enter")
        expect(page.locator("#room-form")).to_be_hidden()
        expect(page.locator("#setup")).to_be_visible()
    (command,) = house.commands
    assert isinstance(command, SetContext)
    assert (command.name, command.value) == ("TOF_ratio", "92")


def test_the_baselines_panel_shows_how_steady_it_is_and_a_person_accepts(
    page: Page, house: FakeHouse
) -> None:
    play_ramp(house)
    steady = BaselineConditions(
        tof_known=True,
        tof="TOF_ratio 92 %",
        n_bursts=2,
        burst_interval_s=251.0,
        m_wave_change_percent=-4.0,
        steady=True,
    )
    status = status_of_ramp(400)
    baseline = replace(
        status.baseline, acceptable=True, valid_sweeps=62, hints=(), conditions=steady
    )
    house.hub.publish_status(replace(status, baseline=baseline))
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        panel = page.locator("#baseline .stability")
        expect(panel).to_contain_text("2, 4:11 apart")
        expect(panel).to_contain_text("-4 %, steady")
        expect(panel).to_contain_text("TOF ratio 92 %")
        page.click("#accept-baseline")
        page.locator("#event-list").get_by_text("AcceptBaseline").wait_for()
    assert [type(command) for command in house.commands] == [AcceptBaseline]


def test_a_viewer_looks_and_enters_nothing(page: Page, house: FakeHouse) -> None:
    play_ramp(house)
    with house.server(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        page.goto(server.url)
        page.fill("#token", VIEWER.token)
        page.get_by_role("button", name="Sign in").click()
        await_seq(page, house)
        page.locator("#muscles .muscle").first.wait_for()
        page.keyboard.press("b")
        expect(page.locator("#checklist li").first).to_be_visible()
        assert page.locator("#checklist button").count() == 0


def test_in_shadow_mode_neither_ramp_nor_trace_is_shown(page: Page, house: FakeHouse) -> None:
    Theatre(house, auto_accept=False, mode=CaseMode.SHADOW).play_to(40)
    with house.server() as server:
        visit(page, server.url)
        await_seq(page, house)
        page.locator("#shadow").wait_for()
        page.keyboard.press("b")
        expect(page.locator(".ramp-lines")).to_contain_text("shadow mode")
        expect(page.locator(".channel-words").first).to_contain_text("shadow mode")
        assert page.locator(".ramp tbody tr").count() == 0
