import asyncio
import json

import pytest

from amr_monitor.api.live import LiveHub
from amr_monitor.codec import BaselineHeader, SweepHeader, frame_from_bytes
from amr_monitor.model.case import CaseInfo, CaseMode
from tests.api.fakes import CASE_ID, MUSCLES, FakeHouse, a_baseline, a_report, a_status


def seqs(lines: tuple[str, ...] | None) -> list[int] | None:
    return None if lines is None else [json.loads(line)["seq"] for line in lines]


def test_a_cursor_gets_what_follows_it_up_to_the_limit() -> None:
    house = FakeHouse()
    house.tell_gaps(5)
    assert seqs(house.hub.view(cursor=0, limit=10).lines) == [1, 2, 3, 4, 5]
    assert seqs(house.hub.view(cursor=2, limit=2).lines) == [3, 4]
    assert seqs(house.hub.view(cursor=5, limit=2).lines) == []


def test_events_that_left_the_ring_are_to_be_read_from_the_store() -> None:
    house = FakeHouse(ring_size=3)
    house.tell_gaps(5)
    assert house.hub.view(cursor=1, limit=10).lines is None
    assert seqs(house.hub.view(cursor=2, limit=10).lines) == [3, 4, 5]


def test_an_event_that_overtakes_another_sends_clients_to_the_store() -> None:
    house = FakeHouse()
    house.tell_gaps(1)
    (later,) = (house.store.append(*_gap(house)), house.store.append(*_gap(house)))[1]
    house.hub.publish_entries([later])
    view = house.hub.view(cursor=1, limit=10)
    assert (view.newest_seq, view.lines) == (3, None)
    house.hub.publish_entries(house.store.entries[CASE_ID][1:2])
    assert house.hub.view(cursor=1, limit=10).newest_seq == 3


def _gap(house: FakeHouse) -> list:  # type: ignore[type-arg]  # events of any class
    return [house.store.entries[CASE_ID][0].event]


def test_pictures_carry_the_newest_event_at_their_time() -> None:
    house = FakeHouse()
    house.tell_gaps(2)
    house.hub.publish_report(a_report(1))
    house.hub.publish_baseline(a_baseline())
    house.hub.publish_status(a_status())
    house.tell_gaps(1)
    view = house.hub.view(cursor=0, limit=0)
    assert view.sweep is not None
    assert view.baseline is not None
    assert view.status is not None
    assert (view.sweep.seq, view.baseline.seq, view.status.seq) == (2, 2, 2)
    sweep = frame_from_bytes(view.sweep.frame).header
    assert isinstance(sweep, SweepHeader)
    assert sweep.seq == 2
    baseline = frame_from_bytes(view.baseline.frame).header
    assert isinstance(baseline, BaselineHeader)
    assert baseline.muscles == MUSCLES


def test_a_baseline_that_is_thrown_away_is_no_longer_shown() -> None:
    house = FakeHouse()
    house.hub.publish_baseline(a_baseline())
    house.hub.publish_baseline(None)
    assert house.hub.view(cursor=0, limit=0).baseline is None


def test_another_case_begins_with_nothing() -> None:
    house = FakeHouse()
    house.tell_gaps(2)
    house.hub.publish_report(a_report(1))
    house.hub.publish_status(a_status())
    house.hub.follow_case("case-2", muscles=MUSCLES)
    view = house.hub.view(cursor=0, limit=10)
    assert (view.case_id, view.newest_seq, view.lines) == ("case-2", 0, ())
    assert (view.sweep, view.baseline, view.status) == (None, None, None)
    assert house.hub.history.sweeps(start_s=0.0, end_s=1e9, limit=9) == []


def test_a_case_that_goes_on_after_a_restart_keeps_its_numbers() -> None:
    hub = LiveHub()
    hub.follow_case(CASE_ID, muscles=MUSCLES, newest_seq=40)
    view = hub.view(cursor=40, limit=10)
    assert (view.newest_seq, view.lines) == (40, ())
    assert hub.view(cursor=12, limit=10).lines is None


def test_a_case_is_veiled_before_its_opening_in_shadow_mode_is_told() -> None:
    hub = LiveHub()
    hub.follow_case(CASE_ID, muscles=MUSCLES, in_shadow=True)
    hub.publish_report(a_report(1))
    hub.publish_status(a_status())
    view = hub.view(cursor=0, limit=0)
    assert hub.is_in_shadow
    assert view.sweep is None
    assert view.status is not None
    assert view.status.status.muscles == ()


def test_a_status_in_shadow_mode_veils_whatever_was_known_before() -> None:
    hub = LiveHub()
    hub.follow_case(CASE_ID, muscles=MUSCLES)
    hub.publish_status(a_status(case=CaseInfo(mode=CaseMode.SHADOW)))
    view = hub.view(cursor=0, limit=0)
    assert hub.is_in_shadow
    assert view.status is not None
    assert view.status.status.muscles == ()


def test_a_sweep_of_the_past_is_kept_and_is_not_the_newest() -> None:
    house = FakeHouse()
    house.hub.keep_report(a_report(1))
    assert house.hub.view(cursor=0, limit=0).sweep is None
    assert house.hub.history.extent[0] == 1


def test_how_long_the_next_event_waits_is_known_even_when_it_left_the_ring() -> None:
    house = FakeHouse(ring_size=2)
    assert house.hub.waiting_since(cursor=0) is None
    house.tell_gaps(4)
    assert house.hub.waiting_since(cursor=4) is None
    oldest, newer = house.hub.waiting_since(cursor=0), house.hub.waiting_since(cursor=3)
    assert oldest is not None
    assert newer is not None
    assert oldest <= newer


@pytest.mark.asyncio
async def test_publishing_wakes_who_has_joined_and_nobody_after_they_left() -> None:
    house = FakeHouse()
    woken = asyncio.Event()
    house.hub.serve_on(asyncio.get_running_loop())
    house.hub.join(woken)
    await asyncio.to_thread(house.tell_gaps, 3)
    async with asyncio.timeout(10):
        await woken.wait()
    assert house.hub.n_clients == 1
    house.hub.leave(woken)
    woken.clear()
    house.tell_gaps(1)
    await asyncio.sleep(0)
    assert not woken.is_set()
    house.hub.serve_on(None)
    house.tell_gaps(1)
