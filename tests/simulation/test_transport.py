"""What becomes of samples and markers on the way."""

from itertools import pairwise

import numpy as np
import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.stream import (
    ClockJump,
    Disconnect,
    JumpingClock,
    LostSamples,
    MarkerFaults,
    OddChunks,
    Stall,
    StreamSettings,
)
from amr_monitor.simulation.transport import draw_transport
from tests.simulation.short import short_surgery


def test_without_faults_everything_is_sent_once_and_in_order() -> None:
    surgery = short_surgery(phase_s=2.0)
    transport = draw_transport(surgery)
    chunks = list(transport.chunks(surgery))
    assert chunks[0].first == 0
    assert chunks[-1].end == surgery.n_samples
    assert all(a.end == b.first for a, b in pairwise(chunks))
    assert all(chunk.due_s == chunk.end / surgery.rate_hz for chunk in chunks)
    assert {chunk.end - chunk.first for chunk in chunks} == {20}
    assert transport.holes_s == ()
    assert len(transport.trigger_s) == np.count_nonzero(surgery.pulses.marked)


def test_chunks_of_any_size_hold_every_sample() -> None:
    surgery = short_surgery(OddChunks(samples=fixed(777.0)), phase_s=2.0)
    chunks = list(draw_transport(surgery).chunks(surgery))
    assert sum(chunk.end - chunk.first for chunk in chunks) == surgery.n_samples
    assert chunks[1].end - chunks[1].first == 777


def test_about_the_asked_share_of_samples_is_lost() -> None:
    surgery = short_surgery(
        LostSamples(share=fixed(0.1), lost_ms=fixed(10.0)), phase_s=20.0, rate_hz=1000.0
    )
    transport = draw_transport(surgery)
    chunks = list(transport.chunks(surgery))
    n_sent = sum(chunk.end - chunk.first for chunk in chunks)
    assert 0.85 < n_sent / surgery.n_samples < 0.95
    for start_s, end_s in transport.lost_s:
        inside = [c for c in chunks if c.first / 1000.0 < end_s and (c.end - 1) / 1000.0 >= start_s]
        assert not [c for c in inside if start_s <= c.first / 1000.0 < end_s]


def test_what_is_held_by_a_stall_comes_at_its_end_and_nothing_is_lost() -> None:
    surgery = short_surgery(Stall(seconds=fixed(1.0), lasting_s=fixed(0.5)), phase_s=1.0)
    transport = draw_transport(surgery)
    chunks = list(transport.chunks(surgery))
    assert sum(chunk.end - chunk.first for chunk in chunks) == surgery.n_samples
    dues = [chunk.due_s for chunk in chunks]
    assert dues == sorted(dues)
    held = [c for c in chunks if 1.0 <= c.end / surgery.rate_hz < 1.5]
    assert held
    assert {chunk.due_s for chunk in held} == {1.5}


def test_after_a_disconnect_streams_come_back_as_the_fault_says() -> None:
    fault = Disconnect(
        seconds=fixed(1.0),
        lasting_s=fixed(0.5),
        new_source_id=True,
        missing=Muscle.MENTALIS,
        rate_hz=1000.0,
    )
    surgery = short_surgery(fault, phase_s=1.0)
    transport = draw_transport(surgery)
    before, after = transport.connections
    assert (before.source_number, after.source_number) == (1, 2)
    assert after.muscles == (Muscle.ORBICULARIS_OCULI,)
    assert after.rate_hz == 1000.0
    assert transport.holes_s == ((1.0, 1.5),)
    chunks = list(transport.chunks(surgery))
    assert max(c.end for c in chunks if c.connection is before) == 2000
    assert min(c.first for c in chunks if c.connection is after) == 1500


@pytest.mark.parametrize(
    ("clock", "emg_s", "markers_s"),
    [(JumpingClock.BOTH, 5.0, 5.0), (JumpingClock.EMG, 5.0, 0.0), (JumpingClock.MARKERS, 0.0, 5.0)],
)
def test_a_jump_moves_the_stamps_of_its_clock(
    clock: JumpingClock, emg_s: float, markers_s: float
) -> None:
    surgery = short_surgery(ClockJump(seconds=fixed(1.0), clock=clock), phase_s=1.0)
    transport = draw_transport(surgery)
    assert transport.stamp_s(0.9) == 0.9
    assert transport.stamp_s(2.0) == 2.0 + emg_s
    assert transport.stamp_s(2.0, markers=True) == 2.0 + markers_s
    # No chunk holds samples of both sides.
    assert not [c for c in transport.chunks(surgery) if c.first < 2000 < c.end]


def test_a_fast_clock_says_more_seconds_than_pass() -> None:
    surgery = short_surgery(stream=StreamSettings(clock_drift_ppm=fixed(100.0)))
    transport = draw_transport(surgery)
    assert transport.real_s(1000.0) == pytest.approx(999.9, abs=1e-5)


def test_markers_are_late_missing_doubled_and_wrong_as_often_as_asked() -> None:
    fault = MarkerFaults(
        late_ms=fixed(8.0),
        missing_probability=fixed(0.2),
        doubled_probability=fixed(0.2),
        wrong_probability=fixed(0.2),
    )
    surgery = short_surgery(fault, phase_s=100.0, rate_hz=1000.0)
    transport = draw_transport(surgery)
    times_s = surgery.pulses.time_s
    told = [marker for marker in transport.markers if marker.pulse is not None]
    pulses = [marker.pulse for marker in told]
    n = len(times_s)
    assert 0.75 * n < len(set(pulses)) < 0.85 * n
    assert 0.1 * n < len(pulses) - len(set(pulses)) < 0.25 * n
    assert 0.1 * n < len({m.pulse for m in told if "8.0" not in m.text and "zlr" in m.text}) * 4
    first = {marker.pulse: marker.stamp_s for marker in reversed(told)}
    late_ms = np.array([1000.0 * (at - times_s[k]) for k, at in first.items() if k is not None])
    assert late_ms.min() >= 0.0
    assert late_ms.max() <= 20.0 + 1e-6
    assert np.mean(late_ms) == pytest.approx(8.0, abs=0.6)
    assert np.std(late_ms) == pytest.approx(3.0, abs=0.5)
    assert len(transport.trigger_s) == n


def test_the_trigger_can_miss_what_the_markers_miss() -> None:
    fault = MarkerFaults(missing_probability=fixed(0.5), trigger=True)
    surgery = short_surgery(fault, phase_s=20.0, rate_hz=1000.0)
    transport = draw_transport(surgery)
    told = {marker.pulse for marker in transport.markers if marker.pulse is not None}
    assert len(transport.trigger_s) == len(told) < len(surgery.pulses.time_s)
