"""What `SampleSource` promises, held by every source in `tests.contracts.sources`."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.dsp.cutting import SweepCutter, onset_column
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import (
    Annotation,
    ReceivedUpTo,
    SampleSource,
    SourceItem,
    SourceWarning,
)
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.model.sweep import Sweep, sweep_offsets
from tests.contracts.sources import SOURCES, Opener

BLOCK_SIZES = [37, 1000, 20_000]

pytestmark = pytest.mark.parametrize("opener", SOURCES.values(), ids=SOURCES.keys())


def all_items(source: SampleSource) -> list[SourceItem]:
    items: list[SourceItem] = []
    while (read := source.read(timeout_s=0.1)) is not None:
        items += read
    return items


def sweeps_of(source: SampleSource, items: Sequence[SourceItem]) -> list[Sweep]:
    """Return sweeps as the monitor would get them: given, or cut from blocks."""
    info = source.info
    cutter = SweepCutter(
        n_channels=len(info.montage.channels),
        rate_hz=info.sampling_rate_hz,
        start_ms=info.sweep_start_ms,
        end_ms=info.sweep_end_ms,
    )
    has_blocks = any(isinstance(item, SampleBlock) for item in items)
    sweeps: list[Sweep] = []
    for item in items:
        if isinstance(item, Sweep):
            sweeps.append(item)
        elif has_blocks and isinstance(item, Stimulus):
            cutter.push_stimulus(item)
        elif has_blocks and isinstance(item, Gap):
            cutter.reset(sample_index=item.sample_index)
        elif isinstance(item, SampleBlock):
            sweeps += cutter.push(item)
    return sweeps


def test_blocks_follow_each_other_and_gaps_take_no_index(opener: Opener, tmp_path: Path) -> None:
    source = opener(tmp_path, 700)
    expected = 0
    time_s = source.info.first_time_s
    items = all_items(source)
    for item in items:
        if isinstance(item, SampleBlock):
            assert item.first_index == expected
            assert item.samples_uv.shape[0] == len(source.info.montage.channels)
            assert item.samples_uv.shape[1] > 0
            assert item.samples_uv.dtype == np.float32
            assert np.isfinite(item.samples_uv).all()
            time_s += item.samples_uv.shape[1] / source.info.sampling_rate_hz
            expected = item.end_index
        elif isinstance(item, Gap):
            assert item.sample_index == expected
            assert item.resumes_at_s > time_s
            assert item.reason
            time_s = item.resumes_at_s
    is_pre_cut = source.info.trigger_quality is TriggerQuality.SWEEP_LOCKED
    assert is_pre_cut or expected > 0


def test_pre_cut_sweeps_count_time_and_come_without_blocks_and_gaps(
    opener: Opener, tmp_path: Path
) -> None:
    source = opener(tmp_path, 700)
    items = all_items(source)
    if source.info.trigger_quality is not TriggerQuality.SWEEP_LOCKED:
        assert any(isinstance(item, SampleBlock) for item in items)
        return
    assert not any(isinstance(item, SampleBlock | Gap) for item in items)
    sweeps = [item for item in items if isinstance(item, Sweep)]
    assert sweeps
    assert sweeps[0].first_index >= 0
    for sweep in sweeps:
        assert 0 <= sweep.onset_sample < sweep.samples_uv.shape[1]
        assert sweep.samples_uv.shape[0] == len(source.info.montage.channels)


@pytest.mark.parametrize("block_samples", [None, *BLOCK_SIZES])
def test_stimuli_come_in_order_and_before_their_samples_end(
    opener: Opener, tmp_path: Path, block_samples: int | None
) -> None:
    given = -1.0
    received = 0
    for item in all_items(opener(tmp_path, block_samples)):
        if isinstance(item, Stimulus):
            assert item.position > given
            assert item.sample_index >= received
            given = item.position
        elif isinstance(item, SampleBlock):
            received = item.end_index
        elif isinstance(item, ReceivedUpTo):
            received = max(received, item.sample_index)
    assert given > 0


@pytest.mark.parametrize("block_samples", [None, *BLOCK_SIZES])
def test_annotations_come_in_order_and_before_what_ends_after_them(
    opener: Opener, tmp_path: Path, block_samples: int | None
) -> None:
    newest = 0
    ended = 0
    for item in all_items(opener(tmp_path, block_samples)):
        if isinstance(item, Annotation):
            assert item.text
            assert item.sample_index >= newest
            assert item.sample_index >= ended
            newest = item.sample_index
        elif isinstance(item, SampleBlock | Sweep):
            ended = max(ended, item.end_index)


def test_sweeps_are_the_same_in_every_way_of_reading(opener: Opener, tmp_path: Path) -> None:
    source = opener(tmp_path, None)
    expected = sweeps_of(source, all_items(source))
    assert expected
    for size in BLOCK_SIZES:
        again = opener(tmp_path, size)
        found = sweeps_of(again, all_items(again))
        assert [s.stimulus for s in found] == [s.stimulus for s in expected]
        assert [s.first_index for s in found] == [s.first_index for s in expected]
        assert [s.other_stimuli_ms for s in found] == [s.other_stimuli_ms for s in expected]
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one.samples_uv, other.samples_uv)


def test_texts_and_gaps_are_the_same_in_every_way_of_reading(
    opener: Opener, tmp_path: Path
) -> None:
    def told(block_samples: int | None) -> list[list[SourceItem]]:
        items = all_items(opener(tmp_path, block_samples))
        kinds = (Annotation, Gap, Stimulus, SourceWarning)
        return [[item for item in items if isinstance(item, kind)] for kind in kinds]

    expected = told(None)
    for size in BLOCK_SIZES:
        assert told(size) == expected


def test_a_sweep_follows_its_stimulus_and_all_inside_its_window(
    opener: Opener, tmp_path: Path
) -> None:
    source = opener(tmp_path, None)
    items = all_items(source)
    stimuli = [item for item in items if isinstance(item, Stimulus)]
    given: list[Stimulus] = []
    before, after = sweep_offsets(
        source.info.sampling_rate_hz, source.info.sweep_start_ms, source.info.sweep_end_ms
    )
    for item in items:
        if isinstance(item, Stimulus):
            given.append(item)
        elif isinstance(item, Sweep):
            assert item.stimulus in given
            assert {s for s in stimuli if s.sample_index < item.end_index} <= set(given)
            assert item.samples_uv.shape[1] == before + after
            assert item.first_index + item.onset_sample == onset_column(item.stimulus)
    if any(isinstance(item, Sweep) for item in items):
        assert isinstance(items[-1], ReceivedUpTo)


def test_the_same_recording_gives_the_same_identity(opener: Opener, tmp_path: Path) -> None:
    first, second = opener(tmp_path, None), opener(tmp_path, 1000)
    assert first.info == second.info
    assert first.info is first.info


def test_after_the_end_there_is_nothing_again_and_again(opener: Opener, tmp_path: Path) -> None:
    source = opener(tmp_path, 20_000)
    all_items(source)
    assert source.read(timeout_s=0.0) is None
    assert source.read(timeout_s=0.0) is None
    source.close()
    assert source.read(timeout_s=0.0) is None


def test_closing_twice_and_from_another_thread_is_allowed(opener: Opener, tmp_path: Path) -> None:
    source = opener(tmp_path, 100)
    reading = threading.Thread(target=all_items, args=(source,))
    reading.start()
    source.close()
    source.close()
    reading.join(timeout=30.0)
    assert not reading.is_alive()
    assert source.read(timeout_s=0.0) is None


def test_what_it_is_can_be_used(opener: Opener, tmp_path: Path) -> None:
    info = opener(tmp_path, None).info
    assert info.name
    assert info.sampling_rate_hz > 0
    assert info.start_utc is None or info.start_utc.tzinfo is not None
    assert info.sweep_start_ms < 0 < info.sweep_end_ms
