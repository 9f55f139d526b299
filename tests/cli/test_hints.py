"""What is misspelt is answered with what was probably meant, and nothing far away."""

import argparse

import pytest

from amr_monitor.cli.hints import did_you_mean, unknown_arguments, with_nearest_choice


def test_only_what_is_near_is_suggested() -> None:
    assert did_you_mean("--spede", ["--side", "--speed"]) == "; did you mean --speed?"
    assert did_you_mean("no_such", ["new_source", "replay"]) == ""


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (["--spede", "max"], "unrecognized arguments: --spede max; did you mean --speed?"),
        (["--spede=2"], "unrecognized arguments: --spede=2; did you mean --speed?"),
        (["--zzz"], "unrecognized arguments: --zzz"),
        (["stray"], "unrecognized arguments: stray"),
    ],
)
def test_an_unknown_option_names_the_nearest(extra: list[str], told: str) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--speed")
    assert unknown_arguments(extra, parser) == told


def test_a_choice_that_is_near_stands_for_the_list() -> None:
    message = "argument VERB: invalid choice: 'replya' (choose from 'run', 'replay')"
    assert with_nearest_choice(message) == (
        "argument VERB: invalid choice: 'replya'; did you mean replay?"
    )
    far = "argument VERB: invalid choice: 'zzz' (choose from 'run', 'replay')"
    assert with_nearest_choice(far) == far
    assert with_nearest_choice("another fault") == "another fault"
