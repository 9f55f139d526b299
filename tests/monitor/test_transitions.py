"""The tables hold what the documents say, and every row of them is reached."""

from collections.abc import Callable
from itertools import pairwise

import pytest

import tests.surgeries as story
from amr_monitor.model.case import (
    AmrState,
    Certainty,
    IndeterminateClass,
    MarkName,
    Outcome,
    Reason,
)
from amr_monitor.model.events import AmrStateChanged
from amr_monitor.monitor.transitions import (
    MUSCLE_TABLE,
    OUTCOME_TABLE,
    PHASE_AFTER,
    WITH_RESPONSE,
    Condition,
    Transition,
    indeterminate_class,
)
from tests.feeding import Told

CONFIRMED, PROVISIONAL, SUSTAINED = (
    Certainty.CONFIRMED,
    Certainty.PROVISIONAL,
    Certainty.SUSTAINED,
)

REACHED_BY: dict[Condition, Callable[[], Told]] = {
    Condition.BASELINE_WITH_RESPONSE: story.steady_response,
    Condition.BASELINE_WITHOUT_RESPONSE: story.never_elicited,
    Condition.RESPONSE_SEEN_FIRST: story.elicited_later,
    Condition.LOSS_CERTAIN: story.abrupt_loss,
    Condition.LOSS_LIKELY: story.abrupt_loss,
    Condition.RETURN_CERTAIN: story.lasting_return,
    Condition.RETURN_LIKELY: story.lasting_return,
    Condition.LOSS_SUSTAINED: story.abrupt_loss,
    Condition.RE_EXPLORED: story.re_explored,
    Condition.STILL_PRESENT: story.persistent_response,
    Condition.RESPONSE_HELD: story.lasting_return,
    Condition.AMPLITUDE_LOW: story.attenuated_and_back,
    Condition.AMPLITUDE_RECOVERED: story.attenuated_and_back,
}


def steps(told: Told) -> list[tuple[AmrState, AmrState, Certainty]]:
    return [
        (event.from_state, event.to_state, event.certainty) for event in told.of(AmrStateChanged)
    ]


@pytest.mark.parametrize("row", MUSCLE_TABLE, ids=lambda row: row.condition.name.lower())
def test_each_row_is_reached_through_the_monitor(row: Transition) -> None:
    taken = steps(REACHED_BY[row.condition]())
    # A sustained loss is told from the state before the loss, not from the loss.
    sources = WITH_RESPONSE if row.certainty is SUSTAINED else row.sources
    assert any(
        source in sources and target is row.target and certainty is row.certainty
        for source, target, certainty in taken
    )


@pytest.mark.parametrize("tell", list(dict.fromkeys(REACHED_BY.values())))
def test_nothing_is_told_that_no_row_allows(tell: Callable[[], Told]) -> None:
    rows = {(source, row.target, row.certainty) for row in MUSCLE_TABLE for source in row.sources}
    for source, target, certainty in steps(tell()):
        if certainty is SUSTAINED:
            assert (source in WITH_RESPONSE, target) == (True, AmrState.DISAPPEARED)
            continue
        # A provisional change that is withdrawn is told as a confirmed change back.
        back = (target, source, PROVISIONAL)
        assert (source, target, certainty) in rows or (certainty is CONFIRMED and back in rows)


@pytest.mark.parametrize("tell", list(dict.fromkeys(REACHED_BY.values())))
def test_each_certainty_is_told_at_most_once_a_spell(tell: Callable[[], Told]) -> None:
    path = tell().path()
    assert all(earlier != later for earlier, later in pairwise(path))
    for (state, certainty), (next_state, next_certainty) in pairwise(path):
        if next_certainty is SUSTAINED:
            assert (state, certainty) == (next_state, CONFIRMED)


OUTCOMES = {
    Outcome.NOT_ELICITED: story.never_elicited,
    Outcome.INDETERMINATE: story.weak_m_wave,
    Outcome.PERSISTENT: story.persistent_response,
    Outcome.DISAPPEARED: story.abrupt_loss,
    Outcome.DISAPPEARED_BEFORE_DECOMPRESSION: story.early_loss,
}


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_is_reached(outcome: Outcome) -> None:
    assert OUTCOMES[outcome]().outcome is outcome


def test_the_outcome_table_is_complete_and_ends_with_a_row_for_the_rest() -> None:
    assert {row.outcome for row in OUTCOME_TABLE} == set(Outcome)
    last = OUTCOME_TABLE[-1]
    facts = (last.elicited, last.block, last.response, last.seen_after_start, last.sustained)
    assert facts == (None,) * 5


def test_a_response_in_the_block_is_never_called_gone() -> None:
    persistent = next(k for k, r in enumerate(OUTCOME_TABLE) if r.response is True)
    gone = [
        k
        for k, row in enumerate(OUTCOME_TABLE)
        if row.outcome in (Outcome.DISAPPEARED, Outcome.DISAPPEARED_BEFORE_DECOMPRESSION)
    ]
    assert persistent < min(gone)


def test_only_a_sustained_loss_counts_in_the_outcome() -> None:
    unsure = next(k for k, row in enumerate(OUTCOME_TABLE) if row.sustained is False)
    assert OUTCOME_TABLE[unsure].outcome is Outcome.INDETERMINATE
    assert all(row.outcome is not Outcome.DISAPPEARED for row in OUTCOME_TABLE[:unsure])


def test_every_condition_stands_in_a_row_or_takes_a_provisional_change_back() -> None:
    in_rows = {row.condition for row in MUSCLE_TABLE}
    assert set(Condition) - in_rows == {Condition.LOSS_WITHDRAWN, Condition.RETURN_WITHDRAWN}


def test_no_row_leads_into_what_the_monitor_cannot_know() -> None:
    assert "indeterminate" not in {state.value for state in AmrState}
    assert {row.target for row in MUSCLE_TABLE} == set(AmrState)


def test_marks_that_change_the_phase_are_those_of_the_operation() -> None:
    assert set(PHASE_AFTER) == {
        MarkName.DURA_OPENED,
        MarkName.DECOMPRESSION_STARTED,
        MarkName.VESSEL_MOVED,
        MarkName.DECOMPRESSION_COMPLETE,
        MarkName.RE_EXPLORATION,
        MarkName.DURA_CLOSED,
    }


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ((Reason.SATURATED,), IndeterminateClass.INTERFERENCE),
        ((Reason.EMG_ACTIVITY, Reason.RECOVERY), IndeterminateClass.INTERFERENCE),
        ((Reason.M_WAVE_LOW, Reason.EMG_ACTIVITY), IndeterminateClass.PHYSIOLOGICAL),
        ((Reason.SLOW_FALL,), IndeterminateClass.PHYSIOLOGICAL),
        ((Reason.M_WAVE_LOW, Reason.ARTIFACT_MISSING), IndeterminateClass.TECHNICAL),
        ((Reason.STIMULATION_SILENT,), IndeterminateClass.TECHNICAL),
    ],
)
def test_the_gravest_reason_gives_the_class(
    reasons: tuple[Reason, ...], expected: IndeterminateClass
) -> None:
    assert indeterminate_class(reasons) is expected
