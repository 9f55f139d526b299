"""A few seconds over LSL: what is heard is what was simulated."""

import threading
from contextlib import suppress

import numpy as np
import pylsl
import pytest
from pylsl.util import LostError

from amr_monitor.model.errors import SourceError
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.lsl import StreamNames, push_surgery
from amr_monitor.simulation.push_timing import PushTiming
from amr_monitor.simulation.stream import ClockJump, Disconnect, StreamSettings
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.transport import draw_transport
from tests.simulation.short import short_surgery


class Listener:
    """Hears both streams of one name until they end."""

    def __init__(self, names: StreamNames) -> None:
        (emg,) = pylsl.resolve_byprop("name", names.emg, timeout=20)
        (markers,) = pylsl.resolve_byprop("name", names.markers, timeout=20)
        self.emg = pylsl.StreamInlet(emg, processing_flags=0, recover=False)
        self.markers = pylsl.StreamInlet(markers, processing_flags=0, recover=False)
        self.info = self.emg.info(10)
        self.emg.open_stream(10)
        self.markers.open_stream(10)
        self.samples: list[np.ndarray] = []
        self.stamps: list[float] = []
        self.texts: list[tuple[float, str]] = []

    def hear(self, until: threading.Event) -> None:
        with suppress(LostError):  # as streams do that end
            self._hear(until)

    def _hear(self, until: threading.Event) -> None:
        while not until.is_set():
            samples, stamps = self.emg.pull_chunk(timeout=0.1)
            if len(stamps):
                self.samples.append(np.array(samples))
                self.stamps.extend(stamps)
            texts, at = self.markers.pull_chunk(timeout=0.0)
            self.texts.extend(zip(at, [text[0] for text in texts], strict=True))


def heard(surgery: Surgery, names: StreamNames) -> tuple[Listener, PushTiming]:
    ready, over = threading.Event(), threading.Event()
    timing = PushTiming(surgery=surgery, transport=draw_transport(surgery))
    failed: list[BaseException] = []

    def send() -> None:
        try:
            push_surgery(
                surgery,
                names=names,
                wait_for_consumer_s=30.0,
                told_ready=lambda _: ready.set(),
                timing=timing,
            )
        except SourceError as fault:
            failed.append(fault)
        finally:
            over.set()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        assert ready.wait(60)
        listener = Listener(names)
        listener.hear(over)
    finally:
        thread.join(60)
    assert not failed
    return listener, timing


@pytest.mark.slow
def test_what_is_heard_is_what_was_simulated() -> None:
    surgery = short_surgery(
        ClockJump(seconds=fixed(2.0), jump_s=fixed(5.0)),
        phase_s=0.6,
        stream=StreamSettings(counter_channel=True),
    )
    listener, timing = heard(surgery, StreamNames(emg="heard"))
    info = listener.info
    assert info.type() == "EMG"
    assert info.nominal_srate() == surgery.rate_hz
    assert info.desc().child("amr_monitor").child_value("origin") == "simulated"
    channel = info.desc().child("channels").child("channel")
    assert channel.child_value("label") == "L OOc"
    assert channel.child_value("unit") == "microvolts"
    samples = np.concatenate(listener.samples)
    assert samples.shape == (surgery.n_samples, 4)
    assert np.array_equal(samples[:, 3], np.arange(surgery.n_samples))
    time_s = np.array(listener.stamps) - timing.zero_lsl_s
    true_s = np.arange(surgery.n_samples) / surgery.rate_hz
    jumped = np.where(true_s >= 2.0, 5.0, 0.0)
    assert np.abs(time_s - true_s - jumped).max() < 1e-6
    stimuli_s = np.array([at for at, text in listener.texts if text.startswith("Stim")])
    stimuli_s -= timing.zero_lsl_s
    expected_s = surgery.pulses.time_s + 5.0 * (surgery.pulses.time_s >= 2.0)
    assert np.abs(stimuli_s - expected_s).max() < 1e-6
    assert {text for _, text in listener.texts} >= {mark.text for mark in surgery.marks}

    document = timing.document()
    assert document["n_samples"] == surgery.n_samples
    stimuli = document["stimuli"]
    assert isinstance(stimuli, list)
    assert len(stimuli) == len(surgery.pulses.time_s)
    first = stimuli[0]
    assert first["sample_index"] == int(surgery.pulses.time_s[0] * surgery.rate_hz)
    assert first["whole_pushed_lsl_s"] >= first["whole_due_lsl_s"]


@pytest.mark.slow
def test_the_streams_go_away_and_come_back_under_another_id() -> None:
    surgery = short_surgery(
        Disconnect(seconds=fixed(1.0), lasting_s=fixed(1.0), new_source_id=True), phase_s=0.5
    )
    listener, timing = heard(surgery, StreamNames(emg="returning"))
    assert len(listener.stamps) >= 1.5 * 1000
    first, second = timing.connections
    assert first.closed_at_lsl_s is not None
    assert second.opened_at_lsl_s - first.closed_at_lsl_s == pytest.approx(1.0, abs=0.5)
    assert timing.n_pushed == int(2.0 * surgery.rate_hz)


def test_when_nobody_connects_that_is_told() -> None:
    with pytest.raises(SourceError, match=r"nobody connected within 0\.2 s"):
        push_surgery(short_surgery(), names=StreamNames(emg="lonely"), wait_for_consumer_s=0.2)
