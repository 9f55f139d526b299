"""Which stream a live source begins with."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from amr_monitor.drivers.lsl_layout import StreamDescription
from amr_monitor.drivers.lsl_opening import (
    LslSourceSettings,
    first_inlet,
    markers_of,
    most_alike,
)
from amr_monitor.drivers.lsl_settings import LslSettings
from amr_monitor.model.errors import SourceError
from tests.drivers.lsl_fakes import FakeNetwork, described

SOON = LslSettings(resolve_timeout_s=0.5)


def opened(*streams: StreamDescription, name: str = "", lsl: LslSettings = SOON) -> str:
    network = FakeNetwork(*((stream, []) for stream in streams))
    inlet, _ = first_inlet(network, LslSourceSettings(name=name, lsl=lsl))
    return inlet.description.uid


def test_the_only_stream_that_fits_is_taken() -> None:
    other = described(name="eeg", kind="EEG", uid="eeg")
    heart = described(name="heart", uid="heart", channels=(("EKG", "mV"),))
    assert opened(described(), other, heart) == "uid-1"


def test_one_that_is_named_is_taken() -> None:
    second = described(name="second", uid="uid-2")
    assert opened(described(), second, name="second") == "uid-2"
    eeg = described(name="eego", kind="EEG", uid="eeg")
    assert opened(described(), eeg, lsl=replace(SOON, stream_type="EEG")) == "eeg"


@pytest.mark.parametrize(
    ("streams", "told"),
    [
        ((described(), described(name="second", uid="2")), ["both fit", "lsl:NAME"]),
        ((described(channels=(("L OOc", "mmHg"),)),), ["'mmHg'"]),
        ((described(name="eego", kind="EEG"),), ["'EMG'", "'eego' (type 'EEG')", "streams"]),
        ((), ["none at all", "firewall"]),
    ],
)
def test_why_there_is_none_is_told_in_one_line(
    streams: Sequence[StreamDescription], told: Sequence[str]
) -> None:
    with pytest.raises(SourceError) as fault:
        opened(*streams)
    assert "\n" not in str(fault.value)
    for part in told:
        assert part in str(fault.value)


def test_the_stream_most_like_the_one_that_was_had_comes_next() -> None:
    had = described()
    same_source = described(uid="b", host="other")
    same_host = described(uid="c", source_id="new")
    strange = described(uid="d", source_id="new", host="other")
    assert most_alike([strange, same_host, same_source], had) is same_source
    assert most_alike([strange, same_host], had) is same_host
    assert most_alike([], had) is None


def test_markers_are_those_of_the_emgs_computer_or_the_only_ones() -> None:
    emg = described()
    near = described(name="stimulator", kind="Markers", uid="n")
    own = described(name="amp-markers", kind="Markers", uid="o")
    far = described(name="elsewhere", kind="Markers", uid="f", host="other")
    assert markers_of(emg, [near, far], None) is near
    assert markers_of(emg, [near, own, far], None) is own
    assert markers_of(emg, [far], None) is far
    assert markers_of(emg, [near, replace(near, name="second", uid="s")], None) is None
    assert markers_of(emg, [own, near], near) is near
    assert markers_of(emg, [own], near) is None
