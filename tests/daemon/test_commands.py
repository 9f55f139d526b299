"""A command is answered once: with its events, with its refusal, or with nothing."""

from concurrent.futures import CancelledError
from datetime import UTC, datetime

import pytest

from amr_monitor.daemon.commands import PATIENCE_S, CommandDesk
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import GapReceived, JournalEntry
from amr_monitor.model.source import Origin
from amr_monitor.monitor.commands import AcceptBaseline


def accept(sample_index: int) -> AcceptBaseline:
    return AcceptBaseline(sample_index=sample_index, by="local")


def entry(sample_index: int) -> JournalEntry:
    return JournalEntry(
        seq=1,
        case_id="case",
        utc=datetime(2026, 3, 1, tzinfo=UTC),
        origin=Origin.DEVICE,
        event=GapReceived(sample_index=sample_index, time_s=0.0, missing_s=None, reason=""),
    )


def test_commands_come_in_the_order_in_which_they_were_given() -> None:
    desk = CommandDesk()
    results = [desk.submit(accept), desk.submit(accept)]
    first, second = desk.next(), desk.next()
    assert first is not None
    assert second is not None
    assert [first.result, second.result] == results
    assert first.make(7).sample_index == 7
    assert desk.next() is None


def test_a_command_that_nobody_waits_for_any_more_is_not_carried_out() -> None:
    desk = CommandDesk()
    result = desk.submit(accept)
    result.cancel()
    assert desk.next() is None
    with pytest.raises(CancelledError):
        result.result(timeout=0)


def test_a_command_is_answered_with_the_events_of_its_own_sample() -> None:
    desk = CommandDesk()
    result = desk.submit(accept)
    given = desk.next()
    assert given is not None
    desk.await_events(given, sample_index=50, now_s=0.0)
    desk.answer([entry(40)])
    assert not result.done()
    desk.answer([entry(49), entry(50), entry(50), entry(51)])
    assert result.result(timeout=0) == (entry(50), entry(50))


def test_a_command_whose_samples_do_not_come_is_answered_after_a_while() -> None:
    desk = CommandDesk()
    result = desk.submit(accept)
    given = desk.next()
    assert given is not None
    desk.await_events(given, sample_index=50, now_s=10.0)
    assert not desk.is_impatient(now_s=10.0 + PATIENCE_S / 2)
    assert desk.is_impatient(now_s=10.0 + PATIENCE_S)
    desk.answer_rest()
    assert result.result(timeout=0) == ()
    assert not desk.is_impatient(now_s=99.0)


def test_a_closed_desk_refuses_what_waits_and_what_comes() -> None:
    desk = CommandDesk()
    before = desk.submit(accept)
    desk.close()
    after = desk.submit(accept)
    for result in (before, after):
        with pytest.raises(CommandRefused, match="the case is over"):
            result.result(timeout=0)
