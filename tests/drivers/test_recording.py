import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.drivers.recording import Segment, TimeAxis

AXIS = TimeAxis(
    [
        Segment(first_index=0, n_samples=1000, onset_s=0.25),
        Segment(first_index=1000, n_samples=500, onset_s=60.0, reason="hole"),
    ],
    rate_hz=1000.0,
)


def test_times_in_a_segment_are_positions() -> None:
    assert AXIS.position(0.25) == (0.0, True)
    assert AXIS.position(1.0) == (750.0, True)
    assert AXIS.position(1.0005) == (750.5, True)
    assert AXIS.position(60.2) == (1200.0, True)


def test_times_outside_are_the_number_of_samples_received_by_then() -> None:
    assert AXIS.position(-5.0) == (0.0, False)
    assert AXIS.position(30.0) == (1000.0, False)
    assert AXIS.position(99.0) == (1500.0, False)


def test_the_length_of_a_recording() -> None:
    assert AXIS.n_samples == 1500
    assert AXIS.end_s == 60.5


@given(st.integers(0, 1499))
def test_time_of_an_index_and_back(index: int) -> None:
    assert AXIS.index(AXIS.time_s(index)) == index


@given(st.integers(0, 20_000 * 3600 * 4), st.sampled_from([2000.0, 10_000.0, 20_000.0, 30_000.0]))
def test_the_grid_of_1_ms_comes_back_exactly_after_hours(index: int, rate_hz: float) -> None:
    axis = TimeAxis([Segment(first_index=0, n_samples=10**9, onset_s=0.1234)], rate_hz=rate_hz)
    on_grid = index // round(rate_hz / 1000) * round(rate_hz / 1000)
    written_s = round(axis.time_s(on_grid), 4)
    assert axis.index(written_s) == on_grid


def test_the_segment_of_an_index() -> None:
    assert AXIS.segment_of(999.9).first_index == 0
    assert AXIS.segment_of(1000).reason == "hole"
    assert AXIS.segment_of(0).end_index == pytest.approx(1000)
