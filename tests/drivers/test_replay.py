from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.edf_recording import open_edf
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.replay import ReplaySource
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, ReceivedUpTo, SourceItem
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep
from tests.drivers.surgeries import Surgery

HOLE = Surgery(
    hole=(4.0, 30.0),
    stimuli_s=[1.0, 2.0, 3.95, 30.2, 31.0, 31.05, 33.0],
    texts=[(0.0, "a"), (10.0, "b"), (30.0, "c"), (31.0, "d"), (99.0, "e")],
)


def source(
    tmp_path: Path, *, block_samples: int | None = None, sweeps_per_read: int = 64
) -> ReplaySource:
    path = tmp_path / "x.edf"
    if not path.exists():
        HOLE.write(path)
    return ReplaySource(
        open_edf([path], RecordingSettings())[0],
        block_samples=block_samples,
        sweeps_per_read=sweeps_per_read,
    )


def all_items(replay: ReplaySource) -> list[SourceItem]:
    items: list[SourceItem] = []
    while (read := replay.read(timeout_s=0.0)) is not None:
        items += read
    return items


def told(items: list[SourceItem]) -> list[str]:
    words = {Stimulus: "stimulus", Gap: "gap", ReceivedUpTo: "end", Sweep: "sweep"}
    return [
        item.text if isinstance(item, Annotation) else words[type(item)]
        for item in items
        if not isinstance(item, SampleBlock)
    ]


def test_everything_comes_in_order_and_a_sweep_only_where_its_samples_are(tmp_path: Path) -> None:
    assert told(all_items(source(tmp_path))) == [
        "a", "stimulus", "sweep", "stimulus", "sweep", "stimulus", "b", "gap", "c",
        "stimulus", "d", "stimulus", "stimulus", "sweep", "sweep", "stimulus", "sweep",
        "e", "end",
    ]  # fmt: skip


@pytest.mark.parametrize("block_samples", [1, 37, 1000, 20_000])
def test_blocks_tell_the_same_but_for_sweeps(tmp_path: Path, block_samples: int) -> None:
    expected = [word for word in told(all_items(source(tmp_path))) if word != "sweep"]
    found = all_items(source(tmp_path, block_samples=block_samples))
    assert told(found) == expected
    blocks = [item for item in found if isinstance(item, SampleBlock)]
    assert max(block.samples_uv.shape[1] for block in blocks) == block_samples
    whole = np.concatenate([block.samples_uv for block in blocks], axis=1)
    assert whole.shape == (2, 40_000)


@pytest.mark.parametrize("sweeps_per_read", [1, 2, 64])
def test_the_number_of_sweeps_a_read_changes_nothing(tmp_path: Path, sweeps_per_read: int) -> None:
    replay = source(tmp_path, sweeps_per_read=sweeps_per_read)
    items: list[SourceItem] = []
    while (read := replay.read(timeout_s=0.0)) is not None:
        assert sum(isinstance(item, Sweep) for item in read) <= sweeps_per_read
        items += read
    assert told(items) == told(all_items(source(tmp_path)))


def test_a_sweep_knows_the_stimuli_beside_it(tmp_path: Path) -> None:
    sweeps = [item for item in all_items(source(tmp_path)) if isinstance(item, Sweep)]
    assert [sweep.other_stimuli_ms for sweep in sweeps] == [(), (), (50.0,), (-50.0,), ()]


def test_texts_are_known_before_they_come(tmp_path: Path) -> None:
    assert [a.text for a in source(tmp_path).annotations] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(("block_samples", "sweeps_per_read"), [(0, 64), (-1, 64), (None, 0)])
def test_reads_that_would_give_nothing_are_refused(
    tmp_path: Path, block_samples: int | None, sweeps_per_read: int
) -> None:
    with pytest.raises(ValueError, match="at least one"):
        source(tmp_path, block_samples=block_samples, sweeps_per_read=sweeps_per_read)
