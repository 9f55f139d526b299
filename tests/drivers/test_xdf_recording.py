"""An XDF file as a recording."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.drivers.recording import Recording, RecordingSettings
from amr_monitor.drivers.xdf_recording import open_xdf
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.formats.xdf_writer import ChannelToWrite, StreamToWrite, XdfWriter
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.source import Origin
from amr_monitor.model.stimulation import TriggerQuality
from tests.drivers.surgeries import Surgery
from tests.drivers.xdf_files import START, ZERO_S, Streams, stimulus_texts

SETTINGS = RecordingSettings()


def opened(tmp_path: Path, streams: Streams, settings: RecordingSettings = SETTINGS) -> Recording:
    return open_xdf([streams.write(tmp_path / "x.xdf")], settings)


def codes(recording: Recording) -> set[str]:
    return {warning.code for warning in recording.info.warnings}


def marked(surgery: Surgery | None = None, **changed: object) -> Streams:
    """Return streams without a trigger channel, a marker for each stimulus."""
    surgery = surgery or Surgery()
    streams = Streams(surgery=surgery, trigger=False, texts=stimulus_texts(surgery))
    return replace(streams, **changed)  # type: ignore[arg-type]


def test_an_ordinary_recording(tmp_path: Path) -> None:
    streams = Streams(texts=[(2.2, "dura opened"), (5.0, "vessel moved: AICA")])
    recording = opened(tmp_path, streams)
    info = recording.info
    assert info.name == "x.xdf"
    assert info.origin is Origin.REPLAY
    assert info.sampling_rate_hz == 5000.0
    assert info.start_utc == START
    assert info.side is Side.LEFT
    assert info.duration_s == pytest.approx(8.0)
    assert info.montage.muscles == (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    assert info.trigger_quality is TriggerQuality.SAMPLE_LOCKED
    assert info.warnings == ()
    wanted = np.array(streams.surgery.stimuli_s) * 5000.0
    np.testing.assert_allclose(recording.positions, wanted, atol=0.02)
    assert [(a.sample_index, a.text) for a in recording.annotations] == [
        (11_000, "dura opened"),
        (25_000, "vessel moved: AICA"),
    ]
    emg = streams.values()[1000:3000, :2].T
    np.testing.assert_array_equal(recording.read_uv(1000, 2000), emg.astype(np.float32))
    recording.close()
    recording.close()


@pytest.mark.parametrize("unit", ["uV", "\u00b5V", "microvolts", "mV", "millivolts", "V", "nV"])
def test_units_are_honoured(unit: str, tmp_path: Path) -> None:
    labels = (("OOc L", unit), ("Ment L", unit))
    recording = opened(tmp_path, Streams(labels=labels, value_format="double64"))
    wanted = [Streams().surgery.emg_uv(5000.0, row)[:5000] for row in (0, 1)]
    np.testing.assert_allclose(recording.read_uv(0, 5000), wanted, rtol=1e-6)


@pytest.mark.parametrize(("unit", "told"), [("", "no unit"), ("counts", "the unit 'counts'")])
def test_an_emg_channel_without_a_voltage_is_an_error_that_names_it(
    unit: str, told: str, tmp_path: Path
) -> None:
    streams = Streams(labels=(("OOc L", "uV"), ("Ment L", unit)))
    with pytest.raises(SourceFormatError, match=f"'Ment L' has {told}") as caught:
        opened(tmp_path, streams)
    assert "stream 'amplifier'" in str(caught.value)


@pytest.mark.parametrize("value_format", ["int16", "int32", "double64"])
def test_any_form_of_numbers(value_format: str, tmp_path: Path) -> None:
    recording = opened(tmp_path, Streams(value_format=value_format))
    assert len(recording.stimuli) == len(Surgery().stimuli_s)
    wanted = Streams().values()[:1000, 0]
    np.testing.assert_allclose(recording.read_uv(0, 1000)[0], wanted, atol=0.5)


def test_markers_are_placed_by_the_artifact_near_them(tmp_path: Path) -> None:
    surgery = Surgery(seconds=20.0, stimuli_s=np.arange(0.7, 19.0, 0.5).tolist())
    late = np.clip(np.random.default_rng(2).normal(0.01, 0.003, len(surgery.stimuli_s)), 0.0, 0.02)
    streams = marked(surgery, texts=stimulus_texts(surgery, late_s=late))
    recording = opened(tmp_path, streams)
    assert recording.info.trigger_quality is TriggerQuality.STREAM_SYNCED
    off_ms = (recording.positions - np.array(surgery.stimuli_s) * 5000.0) / 5.0
    assert np.abs(off_ms).max() < 0.1
    assert {s.current_ma for s in recording.stimuli} == {8.0}


@pytest.mark.parametrize("offset_s", [-4321.5, 0.0, 86_400.0])
def test_clocks_of_two_computers_are_one_axis(offset_s: float, tmp_path: Path) -> None:
    streams = marked(offset_s=offset_s, markers_offset_s=17.25)
    settings = RecordingSettings(trigger=TriggerSettings(align_by_artifact=False))
    recording = opened(tmp_path, streams, settings)
    wanted = np.array(streams.surgery.stimuli_s) * 5000.0
    np.testing.assert_allclose(recording.positions, wanted, atol=0.05)


@pytest.mark.parametrize("drift", [-1e-4, 1e-4])
def test_drift_moves_no_stimulus(drift: float, tmp_path: Path) -> None:
    surgery = Surgery(seconds=60.0, stimuli_s=np.arange(1.0, 59.0, 4.0).tolist())
    settings = RecordingSettings(trigger=TriggerSettings(align_by_artifact=False))
    recording = opened(tmp_path, marked(surgery, drift=drift), settings)
    assert recording.info.sampling_rate_hz == 5000.0
    assert len(recording.axis.segments) == 1
    wanted = np.array(surgery.stimuli_s) * 5000.0
    np.testing.assert_allclose(recording.positions, wanted, atol=0.5)


def test_lost_samples_are_a_hole_with_its_length(tmp_path: Path) -> None:
    streams = Streams(lost=[(20_000, 20_050)], texts=[(5.0, "dura opened")])
    recording = opened(tmp_path, streams)
    first, second = recording.axis.segments
    assert (first.n_samples, second.first_index) == (20_000, 20_000)
    assert second.onset_s == pytest.approx(4.01, abs=1e-6)
    assert second.reason == "0.010 s were not recorded"
    assert codes(recording) == {"samples_missing"}
    wanted = [s * 5000.0 - 50.0 * (s > 4.0) for s in streams.surgery.stimuli_s]
    np.testing.assert_allclose(recording.positions, wanted, atol=0.02)
    assert recording.annotations[0].sample_index == 25_000 - 50
    assert recording.annotations[0].time_s == pytest.approx(5.0, abs=1e-5)


def test_a_text_in_a_hole_counts_where_samples_go_on(tmp_path: Path) -> None:
    streams = Streams(lost=[(20_000, 30_000)], texts=[(5.0, "dura opened"), (5.5, "Stim 8 mA")])
    recording = opened(tmp_path, streams)
    (mark,) = recording.annotations
    assert mark.sample_index == 20_000
    assert mark.time_s == pytest.approx(5.0, abs=1e-3)
    assert codes(recording) == {"samples_missing", "stimuli_not_recorded"}


def test_texts_before_the_first_sample_are_kept(tmp_path: Path) -> None:
    recording = opened(tmp_path, Streams(texts=[(-3.0, "dura opened")]))
    (mark,) = recording.annotations
    assert mark.sample_index == 0
    assert mark.time_s == pytest.approx(-3.0, abs=1e-4)


@pytest.mark.parametrize("jump_s", [-4000.0, 300.0])
def test_a_clock_that_is_set_anew_begins_a_segment(jump_s: float, tmp_path: Path) -> None:
    streams = Streams(reset=(4.0, jump_s), lost=[(20_000, 22_500)], texts=[(6.0, "dura opened")])
    recording = opened(tmp_path, streams)
    _, second = recording.axis.segments
    assert second.first_index == 20_000
    assert second.onset_s == pytest.approx(4.5, abs=1e-3)
    assert second.reason == "the clock of the sender was set anew; 0.500 s were not recorded"
    (mark,) = recording.annotations
    assert mark.sample_index == pytest.approx(27_500, abs=3)


def test_a_clock_that_steps_back_without_an_answer_is_told(tmp_path: Path) -> None:
    recording = opened(tmp_path, Streams(reset=(4.0, -90.0), has_offsets=False))
    _, second = recording.axis.segments
    assert second.reason == "time stamps step back by 90.000 s; what is missing is unknown"
    assert second.onset_s > 4.0


def test_a_device_that_comes_back_as_another_stream_is_one_recording(tmp_path: Path) -> None:
    first = Streams(surgery=Surgery(seconds=4.0), texts=[(1.0, "dura opened")])
    second = Streams(surgery=Surgery(seconds=4.0), source_id="serial 1b", start_s=6.0)
    with XdfWriter(tmp_path / "x.xdf", start=START) as writer:
        first.write_into(writer)
        second.write_into(writer)
    recording = open_xdf([tmp_path / "x.xdf"], SETTINGS)
    assert recording.axis.n_samples == 40_000
    assert recording.axis.segments[1].reason == (
        "the device came back as another stream; 2.000 s were not recorded"
    )
    np.testing.assert_array_equal(recording.read_uv(0, 500), recording.read_uv(20_000, 500))
    crossing = recording.read_uv(19_990, 20)
    np.testing.assert_array_equal(crossing[:, 10:], recording.read_uv(20_000, 10))


def test_two_streams_of_different_rate_that_hold_the_same_muscles(tmp_path: Path) -> None:
    with XdfWriter(tmp_path / "x.xdf", start=START) as writer:
        Streams(name="fast").write_into(writer)
        Streams(name="slow", surgery=Surgery(rate_hz=2000.0)).write_into(writer)
    with pytest.raises(SourceFormatError) as caught:
        open_xdf([tmp_path / "x.xdf"], SETTINGS)
    for told in ("'fast' (stream 1)", "5000 Hz", "'slow' (stream 3)", "2000 Hz", "set stream in"):
        assert told in str(caught.value)
    for name, rate_hz in (("fast", 5000.0), ("slow", 2000.0), ("3", 2000.0)):
        settings = RecordingSettings(montage=MontageSettings(stream=name))
        recording = open_xdf([tmp_path / "x.xdf"], settings)
        assert recording.info.sampling_rate_hz == rate_hz
        recording.close()


def test_another_stream_of_other_channels_is_passed_over(tmp_path: Path) -> None:
    with XdfWriter(tmp_path / "x.xdf", start=START) as writer:
        limbs = Streams(labels=(("APB L", "uV"), ("TA L", "uV")), name="limbs", trigger=False)
        limbs.write_into(writer)
        Streams(surgery=Surgery(rate_hz=2000.0)).write_into(writer)
    recording = open_xdf([tmp_path / "x.xdf"], SETTINGS)
    assert recording.info.sampling_rate_hz == 2000.0


def test_our_own_events_and_streams_of_other_kinds_are_no_marks(tmp_path: Path) -> None:
    streams = Streams(texts=[(2.0, '{"type": "amr_state_changed"}')], markers_name="amr-monitor")
    assert opened(tmp_path, streams).annotations == ()
    streams = Streams(texts=[(2.0, "Stim 8 mA")], markers_kind="Log")
    assert opened(tmp_path, streams).annotations == ()


def test_without_a_mark_of_its_own_a_text_is_kept_as_it_is(tmp_path: Path) -> None:
    recording = opened(tmp_path, Streams(texts=[(2.0, " key F5 "), (2.5, "")]))
    assert [a.text for a in recording.annotations] == ["key F5"]


def test_a_nominal_rate_that_is_none_is_told_by_the_stamps(tmp_path: Path) -> None:
    recording = opened(tmp_path, Streams(nominal_hz=0.0))
    assert recording.info.sampling_rate_hz == 5000.0
    assert codes(recording) == {"rate_by_stamps"}


def test_a_nominal_rate_that_lies_is_not_believed(tmp_path: Path) -> None:
    recording = opened(tmp_path, Streams(nominal_hz=4000.0))
    assert recording.info.sampling_rate_hz == 5000.0
    assert codes(recording) == {"rate_by_stamps"}


def test_what_is_simulated_says_so(tmp_path: Path) -> None:
    recording = opened(tmp_path, Streams(origin="simulated"))
    assert recording.info.origin is Origin.SIMULATED


def test_a_flat_channel_is_told(tmp_path: Path) -> None:
    recording = opened(tmp_path, Streams(surgery=Surgery(is_flat=True)))
    assert codes(recording) == {"channel_flat"}


def test_a_trigger_that_never_rises_is_told(tmp_path: Path) -> None:
    surgery = Surgery()
    streams = Streams(
        surgery=surgery,
        labels=(*Streams().labels, ("TTL", "")),
        trigger=False,
        texts=stimulus_texts(surgery),
    )
    values = streams.values()
    values[:, 2] = 0.0
    streams.values = lambda: values  # type: ignore[method-assign]
    assert codes(opened(tmp_path, streams)) == {"trigger_never_rises"}


@pytest.mark.parametrize(
    ("streams", "told"),
    [
        (Streams(trigger=False), "holds no stimulus"),
        (Streams(labels=(("APB", "uV"),)), "no EMG channel of a facial muscle"),
        (Streams(is_described=False), "names no channels in its metadata"),
        (Streams(surgery=Surgery(rate_hz=500.0)), "is sampled at 500 Hz"),
        (Streams(surgery=Surgery(seconds=0.7, stimuli_s=[0.3])), "none of its 1 stimuli has"),
    ],
    ids=["no stimulus", "no muscle", "no labels", "slow", "short"],
)
def test_what_cannot_be_monitored_is_one_clear_line(
    streams: Streams, told: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceFormatError, match=told) as caught:
        opened(tmp_path, streams)
    assert "x.xdf" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_stream_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    settings = RecordingSettings(montage=MontageSettings(stream="amp"))
    with pytest.raises(SourceFormatError, match="no stream is named 'amp'; it holds 'amplifier'"):
        opened(tmp_path, Streams(), settings)


def test_codes_without_words_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.xdf"
    with XdfWriter(path, start=START) as writer:
        Streams().write_into(writer)
        number = writer.add_stream(
            StreamToWrite(
                name="box",
                kind="Markers",
                value_format="int32",
                nominal_rate_hz=0.0,
                channels=(ChannelToWrite(label="code"),),
            )
        )
        writer.write_samples(number, np.array([ZERO_S + 1.0]), np.array([[7]]))
    assert codes(open_xdf([path], SETTINGS)) == {"marker_codes"}


def test_several_files_are_several_recordings(tmp_path: Path) -> None:
    paths = [Streams().write(tmp_path / name) for name in ("a.xdf", "b.xdf")]
    with pytest.raises(SourceFormatError, match="2 XDF files are no one recording"):
        open_xdf(paths, SETTINGS)


def test_values_that_are_no_numbers_reach_the_monitor_as_such(tmp_path: Path) -> None:
    streams = Streams(labels=(("OOc L", "V"), ("Ment L", "uV")), value_format="double64")
    values = streams.values()
    values[100, 0], values[200, 0] = np.nan, 1e300
    values[50, 2] = np.inf
    streams.values = lambda: values  # type: ignore[method-assign]
    recording = opened(tmp_path, streams)
    read = recording.read_uv(0, 300)
    assert np.isnan(read[0, 100])
    assert np.isinf(read[0, 200])
    assert len(recording.stimuli) == len(streams.surgery.stimuli_s)


@pytest.mark.parametrize("cut", [10, 5000, 100_000, 200_000])
def test_a_file_that_was_cut_is_replayed_up_to_the_cut(cut: int, tmp_path: Path) -> None:
    path = Streams(texts=[(1.0, "dura opened")]).write(tmp_path / "whole.xdf")
    content = path.read_bytes()
    (tmp_path / "x.xdf").write_bytes(content[:-cut])
    recording = open_xdf([tmp_path / "x.xdf"], SETTINGS)
    whole = open_xdf([path], SETTINGS)
    n_samples = recording.axis.n_samples
    assert "xdf_cut" in codes(recording)
    assert whole.axis.n_samples - cut // 12 - 40 <= n_samples
    np.testing.assert_array_equal(recording.read_uv(0, n_samples), whole.read_uv(0, n_samples))


@pytest.mark.parametrize("seed", range(40))
def test_damage_gives_a_recording_or_one_clear_line(seed: int, tmp_path: Path) -> None:
    generator = np.random.default_rng(seed)
    surgery = Surgery(seconds=4.0)
    streams = Streams(surgery=surgery, texts=stimulus_texts(surgery), chunk_s=0.05)
    content = bytearray(streams.write(tmp_path / "whole.xdf").read_bytes())
    for _ in range(int(generator.integers(1, 30))):
        at = int(generator.integers(4, len(content)))
        content[at] = int(generator.integers(256))
    if generator.random() < 0.5:
        del content[int(generator.integers(2000, len(content))) :]
    (tmp_path / "x.xdf").write_bytes(content)
    told = ""
    try:
        recording = open_xdf([tmp_path / "x.xdf"], SETTINGS)
        for segment in recording.axis.segments:
            recording.read_uv(segment.first_index, min(segment.n_samples, 5000))
        onsets = [segment.onset_s for segment in recording.axis.segments]
        told = " ".join(warning.message for warning in recording.info.warnings)
        np.testing.assert_array_equal(onsets, np.sort(onsets))
    except SourceFormatError as fault:
        told = str(fault)
    assert "\n" not in told
