"""A recording through neo: channels, stimuli and marks as of any other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from amr_monitor.drivers import foreign_recording
from amr_monitor.drivers.foreign import ForeignEvent, ForeignSignal, Stretch
from amr_monitor.drivers.foreign_recording import ForeignDriver, open_foreign
from amr_monitor.drivers.foreign_settings import ForeignSettings
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.registry import open_source
from amr_monitor.model.errors import ChannelError, SourceError, SourceFormatError
from amr_monitor.model.stimulation import TriggerQuality
from tests.drivers.brainvision import BrainVision
from tests.drivers.surgeries import Surgery

SETTINGS = RecordingSettings()
STIMULI_S = Surgery().stimuli_s
RATE_HZ = 5000.0


def with_foreign(**changes: object) -> RecordingSettings:
    return replace(SETTINGS, foreign=ForeignSettings(**changes))  # type: ignore[arg-type]


def positions(path: Path, settings: RecordingSettings = SETTINGS) -> npt.NDArray[np.float64]:
    return open_foreign(path, settings).positions / RATE_HZ


def test_a_trigger_signal_gives_the_stimuli(tmp_path: Path) -> None:
    path = BrainVision().write(tmp_path / "x.vhdr")
    recording = open_foreign(path, SETTINGS)
    np.testing.assert_allclose(recording.positions / RATE_HZ, STIMULI_S, atol=1e-4)
    assert recording.info.trigger_quality is TriggerQuality.SAMPLE_LOCKED
    assert [channel.label for channel in recording.info.montage.channels] == ["OOc L", "Ment L"]
    emg = Surgery().emg_uv(RATE_HZ, 0)
    np.testing.assert_allclose(recording.read_uv(500, 100)[0], emg[500:600], atol=0.06)


def test_a_trigger_of_another_name_is_named_in_the_config(tmp_path: Path) -> None:
    path = BrainVision(trigger_label="Aux 7").write(tmp_path / "x.vhdr")
    with pytest.raises(SourceFormatError, match="holds no stimulus"):
        positions(path)
    found = positions(path, with_foreign(trigger_channel="aux 7"))
    np.testing.assert_allclose(found, STIMULI_S, atol=1e-4)
    with pytest.raises(ChannelError, match=r"trigger_channel 'Aux 9' is none of its signals"):
        positions(path, with_foreign(trigger_channel="Aux 9"))


def test_a_channel_of_events_gives_the_stimuli(tmp_path: Path) -> None:
    markers = [("Stimulus", "S  1", s) for s in STIMULI_S] + [("Comment", "dura opened", 2.2)]
    path = BrainVision(trigger_label=None, markers=markers).write(tmp_path / "x.vhdr")
    recording = open_foreign(path, with_foreign(event_channel="stimulus"))
    np.testing.assert_allclose(recording.positions / RATE_HZ, STIMULI_S, atol=1e-6)
    assert recording.info.trigger_quality is TriggerQuality.SAMPLE_LOCKED
    assert [each.text for each in recording.annotations] == ["dura opened"]
    with pytest.raises(SourceFormatError, match=r"event_channel 'TTL' has no event; channels"):
        open_foreign(path, with_foreign(event_channel="TTL"))


@pytest.mark.parametrize("named", ["S  1", "Stimulus/S 1"])
def test_events_that_are_stimuli_are_placed_by_their_artifact(tmp_path: Path, named: str) -> None:
    markers = [("Stimulus", "S  1", s + 0.004) for s in STIMULI_S]
    markers += [("Stimulus", "S  2", s + 0.25) for s in STIMULI_S]
    path = BrainVision(trigger_label=None, markers=markers).write(tmp_path / "x.vhdr")
    recording = open_foreign(path, with_foreign(stimulus_events=(named,)))
    np.testing.assert_allclose(recording.positions / RATE_HZ, STIMULI_S, atol=5e-4)
    assert recording.info.trigger_quality is TriggerQuality.STREAM_SYNCED
    assert any("'S  2' are no marks" in each.message for each in recording.info.warnings)
    assert recording.annotations == ()


def test_a_marker_that_begins_with_stim_is_one_without_any_setting(tmp_path: Path) -> None:
    markers = [("Comment", "Stim 8 mA", s) for s in STIMULI_S]
    path = BrainVision(trigger_label=None, markers=markers).write(tmp_path / "x.vhdr")
    assert {stimulus.current_ma for stimulus in open_foreign(path, SETTINGS).stimuli} == {8.0}


def test_without_a_stimulus_the_events_that_might_be_one_are_named(tmp_path: Path) -> None:
    markers = [("Stimulus", "S  1", s) for s in STIMULI_S]
    path = BrainVision(trigger_label=None, markers=markers).write(tmp_path / "x.vhdr")
    line = rf"'Stimulus/S  1' {len(STIMULI_S)} x.*stimulus_events"
    with pytest.raises(SourceFormatError, match=line):
        open_foreign(path, SETTINGS)


def test_units_are_those_of_each_signal(tmp_path: Path) -> None:
    path = BrainVision(units=("\u00b5V", "mV"), is_float=True).write(tmp_path / "x.vhdr")
    found = open_foreign(path, SETTINGS).read_uv(3600, 50)
    np.testing.assert_allclose(found[1], Surgery().emg_uv(RATE_HZ, 1)[3600:3650], rtol=1e-5)


def test_a_signal_with_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    path = BrainVision(units=("C", "\u00b5V")).write(tmp_path / "x.vhdr")
    with pytest.raises(ChannelError, match="'OOc L' has the unit 'C'"):
        open_foreign(path, SETTINGS)


def test_a_slow_recording_is_refused(tmp_path: Path) -> None:
    surgery = Surgery(rate_hz=500.0)
    path = BrainVision(surgery=surgery).write(tmp_path / "x.vhdr")
    with pytest.raises(SourceFormatError, match="sampled at 500 Hz"):
        open_foreign(path, SETTINGS)


def test_no_sweep_is_too_short_a_recording(tmp_path: Path) -> None:
    surgery = Surgery(seconds=0.9, stimuli_s=[0.2, 0.85])
    path = BrainVision(surgery=surgery).write(tmp_path / "x.vhdr")
    with pytest.raises(SourceFormatError, match="none of its 2 stimuli has the samples"):
        open_foreign(path, SETTINGS)


def test_the_same_recording_has_the_same_hash_and_another_stimulus_another(tmp_path: Path) -> None:
    path = BrainVision().write(tmp_path / "x.vhdr")
    one = open_foreign(path, SETTINGS).info.content_hash
    assert open_foreign(path, SETTINGS).info.content_hash == one
    other = BrainVision(surgery=Surgery(stimuli_s=[1.0, 2.0])).write(tmp_path / "y.vhdr")
    assert open_foreign(other, SETTINGS).info.content_hash != one


# ---------------------------------------------------------------- the registry


def test_neo_is_asked_when_nobody_knows_the_first_bytes(tmp_path: Path) -> None:
    path = BrainVision().write(tmp_path / "x.vhdr")
    assert open_source([path]).info.name == "x.vhdr"
    assert open_source([tmp_path]).info.name == "x.vhdr"


def test_a_file_with_its_own_magic_never_goes_to_neo(tmp_path: Path) -> None:
    path = Surgery().write(tmp_path / "x.vhdr")  # EDF under another name
    assert open_source([path]).info.trigger_quality is TriggerQuality.SAMPLE_LOCKED
    assert not ForeignDriver().recognises(path.read_bytes()[:512])


def test_any_file_goes_to_the_reader_that_the_config_names(tmp_path: Path) -> None:
    path = BrainVision().write(tmp_path / "x.vhdr")
    odd = path.rename(tmp_path / "x.odd")
    with pytest.raises(SourceFormatError, match="is no recording"):
        open_source([odd])
    found = open_source([odd], with_foreign(reader="BrainVision"))
    assert found.info.name == "x.odd"


def test_several_files_are_replayed_one_by_one(tmp_path: Path) -> None:
    paths = [BrainVision().write(tmp_path / name) for name in ("x.vhdr", "y.vhdr")]
    with pytest.raises(SourceError, match=r"y\.vhdr: recordings through neo are replayed one by"):
        open_source(paths)


# ---------------------------------------------------------------- segments of a file


class Pieces:
    """Stands for a file of neo with several segments, and a trigger at another rate."""

    name = "pieces.smr"
    n_blocks = 2
    start = datetime(2026, 3, 1, 8, 0)  # noqa: DTZ001 - as neo gives it

    def __init__(self, path: Path, reader: str) -> None:
        del path, reader
        self.onsets_s = [1.0, 3.0, 10.0]
        self.lengths_s = [2.0, 2.0, 4.0]
        self.signals = [
            ForeignSignal(
                label=label, unit=unit, rate_hz=rate, stream=stream, column=0, gain=1.0, offset=0.0
            )
            for label, unit, rate, stream in (("OOc", "uV", 2000.0, 0), ("TTL", "", 10_000.0, 1))
        ]

    def stretches(self, stream: int) -> list[Stretch]:
        rate = self.signals[stream].rate_hz
        return [
            Stretch(onset_s=onset, n_samples=round(length * rate))
            for onset, length in zip(self.onsets_s, self.lengths_s, strict=True)
        ]

    def read(
        self, signals: Sequence[ForeignSignal], segment: int, first: int, n_samples: int
    ) -> npt.NDArray[np.float64]:
        signal = signals[0]
        times = self.onsets_s[segment] + np.arange(first, first + n_samples) / signal.rate_hz
        if signal.label == "TTL":
            return ((times - 0.6 + 1e-9) % 1.0 < 0.01).astype(float)[None] * 5.0
        return times[None]

    def events(self) -> Iterator[ForeignEvent]:
        yield ForeignEvent(time_s=12.0, channel="Keyboard", label="dura opened")

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> type[Pieces]:
    monkeypatch.setattr(foreign_recording, "ForeignFile", Pieces)
    return Pieces


def test_segments_follow_each_other_and_what_was_not_recorded_is_a_hole(
    pieces: type[Pieces],
) -> None:
    recording = open_foreign(Path(pieces.name), SETTINGS)
    assert [(s.onset_s, s.n_samples) for s in recording.axis.segments] == [
        (1.0, 8000),
        (10.0, 8000),
    ]
    assert recording.axis.segments[1].reason == "5.000 s were not recorded"
    times = [recording.axis.time_s(position) for position in recording.positions]
    np.testing.assert_allclose(times, [1.6, 2.6, 3.6, 4.6, 10.6, 11.6, 12.6, 13.6], atol=1e-4)
    # Across the seam of two segments without a hole between them.
    np.testing.assert_allclose(recording.read_uv(3990, 20)[0], 2.995 + np.arange(20) / 2000.0)
    assert recording.annotations[0].sample_index == 12_000
    assert recording.info.start_utc == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    assert any("holds 2 recordings" in each.message for each in recording.info.warnings)


def test_segments_that_overlap_are_no_continuous_recording(
    pieces: type[Pieces], monkeypatch: pytest.MonkeyPatch
) -> None:
    def overlapping(self: Pieces, stream: int) -> list[Stretch]:
        rate = self.signals[stream].rate_hz
        return [Stretch(onset_s=0.0, n_samples=round(2.0 * rate))] * 3

    monkeypatch.setattr(pieces, "stretches", overlapping)
    with pytest.raises(SourceFormatError, match="its 3 segments overlap in time"):
        open_foreign(Path(pieces.name), SETTINGS)
