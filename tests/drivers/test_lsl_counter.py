"""The sample counter of a device."""

import numpy as np
import pytest

from amr_monitor.drivers.lsl_counter import SampleCounter


def lost(*chunks: list[float]) -> list[int]:
    counter = SampleCounter()
    return [n for chunk in chunks for n in counter.push(np.array(chunk, dtype=float)).tolist()]


def test_a_counter_that_goes_up_by_one_lost_nothing() -> None:
    assert lost([5, 6, 7], [8], [9, 10]) == [0] * 6


@pytest.mark.parametrize("chunks", [([5, 6, 9, 10],), ([5, 6], [9, 10])])
def test_what_is_left_out_is_counted(chunks: tuple[list[float], ...]) -> None:
    assert lost(*chunks) == [0, 0, 2, 0]


@pytest.mark.parametrize("last", [255, 65_535, 2**24 - 1])
def test_it_begins_again_after_a_power_of_two(last: int) -> None:
    assert lost([last - 1, last, 0, 1]) == [0, 0, 0, 0]
    assert lost([last, 1, 2]) == [0, 0, 0]  # some never show 0
    assert lost([last - 2, 3]) == [0, 5]


def test_a_counter_that_is_set_anew_does_not_tell_how_many_were_lost() -> None:
    assert lost([1000, 1001, 0, 1]) == [0, 0, -1, 0]
    assert lost([1000, float("nan"), 1002]) == [0, -1, -1]


def counts_samples(counts: np.ndarray) -> bool:
    counter = SampleCounter()
    counter.learn(counts)
    return counter.is_good


def test_a_counter_is_one_with_a_hole_in_it_too() -> None:
    assert counts_samples(np.arange(100.0))
    assert counts_samples(np.r_[np.arange(50.0), np.arange(60.0, 110.0)])


@pytest.mark.parametrize("counts", [np.zeros(100), np.repeat(np.arange(25.0), 4), np.arange(5.0)])
def test_a_channel_that_counts_something_else_is_no_counter(counts: np.ndarray) -> None:
    assert not counts_samples(counts)
