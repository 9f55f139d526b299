from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.phases import DEFAULT_PHASES, PhaseName, Timed
from amr_monitor.simulation.scenario import MarkHabits, Scenario, ScheduledMark
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import Timeline, draw_marks, draw_timeline

SCENARIO = Scenario(name="x", description="")
STREAMS = RandomStreams(seed=1)


def timeline(minutes: float | None) -> Timeline:
    return draw_timeline(SCENARIO, STREAMS, minutes)


@pytest.mark.parametrize("minutes", [3.0, 4.0, 20.0, 90.0])
def test_phases_are_shortened_to_what_is_asked_for_and_no_further_than_their_least(
    minutes: float,
) -> None:
    short = timeline(minutes)
    assert short.end_s == pytest.approx(60.0 * minutes, abs=0.01)
    for phase in PhaseName:
        assert short.length_s(phase) >= DEFAULT_PHASES[phase].least_s - 0.01


def test_the_pace_of_an_operating_room_is_kept_without_minutes() -> None:
    whole = timeline(None)
    assert whole.scale == pytest.approx(1.0)
    assert 3600.0 <= whole.starts_s[PhaseName.DURA_OPENED] <= 4500.0
    assert 75.0 <= whole.starts_s[PhaseName.DECOMPRESSION_STARTED] / 60.0 <= 110.0


def test_too_few_minutes_are_refused_with_what_is_needed() -> None:
    with pytest.raises(ConfigError, match="1 minutes are too few; its phases need 3"):
        timeline(1.0)


@pytest.mark.parametrize("minutes", [0.0, -4.0, float("nan")])
def test_minutes_that_are_no_length_are_refused(minutes: float) -> None:
    with pytest.raises(ConfigError, match="a number above 0 is needed"):
        timeline(minutes)


def test_more_minutes_than_the_surgery_takes_change_nothing() -> None:
    assert timeline(10_000.0).end_s == pytest.approx(timeline(None).end_s)


def test_a_moment_is_a_part_of_its_phase_plus_seconds() -> None:
    short = timeline(4.0)
    timed = Timed(after=PhaseName.VESSEL_MOVED, seconds=fixed(2.0), fraction=fixed(0.5))
    expected = short.starts_s[PhaseName.VESSEL_MOVED] + 2.0
    expected += 0.5 * short.length_s(PhaseName.VESSEL_MOVED)
    assert short.moment_s(timed, np.random.default_rng(1)) == pytest.approx(expected)


def test_marks_say_what_happened_in_order() -> None:
    scenario = replace(
        SCENARIO, marks=(ScheduledMark(text="irrigation", after=PhaseName.DURA_OPENED),)
    )
    marks = draw_marks(scenario, timeline(4.0), STREAMS, ((3.5, "relaxant given"),))
    assert [mark.text for mark in marks] == [
        "relaxant given",
        "dura opened",
        "irrigation",
        "CSF drained",
        "decompression started",
        "vessel moved: AICA",
        "decompression complete",
        "dura closed",
    ]
    assert all(mark.time_s == mark.true_time_s for mark in marks)


def test_a_busy_operator_marks_late_and_forgets() -> None:
    habits = MarkHabits(
        lag_median_s=5.0, lag_95_s=40.0, missing_probability=0.5, wrong_vessel_probability=1.0
    )
    scenario = replace(SCENARIO, mark_habits=habits)
    lags, texts = [], set()
    for seed in range(400):
        for mark in draw_marks(scenario, timeline(60.0), RandomStreams(seed=seed), ()):
            lags.append(mark.time_s - mark.true_time_s)
            texts.add(mark.text)
    assert len(lags) < 400 * 6 * 0.6
    assert np.median(lags) == pytest.approx(5.0, rel=0.3)
    assert "vessel moved: AICA" not in texts
