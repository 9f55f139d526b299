"""Samples and seconds, with gaps that take time and no index."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.monitor.time_axis import TimeAxis


def test_time_is_counted_from_the_first_sample() -> None:
    axis = TimeAxis(rate_hz=1000.0, first_time_s=5.0)
    assert axis.time_s(0) == 5.0
    assert axis.time_s(2500) == 7.5
    assert axis.index_at(7.5) == 2500
    assert axis.index_at(7.5004) == 2501
    assert axis.index_at(inf) == inf


def test_a_gap_takes_time_and_no_index() -> None:
    axis = TimeAxis(rate_hz=1000.0, first_time_s=0.0)
    assert axis.add_gap(1000, 31.0) == pytest.approx(30.0)
    assert axis.time_s(999) == 0.999
    assert axis.time_s(1000) == 31.0
    assert axis.time_s(2000) == 32.0
    assert axis.index_at(32.0) == 2000


def test_a_time_inside_a_gap_is_reached_by_the_first_sample_after_it() -> None:
    axis = TimeAxis(rate_hz=1000.0, first_time_s=0.0)
    axis.add_gap(1000, 31.0)
    assert axis.index_at(15.0) == 1000
    assert axis.index_at(0.5) == 500
    assert axis.index_at(-3.0) == 0


def test_two_gaps_at_one_place_are_one() -> None:
    axis = TimeAxis(rate_hz=1000.0, first_time_s=0.0)
    axis.add_gap(1000, 10.0)
    axis.add_gap(1000, 20.0)
    assert axis.time_s(1000) == 20.0
    assert axis.index_at(12.0) == 1000


@given(
    st.sampled_from([2000.0, 4800.0, 10_000.0, 30_000.0, 24_414.0625]),
    st.integers(0, 10_000_000),
    st.integers(0, 10_000_000),
)
def test_the_first_sample_at_the_time_of_a_sample_is_that_sample(
    rate_hz: float, gap_at: int, index: int
) -> None:
    axis = TimeAxis(rate_hz=rate_hz, first_time_s=1.25)
    axis.add_gap(gap_at, axis.time_s(gap_at) + 7.5)
    assert axis.index_at(axis.time_s(index)) in (index, index + 1)
