"""When each stimulus was sent."""

import pytest

from amr_monitor.simulation.push_timing import PushTiming
from amr_monitor.simulation.transport import draw_transport
from tests.simulation.short import short_surgery


def test_a_stimulus_is_whole_when_the_chunk_with_its_last_sample_is_sent() -> None:
    surgery = short_surgery(phase_s=1.0)
    transport = draw_transport(surgery)
    timing = PushTiming(surgery=surgery, transport=transport, zero_lsl_s=100.0)
    for chunk in transport.chunks(surgery):
        timing.pushed(chunk, at_lsl_s=100.0 + chunk.due_s + 0.003)
    assert timing.late_ms() == {"p50": 3.0, "p95": 3.0, "p99": 3.0, "max": 3.0}
    stimuli = timing.document()["stimuli"]
    assert isinstance(stimuli, list)
    for stimulus, time_s in zip(stimuli, surgery.pulses.time_s, strict=True):
        assert stimulus["onset_lsl_s"] == pytest.approx(100.0 + time_s, abs=1e-6)
        late_s = stimulus["whole_pushed_lsl_s"] - stimulus["whole_due_lsl_s"]
        assert 0.003 <= late_s <= 0.014
        assert stimulus["sample_index"] == int(time_s * surgery.rate_hz)


def test_before_anything_is_sent_there_is_nothing_to_tell() -> None:
    surgery = short_surgery()
    timing = PushTiming(surgery=surgery, transport=draw_transport(surgery))
    assert timing.late_ms() == {}
    assert timing.document()["stimuli"] == []
