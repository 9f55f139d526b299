import numpy as np
import pytest

from amr_monitor.model.case import AmrState, Certainty, Outcome
from amr_monitor.model.events import Event, MonitorFailed
from amr_monitor.qa.judgement import FALSE_VERDICTS, FaultKind, Judgement
from amr_monitor.qa.judging import judge
from amr_monitor.qa.time_map import TimeMap
from tests.qa.truths import (
    MENTALIS,
    N_STIMULI,
    accepted,
    case,
    changed,
    closed,
    gains,
    opened,
    response,
    truth,
)

GONE, BACK, STAYS = AmrState.DISAPPEARED, AmrState.REAPPEARED, AmrState.PERSISTENT


def kinds(judgement: Judgement) -> list[FaultKind]:
    return [fault.kind for fault in judgement.faults]


def test_a_case_that_is_told_as_it_was_holds() -> None:
    judged = judge(
        truth((103, N_STIMULI), outcome=Outcome.DISAPPEARED),
        case(
            changed(112.0, GONE),
            changed(170.0, GONE, Certainty.SUSTAINED),
            outcome=Outcome.DISAPPEARED,
        ),
    )
    assert judged.holds
    assert judged.loss_delays == (9,)
    assert (judged.n_sounds, judged.n_spoken) == (1, 1)


@pytest.mark.parametrize("certainty", [Certainty.CONFIRMED, Certainty.SUSTAINED])
def test_a_loss_told_while_the_response_is_there_is_false(certainty: Certainty) -> None:
    judged = judge(truth(), case(changed(150.0, GONE, certainty)))
    assert kinds(judged) == [FaultKind.FALSE_DISAPPEARED]
    assert judged.faults[0].time_s == 150.0


def test_what_is_only_likely_is_not_judged() -> None:
    assert judge(truth(), case(changed(150.0, GONE, Certainty.PROVISIONAL))).holds


def test_a_loss_that_ended_a_moment_ago_could_not_be_known_yet() -> None:
    true = truth((103, 150))
    told = changed(152.0, GONE)
    assert FaultKind.FALSE_DISAPPEARED not in kinds(judge(true, case(told)))
    late = changed(156.0, GONE)
    assert FaultKind.FALSE_DISAPPEARED in kinds(judge(true, case(late)))


def test_a_residual_below_the_bound_of_the_detector_may_be_told_as_gone() -> None:
    true = truth()
    true.muscles[true.lead].capable_uv[100:] = 8.0
    assert FaultKind.FALSE_DISAPPEARED not in kinds(judge(true, case(changed(150.0, GONE))))


@pytest.mark.parametrize(
    ("state", "kind"),
    [(BACK, FaultKind.FALSE_REAPPEARED), (STAYS, FaultKind.FALSE_PERSISTENT)],
)
def test_a_response_told_where_there_is_none_is_false(state: AmrState, kind: FaultKind) -> None:
    true = truth((103, N_STIMULI), outcome=Outcome.DISAPPEARED)
    told = case(changed(112.0, GONE), changed(160.0, state), outcome=Outcome.DISAPPEARED)
    assert kinds(judge(true, told)) == [kind]


def test_an_f_wave_beside_the_lead_is_no_false_presence_and_in_the_lead_it_is() -> None:
    f_waves = response(gains((103, N_STIMULI)))
    f_waves.f_wave[:] = True
    true = truth((103, N_STIMULI), outcome=Outcome.DISAPPEARED, mentalis=f_waves)
    true.muscles[true.lead].f_wave[:] = True
    beside = changed(200.0, STAYS, muscle=MENTALIS)
    lost = changed(112.0, GONE)
    assert judge(true, case(lost, beside, outcome=Outcome.DISAPPEARED)).holds
    in_lead = changed(200.0, STAYS)
    judged = judge(true, case(lost, in_lead, outcome=Outcome.DISAPPEARED))
    assert kinds(judged) == [FaultKind.FALSE_PERSISTENT]


def test_a_long_loss_that_is_never_told_is_missed_unless_the_patient_cannot_be_monitored() -> None:
    true = truth((103, N_STIMULI), outcome=Outcome.DISAPPEARED)
    untold = judge(true, case(outcome=Outcome.DISAPPEARED))
    assert kinds(untold) == [FaultKind.MISSED_LOSS]
    hopeless: list[Event] = [opened(), accepted(monitorable=False), closed(Outcome.INDETERMINATE)]
    assert judge(true, hopeless).holds


