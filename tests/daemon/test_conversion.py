"""Whatever a driver reads becomes BDF+ that tells the same events."""

from math import inf
from pathlib import Path

import pytest

from amr_monitor.config import Settings
from amr_monitor.daemon.composition import compose_replay
from amr_monitor.daemon.conversion import convert
from amr_monitor.daemon.sources import open_recording
from amr_monitor.model.errors import SourceFormatError, StorageError
from amr_monitor.model.events import Event, JournalEntry
from amr_monitor.model.signal import Gap
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.simulation import simulate, write_recording
from amr_monitor.simulation.xdf import write_xdf
from amr_monitor.storage.recorder import Recorder
from tests.storage.recordings import block, info

SETTINGS = Settings()


def told(paths: list[Path]) -> list[Event]:
    entries: list[JournalEntry] = []
    opened = open_recording(paths, SETTINGS, speed=inf)
    composed = compose_replay(
        opened, SETTINGS, keeps=False, serves=False, on_entries=entries.extend
    )
    composed.begin()
    composed.session.run()
    composed.close()
    return [entry.event for entry in entries if entry.event.scope == "core"]


@pytest.fixture(scope="module")
def surgery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("surgery") / "surgery.edf"
    write_recording(simulate("abrupt_loss", seed=3, minutes=4, rate_hz=2000), path)
    return path


def test_an_edf_file_tells_the_same_events_as_bdf(surgery: Path, tmp_path: Path) -> None:
    (written,) = convert([surgery], SETTINGS, tmp_path / "a.bdf", progress=lambda _: None)
    assert told([written]) == told([surgery])


def test_a_folder_of_segments_becomes_as_many_files(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    taken = Recorder(folder=folder, info=info())
    for index in (700, 2200, 2900):
        taken.take_stimulus(Stimulus(sample_index=index, fraction=0.3, current_ma=8.0))
    taken.take_text(0, "cmd: open_case by=amr-monitor")
    taken.take_block(block(0, 1500))
    taken.take_gap(Gap(sample_index=1500, resumes_at_s=9.125, reason="cable"))
    taken.take_block(block(1500, 2500))
    taken.take_text(4000, "cmd: close_case by=amr-monitor")
    taken.close()
    written = convert([folder], SETTINGS, tmp_path / "a.bdf", progress=lambda _: None)
    assert [path.name for path in written] == ["a.bdf", "a-0002.bdf"]
    assert told(written) == told([folder])


def test_another_format_is_put_on_the_steps_of_a_live_recording(tmp_path: Path) -> None:
    surgery = simulate("abrupt_loss", seed=3, minutes=4, rate_hz=2000)
    write_xdf(surgery, tmp_path / "a.xdf")
    shares: list[float] = []
    written = convert([tmp_path / "a.xdf"], SETTINGS, tmp_path / "a.bdf", progress=shares.append)
    assert [path.name for path in written] == ["a.bdf"]
    assert shares[-1] == pytest.approx(1.0, abs=0.01)
    before, after = told([tmp_path / "a.xdf"]), told(written)
    assert [(e.type, e.sample_index) for e in after] == [(e.type, e.sample_index) for e in before]
    assert {path.suffix for path in tmp_path.iterdir()} <= {".xdf", ".bdf", ".json"}


def test_nothing_is_written_over_another_file(surgery: Path, tmp_path: Path) -> None:
    (tmp_path / "a.bdf").write_bytes(b"precious")
    with pytest.raises(StorageError, match="is there already"):
        convert([surgery], SETTINGS, tmp_path / "a.bdf", progress=lambda _: None)
    assert (tmp_path / "a.bdf").read_bytes() == b"precious"


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"nothing")
    with pytest.raises(SourceFormatError):
        convert([tmp_path / "a.txt"], SETTINGS, tmp_path / "a.bdf", progress=lambda _: None)
