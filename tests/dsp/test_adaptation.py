"""A source that comes back as another one still gives the case its own kind of sweeps."""

import numpy as np
import pytest

from amr_monitor.dsp.adaptation import SweepAdapter
from amr_monitor.dsp.conditioning import SweepGeometry, sweep_geometry
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Channel, Montage
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.model.sweep import Sweep, sweep_offsets

OCULI = Channel(label="OOc L", muscle=Muscle.ORBICULARIS_OCULI)
MENTALIS = Channel(label="Ment L", muscle=Muscle.MENTALIS)
CASE = Montage(channels=(OCULI, MENTALIS))


def geometry(rate_hz: float) -> SweepGeometry:
    return sweep_geometry(rate_hz, -500.0, 100.0, DetectorSettings())


def adapter(*channels: Channel, rate_hz: float, case_hz: float = 10_000.0) -> SweepAdapter:
    info = SourceInfo(
        name="amplifier",
        origin=Origin.DEVICE,
        montage=Montage(channels=channels),
        sampling_rate_hz=rate_hz,
        trigger_quality=TriggerQuality.SAMPLE_LOCKED,
    )
    return SweepAdapter(montage=CASE, geometry=geometry(case_hz), info=info)


def sweep(adapted_to: SweepAdapter, n_channels: int) -> Sweep:
    """A pulse of each channel, 12 ms after the stimulus, as an amplifier at that rate sees it."""
    before, after = sweep_offsets(adapted_to.rate_hz, adapted_to.start_ms, adapted_to.end_ms)
    time_ms = (np.arange(before + after) - before) * 1000.0 / adapted_to.rate_hz
    pulse = np.exp(-0.5 * ((time_ms - 12.0) / 0.6) ** 2)
    samples = np.array([100.0 * (row + 1) * pulse for row in range(n_channels)])
    return Sweep(
        stimulus=Stimulus(sample_index=50_000),
        first_index=50_000 - before,
        onset_sample=before,
        samples_uv=samples.astype(np.float32),
    )


def test_the_same_source_gives_the_same_sweeps() -> None:
    same = adapter(OCULI, MENTALIS, rate_hz=10_000.0)
    given = sweep(same, 2)
    assert np.array_equal(same.adapted(given).samples_uv, given.samples_uv)
    assert same.why_new_baseline == ""


@pytest.mark.parametrize("rate_hz", [20_000.0, 12_000.0, 30_000.0, 25_000.0])
def test_another_rate_gives_the_same_response_at_the_same_latency(rate_hz: float) -> None:
    other = adapter(OCULI, MENTALIS, rate_hz=rate_hz)
    got = other.adapted(sweep(other, 2))
    own = adapter(OCULI, MENTALIS, rate_hz=10_000.0)
    assert got.samples_uv.shape == (2, 6000)
    assert got.onset_sample == 5000
    assert np.allclose(got.samples_uv, sweep(own, 2).samples_uv, atol=0.5)
    assert other.why_new_baseline == ""


def test_channels_in_another_order_are_put_back() -> None:
    other = adapter(MENTALIS, OCULI, rate_hz=10_000.0)
    given = sweep(other, 2)
    assert np.array_equal(other.adapted(given).samples_uv, given.samples_uv[::-1])


def test_a_missing_channel_is_not_a_number_and_never_silence() -> None:
    other = adapter(OCULI, rate_hz=10_000.0)
    got = other.adapted(sweep(other, 1)).samples_uv
    assert np.isfinite(got[0]).all()
    assert np.isnan(got[1]).all()
    assert other.why_new_baseline == ""


def test_another_electrode_asks_for_another_baseline() -> None:
    right = Channel(label="OOc R", muscle=Muscle.ORBICULARIS_OCULI)
    assert "OOc R" in adapter(right, MENTALIS, rate_hz=10_000.0).why_new_baseline
    spaced = Channel(label="ooc  l", muscle=Muscle.ORBICULARIS_OCULI)
    assert adapter(spaced, MENTALIS, rate_hz=10_000.0).why_new_baseline == ""


def test_a_rate_below_that_of_the_detector_asks_for_another_baseline() -> None:
    slow = adapter(OCULI, MENTALIS, rate_hz=5_000.0)
    assert "5000 Hz" in slow.why_new_baseline
    # Decimated to 10 kHz before detection, nothing is lost by coming back at 10 kHz.
    assert adapter(OCULI, MENTALIS, rate_hz=10_000.0, case_hz=20_000.0).why_new_baseline == ""
