"""Live samples are what their recording gives back."""

import numpy as np

from amr_monitor.drivers.quantising import BlockQuantiser
from amr_monitor.formats.calibration import live_calibration
from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Channel

CHANNELS = (
    Channel(label="OOc", muscle=Muscle.ORBICULARIS_OCULI, rail_uv=5000.0),
    Channel(label="Ment", muscle=Muscle.MENTALIS),
)


def test_a_block_is_what_its_digital_values_say_and_stays_that() -> None:
    samples = np.random.default_rng(1).normal(0.0, 300.0, size=(2, 1000))
    quantiser = BlockQuantiser(CHANNELS)
    once = quantiser.quantised(samples)
    assert once.dtype == np.float32
    np.testing.assert_array_equal(quantiser.quantised(once), once)
    for row, channel in enumerate(CHANNELS):
        line = live_calibration(channel.rail_uv)
        np.testing.assert_array_equal(line.physical_float32(line.digital(samples[row])), once[row])
        assert np.abs(once[row] - samples[row]).max() <= 0.51 * line.gain + 1e-4


def test_what_lies_beyond_the_rail_is_the_rail() -> None:
    samples = np.array([[9000.0, -9000.0], [9000.0, -9000.0]])
    assert BlockQuantiser(CHANNELS).quantised(samples)[0].tolist() == [5000.0, -5000.0]
