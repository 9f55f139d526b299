"""The words of the report say when, never why."""

import pytest

from amr_monitor.model.case import AmrState, Certainty, MarkName, Outcome, Phase, Vessel
from amr_monitor.model.events import AfterMark
from amr_monitor.model.source import Origin
from amr_monitor.qa.report import words
from amr_monitor.qa.report.course import Change, Loss
from tests.reports import changed

LOST = Change(told=changed(13.0, AmrState.DISAPPEARED), confirmed_s=13.0)
AFTER = AfterMark(
    mark=MarkName.VESSEL_MOVED, vessel=Vessel.AICA, seconds=4.0, within_tolerance=False
)


def loss(**changes: object) -> Loss:
    told: dict[str, object] = {
        "change": LOST,
        "last_response_s": 5.0,
        "after_mark": AFTER,
        "returned_s": None,
        "watched_s": 1860.0,
        "watched_valid": 1800,
    }
    return Loss(**(told | changes))  # type: ignore[arg-type]  # as they are above


def test_a_loss_is_told_by_its_mark_and_what_came_after() -> None:
    assert words.attribution(loss()) == (
        "last response 4.0 s after vessel moved AICA; no return in the 31 min after"
        " (1800 valid sweeps)"
    )


def test_a_mark_that_came_late_asks_for_confirmation() -> None:
    late = AfterMark(
        mark=MarkName.VESSEL_MOVED, vessel=Vessel.VA, seconds=-12.0, within_tolerance=True
    )
    told = words.attribution(loss(after_mark=late, returned_s=65.0, watched_s=60.0))
    assert told == (
        "last response 12 s before vessel moved VA (within the tolerance of marks: confirm);"
        " return confirmed 60 s later, at 1:05"
    )


@pytest.mark.parametrize("after", [AFTER, None])
def test_nothing_is_said_to_have_caused_a_loss(after: AfterMark | None) -> None:
    told = words.attribution(loss(after_mark=after))
    assert "because" not in told
    assert "caused" not in told


def test_every_word_of_the_vocabulary_has_its_words() -> None:
    assert set(words.OUTCOME_TITLES) == set(words.OUTCOME_MEANS) == set(Outcome)
    assert set(words.PHASES) == set(Phase)
    assert set(words.STATES) == set(AmrState)
    assert set(words.ORIGINS) == set(Origin)


def test_typed_text_stands_in_one_line_without_control_characters() -> None:
    assert words.one_line(" a\n<b>\x00\u202e c ") == "a <b> c"


def test_a_figure_that_is_not_known_is_a_dash() -> None:
    assert words.number(None, "uV") == words.number(float("nan")) == "\u2013"
    assert words.number(1.25, "uV") == "1.2 uV"


def test_a_withdrawn_change_is_told_as_one() -> None:
    back = Change(told=changed(14.0, AmrState.PRESENT), confirmed_s=14.0)
    assert words.change(back) == "still present: a provisional change is withdrawn"
    assert words.change(LOST) == "present to disappeared"


def test_certainties_are_told_with_their_times() -> None:
    change = Change(
        told=changed(13.0, AmrState.DISAPPEARED, Certainty.CONFIRMED),
        provisional_s=10.0,
        confirmed_s=13.0,
        sustained_s=70.0,
    )
    assert words.certainties(change) == "provisional 0:10, confirmed 0:13, sustained 1:10"


def test_a_moment_without_a_date_is_not_known() -> None:
    assert words.moment(None) == words.NOT_KNOWN


def test_a_mark_is_written_as_on_the_pages() -> None:
    assert words.mark_name(MarkName.CSF_DRAINED, None) == "CSF drained"
    assert words.mark_name(MarkName.VESSEL_MOVED, Vessel.AICA) == "vessel moved AICA"
