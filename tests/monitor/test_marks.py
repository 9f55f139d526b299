"""Marks come late and wrong, and are put right."""

import pytest

from amr_monitor.model.case import Mark, MarkName, Phase, Vessel
from amr_monitor.model.errors import CommandRefused
from amr_monitor.monitor.marks import CAUSES, MarkLog
from amr_monitor.monitor.transitions import PHASE_AFTER


def log(*marks: tuple[MarkName, float]) -> MarkLog:
    """Return a log of marks made in this order, with the times at which they count."""
    marked = MarkLog()
    for name, effective_time_s in marks:
        marked.add(
            name=name,
            vessel=Vessel.AICA if name is MarkName.VESSEL_MOVED else None,
            text="",
            sample_index=0,
            effective_time_s=effective_time_s,
        )
    return marked


def amend(
    marked: MarkLog,
    mark_id: int,
    *,
    name: MarkName | None = None,
    vessel: Vessel | None = None,
    at_s: float | None = None,
    void: bool = False,
) -> Mark:
    return marked.amend(mark_id, name=name, vessel=vessel, effective_time_s=at_s, void=void)


def test_marks_are_numbered_as_made_and_stand_in_the_order_in_which_they_count() -> None:
    marked = log((MarkName.VESSEL_MOVED, 50.0), (MarkName.DURA_OPENED, 20.0))
    assert [mark.mark_id for mark in marked.all] == [1, 2]
    assert [mark.name for mark in marked.standing] == [
        MarkName.DURA_OPENED,
        MarkName.VESSEL_MOVED,
    ]


def test_an_amended_mark_keeps_its_number_and_what_is_not_named() -> None:
    marked = log((MarkName.VESSEL_MOVED, 50.0))
    assert amend(marked, 1, at_s=45.0).vessel is Vessel.AICA
    assert amend(marked, 1, vessel=Vessel.PICA).effective_time_s == 45.0
    assert amend(marked, 1, name=MarkName.IRRIGATION).vessel is None
    assert [mark.mark_id for mark in marked.all] == [1]


def test_a_voided_mark_stays_and_counts_for_nothing() -> None:
    marked = log((MarkName.DECOMPRESSION_STARTED, 30.0))
    assert amend(marked, 1, void=True).voided
    assert marked.decompression_start_s is None
    assert len(marked.all) == 1
    with pytest.raises(CommandRefused, match="is voided"):
        amend(marked, 1, at_s=3.0)


def test_what_is_not_there_cannot_be_amended() -> None:
    with pytest.raises(CommandRefused, match="no mark 2: the case has 1"):
        amend(log((MarkName.NOTE, 1.0)), 2)


@pytest.mark.parametrize("name", MarkName)
def test_each_mark_leads_to_its_phase_and_no_other_mark_to_any(name: MarkName) -> None:
    before = log((MarkName.DURA_OPENED, 1.0))
    before.add(name=name, vessel=None, text="", sample_index=0, effective_time_s=2.0)
    assert before.phase is PHASE_AFTER.get(name, Phase.DURA_OPEN)


def test_the_phase_follows_the_times_and_not_the_order_of_typing() -> None:
    marked = log((MarkName.DURA_CLOSED, 90.0), (MarkName.DECOMPRESSION_STARTED, 40.0))
    assert marked.phase is Phase.CLOSING
    assert MarkLog().phase is Phase.BEFORE_DURA


def test_decompression_begins_with_the_first_sign_of_it() -> None:
    assert log((MarkName.VESSEL_MOVED, 50.0)).decompression_start_s == 50.0
    both = log((MarkName.VESSEL_MOVED, 50.0), (MarkName.DECOMPRESSION_STARTED, 40.0))
    assert both.decompression_start_s == 40.0


def test_decompression_is_complete_until_explored_again() -> None:
    marked = log((MarkName.DECOMPRESSION_COMPLETE, 100.0))
    assert marked.decompression_end_s == 100.0
    again = log((MarkName.DECOMPRESSION_COMPLETE, 100.0), (MarkName.RE_EXPLORATION, 120.0))
    assert again.decompression_end_s is None
    amend(again, 2, void=True)
    assert again.decompression_end_s == 100.0
    done = log(
        (MarkName.DECOMPRESSION_COMPLETE, 100.0),
        (MarkName.RE_EXPLORATION, 120.0),
        (MarkName.DECOMPRESSION_COMPLETE, 140.0),
    )
    assert done.decompression_end_s == 140.0


def test_the_dura_is_closed_until_opened_again() -> None:
    assert log((MarkName.DURA_OPENED, 1.0), (MarkName.DURA_CLOSED, 9.0)).dura_closed_s == 9.0
    again = log((MarkName.DURA_CLOSED, 9.0), (MarkName.DURA_OPENED, 20.0))
    assert again.dura_closed_s is None


@pytest.mark.parametrize("seconds", [4.0, 0.0, -30.0])
def test_a_loss_follows_the_mark_before_it_or_a_late_one_within_30_s(seconds: float) -> None:
    found = log((MarkName.VESSEL_MOVED, 100.0 - seconds)).attribution(100.0, 30.0)
    assert found is not None
    assert (found.mark, found.vessel) == (MarkName.VESSEL_MOVED, Vessel.AICA)
    assert (found.seconds, found.within_tolerance) == (seconds, seconds < 0.0)


def test_a_mark_too_late_explains_nothing() -> None:
    assert log((MarkName.VESSEL_MOVED, 130.1)).attribution(100.0, 30.0) is None


def test_the_nearer_of_a_mark_before_and_a_vessel_moved_after_is_taken() -> None:
    marks = ((MarkName.DURA_OPENED, 40.0), (MarkName.VESSEL_MOVED, 110.0))
    late = log(*marks).attribution(100.0, 30.0)
    assert late is not None
    assert (late.mark, late.within_tolerance) == (MarkName.VESSEL_MOVED, True)
    near = log((MarkName.DURA_OPENED, 97.0), (MarkName.VESSEL_MOVED, 110.0)).attribution(100.0, 30)
    assert near is not None
    assert (near.mark, near.within_tolerance) == (MarkName.DURA_OPENED, False)


@pytest.mark.parametrize("name", sorted(set(MarkName) - CAUSES))
def test_a_mark_that_only_describes_is_never_what_a_loss_followed(name: MarkName) -> None:
    assert log((name, 99.0)).attribution(100.0, 30.0) is None
