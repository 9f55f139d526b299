import numpy as np
import pytest

from amr_monitor.simulation.potentials import (
    CompoundPotential,
    Lobe,
    PotentialTrain,
    motor_unit_potential,
)


@pytest.mark.parametrize("triphasic", [0.0, 1.0])
def test_a_motor_unit_potential_has_a_peak_to_peak_of_one(triphasic: float) -> None:
    x = np.linspace(-6.0, 6.0, 20_001)
    assert np.ptp(motor_unit_potential(x, triphasic)) == pytest.approx(1.0, abs=1e-3)


def train() -> PotentialTrain:
    return PotentialTrain(
        time_s=np.array([0.010, 0.0203, 0.031]),
        amplitude_uv=np.array([50.0, -80.0, 20.0]),
        width_ms=np.array([0.3, 0.5, 0.2]),
        triphasic=np.array([0.0, 0.5, 1.0]),
    )


def test_a_stretch_holds_the_same_samples_however_it_is_cut() -> None:
    whole = train().rendered(first_index=0, n_samples=400, rate_hz=10_000.0)
    parts = [
        train().rendered(first_index=first, n_samples=n, rate_hz=10_000.0)
        for first, n in [(0, 97), (97, 3), (100, 300)]
    ]
    assert np.allclose(np.concatenate(parts), whole, atol=1e-9)


def test_a_potential_lies_where_it_is_told_to() -> None:
    one = PotentialTrain(
        time_s=np.array([0.02]),
        amplitude_uv=np.array([100.0]),
        width_ms=np.array([0.4]),
        triphasic=np.array([1.0]),
    )
    samples = one.rendered(first_index=0, n_samples=800, rate_hz=20_000.0)
    assert np.argmax(samples) == 400
    assert np.ptp(samples) == pytest.approx(100.0, rel=0.01)


def test_joined_trains_are_in_the_order_of_time() -> None:
    joined = PotentialTrain.joined(train(), train().scaled(0.5, delay_ms=5.0))
    assert np.all(np.diff(joined.time_s) >= 0.0)
    assert joined.time_s.size == 6


def test_no_trains_make_silence() -> None:
    silence = PotentialTrain.joined()
    assert not silence.rendered(first_index=0, n_samples=10, rate_hz=1000.0).any()


def test_a_compound_potential_is_scaled_and_begins_at_its_onset() -> None:
    wave = CompoundPotential(
        onset_ms=3.0,
        duration_ms=6.0,
        lobes=(
            Lobe(size=1.0, middle=0.28, width=0.1),
            Lobe(size=-0.85, middle=0.62, width=0.13),
        ),
    )
    time_ms = np.arange(0.0, 30.0, 0.01)
    values = wave.at(time_ms)
    assert np.ptp(values) == pytest.approx(1.0, abs=1e-3)
    assert np.abs(values[time_ms < 2.8]).max() < 0.02
    assert np.abs(values[time_ms > 10.5]).max() < 0.01
