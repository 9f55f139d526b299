from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats.edf import EdfFile
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.source import Annotation, Origin, SampleSource, SourceItem
from amr_monitor.model.stimulation import Stimulus, StimulusClass
from amr_monitor.simulation import SimulatedSource, Surgery, simulate, write_recording


def everything(source: SimulatedSource) -> list[SourceItem]:
    items: list[SourceItem] = []
    while (batch := source.read(timeout_s=0.0)) is not None:
        items.extend(batch)
    return items


def samples(items: list[SourceItem]) -> np.ndarray:
    return np.concatenate([i.samples_uv for i in items if isinstance(i, SampleBlock)], axis=1)


def test_it_is_a_source_that_says_it_is_simulated(lost: Surgery) -> None:
    source = SimulatedSource(lost)
    assert isinstance(source, SampleSource)
    assert source.info.origin is Origin.SIMULATED
    assert source.info is source.info
    assert source.info.montage.muscles == lost.scenario.muscles
    assert source.info.duration_s == lost.duration_s


@pytest.mark.parametrize("block_samples", [37, 1000, 20_000])
def test_the_size_of_blocks_changes_nothing(lost: Surgery, block_samples: int) -> None:
    usual = everything(SimulatedSource(lost))
    other = everything(SimulatedSource(lost, block_samples=block_samples))
    assert np.array_equal(samples(usual), samples(other))
    for kind in (Stimulus, Annotation):
        assert [i for i in usual if isinstance(i, kind)] == [
            i for i in other if isinstance(i, kind)
        ]


def test_blocks_follow_each_other_and_stimuli_come_with_their_block(lost: Surgery) -> None:
    end = 0
    seen = -1.0
    waiting: list[int] = []
    for item in everything(SimulatedSource(lost, block_samples=333)):
        if isinstance(item, SampleBlock):
            assert item.first_index == end
            end = item.end_index
            assert all(end > index >= item.first_index for index in waiting)
            waiting = []
        elif isinstance(item, Stimulus):
            assert item.position > seen
            seen = item.position
            waiting.append(item.sample_index)
    assert end == lost.n_samples


def test_the_end_stays_the_end_and_closing_is_one(lost: Surgery) -> None:
    source = SimulatedSource(lost, block_samples=lost.n_samples)
    assert source.read(timeout_s=0.0)
    assert source.read(timeout_s=0.0) is None
    assert source.read(timeout_s=0.0) is None
    closed = SimulatedSource(lost)
    closed.close()
    closed.close()
    assert closed.read(timeout_s=0.0) is None


def test_it_gives_the_very_samples_that_its_recording_gives(lost: Surgery, tmp_path: Path) -> None:
    write_recording(lost, tmp_path / "lost.edf")
    recording = EdfFile(tmp_path / "lost.edf")
    live = samples(everything(SimulatedSource(lost)))
    for row, signal in enumerate(recording.signals[:2]):
        recorded = recording.read_physical(signal, 0, lost.n_samples)
        assert np.array_equal(live[row], recorded.astype(np.float32))
    recording.close()


def test_classes_are_told_only_where_a_marker_would_tell_them() -> None:
    surgery = simulate("foreign_stimuli", seed=3, minutes=4.0, rate_hz=1000)
    items = everything(SimulatedSource(surgery, block_samples=50_000))
    stimuli = [item for item in items if isinstance(item, Stimulus)]
    assert {s.stimulus_class for s in stimuli} == {
        None,
        StimulusClass.BAEP_CLICK,
        StimulusClass.ZLR,
        StimulusClass.MEP,
    }
    assert all(s.current_ma is None for s in stimuli if s.stimulus_class == "baep_click")
    assert all(s.current_ma for s in stimuli if s.stimulus_class is None)


def test_marks_come_as_annotations(lost: Surgery) -> None:
    items = everything(SimulatedSource(lost))
    marks = [item for item in items if isinstance(item, Annotation)]
    assert [mark.text for mark in marks] == [mark.text for mark in lost.marks]
    assert [mark.time_s for mark in marks] == [mark.time_s for mark in lost.marks]


def test_the_content_is_known_by_what_it_was_drawn_from(lost: Surgery) -> None:
    again = simulate("abrupt_loss", seed=5, minutes=3.2, rate_hz=2000)
    other = simulate("abrupt_loss", seed=6, minutes=3.2, rate_hz=2000)
    hashes = [SimulatedSource(surgery).info.content_hash for surgery in (lost, again, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_block_without_samples_is_refused(lost: Surgery) -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        SimulatedSource(lost, block_samples=0)
