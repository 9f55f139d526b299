import json
from dataclasses import replace
from pathlib import Path

import pytest

from amr_monitor.cli import loop, main
from amr_monitor.qa.hil import ExternalPlan, HilPlan
from amr_monitor.qa.hil_figures import HilResult
from amr_monitor.qa.judgement import Fault, FaultKind
from tests.qa.test_hil_report import result

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "disappeared.truth.json"
WRONG = Fault(kind=FaultKind.FALSE_DISAPPEARED, time_s=9.0, words="told as disappeared")


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[HilPlan | ExternalPlan]:
    """What would have been run."""
    asked: list[HilPlan | ExternalPlan] = []

    def answer(plan: HilPlan | ExternalPlan, **_: object) -> HilResult:
        asked.append(plan)
        return replace(result(), scenario="x")

    monkeypatch.setattr(loop, "run_hil", answer)
    monkeypatch.setattr(loop, "run_external", answer)
    return asked


def test_the_plan_is_what_was_asked_for(
    plans: list[HilPlan | ExternalPlan], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--seed", "7", "--minutes", "3", "--stimulus-rate", "3", "--rate", "5000"]
    assert main(["hil", "abrupt_loss", *words]) == 0
    (plan,) = plans
    assert isinstance(plan, HilPlan)
    assert (plan.scenario, plan.seed, plan.minutes) == ("abrupt_loss", 7, 3.0)
    assert (plan.stimulus_rate_hz, plan.rate_hz, plan.duration_s) == (3.0, 5000, 180.0)
    assert "abrupt_loss, 3.0 min in real time over LSL ..." in capsys.readouterr().err


def test_a_broken_bound_ends_with_1_and_json_tells_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loop, "run_hil", lambda plan, **_: result(WRONG))
    path = tmp_path / "figures.json"
    assert main(["hil", "abrupt_loss", "--minutes", "3", "--json", str(path)]) == 1
    assert "does not hold" in capsys.readouterr().out
    assert json.loads(path.read_text(encoding="utf-8"))["false_verdicts"] == 1


def test_an_amplifier_is_judged_by_the_truth_of_a_file_or_a_scenario(
    plans: list[HilPlan | ExternalPlan], tmp_path: Path
) -> None:
    config = tmp_path / "or.toml"
    words = ["--external", "--stream", "amp", "--config", str(config)]
    assert main(["hil", str(FIXTURE), *words]) == 0
    assert main(["hil", "abrupt_loss", "--minutes", "3", "--external"]) == 0
    of_file, of_scenario = plans
    assert isinstance(of_file, ExternalPlan)
    assert of_file.stream == "amp"
    assert of_file.config == config
    assert isinstance(of_scenario, ExternalPlan)
    assert of_scenario.truth.scenario == "abrupt_loss"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no_such_scenario"], "no_such_scenario"),
        (["abrupt_loss", "--minutes", "0.2"], "too few"),
        (["abrupt_loss", "--stream", "amp"], "--external"),
        (["abrupt_loss", "--config", "or.toml"], "--external"),
        (["none.json", "--external"], "no such truth file"),
        (["abrupt_loss", "--stimulus-rate", "40"], "stimulus rate"),
    ],
)
def test_wrong_input_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hil", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
