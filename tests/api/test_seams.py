"""That what the house has fits the seams is checked by types; here it is also called."""

from amr_monitor.api.seams import CaseControl, EventStore, ReplayControl
from amr_monitor.storage.journal import Journal
from tests.api.fake_replay import FakeReplay
from tests.api.fakes import CASE_ID, FakeHouse


def test_the_journal_is_an_event_store() -> None:
    with Journal.in_memory() as journal:
        store: EventStore = journal
        assert list(store.cases()) == []
        assert store.case("none") is None


def test_the_fakes_are_what_they_stand_for() -> None:
    house = FakeHouse()
    house.tell_gaps(3)
    store: EventStore = house.store
    control: CaseControl = house
    replay: ReplayControl = FakeReplay()
    assert len(store.lines(CASE_ID, since=1, limit=1)) == 1
    assert [case.case_id for case in store.cases()] == [CASE_ID]
    assert control.replay is None
    replay.pause()
