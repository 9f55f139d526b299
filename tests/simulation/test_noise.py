import numpy as np
import pytest

from amr_monitor.simulation.noise import AmplifierNoise, Mains, lowpass_hz, slow_track
from amr_monitor.simulation.streams import RandomStreams

RATE_HZ = 5000.0
PAGE = 20_000
STREAMS = RandomStreams(seed=9)


def noise(pink_share: float) -> AmplifierNoise:
    return AmplifierNoise.of(
        rms_uv=3.0,
        pink_share=pink_share,
        streams=STREAMS,
        channel="mentalis",
        rate_hz=RATE_HZ,
        page_samples=PAGE,
        duration_s=400.0,
    )


def pages(made: AmplifierNoise, n_pages: int) -> np.ndarray:
    times = [(number * PAGE + np.arange(PAGE)) / RATE_HZ for number in range(n_pages)]
    return np.concatenate([made.page(number, time_s) for number, time_s in enumerate(times)])


def power(samples: np.ndarray, low_hz: float, high_hz: float) -> float:
    hz = np.fft.rfftfreq(samples.size, 1.0 / RATE_HZ)
    spectrum = np.abs(np.fft.rfft(samples)) ** 2 / samples.size
    return float(spectrum[(hz >= low_hz) & (hz < high_hz)].mean())


@pytest.mark.parametrize("pink_share", [0.0, 0.3])
def test_noise_is_as_loud_as_it_is_told_to_be(pink_share: float) -> None:
    assert np.std(pages(noise(pink_share), 80)) == pytest.approx(3.0, rel=0.1)


def test_white_noise_ends_where_the_amplifier_cuts_off() -> None:
    samples = pages(noise(0.0), 10)
    edge_hz = lowpass_hz(RATE_HZ)
    assert power(samples, 200.0, 800.0) == pytest.approx(power(samples, 800.0, 1500.0), rel=0.1)
    assert power(samples, edge_hz + 250.0, RATE_HZ / 2.0) < 0.01 * power(samples, 200.0, 800.0)


def test_pink_noise_lies_below_the_band_of_the_responses() -> None:
    samples = pages(noise(0.3), 20)
    assert power(samples, 8.0, 30.0) > 5.0 * power(samples, 200.0, 800.0)
    assert power(samples, 0.2, 2.0) < power(samples, 10.0, 25.0)


def test_pages_join_without_a_seam() -> None:
    samples = pages(noise(0.3), 6)
    jumps = np.abs(np.diff(samples))
    at_seams = jumps[PAGE - 1 :: PAGE]
    assert at_seams.max() < 6.0 * np.std(np.diff(samples))
    # A filter that started anew at each page would show right behind the seam.
    behind = np.concatenate([samples[k * PAGE : k * PAGE + 30] for k in range(1, 6)])
    assert np.std(behind) == pytest.approx(3.0, rel=0.35)


def test_a_page_can_be_had_without_those_before_it() -> None:
    time_s = (3 * PAGE + np.arange(PAGE)) / RATE_HZ
    assert np.array_equal(noise(0.3).page(3, time_s), pages(noise(0.3), 4)[3 * PAGE :])


def hum(channel: str) -> Mains:
    return Mains.of(mains_hz=50.0, duration_s=200.0, streams=STREAMS, channel=channel)


def test_hum_is_at_mains_frequency_and_its_odd_harmonics() -> None:
    samples = hum("mentalis").at(np.arange(0.0, 200.0, 1.0 / RATE_HZ))
    for hz in (50.0, 150.0, 250.0):
        assert power(samples, hz - 1.0, hz + 1.0) > 100.0 * power(samples, hz + 20.0, hz + 80.0)


def test_hum_drifts_by_no_more_than_the_grid_does() -> None:
    mains = hum("mentalis")
    hz = np.diff(mains.cycles) / np.diff(mains.track_s)
    assert np.abs(hz - 50.0).max() < 0.1


def test_channels_hum_at_one_frequency_each_with_its_own_size() -> None:
    one, other = hum("mentalis"), hum("orbicularis_oculi")
    assert not np.allclose(one.size, other.size)
    assert abs((one.cycles[-1] - one.cycles[0]) - (other.cycles[-1] - other.cycles[0])) < 1.0


def test_a_slow_track_is_smooth_and_of_unit_spread() -> None:
    _, values = slow_track(40_000.0, tau_s=10.0, generator=np.random.default_rng(1))
    assert np.std(values) == pytest.approx(1.0, rel=0.1)
    assert np.std(np.diff(values)) < 0.8
