import pytest

from amr_monitor.model.case import AmrState, Certainty
from amr_monitor.model.events import (
    AlarmPriority,
    AlarmRaised,
    Event,
    SourceWentLost,
)
from amr_monitor.monitor.annunciation import Annunciation, n_heard_and_spoken
from tests.qa.truths import MENTALIS, changed, opened

GONE = AmrState.DISAPPEARED
ALARM = AlarmRaised(
    sample_index=0,
    time_s=0.0,
    alarm_id="source",
    priority=AlarmPriority.LOW,
    latched=False,
    message="",
)


def announced(event: Event) -> tuple[bool, bool]:
    rule = Annunciation()
    rule.take(opened())
    return rule.is_heard(event), rule.is_spoken(event)


@pytest.mark.parametrize(
    "silent",
    [
        changed(100.0, GONE, Certainty.PROVISIONAL),
        changed(100.0, GONE, Certainty.CONFIRMED),
        changed(100.0, AmrState.REAPPEARED, Certainty.PROVISIONAL),
        changed(61.0, AmrState.PRESENT, was=AmrState.LEARNING),
        changed(100.0, GONE, Certainty.SUSTAINED, muscle=MENTALIS),
        changed(100.0, AmrState.ATTENUATED),
        changed(100.0, AmrState.PRESENT, was=AmrState.ATTENUATED),
    ],
)
def test_what_is_only_likely_young_or_beside_the_lead_is_silent(silent: Event) -> None:
    assert announced(silent) == (False, False)


@pytest.mark.parametrize(
    "told",
    [
        changed(170.0, GONE, Certainty.SUSTAINED),
        changed(170.0, AmrState.PERSISTENT),
    ],
)
def test_a_change_of_the_lead_is_heard_and_spoken(told: Event) -> None:
    assert announced(told) == (True, True)


def test_a_return_is_spoken_where_the_loss_was() -> None:
    rule = Annunciation()
    rule.take(opened())
    back = changed(180.0, AmrState.REAPPEARED, was=GONE)
    rule.take(changed(110.0, GONE))
    assert not rule.is_spoken(back)
    rule.take(changed(170.0, GONE, Certainty.SUSTAINED))
    assert rule.is_spoken(back)
    rule.take(back)
    rule.take(changed(300.0, GONE))
    assert not rule.is_spoken(back)


def test_an_alarm_is_heard_and_not_spoken() -> None:
    assert announced(ALARM) == (True, False)


def test_what_an_alarm_is_about_makes_no_second_sound() -> None:
    lost = SourceWentLost(sample_index=0, time_s=0.0, message="")
    assert announced(lost) == (False, False)


def test_a_case_is_counted() -> None:
    case = (opened(), ALARM, changed(170.0, GONE, Certainty.SUSTAINED))
    assert n_heard_and_spoken(case) == (2, 1)
