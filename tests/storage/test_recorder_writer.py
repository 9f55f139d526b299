"""Files begin where the samples say so, and nothing is given up while there is a try left."""

import json
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.segment_text import segment_place
from amr_monitor.model.events import RecorderFileOpened, RecorderLost
from amr_monitor.model.signal import Gap
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.storage.recorder import recorded_channels
from amr_monitor.storage.recorder_file import digital_rows
from amr_monitor.storage.recorder_writer import (
    LATE_S,
    TEXTS_FILE,
    CaseWriter,
    RecordedSamples,
    RecordedText,
    RecorderEvent,
)
from amr_monitor.storage.settings import RecorderSettings
from tests.storage.recordings import info, samples

CHANNELS = recorded_channels(info())


class Writing:
    """A writer whose clock and patience belong to the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now_s = 0.0
        self.waits: list[float] = []
        self.told: list[RecorderEvent] = []
        self.writer = CaseWriter(
            folder=folder,
            channels=CHANNELS,
            first_time_s=0.0,
            settings=RecorderSettings(),
            tell=self.told.append,
            wait=self._wait,
            clock=lambda: self.now_s,
        )

    def _wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return len(self.waits) < 4

    def samples(self, first: int, count: int) -> None:
        rows = digital_rows(samples(first, count), CHANNELS.lines)
        self.writer.take(RecordedSamples(first_index=first, digital=rows))

    def stated(self, number: int) -> int | None:
        recording = EdfFile(self.folder / f"segment-{number:04d}.bdf")
        recording.close()
        return recording.header.n_records_stated


def test_the_file_before_stays_open_a_while_for_what_comes_late(tmp_path: Path) -> None:
    writing = Writing(tmp_path)
    writing.samples(0, 1000)
    writing.writer.take(Gap(sample_index=1000, resumes_at_s=5.0, reason="cable"))
    writing.samples(1000, 1000)
    writing.writer.take(Stimulus(sample_index=400, fraction=0.5))
    writing.writer.take(RecordedText(sample_index=500, text="late"))
    assert writing.stated(1) is None
    writing.now_s += LATE_S
    writing.writer.look_around()
    assert writing.stated(1) == 1
    first = EdfFile(tmp_path / "segment-0001.bdf")
    assert {"Stim", "late"} <= {a.text for a in first.annotations}
    first.close()
    writing.writer.take(Stimulus(sample_index=600))
    (lost,) = [event for event in writing.told if isinstance(event, RecorderLost)]
    assert (lost.sample_index, lost.n_samples) == (600, 0)
    writing.writer.close()


def test_a_hole_in_the_samples_is_never_closed_up(tmp_path: Path) -> None:
    writing = Writing(tmp_path)
    writing.samples(0, 1500)
    writing.samples(2500, 1000)
    writing.writer.close()
    second = EdfFile(tmp_path / "segment-0002.bdf")
    (place,) = filter(None, (segment_place(a.text) for a in second.annotations))
    second.close()
    assert (place.first_index, place.onset_s) == (2500, 2.5)
    assert place.reason == "1000 samples could not be kept"


def test_a_text_of_a_moment_that_is_not_there_yet_waits_for_it(tmp_path: Path) -> None:
    writing = Writing(tmp_path)
    writing.writer.take(RecordedText(sample_index=0, text="first"))
    writing.samples(0, 1000)
    writing.writer.take(RecordedText(sample_index=1005, text="ahead"))
    writing.writer.take(Gap(sample_index=1000, resumes_at_s=5.0, reason="cable"))
    writing.samples(1000, 1000)
    writing.writer.close()
    texts = []
    for number in (1, 2):
        recording = EdfFile(tmp_path / f"segment-{number:04d}.bdf")
        texts.append([a.text for a in recording.annotations if segment_place(a.text) is None])
        recording.close()
    assert texts == [["first"], ["ahead"]]


def test_every_text_is_on_the_disk_at_once(tmp_path: Path) -> None:
    writing = Writing(tmp_path)
    writing.writer.take(RecordedText(sample_index=250, text="dura opened"))
    (line,) = (tmp_path / TEXTS_FILE).read_text().splitlines()
    assert json.loads(line) == {"sample_index": 250, "time_s": 0.25, "text": "dura opened"}


def test_a_file_that_cannot_be_made_is_tried_again_under_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = Writing(tmp_path)
    (tmp_path / "segment-0001.bdf").mkdir()
    writing.samples(0, 1000)
    writing.writer.close()
    (opened,) = [event for event in writing.told if isinstance(event, RecorderFileOpened)]
    assert opened.file == "segment-0002.bdf"
    assert len(writing.waits) == 1


def test_what_is_given_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing = Writing(tmp_path)
    monkeypatch.setattr("os.pwrite", _full)
    writing.samples(0, 1000)
    lost = [event for event in writing.told if isinstance(event, RecorderLost)]
    assert [(event.sample_index, event.n_samples) for event in lost] == [(0, 1000)]
    assert len(writing.waits) == 4


def _full(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_times_follow_the_segments(tmp_path: Path) -> None:
    writing = Writing(tmp_path)
    writing.writer.take(Gap(sample_index=1000, resumes_at_s=5.0, reason="cable"))
    times = [writing.writer.time_s(index) for index in (0, 999, 1000, 1500)]
    np.testing.assert_allclose(times, [0.0, 0.999, 5.0, 5.5])
