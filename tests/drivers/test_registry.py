from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from amr_monitor.drivers import registry
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.registry import is_recording, is_study, open_source
from amr_monitor.model.errors import SourceError, SourceFormatError
from amr_monitor.model.source import SampleSource
from tests.drivers.surgeries import Surgery


class ForeignDriver:
    """What another package would bring."""

    formats = "FOREIGN"

    def recognises(self, head: bytes) -> bool:
        return head.startswith(b"FOREIGN")

    def open(
        self, paths: Sequence[Path], settings: RecordingSettings, *, block_samples: int | None
    ) -> SampleSource:
        del settings, block_samples
        raise SourceError(f"opened {paths[0].name}")


foreign_driver = ForeignDriver()


def entry_point(value: str) -> EntryPoint:
    return EntryPoint(name="foreign", value=value, group=registry.ENTRY_POINT_GROUP)


def fault(*paths: Path) -> str:
    with pytest.raises(SourceError) as caught:
        open_source(list(paths))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_file_is_known_by_its_first_bytes_whatever_its_name(tmp_path: Path) -> None:
    path = Surgery(seconds=2.0, stimuli_s=[0.7, 1.2]).write(tmp_path / "x.edf")
    other = path.rename(tmp_path / "recording.dat")
    assert open_source([other]).info.name == "recording.dat"


def test_a_folder_is_one_recording_whatever_else_lies_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    Surgery(seconds=2.0, stimuli_s=[0.7, 1.2]).write(folder / "x.edf")
    (folder / "x.truth.json").write_text("{}")
    (folder / "empty").touch()
    assert open_source([folder]).info.duration_s == 2.0


def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    text = tmp_path / "x.edf"
    text.write_text("Dear colleague,\nplease find")
    assert "is no recording: it begins with 'Dear colleague,.'; EDF, EDF+, BDF and BDF+, " in fault(
        text
    )
    empty = tmp_path / "empty.edf"
    empty.touch()
    assert "it is empty" in fault(empty)
    assert "cannot be opened: No such file" in fault(tmp_path / "none.edf")
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "no recording in this folder" in fault(folder)
    assert "no recording is named" in fault()


def test_a_driver_of_another_package_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entry_point(f"{__name__}:foreign_driver")
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    monkeypatch.setattr(EntryPoint, "load", lambda self: foreign_driver)
    path = tmp_path / "x.bin"
    path.write_bytes(b"FOREIGN data")
    assert fault(path) == "opened x.bin"
    edf = Surgery(seconds=2.0, stimuli_s=[0.7, 1.2]).write(tmp_path / "x.edf")
    assert "recordings of several kinds" in fault(path, edf)
    assert fault(path, edf).endswith("amr-monitor batch FOLDER")


def test_a_driver_that_cannot_be_loaded_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entry_point("no.such.package:driver")
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    path = tmp_path / "x.bin"
    path.write_bytes(b"something")
    with pytest.raises(SourceError, match="driver foreign of an installed package"):
        open_source([path])
    edf = Surgery(seconds=2.0, stimuli_s=[0.7, 1.2]).write(tmp_path / "x.edf")
    assert open_source([edf]).info.name == "x.edf"


def test_one_file_among_others_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    edf = Surgery(seconds=2.0, stimuli_s=[0.7, 1.2]).write(tmp_path / "x.edf")
    other = tmp_path / "notes.txt"
    other.write_text("notes")
    with pytest.raises(SourceFormatError, match=r"notes\.txt: is no recording"):
        open_source([edf, other])


def test_what_is_a_recording_by_itself_is_told_without_opening_it(tmp_path: Path) -> None:
    path = Surgery(seconds=2.0, stimuli_s=[0.7, 1.2]).write(tmp_path / "x.edf")
    other = path.rename(tmp_path / "recording.dat")
    table = tmp_path / "notes.csv"
    table.write_text("a,b\n1,2\n")
    (tmp_path / "spike2.smr").touch()
    assert is_recording(other)
    assert is_recording(tmp_path / "spike2.smr")
    assert not is_recording(table)
    assert not is_study(tmp_path)
    assert is_study(Path("fixtures/epworks"))
