from amr_monitor.cli import help_texts
from amr_monitor.cli.arguments import ROOMS
from amr_monitor.simulation.scenario_file import scenario_names


def test_every_verb_is_told_and_no_line_is_too_long_for_a_terminal() -> None:
    texts = {name: text for name, text in vars(help_texts).items() if name.isupper()}
    assert {verb.upper() for verb in ROOMS} <= texts.keys()
    for text in texts.values():
        assert max(map(len, text.splitlines())) <= 100


def test_the_help_of_simulate_lists_every_scenario_that_is_shipped() -> None:
    listed = help_texts.SIMULATE_EPILOG.partition("describes them):")[2]
    assert tuple(" ".join(listed.split()).split(", ")) == scenario_names()


def test_the_program_says_what_it_is_not() -> None:
    assert "certified medical device" in help_texts.DESCRIPTION
    assert "Does not monitor hearing" in help_texts.DESCRIPTION
