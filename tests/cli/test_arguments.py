"""The verbs and their options are taken strictly, and the help teaches them."""

import math
import re
from pathlib import Path

import pytest

from amr_monitor.cli.arguments import parse

VERBS = ("demo", "run", "replay", "simulate", "cases", "show", "verify")


def test_replay_takes_everything_that_it_promises() -> None:
    chosen = parse(
        [
            *("replay", "a.edf", "b.edf", "--speed", "2.5", "--config", "or.toml"),
            *("--events", "-", "--serve", "--side", "left", "--port", "0", "--no-keep"),
            *("--block-samples", "37", "--batch", "1", "--exit-at-end", "--debug"),
        ]
    )
    assert vars(chosen) == vars(chosen) | {
        "files": [Path("a.edf"), Path("b.edf")],
        "speed": 2.5,
        "config": Path("or.toml"),
        "events": "-",
        "serve": True,
        "side": "left",
        "port": 0,
        "keep": False,
        "block_samples": 37,
        "batch": 1,
        "exit_at_end": True,
        "debug": True,
    }


def test_replay_keeps_the_case_unless_told_otherwise() -> None:
    assert vars(parse(["replay", "a.edf"]))["keep"] is True


def test_speed_may_be_max() -> None:
    assert vars(parse(["replay", "a.edf", "--speed", "max"]))["speed"] == math.inf


def test_simulate_wants_exactly_one_file_to_write() -> None:
    chosen = vars(parse(["simulate", "persistent", "--seed", "7", "--minutes", "5", "--bdf", "x"]))
    assert (chosen["scenario"], chosen["seed"], chosen["minutes"]) == ("persistent", 7, 5.0)
    assert (chosen["edf"], chosen["bdf"]) == (None, Path("x"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "the following arguments are required: VERB"),
        (["replya"], "invalid choice: 'replya'; did you mean replay?; see amr-monitor --help"),
        (["replay"], "the following arguments are required: FILE"),
        (["replay", "x", "--speed", "fast"], "argument --speed: invalid speed value: 'fast'"),
        (["replay", "x", "--speed", "0"], "argument --speed: must be above 0, not 0"),
        (["replay", "x", "--speed", "nan"], "argument --speed: must be above 0, not nan"),
        (["replay", "x", "--side", "up"], "argument --side: invalid choice: 'up'"),
        (["replay", "x", "--batch", "0"], "argument --batch: must be 1 or more, not 0"),
        (["replay", "x", "--block-samples", "x"], "invalid whole number value: 'x'"),
        (["demo", "--port", "99999"], "argument --port: must be 0 to 65535, not 99999"),
        (["demo", "--port", "web"], "argument --port: invalid port value: 'web'"),
        (["simulate", "persistent"], "one of the arguments --edf --bdf"),
        (["simulate", "p", "--edf", "a", "--bdf", "b"], "--bdf: not allowed with argument --edf"),
        (["simulate", "p", "--edf", "a", "--seed", "-1"], "--seed: must be 0 or more, not -1"),
        (["show"], "the following arguments are required: CASE"),
        (["replay", "x", "--evnts", "y"], "unrecognized arguments: --evnts y"),
        (["replay", "x", "--spede", "max"], "did you mean --speed?; see amr-monitor replay --help"),
    ],
)
def test_wrong_usage_is_told_in_one_line_that_names_the_help(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    with pytest.raises(SystemExit) as leaving:
        parse(arguments)
    assert leaving.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("amr-monitor")
    assert told in line
    assert line.endswith("--help")


def test_the_help_lists_every_verb_and_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        parse(["--help"])
    assert leaving.value.code == 0
    text = capsys.readouterr().out
    for verb in VERBS:
        assert re.search(rf"^    {verb} ", text, re.MULTILINE)
    assert "exit status:" in text
    assert "not a\ncertified medical device" in text


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_and_its_options(
    capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    with pytest.raises(SystemExit) as leaving:
        parse([verb, "--help"])
    assert leaving.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: amr-monitor {verb}")
    for option in re.findall(r"^  (--[a-z-]+)(.*)$", text, re.MULTILINE):
        assert option
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize("verb", ["demo", "run"])
def test_what_is_not_there_yet_is_not_offered(
    capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    with pytest.raises(SystemExit):
        parse([verb, "--help"])
    assert "--lsl" not in capsys.readouterr().out


def test_run_says_from_where_it_takes_samples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["run", "--help"])
    assert "a live amplifier over LSL (lsl:NAME" in capsys.readouterr().out
