"""What is heard and spoken of the running case, as its screens are told."""

from dataclasses import replace

from amr_monitor.api.announcing import KEPT, Announcer
from amr_monitor.model.case import AmrState, CaseMode, Certainty, Muscle
from amr_monitor.model.events import AlarmPriority, AlarmRaised, Event, JournalEntry
from amr_monitor.model.source import Origin
from amr_monitor.monitor.annunciation import MOST_SOUNDS_AN_HOUR, MOST_SPOKEN_A_CASE
from tests.api.fakes import FakeHouse, a_change, an_opening

SUSTAINED = a_change(certainty=Certainty.SUSTAINED)


def an_alarm(alarm_id: str = "stimulator") -> AlarmRaised:
    return AlarmRaised(
        sample_index=1,
        time_s=0.1,
        alarm_id=alarm_id,
        priority=AlarmPriority.MEDIUM,
        latched=False,
        message="look",
    )


def told(*events: Event, in_shadow: bool = False) -> Announcer:
    announcer = Announcer()
    for seq, event in enumerate(events, start=1):
        entry = JournalEntry(seq=seq, case_id="c", utc=None, origin=Origin.REPLAY, event=event)
        announcer.take(entry, in_shadow=in_shadow)
    return announcer


def test_a_loss_is_spoken_once_it_is_sustained_and_an_alarm_is_heard_alone() -> None:
    announcer = told(an_opening(), a_change(), SUSTAINED, an_alarm())
    assert announcer.heard == (3, 4)
    assert announcer.spoken == (3,)


def test_muscles_beside_the_lead_are_silent() -> None:
    assert told(an_opening(), replace(SUSTAINED, muscle=Muscle.MENTALIS)).heard == ()


def test_in_shadow_mode_no_change_and_no_alarm_about_the_response_is_heard() -> None:
    announcer = told(
        an_opening(CaseMode.SHADOW), SUSTAINED, an_alarm("slow_fall"), an_alarm(), in_shadow=True
    )
    assert (announcer.heard, announcer.spoken) == ((4,), ())


def test_a_case_that_turns_hourly_stays_within_what_a_room_bears() -> None:
    back = a_change(
        from_state=AmrState.DISAPPEARED,
        to_state=AmrState.REAPPEARED,
        certainty=Certainty.CONFIRMED,
    )
    provisional = a_change(certainty=Certainty.PROVISIONAL)
    spell = (provisional, a_change(), SUSTAINED, back)
    announcer = told(an_opening(), *spell, *spell)
    assert len(announcer.heard) <= MOST_SOUNDS_AN_HOUR
    assert len(announcer.spoken) <= MOST_SPOKEN_A_CASE


def test_only_the_newest_are_kept() -> None:
    announcer = told(an_opening(), *[an_alarm()] * (KEPT + 5))
    assert len(announcer.heard) == KEPT
    assert announcer.heard[-1] == KEPT + 6


def test_the_hub_tells_what_is_heard_of_the_case_that_it_follows() -> None:
    house = FakeHouse()
    house.tell(an_opening(), SUSTAINED, an_alarm())
    assert (house.hub.heard, house.hub.spoken) == ((2, 3), (2,))
    house.hub.follow_case("case-2", muscles=())
    assert (house.hub.heard, house.hub.spoken) == ((), ())
