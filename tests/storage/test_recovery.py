"""A recording cut by a crash is whole again, with everything but its last second."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyedflib
import pytest

from amr_monitor.drivers.registry import open_source
from amr_monitor.formats.bdf_recorder import GrowingBdf
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_header import RECORD_COUNT_FIELD
from amr_monitor.model.errors import SourceFormatError, StorageError
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.storage.recorder import Recorder
from amr_monitor.storage.recorder_writer import TEXTS_FILE
from amr_monitor.storage.recording_proof import HASHES_SUFFIX
from amr_monitor.storage.recovery import recover, recover_all, unclosed
from tests.storage.recordings import block, info

ROOT = Path(__file__).parents[2]
FIRST = "segment-0001.bdf"


def recorded(folder: Path, n_samples: int = 3500) -> Path:
    taken = Recorder(folder=folder, info=info())
    taken.take_text(0, "cmd: open_case by=amr-monitor")
    for index in range(300, n_samples, 500):
        taken.take_stimulus(Stimulus(sample_index=index, fraction=0.5, current_ma=8.0))
    taken.take_block(block(0, n_samples))
    taken.take_text(n_samples - 1200, "vessel moved: AICA")
    taken.take_text(n_samples - 100, "the last word " + "x" * 200)
    taken.close()
    return folder / FIRST


def cut(path: Path, n_records: int, *, n_more: int = 0) -> None:
    """Leave a file as a crash would: so many records, and a part of the next one."""
    recording = EdfFile(path)
    size = recording.header.n_bytes + n_records * recording.header.record_bytes + n_more
    recording.close()
    with path.open("r+b") as file:
        file.seek(RECORD_COUNT_FIELD.start)
        file.write(b"-1      ")
        file.truncate(size)
    path.with_suffix(HASHES_SUFFIX).unlink(missing_ok=True)


def samples_of(path: Path) -> np.ndarray:
    recording = EdfFile(path)
    rows = [recording.read_digital(s, 0, recording.n_samples(s)) for s in recording.signals]
    recording.close()
    return np.stack(rows)


def texts_of(path: Path) -> list[str]:
    source = open_source([path], block_samples=500)
    texts = []
    while (items := source.read(timeout_s=0.0)) is not None:
        texts += [item.text for item in items if isinstance(item, Annotation)]
    source.close()
    return texts


@pytest.mark.parametrize("n_more", [0, 1, 4000])
def test_a_cut_file_gives_all_whole_records_its_stimuli_and_every_text(
    tmp_path: Path, n_more: int
) -> None:
    path = recorded(tmp_path)
    whole = samples_of(path)
    cut(path, 2, n_more=n_more)
    done = recover(path)
    assert (done.was_whole, done.n_records, done.n_bytes_cut) == (False, 2, n_more)
    assert done.n_texts == 2
    assert samples_of(path).tolist() == whole[:, :2000].tolist()
    recording = EdfFile(path)
    assert recording.warnings == ()
    recording.close()
    assert texts_of(path) == [
        "cmd: open_case by=amr-monitor",
        "vessel moved: AICA",
        "the last word " + "x" * 200,
    ]
    assert recover(path).was_whole
    assert {p.name for p in tmp_path.iterdir()} == {FIRST, TEXTS_FILE}


def test_a_whole_file_is_left_alone(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    before = path.read_bytes()
    assert recover(path).was_whole
    assert path.read_bytes() == before


def test_texts_go_into_the_file_that_they_belong_to(tmp_path: Path) -> None:
    taken = Recorder(folder=tmp_path, info=info())
    taken.take_block(block(0, 1500))
    taken.take_text(1400, "in the first")
    taken.take_gap(Gap(sample_index=1500, resumes_at_s=60.0, reason="cable"))
    taken.take_block(block(1500, 1500))
    taken.take_text(2900, "in the second")
    taken.close()
    second = tmp_path / "segment-0002.bdf"
    cut(second, 1)
    assert [r.path for r in recover_all(tmp_path)] == [second]
    assert texts_of(second) == ["in the second"]
    assert texts_of(tmp_path / FIRST) == ["in the first"]
    source = open_source([tmp_path], block_samples=1000)
    blocks, gaps = [], []
    while (items := source.read(timeout_s=0.0)) is not None:
        blocks += [item for item in items if isinstance(item, SampleBlock)]
        gaps += [item for item in items if isinstance(item, Gap)]
    source.close()
    assert blocks[-1].end_index == 2500
    assert [(gap.sample_index, gap.resumes_at_s) for gap in gaps] == [(1500, 60.0)]


def test_a_recording_of_another_program_that_was_cut_is_made_whole(tmp_path: Path) -> None:
    path = tmp_path / "other.edf"
    with pyedflib.EdfWriter(str(path), 1, file_type=pyedflib.FILETYPE_EDFPLUS) as other:
        other.setSignalHeader(0, {**pyedflib.highlevel.make_signal_header("OOc")})
        for _ in range(4):
            other.writePhysicalSamples(np.arange(256.0))
    cut(path, 3, n_more=11)
    assert recover(path).n_records == 3
    with pyedflib.EdfReader(str(path)) as again:
        assert again.getNSamples()[0] == 3 * 256


def test_a_file_without_a_whole_record_does_not_stay_in_the_way(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    cut(path, 0, n_more=500)
    assert unclosed(tmp_path) == [path]
    (done,) = recover_all(tmp_path)
    assert done.n_records == 0
    assert not path.exists()


def test_a_file_that_still_grows_is_not_touched(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    cut(path, 2)
    growing = GrowingBdf.reopen(path, n_records=2, first_onset_s=0.0)
    told: list[str] = []
    assert recover_all(tmp_path, tell=told.append) == []
    assert len(told) == 1
    assert "still writing" in told[0]
    with pytest.raises(StorageError, match="still writing"):
        recover(path)
    growing.abandon()
    assert recover(path).n_records == 2


def test_what_fails_leaves_the_original_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recorded(tmp_path)
    cut(path, 2)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(StorageError, match="the original is as it was"):
        recover(path)
    assert path.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {FIRST, TEXTS_FILE}


def test_a_file_that_is_no_recording_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.bdf"
    path.write_bytes(b"nothing")
    with pytest.raises(SourceFormatError, match="not an EDF or BDF file"):
        recover(path)
    assert unclosed(tmp_path) == []


def test_a_damaged_log_of_texts_is_no_obstacle(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    cut(path, 2)
    with (tmp_path / TEXTS_FILE).open("a") as log:
        log.write('{"sample_index": 1, "te')
    assert recover(path).n_texts == 2


@pytest.mark.parametrize("after_s", [3, 8])
def test_after_kill_9_at_most_one_record_is_lost(tmp_path: Path, after_s: int) -> None:
    process = subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "tests.storage.recording_process", str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert process.stdout is not None
    taken = [int(process.stdout.readline()) for _ in range(after_s)][-1]
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    (done,) = recover_all(tmp_path)
    n_kept = done.n_records * 1000
    assert n_kept >= taken - 1000
    source = open_source([tmp_path], block_samples=500)
    blocks: list[SampleBlock] = []
    stimuli, texts = [], []
    while (items := source.read(timeout_s=0.0)) is not None:
        blocks += [item for item in items if isinstance(item, SampleBlock)]
        stimuli += [item for item in items if isinstance(item, Stimulus)]
        texts += [item.text for item in items if isinstance(item, Annotation)]
    source.close()
    wanted = np.concatenate([block(i, 100).samples_uv for i in range(0, n_kept, 100)], axis=1)
    read = np.concatenate([b.samples_uv for b in blocks], axis=1)
    np.testing.assert_allclose(read, wanted, atol=0.0004)
    assert [(s.sample_index, s.current_ma) for s in stimuli] == [
        (i, 8.0 + i / 1000) for i in range(700, n_kept, 1000)
    ]
    assert texts[0] == "cmd: open_case by=amr-monitor"
    # Every text that was taken before the last second is there, and later ones may be.
    assert [f"note {i}" for i in range(900, taken, 1000)] == texts[1:][: taken // 1000]
