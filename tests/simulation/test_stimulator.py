from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.confounders import CurrentChanged, Fault, ForeignStimuli, Tetanus
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.faults import place_faults
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.scenario import Scenario, Stimulation
from amr_monitor.simulation.stimulator import MEP_PULSES, Pulses, draw_pulses
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import Timeline, draw_timeline

STREAMS = RandomStreams(seed=4)
PLAIN = Scenario(name="x", description="")


def drawn(
    *faults: Fault, minutes: float | None = 4.0, stimulation: Stimulation | None = None
) -> tuple[Pulses, Timeline]:
    scenario = replace(PLAIN, faults=faults, stimulation=stimulation or Stimulation())
    timeline = draw_timeline(scenario, STREAMS, minutes)
    return draw_pulses(
        scenario, timeline, place_faults(scenario, timeline, STREAMS), STREAMS
    ), timeline


@pytest.mark.parametrize("rate_hz", [0.5, 1.0, 3.0])
def test_a_shortened_surgery_keeps_the_rate_of_the_stimuli(rate_hz: float) -> None:
    pulses, timeline = drawn(stimulation=Stimulation(rate_hz=rate_hz))
    assert np.diff(pulses.time_s).mean() == pytest.approx(1.0 / rate_hz, rel=0.001)
    assert pulses.time_s.size == pytest.approx(timeline.end_s * rate_hz, abs=2 * rate_hz)


def test_pulses_fall_between_samples() -> None:
    pulses, _ = drawn()
    fractions = (pulses.time_s * 5000.0) % 1.0
    assert np.ptp(fractions) > 0.5


def test_in_a_whole_surgery_there_are_bursts_of_20_before_the_dura_is_opened() -> None:
    pulses, timeline = drawn(minutes=None)
    before = pulses.time_s[pulses.time_s < timeline.starts_s[PhaseName.DURA_OPENED]]
    assert before[0] >= 20 * 60.0 - 1.0
    pauses = np.flatnonzero(np.diff(before) > 60.0)
    assert set(np.diff(pauses).tolist()) <= {19, 20, 21}
    after = np.diff(pulses.time_s[pulses.time_s > timeline.starts_s[PhaseName.DURA_OPENED]])
    assert after.max() < 1.01


def test_a_tetanus_takes_the_place_of_single_stimuli() -> None:
    pulses, timeline = drawn(
        Tetanus(after=PhaseName.DURA_OPENED, seconds=fixed(3.0), lasting_s=fixed(2.0))
    )
    start_s = timeline.starts_s[PhaseName.DURA_OPENED] + 3.0
    train = pulses.are(StimulusClass.TETANUS)
    assert train.sum() == 100
    inside = (pulses.time_s > start_s - 0.3) & (pulses.time_s < start_s + 2.5)
    assert not pulses.are(StimulusClass.AMR)[inside].any()


def test_a_motor_train_has_one_trigger() -> None:
    pulses, _ = drawn(
        ForeignStimuli(
            after=PhaseName.DURA_OPENED,
            lasting_s=fixed(10.0),
            stimulus_class=StimulusClass.MEP,
            rate_hz=fixed(0.5),
        )
    )
    mep = pulses.are(StimulusClass.MEP)
    assert mep.sum() == MEP_PULSES * pulses.marked[mep].sum()


def test_clicks_have_no_current() -> None:
    pulses, _ = drawn(ForeignStimuli(after=PhaseName.DURA_OPENED, lasting_s=fixed(5.0)))
    clicks = pulses.are(StimulusClass.BAEP_CLICK)
    assert 50 <= clicks.sum() <= 60
    assert np.isnan(pulses.current_ma[clicks]).all()
    assert np.isfinite(pulses.current_ma[~clicks]).all()


def test_a_changed_current_is_what_the_stimulator_says() -> None:
    pulses, timeline = drawn(
        CurrentChanged(after=PhaseName.VESSEL_MOVED, factor=fixed(0.5)),
        stimulation=Stimulation(current_ma=fixed(12.0)),
    )
    late = pulses.time_s >= timeline.starts_s[PhaseName.VESSEL_MOVED]
    assert set(pulses.current_ma[late].tolist()) == {6.0}
    assert set(pulses.current_ma[~late].tolist()) == {12.0}


def test_polarity_alternates_where_it_is_asked_for() -> None:
    pulses, _ = drawn(stimulation=Stimulation(alternate_polarity=True))
    assert pulses.polarity[:4].tolist() == [1, -1, 1, -1]
