"""The verdict on a case, from its spells and its marks in any order."""

import pytest

import tests.surgeries as story
from amr_monitor.model.case import AmrState, Certainty, MarkName, Outcome, Vessel
from amr_monitor.model.events import MarkAmended, PhaseMarked
from amr_monitor.monitor.commands import AmendMark, Command
from tests.feeding import Told, mark, run, surgery
from tests.sweeps import OCULI, Recording


def lost(*, at: int = 130, n: int = 240, seed: int = 100) -> Recording:
    """Return a recording whose response is gone from one stimulus on."""
    r = Recording(n, seed=seed)
    r.amr[OCULI][at:] = 0.0
    return r


def verdict(r: Recording, commands: list[Command]) -> tuple[Outcome, tuple[str, ...]]:
    closed = run(r, commands).closed
    return closed.outcome, closed.tags


# ------------------------------------------------------------ the table


def test_disappeared_after_the_vessel_was_moved() -> None:
    closed = story.abrupt_loss().closed
    assert (closed.outcome, closed.tags, closed.phase_known) == (Outcome.DISAPPEARED, (), True)
    assert closed.after_mark is not None
    assert (closed.after_mark.mark, closed.after_mark.vessel) == (
        MarkName.VESSEL_MOVED,
        Vessel.AICA,
    )
    lead = closed.muscles[0]
    assert (lead.state, lead.certainty) == (AmrState.DISAPPEARED, Certainty.SUSTAINED)
    assert (lead.block_valid_sweeps, lead.block_responses) == (60, 0)


def test_persistent_after_decompression() -> None:
    closed = story.persistent_response().closed
    assert (closed.outcome, closed.tags, closed.after_mark) == (Outcome.PERSISTENT, (), None)
    assert closed.muscles[0].block_responses == 60


def test_a_return_is_persistent_with_a_tag() -> None:
    assert story.lasting_return().closed.tags == ("returned",)
    assert story.lasting_return().outcome is Outcome.PERSISTENT
    assert story.transient_return().outcome is Outcome.DISAPPEARED


def test_an_attenuated_response_is_persistent_with_a_tag() -> None:
    r = Recording(260, seed=101)
    r.amr[OCULI][100:] = 0.25
    told = verdict(r, surgery(r, dura=65, started=70, moved=99.5, complete=110))
    assert told == (Outcome.PERSISTENT, ("attenuated",))


def test_gone_before_decompression_with_what_it_followed() -> None:
    closed = story.early_loss().closed
    assert closed.outcome is Outcome.DISAPPEARED_BEFORE_DECOMPRESSION
    assert closed.tags == ("dura",)


@pytest.mark.parametrize(
    ("name", "text", "tag"),
    [
        (MarkName.CSF_DRAINED, "", "csf"),
        (MarkName.NOTE, "Retractor placed", "retraction"),
        (MarkName.IRRIGATION, "", "unknown"),
    ],
)
def test_an_early_loss_is_tagged_with_the_mark_just_before_it(
    name: MarkName, text: str, tag: str
) -> None:
    r = lost(at=90, n=260)
    marks: list[Command] = [mark(r, 88.0, name, text=text)]
    marks += surgery(r, started=180, moved=185, complete=190)
    assert verdict(r, marks) == (Outcome.DISAPPEARED_BEFORE_DECOMPRESSION, (tag,))


def test_an_early_loss_that_came_back_and_went_for_good() -> None:
    r = lost(at=260, n=360)
    r.amr[OCULI][90:160] = 0.0
    marks = surgery(r, dura=88, started=155, moved=259.5, complete=270)
    outcome, tags = verdict(r, marks)
    assert outcome is Outcome.DISAPPEARED
    assert "early_loss_returned" in tags


def test_an_early_loss_that_came_back_and_stayed() -> None:
    r = Recording(300, seed=102)
    r.amr[OCULI][90:190] = 0.0
    outcome, tags = verdict(r, surgery(r, dura=88, started=170, moved=175, complete=210))
    assert outcome is Outcome.PERSISTENT
    assert set(tags) == {"returned", "early_loss"}


def test_too_few_valid_sweeps_after_decompression_are_no_verdict() -> None:
    r = lost()
    assert verdict(r, surgery(r, started=100, moved=129, complete=200))[0] is Outcome.INDETERMINATE


def test_what_was_not_seen_after_the_last_vessel_moved_is_no_verdict() -> None:
    r = Recording(260, seed=103)
    r.delivered[150:] = False
    outcome, tags = verdict(r, surgery(r, dura=65, started=70, moved=149.5))
    assert outcome is Outcome.INDETERMINATE
    assert "complete_not_marked" in tags


