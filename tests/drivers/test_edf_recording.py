from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amr_monitor.drivers.edf_recording import open_edf
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.drivers.recording import Recording, RecordingSettings
from amr_monitor.drivers.replay import ReplaySource
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import ChannelError, SourceFormatError
from amr_monitor.model.source import Origin
from amr_monitor.model.stimulation import StimulusClass, TriggerQuality
from tests.drivers.surgeries import START, Surgery
from tests.formats.edf_bytes import RawFile, RawSignal

LEFT = RecordingSettings(montage=MontageSettings(side=Side.LEFT))
STIMULI_S = Surgery().stimuli_s
STIM_TEXTS = [(s, "Stim 8.0 mA") for s in STIMULI_S]


def opened(tmp_path: Path, surgery: Surgery, chosen: RecordingSettings | None = None) -> Recording:
    (recording,) = open_edf([surgery.write(tmp_path / "x.edf")], chosen or RecordingSettings())
    return recording


def fault(tmp_path: Path, surgery: Surgery) -> str:
    with pytest.raises(SourceFormatError) as caught:
        opened(tmp_path, surgery)
    message = str(caught.value)
    assert message.startswith("x.edf: ")
    assert "\n" not in message
    return message


def times_s(recording: Recording) -> np.ndarray:
    return np.array([recording.axis.time_s(p) for p in recording.positions])


def codes(recording: Recording) -> list[str]:
    return [warning.code for warning in recording.info.warnings]


