"""What each stimulus is for, and whether the stimulator still runs."""

import pytest

from amr_monitor.model.stimulation import Stimulus, StimulusClass
from amr_monitor.monitor.settings import StimulusSettings
from amr_monitor.monitor.stimuli import StimulusWatch

RATE_HZ = 1000.0


def stimulus(time_s: float, stimulus_class: StimulusClass | None = None) -> Stimulus:
    return Stimulus(sample_index=round(time_s * RATE_HZ), stimulus_class=stimulus_class)


def watch(*times: float, stimulus_class: StimulusClass | None = None) -> StimulusWatch:
    """Return a watch that has seen stimuli at these times."""
    followed = StimulusWatch(settings=StimulusSettings())
    for time_s in times:
        followed.push(stimulus(time_s, stimulus_class), time_s)
    return followed


def train(rate_hz: float, n: int, *, from_s: float = 10.0) -> list[float]:
    return [from_s + k / rate_hz for k in range(n)]


@pytest.mark.parametrize("rate_hz", [0.2, 0.5, 1.0, 3.0, 5.0])
def test_slow_stimuli_are_for_the_response(rate_hz: float) -> None:
    times = train(rate_hz, 5)
    assert watch(*times).class_of(stimulus(times[2]), times[2]) is StimulusClass.AMR


def test_a_fast_train_is_a_tetanus_for_ten_seconds_and_then_another_modality() -> None:
    times = train(50.0, 100)
    assert watch(*times).class_of(stimulus(times[50]), times[50]) is StimulusClass.TETANUS
    long = train(50.0, 700)
    assert watch(*long).class_of(stimulus(long[-20]), long[-20]) is StimulusClass.OTHER


def test_rates_between_are_something_else() -> None:
    times = train(11.0, 20)
    assert watch(*times).class_of(stimulus(times[9]), times[9]) is StimulusClass.OTHER


@pytest.mark.parametrize("told", StimulusClass)
def test_what_the_marker_says_is_not_second_guessed(told: StimulusClass) -> None:
    times = train(43.9, 60)
    marked = stimulus(times[30], told)
    assert watch(*times).class_of(marked, times[30]) is told


def test_clicks_that_are_told_do_not_change_the_class_of_the_others() -> None:
    followed = StimulusWatch(settings=StimulusSettings())
    for time_s in train(43.9, 200):
        followed.push(stimulus(time_s, StimulusClass.BAEP_CLICK), time_s)
    followed.push(stimulus(12.0), 12.0)
    assert followed.class_of(stimulus(12.0), 12.0) is StimulusClass.AMR
    assert not followed.is_crowded(12.0)


@pytest.mark.parametrize("told", [None, StimulusClass.TETANUS])
def test_a_tetanus_has_thirty_seconds_of_recovery(told: StimulusClass | None) -> None:
    times = train(50.0, 100)
    followed = watch(*times, stimulus_class=told)
    assert followed.follows_tetanus(times[-1] + 29.9)
    assert not followed.follows_tetanus(times[-1] + 30.1)


def test_a_train_that_turned_out_not_to_be_one_leaves_no_recovery() -> None:
    times = train(50.0, 700)
    assert not watch(*times).follows_tetanus(times[-1] + 1.0)


def test_another_stimulus_near_by_crowds_a_sweep_and_a_far_one_does_not() -> None:
    followed = watch(10.0, 10.05, 11.0)
    assert followed.is_crowded(10.0)
    assert not followed.is_crowded(11.0)


def test_a_run_is_continuous_after_three_minutes_and_not_in_a_burst() -> None:
    assert not watch(*train(1.0, 120)).is_continuous
    assert watch(*train(1.0, 180)).is_continuous
    bursts = [300.0 * burst + k for burst in range(5) for k in range(100)]
    assert not watch(*bursts).is_continuous


def test_once_continuous_a_run_after_a_pause_goes_on() -> None:
    again = [*train(1.0, 180), *train(1.0, 10, from_s=240.0)]
    assert not watch(*again[:-1]).is_continuous
    assert watch(*again).is_continuous


def test_clicks_do_not_hide_that_the_stimulator_stopped() -> None:
    followed = watch(*train(1.0, 60))
    for time_s in train(43.9, 100, from_s=70.0):
        assert not followed.push(stimulus(time_s, StimulusClass.BAEP_CLICK), time_s)
    assert followed.last_amr_s == 69.0


def test_a_gap_in_the_samples_is_no_silence_of_the_stimulator() -> None:
    followed = watch(*train(1.0, 180))
    followed.samples_resume(300.0)
    assert followed.last_amr_s == 300.0
    assert followed.is_continuous


@pytest.mark.parametrize("apart_ms", [6.0, 10.0, 30.0, 49.0])
def test_a_stimulus_that_came_twice_is_no_tetanus(apart_ms: float) -> None:
    twice = [time_s for k in range(5) for time_s in (10.0 + k, 10.0 + k + apart_ms / 1000.0)]
    followed = watch(*twice)
    assert not followed.follows_tetanus(twice[-1] + 1.0)
    assert followed.class_of(stimulus(twice[-1]), twice[-1]) is StimulusClass.OTHER


def test_four_pulses_at_fifty_hertz_are_a_tetanus() -> None:
    times = train(50.0, 4)
    assert watch(*times).follows_tetanus(times[-1] + 29.0)
