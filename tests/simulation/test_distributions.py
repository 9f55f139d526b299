import numpy as np
import pytest

from amr_monitor.simulation.distributions import ClippedNormal, LogUniform, Uniform, fixed


def test_uniform_fills_its_range() -> None:
    generator = np.random.default_rng(1)
    values = [Uniform(low=2.0, high=4.0).draw(generator) for _ in range(500)]
    assert min(values) >= 2.0
    assert max(values) <= 4.0
    assert np.mean(values) == pytest.approx(3.0, abs=0.1)


def test_log_uniform_gives_every_ratio_the_same_weight() -> None:
    generator = np.random.default_rng(1)
    values = [LogUniform(low=1.0, high=100.0).draw(generator) for _ in range(2000)]
    assert np.mean(np.array(values) < 10.0) == pytest.approx(0.5, abs=0.05)


def test_clipped_normal_stays_within_its_bounds() -> None:
    generator = np.random.default_rng(1)
    spread = ClippedNormal(mean=10.0, sd=1.0, low=9.0, high=10.5)
    values = [spread.draw(generator) for _ in range(500)]
    assert (min(values), max(values)) == (9.0, 10.5)


def test_fixed_always_gives_its_value() -> None:
    assert fixed(0.57).draw(np.random.default_rng(3)) == 0.57


@pytest.mark.parametrize("kind", [Uniform, LogUniform])
def test_a_range_that_runs_backwards_is_refused(kind: type[Uniform | LogUniform]) -> None:
    with pytest.raises(ValueError, match="from low to high"):
        kind(low=2.0, high=1.0)


def test_a_log_range_needs_to_lie_above_zero() -> None:
    with pytest.raises(ValueError, match="above zero"):
        LogUniform(low=0.0, high=1.0)
