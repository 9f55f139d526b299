from pathlib import Path

import pytest

from amr_monitor.model.case import Muscle, Vessel
from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation import simulate
from amr_monitor.simulation.confounders import Cautery
from amr_monitor.simulation.distributions import Uniform, fixed
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.scenario_file import load_scenario, parse_scenario, scenario_names

PROMISED = {
    "abrupt_loss",
    "afterdischarge",
    "attenuated",
    "blink_reflex",
    "bolus",
    "cautery",
    "current_changed",
    "current_spread",
    "disconnect",
    "drill",
    "early_loss",
    "f_wave",
    "foreign_stimuli",
    "gradual_loss",
    "irrigation",
    "late_markers",
    "late_marks",
    "lead_electrode_off",
    "lost_samples",
    "mains",
    "neurotonic",
    "not_elicited",
    "persistent",
    "relaxant",
    "residual_relaxant",
    "retraction",
    "silent_runs",
    "slow_anaesthesia",
    "slow_change",
    "stall",
    "stimulus_lost",
    "stream_faults",
    "tetanus",
    "transient_return",
}

WHOLE = """
description = "all parts"
vessel = "PICA"
muscles = ["orbicularis_oculi", "frontalis", "mentalis"]

[stimulation]
rate_hz = 2
current_ma = 8.5

[patient]
noise_uv = [2, 3]

[mark_habits]
missing_probability = 0.07

[phase.vessel_moved]
minutes = 9
least_s = 20

[amr.orbicularis_oculi]
[[amr.orbicularis_oculi.step]]
after = "vessel_moved"
seconds = [1, 3]
gain = 0

[amr.mentalis]
elicited = false

[[mark]]
text = "irrigation"
after = "dura_opened"
fraction = 0.5

[[fault]]
kind = "cautery"
after = "dura_opened"
lasting_s = [2, 3]
times = 4
"""


def parse(text: str) -> object:
    return parse_scenario(text, name="mine", where="mine.toml")


def test_every_promised_scenario_is_shipped_and_can_be_read() -> None:
    assert set(scenario_names()) >= PROMISED
    for name in scenario_names():
        scenario = load_scenario(name)
        assert scenario.name == name
        assert scenario.description.endswith(".")


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(WHOLE, encoding="utf-8")
    scenario = load_scenario(path)
    assert scenario.name == "mine"
    assert scenario.muscles[1] is Muscle.FRONTALIS
    assert scenario.stimulation.rate_hz == 2.0
    assert scenario.stimulation.current_ma == fixed(8.5)
    assert scenario.patient.noise_uv == Uniform(low=2.0, high=3.0)
    assert scenario.phases[PhaseName.VESSEL_MOVED].least_s == 20.0
    assert scenario.phases[PhaseName.VESSEL_MOVED].minutes == fixed(9.0)
    assert not scenario.trajectory(Muscle.MENTALIS).elicited
    assert scenario.trajectory(Muscle.FRONTALIS).steps[0].gain == fixed(0.0)
    assert scenario.marks[0].text == "irrigation"
    assert isinstance(scenario.faults[0], Cautery)
    assert scenario.faults[0].times == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("descripton = 'x'", "mine.toml: unknown key 'descripton'; did you mean 'description'?"),
        ("vessel = 'AICA'", "mine.toml: 'description' is missing"),
        ("description = ", "mine.toml: not TOML"),
        (
            "description = ''\n[patient]\nnoise = 3",
            "mine.toml, [patient]: unknown key 'noise'; did you mean 'noise_uv'?",
        ),
        (
            "description = ''\n[phase.dura_open]\nleast_s = 3",
            "mine.toml, [phase]: unknown key 'dura_open'; did you mean 'dura_opened'?",
        ),
        (
            "description = ''\n[phase.dura_opened]\nleast = 3",
            "mine.toml, [phase.dura_opened]: unknown key 'least'; did you mean 'least_s'?",
        ),
        (
            "description = ''\n[phase.dura_opened]\nleast_s = 'long'",
            "mine.toml, [phase.dura_opened]: 'least_s' is a number of seconds",
        ),
        (
            "description = ''\n[amr.oculi]\nelicited = false",
            "mine.toml, [amr]: unknown key 'oculi'",
        ),
        (
            "description = ''\n[amr.mentalis]\nelicited = 0",
            "mine.toml, [amr.mentalis]: 'elicited' is true or false",
        ),
        (
            "description = ''\n[[fault]]\nafter = 'dura_opened'",
            "mine.toml, [[fault]] 1: 'kind' is missing",
        ),
        (
            "description = ''\n[[fault]]\nkind = 'cauterry'",
            "mine.toml, [[fault]] 1: kind 'cauterry' is unknown; did you mean 'cautery'?",
        ),
        (
            "description = ''\n[[fault]]\nkind = 'cautery'\nlast_s = 3",
            "mine.toml, [[fault]] 1: unknown key 'last_s'; did you mean 'lasting_s'?",
        ),
        ("description = ''\nfault = 3", "mine.toml: 'fault' is a list of tables, [[fault]]"),
        ("description = ''\npatient = 3", "mine.toml: 'patient' is a table, [patient]"),
        (
            "description = ''\n[stimulation]\nrate_hz = 50",
            "mine.toml, [stimulation]: rate_hz is 0.5 to 3",
        ),
    ],
)
def test_a_scenario_that_cannot_be_used_is_told_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(text)
    assert str(error.value).startswith(message)


def test_the_example_of_the_documentation_can_be_run(tmp_path: Path) -> None:
    document = Path(__file__).parents[2] / "docs" / "simulator.md"
    example = document.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    (tmp_path / "mine.toml").write_text(example, encoding="utf-8")
    surgery = simulate(tmp_path / "mine.toml", seed=1, minutes=6.0, rate_hz=1000)
    assert len(surgery.faults.faults) == 3
    assert surgery.scenario.vessel is Vessel.PICA


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'abrupt_loss'"):
        load_scenario("abrupt_lost")


def test_a_name_that_is_like_none_is_told_where_all_are_listed() -> None:
    with pytest.raises(ConfigError, match=r"'nope' is unknown; `amr-monitor simulate --help`"):
        load_scenario("nope")


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: the scenario cannot be read"):
        load_scenario("nowhere.toml")
