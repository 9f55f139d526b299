"""An amplifier that came back as another one is so in the replay, at its place."""

from pathlib import Path

import numpy as np

from amr_monitor.drivers.chained import ChainedSource
from amr_monitor.drivers.registry import open_source
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, SourceChanged, SourceItem
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.storage.recorder import Recorder
from tests.storage.recordings import block, info

GAP = Gap(sample_index=2500, resumes_at_s=9.5, reason="another amplifier")


def opened(folder: Path, *, block_samples: int | None = None) -> ChainedSource:
    if not any(folder.iterdir()):
        taken = Recorder(folder=folder, info=info())
        taken.take_stimulus(Stimulus(sample_index=700, current_ma=8.0))
        taken.take_block(block(0, 2500))
        taken.take_text(2500, "before")
        taken.take_gap(GAP)
        taken.take_change(SourceChanged(sample_index=2500, info=info(rate_hz=4000.0)))
        taken.take_text(2500, "after")
        taken.take_stimulus(Stimulus(sample_index=5000, fraction=0.5, current_ma=8.0))
        taken.take_block(block(2500, 9000))
        taken.close()
    source = open_source([folder], block_samples=block_samples)
    assert isinstance(source, ChainedSource)
    return source


def items_of(source: ChainedSource) -> list[SourceItem]:
    items: list[SourceItem] = []
    while (read := source.read(timeout_s=0.0)) is not None:
        items += read
    assert source.read(timeout_s=0.0) is None
    source.close()
    return items


def test_the_change_stands_between_the_gap_and_the_first_block_after_it(tmp_path: Path) -> None:
    items = items_of(opened(tmp_path, block_samples=1000))
    at = items.index(GAP)
    changed = items[at + 1]
    assert isinstance(changed, SourceChanged)
    assert changed.sample_index == 2500
    assert changed.info.sampling_rate_hz == 4000.0
    texts = [(items.index(i), i.text) for i in items if isinstance(i, Annotation)]
    assert [text for _, text in texts] == ["before", "after"]
    assert texts[0][0] < at < texts[1][0]
    found = [i.position for i in items if isinstance(i, Stimulus)]
    assert found == [700.0, 5000.5]


def test_blocks_count_on_without_hole_whatever_their_size(tmp_path: Path) -> None:
    rows = []
    for block_samples in (None, 333):
        items = items_of(opened(tmp_path, block_samples=block_samples))
        blocks = [item for item in items if isinstance(item, SampleBlock)]
        assert [b.first_index for b in blocks[1:]] == [b.end_index for b in blocks[:-1]]
        rows.append(np.concatenate([b.samples_uv for b in blocks], axis=1))
    assert rows[0].shape == (2, 11_500)
    assert rows[0].tobytes() == rows[1].tobytes()


def test_it_is_told_as_one_recording(tmp_path: Path) -> None:
    source = opened(tmp_path)
    assert source.info.sampling_rate_hz == 1000.0
    assert source.info.duration_s == 9.5 + 9000 / 4000.0
    assert [annotation.text for annotation in source.annotations] == ["before", "after"]
    assert opened(tmp_path).info.content_hash == source.info.content_hash
    source.close()
    assert source.read(timeout_s=0.0) is None
