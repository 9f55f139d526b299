"""A tail that grows with the current is no response that does."""

import numpy as np
import pytest

from amr_monitor.dsp.settings import WindowSettings
from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import FloatArray
from amr_monitor.monitor.ramp_figures import tail_free_peak_to_peak_uv

STEP_MS = 0.2
TIME_MS = -20.0 + STEP_MS * np.arange(500)
WINDOWS = WindowSettings()


def figure(samples: np.ndarray, muscle: Muscle = Muscle.ORBICULARIS_OCULI) -> float:
    sweep: FloatArray = samples.astype(np.float32)
    return tail_free_peak_to_peak_uv(
        sweep, start_ms=-20.0, step_ms=STEP_MS, muscle=muscle, windows=WINDOWS
    )


def tail(amplitude_uv: float, tau_ms: float) -> np.ndarray:
    return np.where(TIME_MS > 0.5, amplitude_uv * np.exp(-TIME_MS / tau_ms), 0.0)


def response(onset_ms: float, peak_to_peak_uv: float) -> np.ndarray:
    phase = (TIME_MS - onset_ms) / 5.0
    shape = np.sin(3.0 * np.pi * phase) * np.sin(np.pi * np.clip(phase, 0.0, 1.0))
    wave = np.where((phase > 0.0) & (phase < 1.0), shape, 0.0)
    scaled: np.ndarray = wave * (peak_to_peak_uv / float(np.ptp(wave)))
    return scaled


@pytest.mark.parametrize("tau_ms", [1.5, 3.0, 6.0, 9.0])
def test_a_tail_is_taken_off_whatever_its_size(tau_ms: float) -> None:
    for amplitude_uv in (50.0, 500.0, 2000.0):
        left_uv = figure(tail(amplitude_uv, tau_ms))
        assert left_uv < 0.01 * amplitude_uv


@pytest.mark.parametrize("onset_ms", [8.5, 10.0, 12.0, 15.0])
def test_a_response_keeps_most_of_its_size_on_any_tail(onset_ms: float) -> None:
    alone = figure(response(onset_ms, 60.0))
    assert alone == pytest.approx(60.0, rel=0.2)
    assert figure(response(onset_ms, 60.0) + tail(800.0, 4.0) + 15.0) == pytest.approx(
        alone, rel=0.1
    )


def test_noise_alone_stays_what_it_is() -> None:
    random = np.random.default_rng(5)
    found = [figure(random.normal(0.0, 4.0, TIME_MS.size)) for _ in range(200)]
    assert 4.0 < np.median(found) / 4.0 < 6.5


def test_the_window_is_that_of_the_muscle() -> None:
    early = response(8.2, 60.0)[: TIME_MS.size]
    assert figure(early) > figure(np.where(TIME_MS < 11.0, early, 0.0), Muscle.MENTALIS)


def test_too_little_of_a_sweep_is_no_figure() -> None:
    assert np.isnan(figure(np.zeros(150)))
    assert np.isnan(figure(np.full(TIME_MS.size, np.nan)))
