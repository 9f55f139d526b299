"""The page against the program itself, replaying each fixture at 20 times real time."""

import json
import re
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import visit
from tests.system.program import FIXTURES, Home

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SPEED = 20
AT_ONCE = 8
LONGEST_MS = 120_000
NUMBER = re.compile(r"[0-9][0-9:.]*")

RECORDINGS = sorted(
    [*FIXTURES.glob("*.edf"), *FIXTURES.glob("*.bdf"), *FIXTURES.glob("*.xdf")],
    key=lambda path: path.name,
)
GROUPS = [RECORDINGS[first : first + AT_ONCE] for first in range(0, len(RECORDINGS), AT_ONCE)]

# What stands on the page each time that a change of state is painted.
RECORD = """() => {
  const told = (window.told = []);
  const note = () => {
    for (const root of document.querySelectorAll("[data-muscle][data-event-seq]")) {
      const { muscle, eventSeq, eventWords } = root.dataset;
      if (told.some((line) => line.muscle === muscle && line.seq === Number(eventSeq))) continue;
      const painted = root.querySelector(".words").textContent;
      const page = Number(document.documentElement.dataset.seq);
      told.push({ muscle, seq: Number(eventSeq), words: eventWords, painted, page });
    }
  };
  new MutationObserver(note).observe(document.documentElement, {
    attributes: true, subtree: true, attributeFilter: ["data-seq", "data-event-seq"],
  });
  note();
}"""


@pytest.mark.parametrize("recordings", GROUPS, ids=lambda group: group[0].stem)
def test_at_each_seq_the_page_says_what_the_journal_says(
    new_page: Callable[[], Page], tmp_path: Path, recordings: list[Path]
) -> None:
    with ExitStack() as stack:
        watched = []
        for recording in recordings:
            folder = tmp_path / recording.stem
            folder.mkdir()
            options = ("--speed", SPEED, "--serve", "--port", 0)
            running = stack.enter_context(Home(folder).serving("replay", recording, *options))
            page = new_page()
            visit(page, running.address)
            page.evaluate(RECORD)
            watched.append((recording, running.address, page))
        for recording, address, page in watched:
            closed = page.locator('#event-list li[data-type="case_closed"]')
            closed.wait_for(state="attached", timeout=LONGEST_MS)
            _compare(recording, address, page)


def _compare(recording: Path, address: str, page: Page) -> None:
    journal = _events(address)
    assert [event["seq"] for event in journal] == list(range(1, len(journal) + 1))
    expect(page.locator("html")).to_have_attribute("data-seq", str(len(journal)))
    rows = page.locator("#event-list li").evaluate_all("all => all.map(li => +li.dataset.seq)")
    assert sorted(rows) == sorted({*rows}), "no event stands twice in the list"
    changes = {e["seq"]: e for e in journal if e["type"] == "amr_state_changed"}
    assert set(changes) <= {*rows} | {seq for seq, e in changes.items() if not e["words"]}
    n_compared = 0
    told: list[dict[str, Any]] = page.evaluate("window.told")
    for line in told:
        change = changes[line["seq"]]
        assert change["muscle"] == line["muscle"], recording.name
        assert (line["words"] or "") == change["words"], recording.name
        if change["words"] and line["page"] == line["seq"]:
            # A sweep later the clock in them goes on: the words stay.
            assert NUMBER.sub("#", line["painted"]) == NUMBER.sub("#", change["words"])
            n_compared += 1
    assert n_compared > 0
    last = {change["muscle"]: seq for seq, change in changes.items()}
    for muscle, seq in last.items():
        assert any(line["seq"] == seq and line["muscle"] == muscle for line in told)


def _events(address: str) -> list[dict[str, Any]]:
    url = f"{address.rstrip('/')}/api/v1/events?limit=5000"
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own server
        document: dict[str, Any] = json.load(answer)
    return list(document["events"])
