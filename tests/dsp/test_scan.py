"""Whether there is any response at all."""

import numpy as np

from amr_monitor.dsp.scan import scan_p_value


def test_the_scan_finds_a_mean_wave_of_any_shape_and_none_in_noise() -> None:
    generator = np.random.default_rng(2)
    control = generator.standard_normal((80, 200))
    noise = generator.standard_normal((80, 200))
    wave = np.zeros(200)
    wave[60:80] = np.where(np.arange(20) % 2, 0.8, -0.8)
    assert scan_p_value(noise + wave, control, 10_000.0) < 1e-6
    assert scan_p_value(noise, control, 10_000.0) > 1e-3
