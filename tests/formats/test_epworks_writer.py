from pathlib import Path

import pytest

from amr_monitor.formats.epworks_history import FILETIME_PER_S, filetime_of
from amr_monitor.formats.epworks_rec import RecFile
from amr_monitor.formats.epworks_study import read_study
from amr_monitor.formats.epworks_writer import StudyWriter, SweepToWrite
from amr_monitor.model.errors import StorageError
from tests.drivers.epworks_studies import START, group, noise, write


def test_each_channel_has_its_rec_with_every_sweep_bit_for_bit(tmp_path: Path) -> None:
    writer, (sweeps,) = write(tmp_path, n_sweeps=[7])
    for channel in range(2):
        rec = RecFile(writer.rec_path(0, channel), name="rec")
        assert rec.n_blocks == 7
        for k in range(7):
            assert rec.samples(k, 888).tobytes() == sweeps[k, channel].tobytes()
        times = rec.blocks(0, 7)["filetime"]
        assert times.tolist() == [filetime_of(START) + (1 + k) * FILETIME_PER_S for k in range(7)]


def test_the_iom_describes_every_block(tmp_path: Path) -> None:
    writer, _ = write(tmp_path)
    study = read_study("x.iom", writer.iom_path.read_bytes())
    rec = RecFile(writer.rec_path(0, 1), name="rec")
    for row in rec.blocks(0, rec.n_blocks)["guid"]:
        assert row.tobytes() in study.waveforms
    assert rec.header.trace_id in study.traces
    assert rec.header.channel_id in study.channels


def test_the_same_calls_give_the_same_bytes(tmp_path: Path) -> None:
    one, _ = write(tmp_path / "a")
    other, _ = write(tmp_path / "b")
    assert one.iom() == other.iom()
    assert one.rec_path(0, 0).read_bytes() == other.rec_path(0, 0).read_bytes()


def test_a_new_session_has_a_folder_of_its_own(tmp_path: Path) -> None:
    what = group()
    writer = StudyWriter(tmp_path, START, [what])
    samples = noise(what, 2)
    writer.append(SweepToWrite(time_s=1.0, samples_uv=samples[0]))
    writer.begin_session(60.0)
    writer.append(SweepToWrite(time_s=61.0, samples_uv=samples[1]))
    assert len(list((tmp_path / "History").iterdir())) == 2
    assert len(list((tmp_path / "History").rglob("*.REC"))) == 4


def test_a_sweep_may_lack_a_channel(tmp_path: Path) -> None:
    what = group()
    writer = StudyWriter(tmp_path, START, [what])
    writer.append(SweepToWrite(time_s=1.0, samples_uv=noise(what, 1)[0]), only=[1])
    assert [path.name for path in (tmp_path / "History").rglob("*.REC")] == ["0001.REC"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "study").write_text("a file", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        StudyWriter(tmp_path / "study", START, [group()]).save()
