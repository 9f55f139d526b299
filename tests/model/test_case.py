from dataclasses import FrozenInstanceError

import pytest

from amr_monitor.model.case import (
    DIRECT_MUSCLE,
    LEAD_MUSCLES,
    AmrState,
    Branch,
    CaseInfo,
    CaseMode,
    Mark,
    MarkName,
    Muscle,
    Outcome,
    Side,
    Vessel,
)


@pytest.mark.parametrize("branch", Branch)
def test_the_lead_muscles_lie_outside_the_stimulated_branch(branch: Branch) -> None:
    assert LEAD_MUSCLES[branch]
    assert DIRECT_MUSCLE[branch] not in LEAD_MUSCLES[branch]


def test_orbicularis_oculi_leads_when_the_marginal_mandibular_branch_is_stimulated() -> None:
    assert LEAD_MUSCLES[Branch.MARGINAL_MANDIBULAR][0] is Muscle.ORBICULARIS_OCULI
    assert DIRECT_MUSCLE[Branch.MARGINAL_MANDIBULAR] is Muscle.MENTALIS


def test_cannot_know_is_an_outcome_and_no_state_of_a_muscle() -> None:
    assert "indeterminate" in {outcome.value for outcome in Outcome}
    assert "indeterminate" not in {state.value for state in AmrState}


def test_the_vessels_are_those_of_the_published_series_and_two_more() -> None:
    assert [vessel.value for vessel in Vessel] == [
        "AICA",
        "PICA",
        "VA",
        "AICA+PICA",
        "AICA+VA",
        "PICA+VA",
        "AICA+PICA+VA",
        "vein",
        "other",
    ]


def test_a_case_has_no_place_for_a_name() -> None:
    assert set(CaseInfo.__slots__) == {"pseudonym", "side", "branch", "mode"}


def test_a_case_is_shown_live_with_no_side_until_somebody_says_otherwise() -> None:
    case = CaseInfo()
    assert case.mode is CaseMode.LIVE
    assert case.side is None
    assert {side.value for side in Side} == {"left", "right"}


def test_a_mark_cannot_be_changed_in_place() -> None:
    mark = Mark(mark_id=1, name=MarkName.DURA_OPENED, sample_index=0, effective_time_s=0.0)
    with pytest.raises(FrozenInstanceError):
        mark.voided = True  # type: ignore[misc]
