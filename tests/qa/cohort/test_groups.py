import pytest

from amr_monitor.model.case import Outcome
from amr_monitor.qa.cohort.groups import parted
from amr_monitor.qa.cohort.patients import Patient, read_patients
from tests.qa.cohort.tables import PAPER


def reasons(*patients: Patient) -> dict[str, int]:
    return {each.reason: each.n_patients for each in parted(patients).exclusions}


def test_the_counts_of_figure_1_come_out() -> None:
    groups = parted(read_patients(PAPER).patients)
    assert groups.n_patients == 342
    assert [(each.reason, each.n_patients) for each in groups.exclusions] == [
        ("AMR disappeared before decompression", 13),
        ("lost to follow-up", 3),
    ]
    assert (groups.n_excluded, groups.n_compared) == (16, 326)
    assert (len(groups.disappeared), len(groups.persistent)) == (305, 21)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.DISAPPEARED_BEFORE_DECOMPRESSION, "AMR disappeared before decompression"),
        (Outcome.NOT_ELICITED, "AMR not elicited"),
        (Outcome.INDETERMINATE, "outcome indeterminate"),
        (None, "outcome not known"),
    ],
)
def test_an_outcome_that_is_in_no_group_is_left_out(outcome: Outcome | None, reason: str) -> None:
    assert reasons(Patient(case_id="p", outcome=outcome)) == {reason: 1}


def test_a_reason_leaves_out_whoever_would_be_in_a_group() -> None:
    lost = Patient(case_id="p", outcome=Outcome.PERSISTENT, excluded_reason="Lost to follow-up")
    other = Patient(case_id="q", outcome=Outcome.DISAPPEARED, excluded_reason="second_operation")
    groups = parted([lost, other])
    assert groups.n_compared == 0
    assert reasons(lost, other) == {"lost to follow-up": 1, "second operation": 1}


def test_nobody_is_left_out_twice() -> None:
    both = Patient(case_id="p", outcome=Outcome.NOT_ELICITED, excluded_reason="lost_to_follow_up")
    assert reasons(both) == {"AMR not elicited": 1}
    unknown = Patient(case_id="p", excluded_reason="lost_to_follow_up")
    assert reasons(unknown) == {"lost to follow-up": 1}
