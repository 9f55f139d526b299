"""What a muscle has to tell: values that cannot be changed any more."""

from dataclasses import FrozenInstanceError, fields

import pytest

from amr_monitor.model.case import AmrState, Certainty, Reason
from amr_monitor.monitor.changes import (
    HigherCurrentResponse,
    IndeterminateChange,
    Spell,
    StateChange,
)
from amr_monitor.monitor.indeterminate import Indeterminate


def test_only_a_loss_carries_when_the_response_was_last_seen() -> None:
    back = StateChange(
        from_state=AmrState.DISAPPEARED,
        to_state=AmrState.REAPPEARED,
        certainty=Certainty.CONFIRMED,
    )
    assert back.last_response_s is None


def test_a_spell_is_not_sustained_until_it_is() -> None:
    assert not Spell(state=AmrState.DISAPPEARED, from_s=12.0).sustained


@pytest.mark.parametrize(
    "change",
    [
        Spell(state=AmrState.PRESENT, from_s=1.0),
        HigherCurrentResponse(current_ma=12.0, seen_of_last_10=3),
        IndeterminateChange(
            started=True,
            cause=Indeterminate(reasons=(Reason.FLAT,), withheld=False, since_s=0.0),
        ),
    ],
)
def test_what_was_told_cannot_be_changed(
    change: Spell | HigherCurrentResponse | IndeterminateChange,
) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(change, fields(change)[0].name, None)


LOST = Spell(state=AmrState.DISAPPEARED, from_s=100.0)


def test_a_short_loss_that_nothing_explains_was_a_silent_run_of_the_patient() -> None:
    assert LOST.is_silent_run((), vessel_was_moved=False)
    assert LOST.is_silent_run((20.0, 300.0), vessel_was_moved=False)


@pytest.mark.parametrize("step_s", [45.0, 99.0, 101.0, 139.0])
def test_a_loss_about_a_step_of_the_operation_says_nothing_of_how_the_patient_skips(
    step_s: float,
) -> None:
    assert not LOST.is_silent_run((step_s,), vessel_was_moved=False)


def test_a_loss_after_a_vessel_was_moved_or_that_lasted_is_no_silent_run() -> None:
    assert not LOST.is_silent_run((), vessel_was_moved=True)
    lasted = Spell(state=AmrState.DISAPPEARED, from_s=100.0, sustained=True)
    assert not lasted.is_silent_run((), vessel_was_moved=False)
