import asyncio

import pytest

from amr_monitor.model.case import AmrState, Outcome
from amr_monitor.model.events import Event, JournalEntry
from amr_monitor.model.source import Origin
from amr_monitor.qa.listening import Heard, listen_to_events, listen_to_sweeps, lsl_clock_s
from tests.api.fakes import FakeHouse, a_report
from tests.qa.truths import accepted, changed, closed, opened


@pytest.mark.asyncio
async def test_every_event_is_taken_with_its_moment_until_the_case_is_closed() -> None:
    house = FakeHouse()
    house.tell(opened(), accepted(), closed(Outcome.PERSISTENT))
    heard = Heard()
    told: list[Event] = []
    before_s = lsl_clock_s()
    with house.server() as server:
        await asyncio.wait_for(listen_to_events(server.url, heard, told.append), 60.0)
    assert [type(event) for event in heard.events] == [type(event) for event in told]
    assert [entry.seq for _, entry in heard.entries] == [1, 2, 3]
    assert all(before_s <= at <= lsl_clock_s() for at, _ in heard.entries)
    assert heard.case_id == house.case_id


@pytest.mark.asyncio
async def test_sweeps_are_taken_with_their_times() -> None:
    house = FakeHouse()
    heard = Heard()
    with house.server() as server:
        listening = asyncio.create_task(listen_to_sweeps(server.url, heard))
        while not heard.sweeps:
            house.hub.publish_report(a_report())
            await asyncio.sleep(0.01)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
    assert heard.sweeps[0][1] == a_report().time_s


@pytest.mark.asyncio
async def test_sweeps_of_a_monitor_that_is_not_there_are_waited_for() -> None:
    heard = Heard()
    listening = asyncio.create_task(listen_to_sweeps("http://127.0.0.1:1", heard))
    await asyncio.sleep(0.05)
    assert not listening.done()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert heard.sweeps == []


def test_without_a_simulator_the_quickest_sweep_tells_when_a_stimulus_was() -> None:
    heard = Heard(sweeps=[(500.15, 10.0), (501.40, 11.0)])
    for at, event in ((501.5, changed(11.0, AmrState.DISAPPEARED)), (501.6, opened())):
        entry = JournalEntry(seq=1, case_id="x", utc=None, origin=Origin.DEVICE, event=event)
        heard.entries.append((at, entry))
    ((at, stimulus_at),) = heard.by_the_quickest()
    assert at - stimulus_at == pytest.approx(0.45)
    assert Heard().by_the_quickest() == []
