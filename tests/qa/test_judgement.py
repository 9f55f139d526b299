from amr_monitor.model.case import Outcome
from amr_monitor.qa.judgement import FALSE_VERDICTS, Fault, FaultKind, Judgement


def judgement(*kinds: FaultKind) -> Judgement:
    return Judgement(
        scenario="by hand",
        outcome_true=Outcome.PERSISTENT,
        outcome_told=Outcome.PERSISTENT,
        n_verdicts=0,
        loss_delays=(),
        return_delays=(),
        spans=(),
        n_sweeps=None,
        n_sounds=0,
        n_spoken=0,
        faults=tuple(Fault(kind=kind, time_s=None, words="") for kind in kinds),
    )


def test_it_holds_only_without_any_fault() -> None:
    assert judgement().holds
    assert not judgement(FaultKind.SLOW).holds


def test_faults_are_counted_by_kind() -> None:
    found = judgement(FaultKind.FALSE_DISAPPEARED, FaultKind.SLOW, FaultKind.WRONG_OUTCOME)
    assert found.n_of(*FALSE_VERDICTS) == 2
    assert found.n_of(FaultKind.EVENT_LOST) == 0
