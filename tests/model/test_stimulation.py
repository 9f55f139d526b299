import pytest

from amr_monitor.model.stimulation import StimulationProtocol, Stimulus, TriggerQuality


def test_the_position_of_a_stimulus_is_exact_to_a_fraction_of_a_sample() -> None:
    assert Stimulus(sample_index=1000, fraction=0.25).position == 1000.25


@pytest.mark.parametrize("fraction", [-0.01, 1.0, float("nan")])
def test_a_fraction_is_less_than_a_sample(fraction: float) -> None:
    with pytest.raises(ValueError, match="fraction must be in"):
        Stimulus(sample_index=1000, fraction=fraction)


def test_class_current_and_polarity_are_unknown_until_somebody_tells() -> None:
    stimulus = Stimulus(sample_index=0)
    assert (stimulus.stimulus_class, stimulus.current_ma, stimulus.polarity) == (None, None, 0)


def test_the_rates_of_amr_and_of_a_tetanus_do_not_overlap() -> None:
    protocol = StimulationProtocol()
    assert protocol.lowest_amr_rate_hz <= protocol.rate_hz <= protocol.highest_amr_rate_hz
    assert protocol.highest_amr_rate_hz < protocol.lowest_tetanus_rate_hz


def test_trigger_qualities_stand_best_first() -> None:
    assert [quality.value for quality in TriggerQuality] == [
        "sample-locked",
        "stream-synced",
        "sweep-locked",
        "software",
    ]
