"""The XDF file that a recorder would leave of a simulated surgery."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.xdf_recording import open_xdf
from amr_monitor.formats.xdf import XdfFile
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.model.source import Origin
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.simulation import Surgery, load_scenario, simulate
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.stream import InvalidSamples
from amr_monitor.simulation.xdf import XdfLayout, write_xdf


def surgery(name: str = "abrupt_loss", *, trigger: bool = True, rate_hz: float = 2000.0) -> Surgery:
    scenario = load_scenario(name)
    stream = replace(scenario.stream, trigger_channel=trigger)
    return simulate(replace(scenario, stream=stream), seed=4, minutes=3.2, rate_hz=rate_hz)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("xdf") / "surgery.xdf"
    write_xdf(surgery(), path)
    return path


def test_what_is_recorded_is_what_the_surgery_gives(written: Path) -> None:
    made = surgery()
    with_settings = open_xdf([written], RecordingSettings())
    info = with_settings.info
    assert info.origin is Origin.SIMULATED
    assert info.trigger_quality is TriggerQuality.SAMPLE_LOCKED
    assert info.montage.channels[0].rail_uv == made.rail_uv
    assert with_settings.axis.n_samples == made.n_samples
    assert len(with_settings.axis.segments) == 1
    np.testing.assert_allclose(
        with_settings.read_uv(30_000, 5000), made.samples_uv(30_000, 35_000), atol=0.2
    )
    pulses_s = made.pulses.time_s[made.pulses.marked]
    np.testing.assert_allclose(with_settings.positions, pulses_s * made.rate_hz, atol=0.02)
    assert [a.text for a in with_settings.annotations] == [mark.text for mark in made.marks]
    told_s = [a.time_s for a in with_settings.annotations]
    np.testing.assert_allclose(told_s, [mark.time_s for mark in made.marks], atol=0.002)
    with_settings.close()


def test_the_truth_stands_beside_it(written: Path) -> None:
    truth = json.loads(written.with_suffix(".truth.json").read_text(encoding="utf-8"))
    assert truth["outcome"] == "disappeared"
    assert truth["missing_s"] == []


def test_the_form_is_that_of_a_recorder(written: Path) -> None:
    file = XdfFile(written)
    assert file.warnings == ()
    assert [(s.header.kind, s.header.name) for s in file.streams] == [
        ("Markers", "amr-simulator-markers"),
        ("EMG", "amr-simulator"),
    ]
    emg = file.streams[1]
    assert emg.samples is not None
    assert emg.n_counted == emg.samples.n_samples
    assert len(emg.offset_times_s) == len(file.streams[0].offset_times_s) > 30
    file.close()


def test_the_same_seed_gives_the_same_file(written: Path, tmp_path: Path) -> None:
    write_xdf(surgery(), tmp_path / "again.xdf")
    assert (tmp_path / "again.xdf").read_bytes() == written.read_bytes()


def test_a_clock_that_is_set_anew_is_a_segment_and_moves_nothing(tmp_path: Path) -> None:
    made = surgery(trigger=False)
    layout = XdfLayout(
        value_format="int16",
        sender_offset_s=-5000.25,
        markers_offset_s=40.5,
        resets_s=((90.0, -80.0),),
    )
    write_xdf(made, tmp_path / "x.xdf", layout=layout)
    recording = open_xdf([tmp_path / "x.xdf"], RecordingSettings())
    first, second = recording.axis.segments
    assert second.first_index == 180_000
    assert second.reason == "the clock of the sender was set anew"
    assert second.onset_s == pytest.approx(90.0, abs=0.002)
    assert recording.info.trigger_quality is TriggerQuality.STREAM_SYNCED
    pulses_s = made.pulses.time_s[made.pulses.marked]
    assert len(recording.positions) == len(pulses_s)
    off_ms = (recording.positions - pulses_s * made.rate_hz) / 2.0
    assert np.abs(off_ms - np.median(off_ms)).max() < 0.3
    assert np.abs(off_ms).max() < 0.8
    assert first.n_samples + second.n_samples == made.n_samples
    recording.close()


def test_whole_numbers_hold_no_invalid_samples(tmp_path: Path) -> None:
    scenario = load_scenario("abrupt_loss")
    fault = InvalidSamples(after=PhaseName.DURA_OPENED, seconds=fixed(1.0), lasting_s=fixed(1.0))
    made = simulate(replace(scenario, faults=(fault,)), seed=4, minutes=3.2, rate_hz=2000)
    with pytest.raises(ConfigError, match="int16 cannot hold"):
        write_xdf(made, tmp_path / "x.xdf", layout=XdfLayout(value_format="int16"))


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write_xdf(surgery(), tmp_path / "no" / "x.xdf")
