import numpy as np
import pytest

from amr_monitor.model.case import Branch, Muscle
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.patient import PatientRanges, draw_patient
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.scenario import GainStep, Scenario, Trajectory
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import draw_timeline
from amr_monitor.simulation.trajectory import (
    LONGEST_SILENT_RUN_S,
    draw_gain_curve,
    silent_runs,
    slow_walk,
)

STREAMS = RandomStreams(seed=2)
TIMELINE = draw_timeline(Scenario(name="x", description=""), STREAMS, 6.0)
VESSEL_S = TIMELINE.starts_s[PhaseName.VESSEL_MOVED]


def step(
    seconds: float, gain: float, *, over_minutes: float = 0.0, least_s: float = 0.0
) -> GainStep:
    return GainStep(
        after=PhaseName.VESSEL_MOVED,
        seconds=fixed(seconds),
        gain=fixed(gain),
        over_minutes=fixed(over_minutes),
        over_least_s=least_s,
    )


def gains(trajectory: Trajectory, *after_vessel_s: float) -> list[float]:
    curve = draw_gain_curve(trajectory, TIMELINE, STREAMS)
    return [float(gain) for gain in curve.at(VESSEL_S + np.array(after_vessel_s))]


def test_an_abrupt_loss_is_a_jump_at_its_moment() -> None:
    lost = Trajectory(muscle=Muscle.ORBICULARIS_OCULI, steps=(step(3.0, 0.0),))
    assert gains(lost, -10.0, 2.999, 3.0, 50.0) == pytest.approx([1.0, 1.0, 0.0, 0.0])


def test_a_gradual_loss_takes_at_least_what_it_is_given() -> None:
    fading = Trajectory(
        muscle=Muscle.ORBICULARIS_OCULI, steps=(step(0.0, 0.0, over_minutes=5.0, least_s=40.0),)
    )
    assert gains(fading, 0.0, 20.0, 40.0) == pytest.approx([1.0, 0.5, 0.0], abs=0.02)


def test_steps_follow_each_other() -> None:
    back = Trajectory(muscle=Muscle.MENTALIS, steps=(step(1.0, 0.0), step(20.0, 0.8)))
    assert gains(back, 0.0, 10.0, 30.0) == pytest.approx([1.0, 0.0, 0.8])


def test_what_is_never_elicited_stays_away() -> None:
    never = Trajectory(muscle=Muscle.MENTALIS, elicited=False, steps=(step(1.0, 1.0),))
    assert gains(never, -20.0, 10.0) == [0.0, 0.0]


def test_silent_runs_are_short_mostly_and_never_longer_than_a_minute() -> None:
    ranges = PatientRanges(
        silent_run_patient_probability=fixed(1.0), silent_run_every_s=fixed(60.0)
    )
    patient = draw_patient(ranges, STREAMS, (Muscle.MENTALIS,), Branch.MARGINAL_MANDIBULAR)
    lengths = [end - start for start, end in silent_runs(patient, 40_000.0, STREAMS)]
    assert np.median(lengths) == pytest.approx(3.0, rel=0.3)
    assert max(lengths) <= LONGEST_SILENT_RUN_S


def test_a_slow_walk_keeps_its_spread() -> None:
    walk = slow_walk(
        np.arange(20_000.0), tau_s=20.0, spread=0.3, generator=np.random.default_rng(1)
    )
    assert np.std(walk) == pytest.approx(0.3, rel=0.15)
    assert abs(np.corrcoef(walk[:-1], walk[1:])[0, 1] - np.exp(-1.0 / 20.0)) < 0.02
