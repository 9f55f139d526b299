"""The daemon of a live case is killed before the eyes of the operator, and started again."""

import signal
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import visit
from tests.system.live import LiveChain

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONGEST_MS = 60_000


@pytest.mark.timeout(280)
def test_the_page_says_stale_and_is_whole_again_without_reload(page: Page, tmp_path: Path) -> None:
    with LiveChain(tmp_path) as chain:
        chain.simulator("abrupt_loss", 1, source_id="room")
        port = free_port()
        chain.start_daemon(port=port)
        case_id = chain.case_id
        visit(page, f"http://127.0.0.1:{port}/")
        page.evaluate("window.sameDocument = true")
        chain.wait_for_event("baseline_progress")
        page.locator('#event-list li[data-type="baseline_progress"]').first.wait_for()
        before = {event["seq"] for event in chain.events()}
        expect(page.locator("#stale")).to_be_hidden()

        chain.daemon.end(signal.SIGKILL)
        expect(page.locator("#stale")).to_be_visible(timeout=LONGEST_MS)

        chain.start_daemon(port=port)
        assert chain.case_id == case_id
        chain.wait_for_event("gap")
        chain.wait_for_judged(since_s=chain.wait_for_event("gap")["time_s"], n_sweeps=3)
        expect(page.locator("#stale")).to_be_hidden(timeout=LONGEST_MS)
        page.locator('#event-list li[data-type="gap"]').first.wait_for()
        assert page.evaluate("window.sameDocument") is True
        after = {event["seq"] for event in chain.events()}
        newest = max(after)
        page.locator(f'#event-list li[data-seq="{newest}"]').wait_for(state="attached")
        rows = page.locator("#event-list li").evaluate_all("all => all.map(li => +li.dataset.seq)")
        assert len(rows) == len({*rows})
        assert before <= after == set(range(1, newest + 1))
        assert after <= {*rows}


def free_port() -> int:
    """Return a port that was free just now: the daemon must be found again where it was."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
