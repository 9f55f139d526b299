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
