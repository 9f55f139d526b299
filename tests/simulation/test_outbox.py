"""Samples of a stream, made ahead."""

from typing import NoReturn

import numpy as np
import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.outbox import Outbox, StreamSamples, parcels
from amr_monitor.simulation.recording import emg_calibration
from amr_monitor.simulation.stream import Disconnect, InvalidSamples, StreamSettings
from amr_monitor.simulation.transport import draw_transport
from tests.simulation.short import short_surgery


def test_parcels_hold_what_a_recording_holds_and_trigger_and_counter() -> None:
    surgery = short_surgery(phase_s=1.0, stream=StreamSettings(counter_channel=True))
    transport = draw_transport(surgery)
    samples = np.concatenate([p.of(c) for p in parcels(surgery, transport) for c in p.chunks])
    assert samples.shape == (surgery.n_samples, 4)
    quantised = emg_calibration(surgery.rail_uv, is_bdf=False).quantised(
        surgery.samples_uv(0, surgery.n_samples)
    )
    assert np.array_equal(samples[:, :2].T, np.asarray(quantised, dtype=np.float32))
    assert np.array_equal(samples[:, 3], np.arange(surgery.n_samples))
    rises = np.flatnonzero((samples[:-1, 2] < 2.5) & (samples[1:, 2] >= 2.5))
    assert len(rises) == len(transport.trigger_s)
    assert np.abs(rises / surgery.rate_hz - transport.trigger_s).max() <= 1.0 / surgery.rate_hz


def test_invalid_samples_are_no_numbers() -> None:
    fault = InvalidSamples(
        seconds=fixed(1.0), lasting_s=fixed(0.25), muscle=Muscle.ORBICULARIS_OCULI
    )
    surgery = short_surgery(fault, phase_s=1.0)
    transport = draw_transport(surgery)
    samples = np.concatenate([p.of(c) for p in parcels(surgery, transport) for c in p.chunks])
    invalid = np.flatnonzero(np.isnan(samples[:, 0]))
    assert (invalid[0], invalid[-1]) == (2000, 2499)
    assert not np.isnan(samples[:, 1]).any()


def test_after_a_return_at_another_rate_the_same_surgery_goes_on() -> None:
    fault = Disconnect(
        seconds=fixed(1.0), lasting_s=fixed(0.5), rate_hz=4000.0, missing=Muscle.MENTALIS
    )
    surgery = short_surgery(fault, phase_s=1.0)
    transport = draw_transport(surgery)
    after = [
        (c, p.of(c))
        for p in parcels(surgery, transport)
        for c in p.chunks
        if c.connection.number == 2
    ]
    assert after[0][0].first == 6000
    assert all(samples.shape[1] == 2 for _, samples in after)
    artifacts = np.concatenate([samples[:, 0] for _, samples in after])
    at_s = 1.5 + np.argmax(np.abs(artifacts)) / 4000.0
    assert np.abs(surgery.pulses.time_s - at_s).min() < 0.003


def test_an_outbox_gives_the_parcels_and_can_be_closed_early() -> None:
    surgery = short_surgery(phase_s=2.0)
    transport = draw_transport(surgery)
    outbox = Outbox(surgery, transport)
    first = next(iter(outbox))
    assert first.first == 0
    outbox.close()
    whole = Outbox(surgery, transport)
    assert [p.first for p in whole] == [p.first for p in parcels(surgery, transport)]
    whole.close()


def test_what_goes_wrong_in_the_thread_is_raised_by_who_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> NoReturn:
        raise RuntimeError("no samples")

    monkeypatch.setattr(StreamSamples, "between", broken)
    surgery = short_surgery()
    outbox = Outbox(surgery, draw_transport(surgery))
    with pytest.raises(RuntimeError, match="no samples"):
        list(outbox)
    outbox.close()
