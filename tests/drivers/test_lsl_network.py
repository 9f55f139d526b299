"""The library itself, between an outlet and an inlet of this process."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amr_monitor.drivers.lsl_network import (
    LslNetwork,
    Pulled,
    StreamGone,
    Wanted,
    library,
    text_of,
)
from amr_monitor.model.errors import SourceError
from tests.drivers.lsl_fakes import described

WAIT_S = 5.3
CHANNELS = (("L OOc", "microvolts"), ("L Mentalis", "mV"), ("TRIG", "V"))


def emg_outlet(name: str, *, source_id: str = "s") -> Any:
    pylsl = library()
    info = pylsl.StreamInfo(name, "EMG", len(CHANNELS), 2000.0, pylsl.cf_float32, source_id)
    told = info.desc().append_child("channels")
    for label, unit in CHANNELS:
        channel = told.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit)
    own = info.desc().append_child("amr_monitor")
    own.append_child_value("origin", "simulated")
    own.append_child_value("rail_uv", "5000")
    return pylsl.StreamOutlet(info)


def pulled(inlet: Any, n_samples: int) -> Pulled:
    """Pull until so many have come."""
    parts: list[Pulled] = []
    for _ in range(100):
        part = inlet.pull(timeout_s=0.1)
        if part is not None:
            parts.append(part)
        if sum(len(p.stamps_s) for p in parts) >= n_samples:
            break
    return Pulled(
        stamps_s=np.concatenate([p.stamps_s for p in parts]),
        values=np.concatenate([p.values for p in parts]),
    )


def test_samples_and_stamps_come_as_they_were_sent() -> None:
    outlet = emg_outlet("as-sent")
    network = LslNetwork()
    (stream,) = network.find(Wanted(name="as-sent", stream_type="EMG"), timeout_s=WAIT_S, fewest=1)
    inlet = network.open(stream, timeout_s=WAIT_S)
    told = inlet.description
    assert [(c.label, c.dimension) for c in told.channels] == [
        ("L OOc", "uV"),
        ("L Mentalis", "mV"),
        ("TRIG", "V"),
    ]
    assert (told.origin, told.rail_uv, told.rate_hz) == ("simulated", 5000.0, 2000.0)
    sent = np.arange(300, dtype=np.float32).reshape(100, 3)
    stamps = 1000.0 + np.arange(100) / 2000.0
    stamps[50:] += 0.010  # a hole, which must not be smoothed over
    outlet.push_chunk(sent[:50], stamps[:50].tolist())
    outlet.push_chunk(sent[50:], stamps[50:].tolist())
    came = pulled(inlet, 100)
    np.testing.assert_array_equal(came.values, sent)
    np.testing.assert_allclose(came.stamps_s, stamps, atol=1e-9)
    assert abs(inlet.correction_s(timeout_s=WAIT_S) or 0.0) < 0.05
    del outlet
    with pytest.raises(StreamGone):
        pulled(inlet, 1000)
    inlet.close()


def test_what_has_come_is_not_held_back_for_more() -> None:
    outlet = emg_outlet("a-few")
    network = LslNetwork()
    (stream,) = network.find(Wanted(name="a-few", stream_type="EMG"), timeout_s=WAIT_S, fewest=1)
    inlet = network.open(stream, timeout_s=WAIT_S)
    outlet.push_chunk(np.zeros((10, 3), dtype=np.float32))
    came = 0
    for _ in range(100):
        part = inlet.pull(timeout_s=0.2, n_wanted=1000)
        came += 0 if part is None else len(part.stamps_s)
        if came >= 10:
            break
    assert came == 10
    inlet.close()


def test_texts_come_whole() -> None:
    pylsl = library()
    info = pylsl.StreamInfo("texts", "Markers", 1, 0.0, pylsl.cf_string, "t")
    outlet = pylsl.StreamOutlet(info)
    network = LslNetwork()
    (stream,) = network.find(Wanted(name="texts"), timeout_s=WAIT_S, fewest=1)
    inlet = network.open(stream, timeout_s=WAIT_S)
    outlet.push_sample(["vessel moved: AICA \u00b5"], 7.0)
    came = pulled(inlet, 1)
    assert text_of(came.values[0][0]) == "vessel moved: AICA \u00b5"
    assert came.stamps_s.tolist() == [7.0]
    inlet.close()


def test_only_what_is_wanted_is_found() -> None:
    one = emg_outlet("it's one", source_id="1")
    two = emg_outlet("two", source_id="2")
    network = LslNetwork()
    found = network.find(Wanted(stream_type="EMG", source_id="2"), timeout_s=WAIT_S, fewest=1)
    assert [stream.name for stream in found] == ["two"]
    found = network.find(Wanted(name="it's one"), timeout_s=WAIT_S, fewest=1)
    assert [stream.source_id for stream in found] == ["1"]
    del one, two


def test_a_stream_that_was_not_found_cannot_be_opened() -> None:
    with pytest.raises(StreamGone):
        LslNetwork().open(described(uid="never seen"), timeout_s=0.1)


def test_a_config_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SourceError, match="no such file"):
        library.__wrapped__(Path("nowhere.cfg"))


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), 1),
        (Wanted(stream_type="EMG", name="amp", source_id="amp-1"), 1),
        (Wanted(stream_type="EEG"), 0),
        (Wanted(name="other"), 0),
        (Wanted(excluded_name="amp"), 0),
    ],
)
def test_what_fits(wanted: Wanted, fits: int) -> None:
    assert wanted.fits(described()) == bool(fits)
    assert wanted.words


def test_values_of_markers_are_texts() -> None:
    assert text_of(b" stim \n") == "stim"
    assert text_of(7.0) == "7"
    assert text_of(np.int32(12)) == "12"
