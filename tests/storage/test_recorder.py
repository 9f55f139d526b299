"""What comes from a source is on the disk, and comes back from there to the last bit."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import edfio
import mne
import numpy as np
import pyedflib
import pytest

from amr_monitor.drivers.registry import open_source
from amr_monitor.formats.edf import EdfFile
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import (
    DiskLow,
    RecorderFileClosed,
    RecorderFileOpened,
    RecorderLost,
    RecorderRecovered,
    RecorderStalled,
)
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, Origin, SourceChanged, SourceInfo, SourceItem
from amr_monitor.model.stimulation import Stimulus, StimulusClass
from amr_monitor.storage.recorder import Recorder, as_recorded
from amr_monitor.storage.recorder_writer import RecordedText, RecorderEvent
from amr_monitor.storage.settings import RecorderSettings
from tests.storage.recordings import block, info, samples

STIMULI = [
    Stimulus(sample_index=700, fraction=0.123456789, current_ma=8.0, polarity=1),
    Stimulus(sample_index=999, fraction=0.5, current_ma=8.0, polarity=-1),
    Stimulus(sample_index=1700, fraction=0.999999, stimulus_class=StimulusClass.ZLR),
    Stimulus(sample_index=1705, fraction=0.0, current_ma=3.25),
    Stimulus(sample_index=1707, fraction=0.25),
    Stimulus(sample_index=2999, fraction=0.75, current_ma=3.25),
]


def recorder(
    folder: Path, source: SourceInfo | None = None, settings: RecorderSettings | None = None
) -> Recorder:
    return Recorder(folder=folder, info=source or info(), settings=settings)


def items_of(folder: Path, *, block_samples: int = 250) -> tuple[SourceInfo, list[SourceItem]]:
    source = open_source([folder], block_samples=block_samples)
    items: list[SourceItem] = []
    while (read := source.read(timeout_s=0.0)) is not None:
        items += read
    source.close()
    return source.info, items


def of(items: list[SourceItem], kind: type) -> list[SourceItem]:
    return [item for item in items if isinstance(item, kind)]


def joined(items: list[SourceItem]) -> np.ndarray:
    blocks = [item for item in items if isinstance(item, SampleBlock)]
    return np.concatenate([b.samples_uv for b in blocks], axis=1)


def told(events: tuple[RecorderEvent, ...], kind: type) -> list[RecorderEvent]:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize("rate_hz", [1000.0, 1017.25, 2048.0])
@pytest.mark.parametrize("n_block", [1, 37, 500, 3000])
def test_samples_stimuli_and_texts_come_back_as_the_monitor_had_them(
    tmp_path: Path, n_block: int, rate_hz: float
) -> None:
    source = info(rate_hz=rate_hz, first_time_s=3.25)
    taken = recorder(tmp_path, source)
    kept = [taken.take_stimulus(stimulus) for stimulus in STIMULI]
    blocks = [
        taken.take_block(block(first, min(n_block, 3333 - first)))
        for first in range(0, 3333, n_block)
    ]
    taken.take_text(0, "cmd: open_case by=amr-monitor")
    taken.take_text(1234, "vessel moved: AICA, and " + 30 * "much more ")
    taken.take_text(3333, "cmd: close_case by=amr-monitor")
    taken.close()
    read, items = items_of(tmp_path)
    wanted = np.concatenate([b.samples_uv for b in blocks], axis=1)
    assert joined(items).tobytes() == wanted.tobytes()
    assert of(items, Stimulus) == kept
    annotations = of(items, Annotation)
    assert [a.sample_index for a in annotations if isinstance(a, Annotation)] == [0, 1234, 3333]
    assert read.case_is_marked
    assert read.first_time_s == source.first_time_s
    assert read.sampling_rate_hz == source.sampling_rate_hz
    assert read.montage == taken.info.montage
    assert read.start_utc is not None
    assert source.start_utc is not None
    assert abs((read.start_utc - source.start_utc).total_seconds()) < 2e-4
    assert of(items, Gap) == []
    assert {warning.code for warning in read.warnings} <= {"rate_low"}


def test_what_the_monitor_is_given_is_near_what_came(tmp_path: Path) -> None:
    taken = recorder(tmp_path)
    once = taken.take_block(block(0, 1000))
    again = taken.take_block(SampleBlock(first_index=1000, samples_uv=once.samples_uv))
    taken.close()
    np.testing.assert_allclose(once.samples_uv, samples(0, 1000), atol=0.0004)
    assert again.samples_uv.tobytes() == once.samples_uv.tobytes()


def test_no_number_and_values_beyond_the_rail_come_back(tmp_path: Path) -> None:
    values = samples(0, 1500)
    values[0, 300:400] = np.nan
    values[1, 500] = np.inf
    values[1, 501] = -1e9
    taken = recorder(tmp_path)
    kept = taken.take_block(SampleBlock(first_index=0, samples_uv=values))
    taken.close()
    _, items = items_of(tmp_path)
    assert joined(items).tobytes() == kept.samples_uv.tobytes()
    assert np.isnan(joined(items)[0, 300:400]).all()
    assert joined(items)[1, 500:502].tolist() == [5000.0, -5000.0]


def test_a_gap_begins_another_file_and_comes_back_as_it_was(tmp_path: Path) -> None:
    taken = recorder(tmp_path)
    gap = Gap(sample_index=1500, resumes_at_s=8.123456789012, reason="6.6 s without samples")
    taken.take_block(block(0, 1500))
    taken.take_text(1500, "before")
    taken.take_gap(gap)
    taken.take_text(1500, "after")
    taken.take_block(block(1500, 1700))
    taken.take_text(1501, "later")
    taken.close()
    assert sorted(path.name for path in tmp_path.glob("*.bdf")) == [
        "segment-0001.bdf",
        "segment-0002.bdf",
    ]
    _, items = items_of(tmp_path)
    assert of(items, Gap) == [gap]
    named = [i.text if isinstance(i, Annotation) else i for i in items]
    order = [named.index("before"), items.index(gap), named.index("after")]
    assert order == sorted(order)
    opened = told(taken.take_events(), RecorderFileOpened)
    assert [(e.sample_index, e.onset_s, e.reason) for e in opened] == [  # type: ignore[union-attr]
        (0, 0.0, ""),
        (1500, gap.resumes_at_s, gap.reason),
    ]


def test_at_its_size_a_file_is_followed_by_another_without_a_sample_lost(tmp_path: Path) -> None:
    taken = recorder(tmp_path, settings=RecorderSettings(largest_file_mb=0.02))
    stimuli = [
        taken.take_stimulus(Stimulus(sample_index=index, fraction=0.4, current_ma=8.0))
        for index in range(99, 9900, 100)
    ]
    blocks = [taken.take_block(block(first, 100)) for first in range(0, 10_050, 100)]
    taken.close()
    assert len(list(tmp_path.glob("*.bdf"))) > 3
    _, items = items_of(tmp_path)
    wanted = np.concatenate([b.samples_uv for b in blocks], axis=1)
    assert joined(items).tobytes() == wanted.tobytes()
    assert of(items, Gap) == []
    assert of(items, Stimulus) == stimuli
    assert [e.fault for e in told(taken.take_events(), RecorderFileClosed)] == [  # type: ignore[union-attr]
        "" for _ in tmp_path.glob("*.bdf")
    ]


def test_a_stimulus_that_is_told_late_is_where_it_was(tmp_path: Path) -> None:
    taken = recorder(tmp_path)
    for first in range(0, 4000, 500):
        taken.take_block(block(first, 500))
        if first == 3000:
            taken.take_stimulus(Stimulus(sample_index=3200, current_ma=8.0))
    late = Stimulus(sample_index=1999, fraction=0.3, current_ma=5.0)
    taken.take_stimulus(late)
    taken.take_block(block(4000, 500))
    taken.close()
    _, items = items_of(tmp_path)
    found = [(s.sample_index, s.current_ma) for s in of(items, Stimulus)]  # type: ignore[union-attr]
    assert found == [(1999, 5.0), (3200, 8.0)]


def test_a_train_with_more_stimuli_than_there_is_room_for_texts_keeps_them_all(
    tmp_path: Path,
) -> None:
    taken = recorder(tmp_path)
    stimuli = []
    for index in range(20, 3000, 10):
        kind = StimulusClass.BAEP_CLICK if index < 1500 else None
        current_ma = None if kind else 8.0
        stimuli.append(
            taken.take_stimulus(
                Stimulus(sample_index=index, stimulus_class=kind, current_ma=current_ma)
            )
        )
    taken.take_text(2990, "dura opened")
    taken.take_block(block(0, 3000))
    taken.close()
    _, items = items_of(tmp_path)
    assert of(items, Stimulus) == stimuli
    assert [a.text for a in of(items, Annotation)] == ["dura opened"]  # type: ignore[union-attr]


def test_a_source_that_comes_back_with_another_rate_begins_a_file_of_its_own(
    tmp_path: Path,
) -> None:
    taken = recorder(tmp_path)
    taken.take_block(block(0, 1500))
    taken.take_gap(Gap(sample_index=1500, resumes_at_s=4.0, reason="another amplifier"))
    changed = taken.take_change(
        SourceChanged(sample_index=1500, info=info(rate_hz=2000.0, rail_uv=300.5))
    )
    kept = taken.take_block(block(1500, 3000))
    taken.close()
    read, items = items_of(tmp_path / "segment-0002.bdf")
    assert read.sampling_rate_hz == 2000.0
    assert read.first_time_s == 4.0
    assert read.montage == changed.info.montage
    assert joined(items).tobytes() == kept.samples_uv.tobytes()


def test_a_simulation_stays_one(tmp_path: Path) -> None:
    taken = recorder(tmp_path, info(origin=Origin.SIMULATED))
    taken.take_block(block(0, 1500))
    taken.close()
    read, _ = items_of(tmp_path)
    assert read.origin is Origin.SIMULATED


def test_the_monitor_must_know_the_rail_that_the_recording_will_tell() -> None:
    assert [c.rail_uv for c in as_recorded(info(rail_uv=300.5)).montage.channels] == [301.0] * 2
    once = as_recorded(info(rail_uv=None))
    assert as_recorded(once) == once


# ---------------------------------------------------------------- a disk that fails


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Writes succeed while this is set."""
    works = threading.Event()
    works.set()
    write = os.pwrite

    def pwrite(descriptor: int, raw: bytes, offset: int) -> int:
        if not works.is_set():
            raise OSError(28, "No space left on device")
        return write(descriptor, raw, offset)

    monkeypatch.setattr("os.pwrite", pwrite)
    monkeypatch.setattr("amr_monitor.storage.recorder_writer.RETRY_S", 0.01)
    yield works
    works.set()


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another thread does; a test that hangs is ended by its limit."""
    waiting = threading.Event()
    while not holds():
        waiting.wait(0.005)


def test_while_the_disk_is_full_samples_wait_and_none_is_lost(
    tmp_path: Path, disk: threading.Event
) -> None:
    taken = recorder(tmp_path)
    blocks = [taken.take_block(block(0, 1000))]
    until(lambda: taken.waiting_s == 0.0)
    disk.clear()
    blocks += [taken.take_block(block(first, 500)) for first in range(1000, 9000, 500)]
    until(lambda: taken.fault is not None)
    assert "No space left" in (taken.fault or "")
    assert taken.status.state == "waiting"
    assert taken.status.waiting_s > 0.0
    disk.set()
    until(lambda: taken.fault is None)
    assert taken.status.state == "recording"
    taken.close()
    _, items = items_of(tmp_path)
    assert (
        joined(items).tobytes() == np.concatenate([b.samples_uv for b in blocks], axis=1).tobytes()
    )
    events = taken.take_events()
    assert len(told(events, RecorderStalled)) == len(told(events, RecorderRecovered)) == 1
    assert told(events, RecorderLost) == []


def test_beyond_the_bound_samples_are_dropped_and_told_and_never_held(
    tmp_path: Path, disk: threading.Event
) -> None:
    taken = recorder(tmp_path, settings=RecorderSettings(buffer_s=4.0))
    taken.take_block(block(0, 1000))
    until(lambda: taken.waiting_s == 0.0)
    disk.clear()
    for first in range(1000, 12_000, 500):
        taken.take_block(block(first, 500))
        assert taken.waiting_s <= 4.0
    assert "NOT KEPT" in (taken.fault or "")
    disk.set()
    until(lambda: taken.waiting_s == 0.0)
    taken.take_block(block(12_000, 2000))
    taken.close()
    events = taken.take_events()
    (lost,) = told(events, RecorderLost)
    assert isinstance(lost, RecorderLost)
    assert lost.sample_index + lost.n_samples == 12_000
    read, items = items_of(tmp_path)
    assert joined(items).shape[1] == 14_000 - lost.n_samples
    (gap,) = of(items, Gap)
    assert isinstance(gap, Gap)
    assert gap.reason == f"{lost.n_samples} samples could not be kept"
    assert gap.resumes_at_s == 12.0
    assert read.duration_s == 14.0


def test_a_disk_that_never_comes_back_does_not_hold_up_the_end(
    tmp_path: Path, disk: threading.Event
) -> None:
    taken = recorder(tmp_path)
    taken.take_block(block(0, 1000))
    until(lambda: taken.waiting_s == 0.0)
    disk.clear()
    taken.take_block(block(1000, 1700))
    taken.close()
    events = taken.take_events()
    (lost,) = told(events, RecorderLost)
    (closed,) = told(events, RecorderFileClosed)
    assert isinstance(lost, RecorderLost)
    assert isinstance(closed, RecorderFileClosed)
    assert (lost.sample_index, lost.n_samples) == (1000, 1700)
    assert "recover" in closed.fault


def test_a_disk_with_room_for_hours_alone_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(_: Path) -> object:
        return type("Usage", (), {"free": 100_000_000})()

    monkeypatch.setattr("shutil.disk_usage", usage)
    taken = recorder(tmp_path)
    taken.take_block(block(0, 1000))
    taken.close()
    (low,) = told(taken.take_events(), DiskLow)
    assert isinstance(low, DiskLow)
    assert 2.0 < low.hours_left < 4.0
    assert "free some space" in (taken.disk_warning or "")
    assert 2.0 < (taken.status.disk_hours_left or 0.0) < 4.0


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    from amr_monitor.model.errors import StorageError

    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"\[storage\] record = false"):
        recorder(tmp_path / "file" / "case")


def test_other_programs_read_what_was_written(tmp_path: Path) -> None:
    taken = recorder(tmp_path)
    for stimulus in STIMULI:
        taken.take_stimulus(stimulus)
    taken.take_block(block(0, 3000))
    taken.take_text(1200, "dura opened")
    taken.close()
    path = tmp_path / "segment-0001.bdf"
    own = EdfFile(path)
    wanted = [own.read_digital(signal, 0, 3000).tolist() for signal in own.signals]
    microvolts = own.read_physical(own.signals[0], 0, 3000)
    texts = [annotation.text for annotation in own.annotations]
    own.close()
    with pyedflib.EdfReader(str(path)) as reader:
        read = [reader.readSignal(row, digital=True).tolist() for row in range(3)]
        assert read == wanted
        assert sorted(reader.readAnnotations()[2]) == sorted(texts)
    other = edfio.read_bdf(path)
    assert [signal.digital.tolist() for signal in other.signals] == wanted
    assert sorted(annotation.text for annotation in other.annotations) == sorted(texts)
    raw = mne.io.read_raw_bdf(path, preload=True, verbose="error")
    np.testing.assert_allclose(raw.get_data(picks=[0])[0] * 1e6, microvolts, atol=1e-9 * 10_000)
    assert sorted(raw.annotations.description) == sorted(texts)


def test_what_was_taken_is_on_the_disk_before_it_is_closed(tmp_path: Path) -> None:
    taken = recorder(tmp_path)
    taken.take_block(block(0, 1700))
    taken.take_text(1600, "dura opened")
    assert taken.write_ahead(timeout_s=30.0)
    recording = EdfFile(tmp_path / "segment-0001.bdf")
    assert recording.n_samples(recording.signals[0]) == 1700
    assert "dura opened" in {a.text for a in recording.annotations}
    recording.close()
    taken.close()


def test_a_disk_that_takes_nothing_is_not_waited_for(tmp_path: Path) -> None:
    taken = recorder(tmp_path)
    taken.close()
    # Nobody is there any more who would write.
    assert not taken.write_ahead(timeout_s=0.01)
    assert not taken.write_ahead(timeout_s=1000.0)


def test_two_recorders_do_not_write_into_one_folder(tmp_path: Path) -> None:
    first = recorder(tmp_path)
    with pytest.raises(StorageError, match="another program is recording"):
        recorder(tmp_path)
    first.close()
    recorder(tmp_path).close()


def test_a_case_that_goes_on_counts_on_and_puts_in_the_texts_that_wait(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    waits = RecordedText(sample_index=0, text="cmd: open_case")
    first = Recorder(folder=folder, info=info(), ahead=[waits])
    first.take_block(block(0, 1000))
    first.close()
    again = Recorder(folder=folder, info=replace(info(), first_time_s=1.0), first_index=1000)
    again.take_gap(Gap(sample_index=1000, resumes_at_s=31.5, reason="away"))
    again.take_block(block(1000, 1000))
    again.close()
    _, items = items_of(folder)
    assert [item.text for item in items if isinstance(item, Annotation)] == ["cmd: open_case"]
    assert of(items, Gap) == [Gap(sample_index=1000, resumes_at_s=31.5, reason="away")]
    assert sum(item.samples_uv.shape[1] for item in items if isinstance(item, SampleBlock)) == 2000
