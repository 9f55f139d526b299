from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amr_monitor.model.errors import ConfigError
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation import Surgery, load_scenario, scenario_names, simulate
from amr_monitor.simulation.patient import ArtifactTraits
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.surgery import PAGE_S, artifact_shape


def sweeps(surgery: Surgery, row: int, which: np.ndarray) -> np.ndarray:
    """Return the samples of some sweeps from -20 to 60 ms, (n_sweeps, n_samples)."""
    onsets = np.round(surgery.pulses.time_s[which] * surgery.rate_hz).astype(int)
    before, after = round(0.02 * surgery.rate_hz), round(0.06 * surgery.rate_hz)
    return np.stack([surgery.samples_uv(at - before, at + after)[row] for at in onsets])


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_runs_in_four_minutes(name: str) -> None:
    surgery = simulate(name, seed=2, minutes=4.0, rate_hz=1000)
    assert surgery.duration_s == pytest.approx(240.0, abs=1.0)
    samples = surgery.samples_uv(0, surgery.n_samples)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= surgery.rail_uv


def test_the_same_seed_gives_the_same_samples() -> None:
    one, other = (simulate("cautery", seed=3, minutes=4.0, rate_hz=1000) for _ in range(2))
    assert np.array_equal(one.samples_uv(0, one.n_samples), other.samples_uv(0, other.n_samples))
    third = simulate("cautery", seed=4, minutes=4.0, rate_hz=1000)
    assert not np.array_equal(one.samples_uv(0, 1000), third.samples_uv(0, 1000))


WHOLE = simulate("neurotonic", seed=3, minutes=4.0, rate_hz=1000).samples_uv(0, 24_000)


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(min_value=0, max_value=24_000), min_size=1, max_size=8))
def test_samples_do_not_depend_on_how_they_are_asked_for(cuts: list[int]) -> None:
    surgery = simulate("neurotonic", seed=3, minutes=4.0, rate_hz=1000)
    edges = [0, *sorted(cuts), 24_000]
    parts = [surgery.samples_uv(first, end) for first, end in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts, axis=1), WHOLE)


@pytest.mark.parametrize("n_samples", [1, 37, 1000, 20_000])
def test_blocks_of_any_size_hold_the_same_samples(n_samples: int) -> None:
    surgery = simulate("persistent", seed=3, minutes=3.2, rate_hz=1000)
    n_blocks = -(-9000 // n_samples)
    blocks = surgery.blocks_uv(n_samples)
    together = np.concatenate([next(blocks) for _ in range(n_blocks)], axis=1)
    assert np.array_equal(together, surgery.samples_uv(0, together.shape[1]))


def test_pages_may_be_read_backwards(lost: Surgery) -> None:
    page = round(PAGE_S * lost.rate_hz)
    late = lost.samples_uv(3 * page, 3 * page + 100)
    lost.samples_uv(0, 10)
    assert np.array_equal(lost.samples_uv(3 * page, 3 * page + 100), late)


def test_the_mean_of_sweeps_with_amr_less_those_without_is_the_amr(lost: Surgery) -> None:
    responses = lost.responses[0]
    amr = lost.pulses.are(StimulusClass.AMR) & (lost.pulses.time_s < lost.duration_s - 1.0)
    seen = np.flatnonzero(amr & (responses.amr_amplitude_uv > 0.0))
    gone_s = lost.timeline.starts_s[PhaseName.VESSEL_MOVED] + 4.0
    gone = np.flatnonzero(amr & (lost.pulses.time_s > gone_s))
    difference = sweeps(lost, 0, seen).mean(axis=0) - sweeps(lost, 0, gone).mean(axis=0)
    time_ms = -20.0 + np.arange(difference.size) * 1000.0 / lost.rate_hz
    onset_ms = float(np.median(responses.amr_onset_ms[seen]))
    window = (time_ms > onset_ms - 0.5) & (time_ms < onset_ms + 15.0)
    control = time_ms > 40.0
    assert np.ptp(difference[window]) > 0.3 * np.median(responses.amr_amplitude_uv[seen])
    assert np.ptp(difference[window]) > 3.0 * np.ptp(difference[control])


def test_single_sweeps_have_the_amplitude_that_the_truth_says() -> None:
    scenario = load_scenario("persistent")
    surgery = simulate(scenario, seed=21, minutes=3.2, rate_hz=10_000)
    responses = surgery.responses[0]
    which = np.flatnonzero(responses.amr_amplitude_uv > 0.0)[:40]
    clean = responses.potentials.rendered(
        first_index=0, n_samples=surgery.n_samples, rate_hz=surgery.rate_hz
    )
    for k in which:
        if responses.has_f_wave[k] or responses.afterdischarges[k]:
            continue
        at = round(float(surgery.pulses.time_s[k]) * surgery.rate_hz)
        size_uv = np.ptp(clean[at + 60 : at + 400])
        assert size_uv == pytest.approx(responses.amr_amplitude_uv[k], rel=0.1, abs=1.0)


def test_the_m_wave_stands_in_the_direct_muscle_and_a_little_in_the_lead(lost: Surgery) -> None:
    which = np.arange(5, 65)
    for row in (0, 1):
        mean = sweeps(lost, row, which).mean(axis=0)
        time_ms = -20.0 + np.arange(mean.size) * 1000.0 / lost.rate_hz
        size_uv = np.ptp(mean[(time_ms > 2.5) & (time_ms < 9.0)])
        if row:
            assert 0.5 < size_uv / lost.patient.muscles[1].m_amplitude_uv < 1.3
        else:
            assert size_uv < 600.0


def test_an_artifact_is_a_pulse_with_two_tails_and_nothing_before_it() -> None:
    traits = ArtifactTraits(
        amplitude_uv=1.0,
        fast_fraction=-0.3,
        slow_fraction=0.05,
        slow_tau_ms=3.0,
        variation=0.0,
        drift=0.0,
    )
    time_ms = np.arange(-1.0, 20.0, 0.01)
    shape = artifact_shape(time_ms, traits, sigma_ms=0.04)
    assert np.abs(shape[time_ms < -0.1]).max() < 1e-3
    assert shape.max() == pytest.approx(1.0, abs=0.35)
    late = [float(shape[np.argmin(np.abs(time_ms - at))]) for at in (6.0, 9.0)]
    assert late[0] / late[1] == pytest.approx(np.e, rel=0.02)


@pytest.mark.parametrize("rate_hz", [0.0, 500.0, 100_000.0, 5000.5])
def test_a_rate_that_no_amplifier_has_is_refused(rate_hz: float) -> None:
    with pytest.raises(ConfigError, match="whole number from 1000 to 50000 Hz"):
        simulate("persistent", rate_hz=rate_hz)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ConfigError, match="from 0 on"):
        simulate("persistent", seed=-1)


def test_samples_outside_the_surgery_are_refused(lost: Surgery) -> None:
    with pytest.raises(ValueError, match="are not within"):
        lost.samples_uv(0, lost.n_samples + 1)
