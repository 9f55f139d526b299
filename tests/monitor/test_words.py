"""The lines that a person reads."""

from collections.abc import Callable

import pytest

import tests.surgeries as story
from amr_monitor.model.case import AmrState, Certainty, Reason
from amr_monitor.model.events import AmrStateChanged
from amr_monitor.monitor.words import REASON_WORDS, clock, reasons_in_words
from tests.feeding import Told, run
from tests.sweeps import OCULI, Recording

STORIES = [
    story.abrupt_loss,
    story.early_loss,
    story.lasting_return,
    story.persistent_response,
    story.weak_m_wave,
    story.never_elicited,
    story.gradual_loss,
]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, "0:00"), (9.9, "0:09"), (72.0, "1:12"), (3600.0, "1:00:00"), (-3.0, "0:00")],
)
def test_durations_read_as_on_a_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_every_reason_has_words() -> None:
    assert set(REASON_WORDS) == set(Reason)
    assert reasons_in_words((Reason.FLAT, Reason.MAINS)) == "channel flat, mains hum"


@pytest.mark.parametrize("tell", STORIES)
def test_only_a_sustained_loss_reads_disappeared(tell: Callable[[], Told]) -> None:
    for event in tell().of(AmrStateChanged):
        sustained = event.certainty is Certainty.SUSTAINED
        back = event.from_state is AmrState.DISAPPEARED
        assert sustained or back or not event.words.startswith("DISAPPEARED")


@pytest.mark.parametrize("tell", STORIES)
def test_no_line_promises_anything_or_names_a_cause(tell: Callable[[], Told]) -> None:
    for event in tell().of(AmrStateChanged):
        words = event.words.lower()
        assert not any(word in words for word in ("cure", "because", "success", "safe", "✓"))


def test_a_confirmed_loss_reads_as_the_silence_that_it_is() -> None:
    words = story.abrupt_loss().change(AmrState.DISAPPEARED).words
    assert words.startswith("no response for 0:")
    assert words.endswith(" sweeps")
    told = story.abrupt_loss().change(AmrState.DISAPPEARED, Certainty.SUSTAINED).words
    assert told.startswith("DISAPPEARED: no response for 1:0")


def test_a_provisional_loss_is_no_loss_in_words() -> None:
    words = story.abrupt_loss().change(AmrState.DISAPPEARED, Certainty.PROVISIONAL).words
    assert words.startswith("PRESENT")


def test_absent_before_decompression_cannot_guide() -> None:
    words = story.early_loss().change(AmrState.DISAPPEARED, Certainty.SUSTAINED).words
    assert words.startswith("ABSENT BEFORE DECOMPRESSION: cannot guide")
    last = story.early_loss().monitor.status.muscles[0].words
    assert last.startswith("ABSENT SINCE BEFORE DECOMPRESSION: cannot guide")


def test_what_cannot_be_known_is_said_first() -> None:
    words = story.weak_m_wave().monitor.status.muscles[0].words
    assert words.startswith("CANNOT TELL: M wave low")
    assert "last known: present" in words


def test_a_loss_that_could_not_be_judged_says_when_a_response_was_last_seen() -> None:
    r = Recording(180, seed=71)
    r.amr[OCULI][120:] = 0.0
    r.m_wave[127:] = 0.6
    withdrawn = [
        change.words
        for change in run(r).events
        if isinstance(change, AmrStateChanged) and change.from_state is AmrState.DISAPPEARED
    ]
    assert withdrawn
    assert all("(last known: present, last seen 0:" in words for words in withdrawn)


def test_a_return_says_how_often_it_was_seen_and_stays_on_the_screen() -> None:
    words = story.lasting_return().change(AmrState.REAPPEARED).words
    assert words.startswith("REAPPEARED: seen in ")
    assert story.lasting_return().monitor.status.muscles[0].words.endswith("; returned 1 x")


def test_after_decompression_the_screen_counts_the_time() -> None:
    held = [e for e in story.lasting_return().changes() if e.to_state is AmrState.PRESENT][-1]
    assert held.words.startswith("STILL PRESENT, 2:")
    assert "after decompression complete" in held.words


def test_a_muscle_without_a_response_says_so() -> None:
    words = story.never_elicited().monitor.status.muscles[0].words
    assert words == "NO RESPONSE AT BASELINE: cannot be monitored"


def test_an_attenuated_response_says_by_how_much() -> None:
    words = story.gradual_loss().change(AmrState.ATTENUATED).words
    assert words.startswith("PRESENT, reduced to 3")
    assert words.endswith(" % of baseline")


def test_mentalis_beside_a_lost_lead_is_a_late_wave_and_no_persistent_response() -> None:
    lead, late = story.residual_in_mentalis().monitor.status.muscles
    assert lead.words.startswith("DISAPPEARED")
    assert late.state in (AmrState.PRESENT, AmrState.PERSISTENT)
    assert late.words == "LATE WAVE REMAINS: F wave or AMR, cannot be told"
