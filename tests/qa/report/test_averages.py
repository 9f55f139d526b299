"""The baseline against the sweeps that the outcome rests on."""

import re

from amr_monitor.qa.report.averages import averages, blocks
from amr_monitor.qa.report.course import course_of
from tests.reports import OCULI, FakeStore, opened, replayed


def test_the_last_sweeps_are_those_that_were_judged() -> None:
    history = replayed("disappeared.edf").history
    oculi = blocks(history, course_of(history))[0]
    assert (oculi.muscle, oculi.baseline.size, oculi.last.size) == (OCULI, 60, 60)
    times = history.sweeps.time_s
    assert times[oculi.baseline[-1]] < 60.0
    assert times[oculi.last[0]] > 94.0
    assert times[oculi.last[-1]] < 164.0


def test_what_could_not_be_judged_is_compared_with_nothing() -> None:
    history = replayed("lead_electrode_off.edf").history
    compared = blocks(history, course_of(history))
    assert compared[0].last.size == 0
    figure = averages(history, compared)
    assert figure is not None
    assert "there is no valid sweep at the end" in figure.alt


def test_the_loss_is_told_in_words() -> None:
    history = replayed("disappeared.edf").history
    figure = averages(history, blocks(history, course_of(history)))
    assert figure is not None
    told = figure.alt.split(". ")[1]
    assert told.startswith("Orbicularis oculi, where the response is looked for:")
    numbers = [float(number) for number in re.findall(r"(\d+) (?:sweeps|uV)", told)]
    before_uv, _, after_uv = numbers
    assert before_uv > 5.0 * after_uv


def test_without_a_baseline_nothing_is_compared() -> None:
    history = FakeStore([opened()]).history
    assert blocks(history, course_of(history)) == ()
    assert averages(history, ()) is None