def test_a_loss_that_is_not_sustained_at_the_end_is_not_called_disappeared() -> None:
    r = lost(at=160, n=200)
    outcome, tags = verdict(r, surgery(r, started=100, moved=110, complete=120))
    # Nor persistent: the responses in the judged sweeps are from before the loss.
    assert outcome is Outcome.INDETERMINATE
    assert "not_sustained" in tags


def test_a_verdict_that_is_held_back_stays_so_to_the_end() -> None:
    assert story.weak_m_wave().outcome is Outcome.INDETERMINATE
    assert "withheld" in story.weak_m_wave().closed.tags


def test_without_any_mark_the_last_sixty_sweeps_decide_and_the_phase_is_not_known() -> None:
    closed = run(lost()).closed
    assert (closed.outcome, closed.phase_known) == (Outcome.DISAPPEARED, False)
    steady = story.steady_response().closed
    assert (steady.outcome, steady.phase_known) == (Outcome.PERSISTENT, False)


def test_what_follows_the_closing_of_the_dura_is_not_judged() -> None:
    r = lost(at=200, n=300)
    marks = surgery(r, dura=65, started=70, moved=80, complete=90, closed=190)
    assert verdict(r, marks)[0] is Outcome.PERSISTENT


# ------------------------------------------------------------ late marks


def test_a_vessel_marked_20_s_late_is_within_tolerance() -> None:
    r = lost()
    closed = run(r, surgery(r, dura=65, moved=149.7, complete=160)).closed
    assert closed.outcome is Outcome.DISAPPEARED
    assert closed.after_mark is not None
    assert closed.after_mark.within_tolerance
    assert closed.after_mark.seconds == pytest.approx(-20.0, abs=2.1)


def test_a_vessel_marked_two_minutes_late_leaves_the_loss_before_decompression() -> None:
    r = lost(at=100, n=300)
    assert verdict(r, surgery(r, moved=220, complete=225))[0] is (
        Outcome.DISAPPEARED_BEFORE_DECOMPRESSION
    )


def test_a_back_dated_mark_counts_at_its_time() -> None:
    r = lost(n=300)
    marks: list[Command] = [
        mark(r, 155.0, MarkName.VESSEL_MOVED, vessel=Vessel.PICA, seconds_ago=30.0),
        *surgery(r, complete=170),
    ]
    told = run(r, marks)
    moved = told.of(PhaseMarked)[0]
    assert moved.time_s == pytest.approx(155.0)
    assert moved.effective_time_s == 125.0
    assert told.closed.after_mark is not None
    assert told.closed.after_mark.seconds == pytest.approx(4.7, abs=2.1)
    assert told.outcome is Outcome.DISAPPEARED


def amended(*, at_s: float | None = None, void: bool = False) -> Told:
    """Return a case whose first mark was made far too early, and was put right."""
    r = lost(at=110, n=300)
    marks: list[Command] = [
        mark(r, 200.0, MarkName.VESSEL_MOVED, vessel=Vessel.AICA),
        mark(r, 205.0, MarkName.DECOMPRESSION_COMPLETE),
        AmendMark(
            sample_index=r.index(280.0),
            mark_id=1,
            effective_time_s=at_s,
            void=void,
            reason="marked late",
        ),
    ]
    return run(r, marks)


def test_a_mark_put_right_changes_the_verdict_and_is_told() -> None:
    told = amended(at_s=108.0)
    (change,) = told.of(MarkAmended)
    assert (change.mark_id, change.effective_time_s, change.reason) == (1, 108.0, "marked late")
    before = told.of(PhaseMarked)[-1].provisional_outcome
    assert before is not Outcome.DISAPPEARED
    assert change.provisional_outcome is Outcome.DISAPPEARED
    assert told.outcome is Outcome.DISAPPEARED


def test_a_voided_mark_counts_for_nothing() -> None:
    told = amended(void=True)
    assert told.one(MarkAmended).voided
    assert not told.closed.phase_known
    assert amended(at_s=199.0).outcome is Outcome.DISAPPEARED_BEFORE_DECOMPRESSION


def test_marks_in_a_senseless_order_still_give_a_verdict() -> None:
    r = lost()
    names = [
        MarkName.DURA_CLOSED,
        MarkName.DECOMPRESSION_COMPLETE,
        MarkName.RE_EXPLORATION,
        MarkName.DURA_OPENED,
        MarkName.VESSEL_MOVED,
        MarkName.DECOMPRESSION_STARTED,
    ]
    marks: list[Command] = [mark(r, 70.0 + 10.0 * k, name) for k, name in enumerate(names)]
    told = run(r, marks)
    assert told.closed.phase_known
    assert told.outcome in Outcome
    assert len(told.of(PhaseMarked)) == 6
