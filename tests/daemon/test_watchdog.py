"""A silence is told once as a stall, once as a loss, and its end once."""

from amr_monitor.daemon.watchdog import Watchdog
from amr_monitor.model.events import SourceRecovered, SourceStalled, SourceWentLost
from amr_monitor.model.status import Delivery


def test_a_source_that_delivers_is_live_and_told_nothing_of() -> None:
    watchdog = Watchdog(started_s=10.0)
    assert watchdog.nothing_came(now_s=10.4, place=lambda: (0, 0.0)) == ()
    assert watchdog.samples_came(now_s=10.45, place=lambda: (0, 0.0)) == ()
    assert watchdog.nothing_came(now_s=10.9, place=lambda: (100, 0.1)) == ()
    assert watchdog.delivery is Delivery.LIVE


def test_half_a_second_of_silence_is_a_stall_and_told_once() -> None:
    watchdog = Watchdog(started_s=0.0)
    told = watchdog.nothing_came(now_s=0.5, place=lambda: (700, 0.7))
    assert told == (SourceStalled(sample_index=700, time_s=0.7, silent_s=0.5),)
    assert watchdog.nothing_came(now_s=1.9, place=lambda: (700, 0.7)) == ()
    assert watchdog.delivery is Delivery.STALLED


def test_two_seconds_of_silence_are_a_loss_and_told_once() -> None:
    watchdog = Watchdog(started_s=0.0)
    watchdog.nothing_came(now_s=0.6, place=lambda: (7, 0.7))
    (lost,) = watchdog.nothing_came(now_s=2.0, place=lambda: (7, 0.7))
    assert isinstance(lost, SourceWentLost)
    assert "no samples for 2 s" in lost.message
    assert watchdog.nothing_came(now_s=60.0, place=lambda: (7, 0.7)) == ()
    assert watchdog.delivery is Delivery.LOST


def test_a_silence_seen_late_is_stall_and_loss_at_once() -> None:
    watchdog = Watchdog(started_s=0.0)
    told = watchdog.nothing_came(now_s=3.0, place=lambda: (7, 0.7))
    assert [event.type for event in told] == ["source_stalled", "source_lost"]


def test_samples_after_a_silence_are_a_recovery_with_its_length() -> None:
    watchdog = Watchdog(started_s=0.0)
    watchdog.nothing_came(now_s=3.0, place=lambda: (7, 0.7))
    told = watchdog.samples_came(now_s=4.26, place=lambda: (8, 0.8))
    assert told == (SourceRecovered(sample_index=8, time_s=0.8, silent_s=4.3),)
    assert watchdog.samples_came(now_s=4.3, place=lambda: (9, 0.9)) == ()
    assert watchdog.delivery is Delivery.LIVE


def test_between_sweeps_nothing_is_expected_for_a_while() -> None:
    watchdog = Watchdog(started_s=0.0, gives_sweeps=True)
    assert watchdog.nothing_came(now_s=9.9, place=lambda: (7, 0.7)) == ()
    (stalled,) = watchdog.nothing_came(now_s=10.0, place=lambda: (7, 0.7))
    assert stalled.type == "source_stalled"
    (lost,) = watchdog.nothing_came(now_s=60.0, place=lambda: (7, 0.7))
    assert lost.type == "source_lost"
