"""What is read first."""

from dataclasses import replace

import pytest

from amr_monitor.model.case import AmrState, CaseMode, Outcome
from amr_monitor.model.events import CaseOpened
from amr_monitor.model.source import Origin
from amr_monitor.qa.report.averages import blocks
from amr_monitor.qa.report.course import course_of
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.outcome import opening, outcome_section
from tests.qa.report.prose import prose, texts
from tests.reports import RECORD, FakeStore, changed, opened, replayed


def said(history: CaseHistory) -> str:
    return "\n".join(texts(opening(history, course_of(history))))


def evidence(history: CaseHistory) -> str:
    course = course_of(history)
    return prose(outcome_section(history, course, blocks(history, course)))


def test_a_simulation_is_told_before_anything_else() -> None:
    assert said(replayed("disappeared.edf").history).startswith("SIMULATED")


def test_a_replay_is_no_live_case() -> None:
    record = replace(RECORD, origin=Origin.REPLAY)
    told = said(FakeStore([opened()], record=record).history)
    assert "not what was told in the operating room" in told
    assert "REPLAY" not in said(FakeStore([opened()]).history)


def test_an_open_case_is_preliminary_and_has_no_verdict() -> None:
    change = changed(13.0, AmrState.DISAPPEARED, outcome=Outcome.DISAPPEARED)
    told = said(FakeStore([opened(), change]).history)
    assert told.startswith("CASE OPEN: preliminary")
    assert "SO FAR: AMR DISAPPEARED" in told
    assert "No verdict: the case is not closed" in told
    assert "NO BASELINE YET" in said(FakeStore([opened()]).history)


@pytest.mark.parametrize(
    ("name", "title", "line"),
    [
        (
            "disappeared.edf",
            "AMR DISAPPEARED",
            "response held to be there in 0 of the last 60 valid sweeps",
        ),
        ("disappeared.edf", "AMR DISAPPEARED", "A late wave remains in mentalis"),
        (
            "persistent.edf",
            "AMR PERSISTENT",
            "response held to be there in 60 of the last 60 valid sweeps",
        ),
        ("returned.edf", "AMR PERSISTENT", "The response had been lost and came back."),
        ("early_loss_dura.edf", "BEFORE DECOMPRESSION", "Lost after the dura was opened."),
        ("not_elicited.edf", "NOT ELICITED", "No response was found at the baseline"),
        ("trigger_only.edf", "AMR DISAPPEARED", "No mark of decompression was made"),
        ("lead_electrode_off.edf", "INDETERMINATE", "there was no valid sweep to judge"),
    ],
)
def test_the_outcome_is_told_with_its_ground(name: str, title: str, line: str) -> None:
    told = said(replayed(name).history)
    assert title in told
    assert line in told


def test_a_dead_channel_has_no_figures_at_the_end() -> None:
    told = evidence(replayed("lead_electrode_off.edf").history)
    assert "cannot tell; last known: present\nnone to judge\n\u2013\n\u2013\n\u2013" in told


def test_no_probability_stands_in_what_a_surgeon_reads() -> None:
    history = replayed("disappeared.edf").history
    assert "probab" not in (said(history) + evidence(history)).lower()


def test_a_case_that_was_in_shadow_mode_says_so_when_it_is_closed() -> None:
    replay = replayed("disappeared.edf")
    events = [
        replace(event, mode=CaseMode.SHADOW) if isinstance(event, CaseOpened) else event
        for event in (entry.event for entry in replay.told)
    ]
    history = FakeStore(events, record=replay.record, kept=replay.kept).history
    assert "nothing was shown in the room" in said(history)