def test_an_ordinary_recording_is_understood(tmp_path: Path) -> None:
    recording = opened(tmp_path, Surgery(texts=[(2.0, "dura opened"), *STIM_TEXTS]))
    info = recording.info
    assert info.name == "x.edf"
    assert info.origin is Origin.REPLAY
    assert info.montage.muscles == (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    assert [c.label for c in info.montage.channels] == ["OOc L", "Ment L"]
    assert info.montage.channels[0].rail_uv == 6000.0
    assert info.side is Side.LEFT
    assert info.sampling_rate_hz == 5000.0
    assert info.trigger_quality is TriggerQuality.SAMPLE_LOCKED
    assert info.start_utc == START
    assert (info.first_time_s, info.duration_s) == (0.0, 8.0)
    assert info.warnings == ()
    assert not info.baseline_is_marked
    np.testing.assert_allclose(times_s(recording), STIMULI_S, atol=1e-6)
    assert {s.current_ma for s in recording.stimuli} == {8.0}
    assert [(a.sample_index, a.time_s, a.text) for a in recording.annotations] == [
        (10_000, 2.0, "dura opened")
    ]


VARIANTS: dict[str, dict[str, Any]] = {
    "other_order": {"labels": ("Ment L", "OOc L")},
    "millivolts": {"dimension": "mV"},
    "nanovolts": {"dimension": "nV"},
    "doubles": {"others": ("ECG", "ECG", "DC")},
    "2_khz": {"rate_hz": 2000.0},
    "10_khz": {"rate_hz": 10_000.0},
    "30_khz": {"rate_hz": 30_000.0, "seconds": 4.0, "stimuli_s": [0.7, 1.2, 2.2]},
    "fast_trigger": {"trigger_rate_hz": 20_000.0},
    "slow_trigger": {"trigger_rate_hz": 1000.0},
    "ttl": {"trigger_label": "TTL"},
    "short_records": {"record_duration_s": 0.1},
    "bdf": {"is_bdf": True},
    "slow_mentalis": {"rates_hz": [5000.0, 2500.0]},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_other_forms_of_a_recording_are_read_alike(tmp_path: Path, name: str) -> None:
    surgery = Surgery(**VARIANTS[name])
    recording = opened(tmp_path, surgery)
    assert recording.info.warnings == ()
    assert recording.info.montage.muscles == (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    np.testing.assert_allclose(times_s(recording), surgery.stimuli_s, atol=3e-5)
    n_samples = recording.axis.n_samples
    samples_uv = recording.read_uv(0, n_samples)
    for label, row_uv in zip(surgery.labels, samples_uv, strict=True):
        del label
        assert 1.0 < np.median(np.abs(row_uv)) < 10.0
    order = [surgery.labels.index(c.label) for c in recording.info.montage.channels]
    for row, source_row in enumerate(order):
        rate_hz = recording.info.sampling_rate_hz
        if not surgery.rates_hz or row == 0:
            expected = surgery.emg_uv(rate_hz, source_row)
            np.testing.assert_allclose(samples_uv[row], expected, atol=0.11)


def test_a_slow_digital_trigger_is_refined_on_the_emg(tmp_path: Path) -> None:
    stimuli = [0.7 + 0.5 * k + 0.00013 * k for k in range(14)]
    surgery = Surgery(
        rate_hz=10_000.0, trigger_rate_hz=1000.0, trigger_is_sharp=True, stimuli_s=stimuli
    )
    found_s = times_s(opened(tmp_path, surgery))
    assert np.ptp(found_s - np.array(stimuli)) < 1e-4


def test_annotations_alone_give_stimuli_aligned_by_the_artifact(tmp_path: Path) -> None:
    late = [(s + 0.012, "Stim zlr 8.0 mA") for s in STIMULI_S]
    recording = opened(tmp_path, Surgery(rate_hz=10_000.0, trigger_label=None, texts=late))
    assert recording.info.trigger_quality is TriggerQuality.STREAM_SYNCED
    np.testing.assert_allclose(times_s(recording), STIMULI_S, atol=2e-4)
    assert {s.stimulus_class for s in recording.stimuli} == {StimulusClass.ZLR}


def test_a_trigger_that_never_rises_gives_way_to_annotations(tmp_path: Path) -> None:
    class Unplugged(Surgery):
        def trigger_v(self, rate_hz: float) -> np.ndarray:
            return np.random.default_rng(1).normal(0, 0.01, round(self.seconds * rate_hz))

    recording = opened(tmp_path, Unplugged(texts=STIM_TEXTS))
    assert codes(recording) == ["trigger_never_rises"]
    assert "trigger channel 'TRIG' never rises" in recording.info.warnings[0].message
    assert len(recording.stimuli) == len(STIMULI_S)
    assert "its trigger channel 'TRIG' never rises" in fault(tmp_path, Unplugged())


def test_a_recording_without_stimuli_is_told(tmp_path: Path) -> None:
    assert "no channel is a trigger" in fault(tmp_path, Surgery(trigger_label=None))
    assert "never rises" in fault(tmp_path, Surgery(stimuli_s=[]))


def test_a_recording_too_short_for_a_sweep_is_told(tmp_path: Path) -> None:
    surgery = Surgery(seconds=0.5, stimuli_s=[0.2, 0.3], record_duration_s=0.1)
    assert "none of its 2 stimuli has the samples" in fault(tmp_path, surgery)
    tiny = Surgery(seconds=0.0006, stimuli_s=[0.0003], record_duration_s=0.1)
    assert "the recording is too short" in fault(tmp_path, tiny)


def test_recordings_without_usable_emg_are_told(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="no EMG channel of a facial muscle"):
        opened(tmp_path, Surgery(labels=("ECG", "EEG")))
    with pytest.raises(ChannelError, match="EMG channel 'OOc L' has no unit"):
        opened(tmp_path, Surgery(dimension=""))
    assert "sampled at 500 Hz" in fault(tmp_path, Surgery(rate_hz=500.0))


def test_both_sides_need_a_choice(tmp_path: Path) -> None:
    both = Surgery(labels=("OOc L", "OOc R", "Ment L", "Ment R"))
    assert "--side left|right" in fault(tmp_path, both)
    recording = opened(tmp_path, both, LEFT)
    assert [c.label for c in recording.info.montage.channels] == ["OOc L", "Ment L"]


def test_a_flat_channel_is_told_and_used(tmp_path: Path) -> None:
    recording = opened(tmp_path, Surgery(is_flat=True))
    assert codes(recording) == ["channel_flat", "channel_flat"]
    assert len(recording.stimuli) == len(STIMULI_S)


def test_a_slow_recording_is_told_and_used(tmp_path: Path) -> None:
    assert codes(opened(tmp_path, Surgery(rate_hz=1500.0))) == ["rate_low"]


def test_a_hole_is_a_segment_of_its_own(tmp_path: Path) -> None:
    stimuli = [1.0, 2.0, 3.0, 63.5, 65.0]
    recording = opened(
        tmp_path,
        Surgery(
            hole=(4.0, 62.5),
            stimuli_s=stimuli,
            texts=[(30.0, "note in the hole"), (64.0, "dura opened")],
        ),
    )
    assert [(s.first_index, s.onset_s) for s in recording.axis.segments] == [
        (0, 0.0),
        (20_000, 62.5),
    ]
    assert recording.axis.segments[1].reason == "58.500 s were not recorded"
    np.testing.assert_allclose(times_s(recording), stimuli, atol=1e-6)
    assert [a.sample_index for a in recording.annotations] == [20_000, 27_500]
    assert recording.info.duration_s == 66.5


def test_stimuli_that_texts_place_in_a_hole_are_told(tmp_path: Path) -> None:
    texts = [(s, "Stim") for s in (1.0, 2.0, 30.0, 64.0)]
    recording = opened(
        tmp_path, Surgery(hole=(4.0, 62.5), trigger_label=None, texts=texts, stimuli_s=[])
    )
    assert len(recording.stimuli) == 3
    assert "stimuli_not_recorded" in codes(recording)


def test_a_start_between_two_seconds_shifts_texts_and_samples_alike(tmp_path: Path) -> None:
    start = START + timedelta(microseconds=250_000)
    recording = opened(tmp_path, Surgery(start=start, texts=[(2.25, "dura opened")]))
    assert recording.info.first_time_s == 0.25
    assert recording.info.start_utc == START
    assert recording.annotations[0].sample_index == 10_000
    np.testing.assert_allclose(times_s(recording), np.array(STIMULI_S) + 0.25, atol=1e-6)


def test_a_simulation_says_so_and_a_missing_date_is_none(tmp_path: Path) -> None:
    info = opened(tmp_path, Surgery(equipment="Simulated", start=None)).info
    assert info.origin is Origin.SIMULATED
    assert info.start_utc is None


def test_a_baseline_accepted_by_a_person_is_known(tmp_path: Path) -> None:
    for text in ("Baseline accepted", "cmd: accept_baseline by=anna"):
        assert opened(tmp_path, Surgery(texts=[(3.0, text)])).info.baseline_is_marked


def test_the_threshold_of_the_settings_is_in_the_unit_of_the_channel(tmp_path: Path) -> None:
    low = RecordingSettings(trigger=TriggerSettings(threshold=1.25))
    found_s = times_s(opened(tmp_path, Surgery(), low))
    # A quarter of a ramp of two samples earlier than half of it.
    np.testing.assert_allclose(found_s, np.array(STIMULI_S) - 0.25 * 2 / 5000, atol=1e-5)


def test_the_hash_tells_recordings_apart(tmp_path: Path) -> None:
    def content_hash(surgery: Surgery) -> str:
        return opened(tmp_path, surgery).info.content_hash

    first = content_hash(Surgery())
    assert len(first) == 64
    assert content_hash(Surgery()) == first
    for other in (
        Surgery(artifact_uv=900.0),
        Surgery(texts=[(1.0, "note")]),
        Surgery(start=START + timedelta(days=1)),
        Surgery(seconds=9.0),
        Surgery(stimuli_s=STIMULI_S[1:]),
    ):
        assert content_hash(other) != first


def test_a_label_cut_by_the_header_is_found(tmp_path: Path) -> None:
    recording = opened(tmp_path, Surgery(labels=("L orbicularis oc", "L mentalis")))
    assert recording.info.montage.muscles == (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    assert recording.info.side is Side.LEFT


def test_biosemi_files_have_their_trigger_in_the_status_channel(tmp_path: Path) -> None:
    codes_at_rest = np.full(8000, 0x100000, dtype=np.int32)
    for first in range(1000, 8000, 1000):
        codes_at_rest[first : first + 5] |= first // 1000
    limits = ("-8388608", "8388607")
    raw = RawFile(
        signals=[
            RawSignal(
                label="OOc L",
                physical=("-262144", "262144"),
                digital=limits,
                samples=np.random.default_rng(1).integers(-99, 99, 8000).astype(np.int32),
                samples_per_record=2000,
            ),
            RawSignal(
                label="Status",
                dimension="Boolean",
                physical=limits,
                digital=limits,
                samples=codes_at_rest,
                samples_per_record=2000,
            ),
        ],
        n_records=4,
        is_bdf=True,
        reserved="24BIT",
        duration_field="1",
        start="01.03.2409.00.00",
    )
    path = tmp_path / "x.bdf"
    path.write_bytes(raw.content())
    (recording,) = open_edf([path], RecordingSettings())
    np.testing.assert_array_equal(recording.positions, np.arange(1000, 8000, 1000) - 0.5)
    assert recording.info.trigger_quality is TriggerQuality.SAMPLE_LOCKED


def write_parts(tmp_path: Path, second: Surgery) -> list[Path]:
    first = Surgery(seconds=4.0, stimuli_s=[1.0, 2.0, 3.0], texts=[(1.5, "dura opened")])
    return [second.write(tmp_path / "a.edf"), first.write(tmp_path / "b.edf")]


def test_files_are_put_in_the_order_of_their_starts(tmp_path: Path) -> None:
    second = Surgery(
        start=START + timedelta(seconds=60), stimuli_s=[1.0, 2.0], texts=[(2.5, "dura closed")]
    )
    (recording,) = open_edf(write_parts(tmp_path, second), RecordingSettings())
    assert [(s.first_index, s.onset_s) for s in recording.axis.segments] == [(0, 0), (20_000, 60)]
    assert recording.info.start_utc == START
    assert recording.info.name.endswith("(2 files)")
    np.testing.assert_allclose(times_s(recording), [1.0, 2.0, 3.0, 61.0, 62.0], atol=1e-6)
    assert [(a.sample_index, a.time_s) for a in recording.annotations] == [
        (7500, 1.5),
        (32_500, 62.5),
    ]


def test_files_that_follow_each_other_are_one_segment(tmp_path: Path) -> None:
    second = Surgery(start=START + timedelta(seconds=4), stimuli_s=[0.0, 1.0, 2.0])
    (recording,) = open_edf(write_parts(tmp_path, second), RecordingSettings())
    assert len(recording.axis.segments) == 1
    assert recording.axis.n_samples == 60_000
    np.testing.assert_allclose(times_s(recording), [1, 2, 3, 4, 5, 6], atol=1e-6)
    sweeps = [i for i in ReplaySource(recording).read(timeout_s=0) or () if hasattr(i, "end_index")]
    assert len(sweeps) == 6


def test_whole_seconds_cannot_tell_what_is_missing_between_files(tmp_path: Path) -> None:
    second = Surgery(
        start=START + timedelta(seconds=3.5), stimuli_s=[1.0, 2.0], texts=[(1.5, "dura closed")]
    )
    (recording,) = open_edf(write_parts(tmp_path, second), RecordingSettings())
    assert recording.annotations[-1].sample_index == 20_000 + 5000
    assert recording.axis.segments[1].onset_s == 4.0
    assert "what is missing is unknown" in recording.axis.segments[1].reason


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (Surgery(start=START + timedelta(seconds=1)), "before the file before it ends"),
        (Surgery(start=None), "has no start date"),
        (Surgery(start=START + timedelta(seconds=60), rate_hz=2000.0), "sampling rates"),
        (Surgery(start=START + timedelta(seconds=60), labels=("OOc L",)), "other channels"),
        (
            Surgery(start=START + timedelta(seconds=60), trigger_label=None, texts=STIM_TEXTS),
            "other channels",
        ),
    ],
)
def test_files_that_are_no_one_recording_are_told(
    tmp_path: Path, second: Surgery, told: str
) -> None:
    with pytest.raises(SourceFormatError, match=told):
        open_edf(write_parts(tmp_path, second), RecordingSettings())


@pytest.fixture(scope="module")
def small_recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    surgery = replace(
        Surgery(rate_hz=2000.0, seconds=3.0, stimuli_s=[0.6, 1.6]),
        texts=[(0.6, "Stim 8.0 mA"), (1.6, "Stim 8.0 mA")],
        hole=(2.0, 9.0),
    )
    return surgery.write(tmp_path_factory.mktemp("small") / "x.edf").read_bytes()


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_recording_gives_a_result_or_one_error(
    small_recording: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    raw = bytearray(small_recording)
    n_header = 256 * 5
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, n_header - 1) | st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255) | st.sampled_from(b"0123456789-. "))
    path = tmp_path / "x.edf"
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)) | st.just(len(raw)))])
    told = None
    try:
        source = ReplaySource(open_edf([path], RecordingSettings())[0])
        while (items := source.read(timeout_s=0.0)) is not None:
            assert len(items) < 1000
    except SourceFormatError as fault:
        told = str(fault)
    assert told is None or "\n" not in told
