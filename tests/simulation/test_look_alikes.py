"""Waves that look like an AMR stay when it is lost, and stand in the truth."""

import numpy as np

from amr_monitor.model.case import Muscle, Outcome
from amr_monitor.simulation import Surgery, simulate, truth_of
from amr_monitor.simulation.crossing import crossed

LEAD = Muscle.ORBICULARIS_OCULI


def average_uv(surgery: Surgery, after_s: float, row: int = 0) -> np.ndarray:
    """Return the average of the first 30 ms of the sweeps after a moment."""
    times_s = surgery.pulses.time_s[surgery.pulses.time_s > after_s][:60]
    n = round(0.03 * surgery.rate_hz)
    first = np.round(times_s * surgery.rate_hz).astype(int)
    sweeps = [surgery.samples_uv(int(k), int(k) + n)[row] for k in first]
    mean: np.ndarray = np.mean(sweeps, axis=0)
    return mean


def lost(confounder: str) -> Surgery:
    return simulate(crossed("abrupt_loss", confounder), seed=2, minutes=3.5, rate_hz=5000)


def test_the_blink_reflex_stays_at_10_to_12_ms() -> None:
    surgery = lost("blink_reflex")
    after_s = surgery.timeline.starts_s[next(reversed(surgery.timeline.starts_s))] - 62.0
    wave = average_uv(surgery, after_s)
    late = np.ptp(wave[round(0.0095 * 5000) : round(0.016 * 5000)])
    assert late > 15.0
    truth = truth_of(surgery)
    assert truth.outcome is Outcome.DISAPPEARED
    (look_alike,) = [k for k in surgery.look_alikes if k.blinks.any()]
    assert look_alike is surgery.look_alikes[surgery.scenario.muscles.index(LEAD)]
    assert "blink_reflex" in truth.of(LEAD).confounders[-1] or not look_alike.blinks[-1]


def test_spread_current_brings_a_direct_response_before_the_window() -> None:
    surgery = lost("current_spread")
    without = simulate(crossed("abrupt_loss", "late_marks"), seed=2, minutes=3.5, rate_hz=5000)
    difference = average_uv(surgery, 150.0) - average_uv(without, 150.0)
    early = np.abs(difference[round(0.002 * 5000) : round(0.0065 * 5000)]).max()
    assert early > 25.0
    assert all("current_spread" in names for names in truth_of(surgery).of(LEAD).confounders)
    assert not any(
        "current_spread" in names for names in truth_of(surgery).of(Muscle.MENTALIS).confounders
    )


def test_a_little_of_the_late_wave_of_the_mentalis_is_conducted() -> None:
    surgery = simulate("late_wave_conducted", seed=2, minutes=3.5, rate_hz=5000)
    truth = truth_of(surgery)
    assert truth.of(LEAD).gain[-1] == 0.0
    assert truth.of(Muscle.MENTALIS).gain[-1] == 1.0
    train = surgery.look_alikes[0].train
    own = surgery.responses[1].amr
    assert 0.0 < np.abs(train.amplitude_uv).max() < 0.05 * np.abs(own.amplitude_uv).max()
    assert "late_wave_conducted" in {n for names in truth.of(LEAD).confounders for n in names}


def test_most_patients_have_none_of_them() -> None:
    surgery = simulate("persistent", seed=1, minutes=3.2, rate_hz=2000)
    for look_alike in surgery.look_alikes:
        assert look_alike.train.time_s.size == 0
        assert look_alike.spread_shape is None
