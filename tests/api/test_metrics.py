import re

import httpx
import pytest

from tests.api.fakes import FakeHouse, a_report, a_status, an_alarm

pytestmark = pytest.mark.asyncio
LINE = re.compile(r'^[a-z_]+(\{[a-z]+="[^"]*"\})? (NaN|-?[0-9.]+)$')


async def figures(browser: httpx.AsyncClient) -> dict[str, str]:
    answer = await browser.get("/api/v1/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = {}
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            assert LINE.match(line), line
            name, _, value = line.rpartition(" ")
            told[name] = value
            bare = name.partition("{")[0]
            assert f"# TYPE {bare} " in answer.text
            assert f"# HELP {bare} " in answer.text
    return told


async def test_figures_follow_what_happens(house: FakeHouse, browser: httpx.AsyncClient) -> None:
    house.last_sample_age_s = None
    told = await figures(browser)
    assert told["amr_monitor_last_sample_age_seconds"] == "NaN"
    assert told["amr_monitor_events_newest_seq"] == "0"
    house.last_sample_age_s = 0.25
    house.tell_gaps(3)
    house.hub.publish_report(a_report(1))
    house.hub.publish_status(a_status(alarms=(an_alarm(),)))
    told = await figures(browser)
    assert told["amr_monitor_last_sample_age_seconds"] == "0.25"
    assert told["amr_monitor_events_newest_seq"] == "3"
    assert told["amr_monitor_sweeps_published_total"] == "1"
    assert told["amr_monitor_alarms"] == "1"
    assert told['amr_monitor_case_count{of="rejected"}'] == "8"
    assert told["amr_monitor_failed"] == "0"
