from collections.abc import Iterator

import pytest

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.case import MarkName, Vessel
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.events import BaselineProgress, BaselineRestarted
from amr_monitor.monitor.commands import AcceptBaseline, CloseCase, MarkCommand
from amr_monitor.qa.operator import Operator
from tests.api.fakes import CASE_ID, OPERATOR, FakeHouse, a_status
from tests.qa.truths import accepted


@pytest.fixture
def house() -> FakeHouse:
    return FakeHouse()


@pytest.fixture
def operator(house: FakeHouse) -> Iterator[Operator]:
    with house.server() as server:
        yield Operator(server.url)


def progress(*, acceptable: bool) -> BaselineProgress:
    return BaselineProgress(
        sample_index=0,
        time_s=0.0,
        valid_sweeps=60,
        needed_sweeps=60,
        acceptable=acceptable,
        hints=(),
    )


def test_a_baseline_is_accepted_once_it_can_be_and_again_after_a_restart() -> None:
    operator = Operator("http://127.0.0.1:1")
    assert not operator.wants_to_accept(progress(acceptable=False))
    assert operator.wants_to_accept(progress(acceptable=True))
    assert not operator.wants_to_accept(accepted())
    assert not operator.wants_to_accept(progress(acceptable=True))
    operator.wants_to_accept(BaselineRestarted(sample_index=0, time_s=0.0, reason="tests"))
    assert operator.wants_to_accept(progress(acceptable=True))


def test_what_a_person_does_reaches_the_monitor(house: FakeHouse, operator: Operator) -> None:
    operator.accept_baseline()
    operator.mark("dura opened")
    operator.mark("vessel moved: AICA")
    operator.mark("vessel moved: something else")
    assert operator.close_case()
    first, opened, moved, other, last = house.commands
    assert isinstance(first, AcceptBaseline)
    assert isinstance(opened, MarkCommand)
    assert opened.mark is MarkName.DURA_OPENED
    assert isinstance(moved, MarkCommand)
    assert moved.vessel is Vessel.AICA
    assert isinstance(other, MarkCommand)
    assert other.vessel is None
    assert isinstance(last, CloseCase)


def test_a_refusal_is_no_fault(house: FakeHouse, operator: Operator) -> None:
    house.refuses = "not now"
    operator.accept_baseline()
    assert not operator.close_case()


def test_events_and_sweep_times_are_fetched_whole(house: FakeHouse, operator: Operator) -> None:
    house.tell_gaps(7)
    house.hub.publish_status(a_status())
    assert [event["seq"] for event in operator.events(CASE_ID)] == list(range(1, 8))
    assert operator.sweep_times_s() == []


def test_no_answer_and_an_answer_of_another_are_told() -> None:
    with pytest.raises(ProtocolError, match="no answer of a monitor"):
        Operator("http://127.0.0.1:1").get("/case")
    house = FakeHouse()
    with (
        house.server(ApiSettings(port=0, tokens=(OPERATOR,))) as server,
        pytest.raises(ProtocolError, match="401"),
    ):
        Operator(server.url).get("/case")
