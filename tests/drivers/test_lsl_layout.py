"""What the montage makes of a stream."""

from dataclasses import replace

import pytest

from amr_monitor.drivers.lsl_layout import StreamDescription, layout_of
from amr_monitor.drivers.lsl_settings import LslSettings
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.source import Origin
from tests.drivers.lsl_fakes import WITH_COUNTER, described

MONTAGE = MontageSettings()
SETTINGS = LslSettings()


def test_muscles_trigger_and_counter_are_found_by_label_and_unit() -> None:
    channels = (("COUNTER", "samples"), ("TRIG", ""), ("L Mentalis", "mV"), ("L OOc", "uV"))
    layout = layout_of(described(channels=channels), MONTAGE, SETTINGS)
    assert layout.montage.muscles == (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    assert layout.columns.tolist() == [3, 2]
    assert layout.microvolts[:, 0].tolist() == [1.0, 1000.0]
    assert (layout.trigger, layout.counter) == (1, 0)
    assert layout.side is Side.LEFT
    assert layout.origin is Origin.DEVICE


def test_a_rail_that_is_told_is_that_of_its_channels() -> None:
    told = layout_of(replace(described(), rail_uv=5000.0), MONTAGE, SETTINGS)
    assert {channel.rail_uv for channel in told.montage.channels} == {5000.0}


def test_a_simulation_is_known_by_its_metadata() -> None:
    layout = layout_of(described(origin="simulated"), MONTAGE, SETTINGS)
    assert layout.origin is Origin.SIMULATED


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (described(channel_format="string"), "carries texts"),
        (described(rate_hz=0.0), "no sampling rate"),
        (described(rate_hz=250.0), "250 Hz"),
        (described(channels=()), "names no channels"),
        (replace(described(), n_channels=8), "describes 3 channels and sends 8"),
        (described(channels=(("L OOc", "mmHg"),)), "'mmHg'"),
        (described(channels=(("L OOc", ""),)), "no unit"),
        (described(channels=(("EKG", "mV"),)), "'EKG'"),
        (described(channels=(("L OOc", "uV"), ("R OOc", "uV"))), "--side"),
    ],
)
def test_what_cannot_be_used_is_told_with_the_stream_and_the_reason(
    stream: StreamDescription, told: str
) -> None:
    with pytest.raises(SourceFormatError) as fault:
        layout_of(stream, MONTAGE, SETTINGS)
    assert "'amp'" in str(fault.value)
    assert told in str(fault.value)


def test_only_what_a_monitor_would_notice_makes_layouts_unlike() -> None:
    here = layout_of(described(), MONTAGE, SETTINGS)
    assert here.is_like(layout_of(described(uid="2", host="other"), MONTAGE, SETTINGS))
    assert here.is_like(layout_of(described(channels=WITH_COUNTER), MONTAGE, SETTINGS))
    assert not here.is_like(layout_of(described(rate_hz=4000.0), MONTAGE, SETTINGS))
    without = described(channels=(("L OOc", "uV"), ("L Mentalis", "uV")))
    assert not here.is_like(layout_of(without, MONTAGE, SETTINGS))
