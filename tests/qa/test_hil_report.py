import json

from amr_monitor.model.case import Muscle, Outcome
from amr_monitor.qa.hil_figures import Delays, HilResult
from amr_monitor.qa.hil_report import as_json, as_table
from amr_monitor.qa.judgement import Fault, FaultKind, Judgement, SpanJudgement
from amr_monitor.qa.watching import Resources

SPAN = SpanJudgement(
    muscle=Muscle.ORBICULARIS_OCULI,
    start_s=10.0,
    end_s=20.0,
    expected=("flat",),
    told=("flat",),
    stimuli_to_start=3,
    stimuli_to_end=None,
)


def result(*faults: Fault) -> HilResult:
    return HilResult(
        scenario="abrupt_loss",
        judgement=Judgement(
            scenario="abrupt_loss",
            outcome_true=Outcome.DISAPPEARED,
            outcome_told=None,
            n_verdicts=4,
            loss_delays=(9,),
            return_delays=(),
            spans=(SPAN,),
            n_sweeps=500,
            n_sounds=1,
            n_spoken=1,
            faults=faults,
        ),
        delays=Delays(stimulus_to_event=(110.0, 120.0), whole_to_event=(8.0, 18.0)),
        resources=Resources(processor_percent=9.0, memory_mib=[100.0, 175.0]),
        n_events=27,
        n_events_kept=27,
        n_sweeps_seen=499,
        duration_s=180.0,
    )


def test_a_run_that_holds_says_so_with_its_figures() -> None:
    table = as_table(result())
    assert table.splitlines()[0] == "abrupt_loss, 3.0 min"
    assert table.splitlines()[-1] == "holds"
    assert "max 120" in table
    assert "175 MiB" in table
    assert "9 % of a core" in table


def test_every_broken_bound_is_told() -> None:
    false = Fault(kind=FaultKind.FALSE_DISAPPEARED, time_s=99.0, words="told as disappeared")
    lost = Fault(kind=FaultKind.EVENT_LOST, time_s=None, words="a hole")
    table = as_table(result(false, lost))
    assert "BROKEN at 99.0 s: told as disappeared" in table
    assert "BROKEN a hole" in table
    assert table.splitlines()[-1] == "does not hold: 2 broken"
    document = as_json(result(false, lost))
    assert document["false_verdicts"] == 1
    assert document["holds"] is False


def test_figures_are_json() -> None:
    document = json.loads(json.dumps(as_json(result())))
    assert document["delay_ms"]["stimulus_to_event"]["max"] == 120.0
    assert document["indeterminate"][0]["stimuli_to_start"] == 3
    assert document["daemon"]["memory_mib"] == 175.0
    assert document["outcome"] == {"true": "disappeared", "told": None}
    assert document["faults"] == []
