from dataclasses import replace

import pytest

from amr_monitor.model.case import Reason
from amr_monitor.model.events import Event
from amr_monitor.qa.judgement import FaultKind, Judgement
from amr_monitor.qa.judging import judge
from amr_monitor.qa.spans import merged
from tests.qa.truths import MENTALIS, OCULI, case, indeterminate, span, truth

FAILED = Reason.M_WAVE_MISSING
DUE = span(99.5, 119.5, "m_wave_missing", "artifact_missing")
"""Stimuli 100 to 119 are disturbed, 120 is the first that is not."""


def judged(*told: Event) -> Judgement:
    return judge(truth(indeterminate=(DUE,)), case(*told))


def kinds(*told: Event) -> list[FaultKind]:
    return [fault.kind for fault in judged(*told).faults]


def test_a_stretch_that_is_told_in_time_holds() -> None:
    judgement = judged(*indeterminate(102.0, 122.0, FAILED))
    assert judgement.holds
    (one,) = judgement.spans
    assert (one.stimuli_to_start, one.stimuli_to_end) == (3, 3)
    assert one.told == ("m_wave_missing",)


@pytest.mark.parametrize(
    ("start_s", "end_s", "kind"),
    [
        (103.0, 122.0, FaultKind.INDETERMINATE_LATE),
        (102.0, 125.0, FaultKind.INDETERMINATE_STAYS),
        (102.0, None, FaultKind.INDETERMINATE_STAYS),
    ],
)
def test_late_or_too_long_is_told(start_s: float, end_s: float | None, kind: FaultKind) -> None:
    assert kinds(*indeterminate(start_s, end_s, FAILED)) == [kind]


def test_the_bounds_themselves_are_in_time() -> None:
    assert kinds(*indeterminate(102.0, 124.0, FAILED)) == []


def test_not_told_at_all() -> None:
    assert kinds() == [FaultKind.INDETERMINATE_MISSING]


def test_another_reason_is_no_right_one() -> None:
    assert kinds(*indeterminate(102.0, 122.0, Reason.NOISY)) == [FaultKind.INDETERMINATE_REASON]


def test_a_reason_that_is_added_while_it_lasts_counts() -> None:
    first = indeterminate(101.0, None, Reason.NOISY)
    assert kinds(*first, *indeterminate(104.0, 122.0, FAILED)) == []


def test_what_is_told_already_is_in_time() -> None:
    (one,) = judged(*indeterminate(95.0, 122.0, FAILED)).spans
    assert one.stimuli_to_start == 0


def test_another_muscle_is_not_the_one_that_is_due() -> None:
    told = indeterminate(102.0, 122.0, FAILED, muscle=MENTALIS)
    assert kinds(*told) == [FaultKind.INDETERMINATE_MISSING]


def test_before_the_baseline_and_below_three_stimuli_nothing_is_due() -> None:
    early, short = span(20.0, 40.0, "noisy"), span(99.5, 101.5, "noisy")
    assert judge(truth(indeterminate=(early, short)), case()).spans == ()


def test_stretches_without_room_between_them_are_one() -> None:
    time_s = truth().time_s
    near = (span(99.5, 109.5, "noisy"), span(113.5, 119.5, "flat"))
    (one,) = merged(near, time_s)
    assert (one.muscle, one.start_s, one.end_s) == (OCULI, 99.5, 119.5)
    assert one.reasons == ("noisy", "flat")
    far = (span(99.5, 109.5, "noisy"), span(119.5, 129.5, "flat"))
    assert merged(far, time_s) == list(far)


def test_an_end_that_the_case_comes_before_is_not_due() -> None:
    to_the_end = span(199.5, 400.0, "m_wave_missing")
    judgement = judge(truth(indeterminate=(to_the_end,)), case(*indeterminate(202.0, None, FAILED)))
    assert judgement.holds
    assert judgement.spans[0].stimuli_to_end is None


def test_stimuli_whose_sweeps_were_lost_do_not_count() -> None:
    came = [float(at) for at in range(1, 300) if not 100 < at < 108]
    told = case(*indeterminate(109.0, 122.0, FAILED))
    (one,) = judge(truth(indeterminate=(DUE,)), told, sweep_times_s=came).spans
    assert one.stimuli_to_start == 3
    too_few = [at for at in came if not 109.5 < at < 120.0]
    assert judge(truth(indeterminate=(DUE,)), told, sweep_times_s=too_few).holds


def test_stimuli_that_something_else_disturbs_do_not_count_for_the_end() -> None:
    disturbed = truth(indeterminate=(DUE,))
    disturbed.muscles[OCULI].usable[119:130] = False
    (one,) = judge(disturbed, case(*indeterminate(102.0, 133.0, FAILED))).spans
    assert one.stimuli_to_end == 3


def test_until_nothing_is_in_the_way_any_more_the_end_is_not_due() -> None:
    recovering = replace(DUE, clear_s=129.5)
    told = case(*indeterminate(102.0, 132.0, FAILED))
    (one,) = judge(truth(indeterminate=(recovering,)), told).spans
    assert one.stimuli_to_end == 3