def test_a_short_loss_need_not_be_told() -> None:
    assert judge(truth((103, 140)), case()).holds


def test_a_return_after_a_told_loss_must_be_told() -> None:
    true = truth((103, 180))
    lost = changed(112.0, GONE)
    assert kinds(judge(true, case(lost))) == [FaultKind.MISSED_RETURN]
    told = judge(true, case(lost, changed(185.0, BACK)))
    assert told.holds
    assert told.return_delays == (5,)


@pytest.mark.parametrize(
    ("true", "told", "kind"),
    [
        (Outcome.PERSISTENT, Outcome.DISAPPEARED, FaultKind.WRONG_OUTCOME),
        (Outcome.PERSISTENT, Outcome.INDETERMINATE, FaultKind.WITHHELD_OUTCOME),
        (Outcome.INDETERMINATE, Outcome.DISAPPEARED, FaultKind.WRONG_OUTCOME),
    ],
)
def test_an_outcome_that_is_not_the_true_one_is_told(
    true: Outcome, told: Outcome, kind: FaultKind
) -> None:
    assert kinds(judge(truth(outcome=true), case(outcome=told))) == [kind]


def test_an_outcome_is_not_wrong_where_the_truth_alone_would_withhold_it() -> None:
    assert judge(truth(outcome=Outcome.INDETERMINATE), case(outcome=Outcome.PERSISTENT)).holds


def test_without_baseline_or_outcome_nothing_holds() -> None:
    assert kinds(judge(truth(), [opened()])) == [FaultKind.NO_BASELINE, FaultKind.NO_OUTCOME]


def test_a_monitor_that_failed_is_told() -> None:
    failed = MonitorFailed(sample_index=0, time_s=100.0, message="ValueError: x")
    assert kinds(judge(truth(), case(failed))) == [FaultKind.MONITOR_FAILED]


def test_a_sweep_that_touches_missing_samples_must_not_be_judged() -> None:
    true = truth(missing_s=((100.05, 100.08), (200.2, 200.4)))
    judged = judge(true, case(), sweep_times_s=[99.0, 100.0, 102.0, 200.0, 201.0])
    assert [(fault.kind, fault.time_s) for fault in judged.faults] == [
        (FaultKind.SWEEP_WITH_GAP, 100.0)
    ]
    assert judged.n_sweeps == 5


def test_a_sweep_that_holds_missing_samples_before_its_stimulus_must_not_be_judged_either() -> None:
    judged = judge(truth(missing_s=((99.6, 99.7),)), case(), sweep_times_s=[99.0, 100.0])
    assert [fault.time_s for fault in judged.faults] == [100.0]


def test_times_are_those_of_the_truth() -> None:
    true = truth(missing_s=((150.05, 150.08),))
    judged = judge(
        true, case(), time_map=TimeMap(offsets_s=(30.0,)), sweep_times_s=[119.0, 120.0, 121.0]
    )
    assert [fault.time_s for fault in judged.faults] == [150.0]


def test_too_many_changes_for_a_room_are_told() -> None:
    there_and_back = [
        changed(100.0 + 5.0 * n, BACK if n % 2 else GONE, Certainty.SUSTAINED) for n in range(12)
    ]
    judged = judge(truth(), case(*there_and_back))
    assert FaultKind.TOO_MANY_SPOKEN in kinds(judged)
    assert FaultKind.TOO_MANY_SOUNDS in kinds(judged)
    assert judged.n_of(*FALSE_VERDICTS) == 6


def test_what_comes_before_the_first_stimulus_is_not_judged() -> None:
    assert judge(truth(), case(changed(0.1, GONE))).holds


def test_the_truth_is_not_changed_by_judging() -> None:
    true = truth()
    before = true.muscles[true.lead].gain.copy()
    judge(true, case())
    assert np.array_equal(true.muscles[true.lead].gain, before)


def test_a_response_that_stays_away_by_itself_may_be_confirmed_as_silent_and_never_as_lost() -> (
    None
):
    true = truth()
    true.muscles[true.lead].silent[140:160] = True
    assert judge(true, case(changed(150.0, GONE))).holds
    sustained = judge(true, case(changed(150.0, GONE, Certainty.SUSTAINED)))
    assert FaultKind.FALSE_DISAPPEARED in kinds(sustained)
