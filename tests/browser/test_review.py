"""The review page shows what the journal says, at any moment of the case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_monitor.api.server import ApiServer
from amr_monitor.api.settings import ApiSettings
from amr_monitor.config import Settings
from amr_monitor.daemon.composition import Composed, compose_replay
from amr_monitor.daemon.documents import Documents
from amr_monitor.daemon.serving import bound_server
from amr_monitor.daemon.sources import open_recording
from amr_monitor.model.case import Certainty
from amr_monitor.model.events import AmrStateChanged
from tests.api.fakes import OPERATOR, VIEWER
from tests.browser.test_page import PAINTED
from tests.project.repository import ROOT

pytestmark = pytest.mark.browser

LEAD = '[data-muscle="orbicularis_oculi"]'


@dataclass(frozen=True)
class Reviewed:
    composed: Composed
    folder: Path

    @property
    def case_id(self) -> str:
        return self.composed.record.case_id

    def serve(self, settings: ApiSettings) -> ApiServer:
        return bound_server(
            self.composed.session,
            store=self.composed.store,
            hub=self.composed.hub,
            settings=settings,
            documents=Documents(
                self.composed.journal,
                recordings=self.folder,
                reporter=lambda _, case_id: f"<h1>report of {case_id}</h1>".encode(),
            ),
        )


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reviewed]:
    """Give a case that was lost and came back, gone through and closed."""
    settings = Settings()
    opened = open_recording([ROOT / "fixtures" / "returned.edf"], settings, speed=inf)
    composed = compose_replay(opened, settings, keeps=False, serves=True, batch_sweeps=20)
    composed.begin()
    composed.session.run()
    yield Reviewed(composed, tmp_path_factory.mktemp("recordings"))
    composed.close()


@pytest.fixture
def address(reviewed: Reviewed) -> Iterator[str]:
    with reviewed.serve(ApiSettings(port=0)) as server:
        yield f"{server.url}/cases/{reviewed.case_id}"


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.locator('body[data-ready="true"]').wait_for()


def test_a_case_is_listed_found_and_opened(page: Page, address: str, reviewed: Reviewed) -> None:
    page.goto(address.rsplit("/", 1)[0])
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(1)
    page.locator("#search").fill("nothing like it")
    expect(rows).to_have_count(0)
    expect(page.locator("#none")).to_have_text("No case fits.")
    page.locator("#search").fill(reviewed.composed.record.source_name[:6])
    page.get_by_role("button", name="Outcome").click()
    expect(page.locator('th[aria-sort="ascending"]')).to_contain_text("Outcome")
    rows.locator("a").click()
    page.locator('body[data-ready="true"]').wait_for()
    assert page.url.endswith(reviewed.case_id) or "#t=" in page.url


def test_the_page_says_what_the_journal_says(page: Page, address: str, reviewed: Reviewed) -> None:
    entries = reviewed.composed.journal.entries(reviewed.case_id)
    opened(page, address)
    closed = reviewed.composed.session.outcome
    assert closed is not None
    expect(page.locator('[data-fact="outcome"] dd')).to_contain_text(
        closed.outcome.value.replace("_", " ")
    )
    expect(page.locator("#proof code")).to_have_text(
        reviewed.composed.journal.head(reviewed.case_id)[1]
    )
    expect(page.locator("#event-list li")).to_have_count(len(entries))
    times = reviewed.composed.journal.trend(reviewed.case_id).time_s
    compared = 0
    for entry in entries:
        change = entry.event
        # A change that is provisional is drawn, and told in no word.
        if not isinstance(change, AmrStateChanged) or change.certainty is Certainty.PROVISIONAL:
            continue
        page.locator(f'#event-list li[data-seq="{entry.seq}"]').click()
        panel = page.locator(f'[data-muscle="{change.muscle}"]')
        expect(panel).to_have_attribute("data-state", change.to_state.value)
        if change.time_s in times:  # a sweep caused it, no mark
            expect(panel.locator(".words")).to_have_text(change.words)
            compared += 1
    assert compared > 3


def test_the_raw_sweeps_stand_beside_the_verdict(
    page: Page, address: str, reviewed: Reviewed
) -> None:
    opened(page, address)
    page.locator('#event-list li[data-type="amr_state_changed"]').first.click()
    raws = page.locator("#raws")
    expect(raws).to_be_visible()
    expect(raws).to_contain_text("11 of 11")
    page.wait_for_function(f"() => ({PAINTED})('#raws canvas').includes('213,143,168')")
    sweep = page.locator("body").get_attribute("data-sweep")
    page.get_by_role("button", name="The sweep before").click()
    expect(raws).to_contain_text("10 of 11")
    expect(page.locator("body")).not_to_have_attribute("data-sweep", sweep or "")
    page.locator('#event-list li[data-type="case_opened"]').click()
    expect(raws).to_be_hidden()


def test_a_click_in_raster_and_trend_shows_that_sweep(page: Page, address: str) -> None:
    opened(page, address)
    body = page.locator("body")
    for tab, picture in (("trends", ".trend-stack"), ("raster", ".raster canvas")):
        page.locator(f"#tab-{tab}").click()
        box = page.locator(picture).bounding_box()
        assert box is not None
        shown = body.get_attribute("data-sweep") or ""
        page.mouse.click(box["x"] + box["width"] / 3 + 20 * len(tab), box["y"] + box["height"] / 2)
        expect(body).not_to_have_attribute("data-sweep", shown)
        now = body.get_attribute("data-sweep") or ""
        page.locator(picture).press(".")
        expect(body).to_have_attribute("data-sweep", str(int(now) + 1))


def test_a_link_leads_to_a_moment(page: Page, address: str) -> None:
    opened(page, f"{address}#t=40.0")
    time_s = float(page.locator("body").get_attribute("data-time-s") or "nan")
    assert 35 < time_s <= 40.01


def test_export_and_report_are_taken_home(page: Page, address: str, reviewed: Reviewed) -> None:
    opened(page, address)
    with page.expect_download() as download:
        page.locator("#download-export").click()
    assert download.value.suggested_filename == f"{reviewed.case_id}.zip"
    with page.context.expect_page() as report:
        page.locator("#download-report").click()
    expect(report.value.locator("h1")).to_have_text(f"report of {reviewed.case_id}")


def test_an_unknown_case_is_told(page: Page, address: str) -> None:
    page.goto(address.rsplit("/", 1)[0] + "/nobody")
    expect(page.locator("#looking")).to_contain_text("no case 'nobody'")


@pytest.mark.parametrize(("token", "is_told"), [(OPERATOR.token, True), (VIEWER.token, False)])
def test_only_the_operator_sees_the_probability(
    new_page: Callable[[], Page], reviewed: Reviewed, token: str, *, is_told: bool
) -> None:
    page = new_page()
    with reviewed.serve(ApiSettings(port=0, tokens=(OPERATOR, VIEWER))) as server:
        page.goto(f"{server.url}/cases/{reviewed.case_id}")
        page.locator("#token").fill(token)
        page.locator("#sign-in button[type=submit]").click()
        page.locator('body[data-ready="true"]').wait_for()
        expect(page.locator('.chips [data-quantity="probability"]')).to_have_count(int(is_told))
        probability = page.locator(f'{LEAD} [data-row="probability"]')
        if is_told:
            expect(probability).to_have_count(1)
        else:
            expect(probability).not_to_be_visible()
