from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats.edf import EdfFile
from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, Origin, SampleSource, SourceChanged, SourceItem
from amr_monitor.model.stimulation import Stimulus, StimulusClass
from amr_monitor.simulation import SimulatedSource, Surgery, simulate, write_recording
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.stream import (
    Disconnect,
    InvalidSamples,
    LostSamples,
    MarkerFaults,
    StreamSettings,
)
from amr_monitor.simulation.transport import draw_transport
from tests.simulation.short import short_surgery


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


def test_what_a_stream_loses_is_a_gap_and_stimuli_in_it_are_none() -> None:
    surgery = short_surgery(
        Disconnect(
            seconds=fixed(1.3), lasting_s=fixed(1.0), rate_hz=1000.0, missing=Muscle.MENTALIS
        ),
        phase_s=1.0,
    )
    items = everything(SimulatedSource(surgery, block_samples=700))
    (gap,) = [item for item in items if isinstance(item, Gap)]
    assert gap.sample_index == 2600
    assert gap.resumes_at_s == pytest.approx(2.3)
    (changed,) = [item for item in items if isinstance(item, SourceChanged)]
    assert items.index(changed) == items.index(gap) + 1
    assert changed.info.sampling_rate_hz == 1000.0
    assert changed.info.montage.muscles == (Muscle.ORBICULARIS_OCULI,)
    blocks = [item for item in items if isinstance(item, SampleBlock)]
    assert all(a.end_index == b.first_index for a, b in pairwise(blocks))
    assert {block.samples_uv.shape[0] for block in blocks} == {1, 2}
    times_s = surgery.pulses.time_s
    true_s = times_s[(times_s < 1.3) | (times_s >= 2.3)]
    heard_s = [
        item.position / 2000.0 if item.position < 2600 else 2.3 + (item.position - 2600) / 1000.0
        for item in items
        if isinstance(item, Stimulus)
    ]
    assert heard_s == pytest.approx(list(true_s))
    away = [mark for mark in surgery.marks if 1.3 <= mark.time_s < 2.3]
    texts = [item.text for item in items if isinstance(item, Annotation)]
    assert texts == [mark.text for mark in surgery.marks if mark not in away]


def test_lost_samples_are_gaps_and_invalid_ones_are_no_numbers() -> None:
    surgery = short_surgery(
        LostSamples(share=fixed(0.05), lost_ms=fixed(20.0)),
        InvalidSamples(seconds=fixed(2.0), lasting_s=fixed(0.1)),
        phase_s=1.0,
    )
    items = everything(SimulatedSource(surgery))
    gaps = [item for item in items if isinstance(item, Gap)]
    transport = draw_transport(surgery)
    assert len(gaps) == len(transport.holes_s) > 3
    n_received = sum(i.samples_uv.shape[1] for i in items if isinstance(i, SampleBlock))
    n_missing = sum(
        int(np.ceil(end * 2000.0)) - int(np.ceil(start * 2000.0))
        for start, end in transport.holes_s
    )
    assert n_received == surgery.n_samples - n_missing
    assert np.isnan(samples(items)).any(axis=0).sum() in range(150, 201)


def test_by_markers_alone_their_faults_are_the_stimuli() -> None:
    fault = MarkerFaults(
        missing_probability=fixed(0.3), doubled_probability=fixed(0.3), wrong_probability=fixed(0.3)
    )
    alone = short_surgery(fault, phase_s=6.0, stream=StreamSettings(trigger_channel=False))
    with_trigger = short_surgery(fault, phase_s=6.0)
    stimuli = [i for i in everything(SimulatedSource(alone)) if isinstance(i, Stimulus)]
    triggered = [i for i in everything(SimulatedSource(with_trigger)) if isinstance(i, Stimulus)]
    n = len(alone.pulses.time_s)
    assert len(triggered) == n
    assert len(stimuli) == len([m for m in draw_transport(alone).markers if m.pulse is not None])
    assert any(stimulus.current_ma is None for stimulus in triggered)
    assert any(stimulus.stimulus_class is StimulusClass.ZLR for stimulus in stimuli)
