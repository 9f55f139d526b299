"""The order in which a live source gives what it has."""

import numpy as np

from amr_monitor.drivers.lsl_lane import Lane
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, SourceWarning
from amr_monitor.model.stimulation import Stimulus


def block(first: int, n_samples: int) -> SampleBlock:
    values = np.arange(first, first + n_samples, dtype=np.float32)[np.newaxis]
    return SampleBlock(first_index=first, samples_uv=values)


def text(index: int) -> Annotation:
    return Annotation(sample_index=index, time_s=0.0, text="note")


def test_a_block_is_given_as_far_as_it_is_settled() -> None:
    lane = Lane()
    lane.add(block(0, 100))
    (first,) = lane.take(60)
    (rest,) = lane.take(100)
    assert isinstance(first, SampleBlock)
    assert isinstance(rest, SampleBlock)
    assert (first.first_index, first.end_index, rest.first_index) == (0, 60, 60)
    np.testing.assert_array_equal(np.r_[first.samples_uv[0], rest.samples_uv[0]], np.arange(100))
    assert lane.take(100) == []


def test_stimuli_and_texts_go_before_the_block_that_holds_them() -> None:
    lane = Lane()
    lane.add(block(0, 100))
    lane.add_text(text(80))
    lane.add_stimuli([Stimulus(sample_index=10), Stimulus(sample_index=70)])
    assert [type(item) for item in lane.take(50)] == [Stimulus, SampleBlock]
    assert [type(item) for item in lane.take(100)] == [Stimulus, Annotation, SampleBlock]


def test_a_late_stimulus_comes_at_once() -> None:
    lane = Lane()
    lane.add(block(0, 100))
    lane.take(100)
    lane.add_stimuli([Stimulus(sample_index=10)])
    assert lane.take(100) == [Stimulus(sample_index=10)]


def test_a_gap_stands_between_its_blocks() -> None:
    lane = Lane()
    gap = Gap(sample_index=100, resumes_at_s=9.0, reason="x")
    lane.add(block(0, 100))
    lane.add(gap)
    lane.add(block(100, 50))
    lane.add_text(text(100))
    lane.add_stimuli([Stimulus(sample_index=120)])
    kinds = [type(item) for item in lane.take(150)]
    assert kinds == [SampleBlock, Gap, Stimulus, Annotation, SampleBlock]


def test_warnings_are_told_at_once() -> None:
    lane = Lane()
    lane.add(block(0, 100))
    warning = SourceWarning(sample_index=5, code="x", message="y")
    lane.add_warnings([warning])
    assert lane.take(0) == [warning]
