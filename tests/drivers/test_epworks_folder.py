import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.epworks_folder import EpworksDriver
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.registry import open_source
from amr_monitor.formats.epworks_writer import StudyWriter, SweepToWrite
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import ChannelError, SourceFormatError
from amr_monitor.model.source import Origin
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.model.sweep import Sweep
from tests.drivers.epworks_studies import (
    LABELS,
    START,
    codes_of,
    group,
    items_of,
    noise,
    sweeps_of,
    write,
)

RIGHT = ("R OOc-Ref", "R Mentalis-Ref")


def test_every_sweep_comes_back_bit_for_bit(tmp_path: Path) -> None:
    _, (written,) = write(tmp_path, n_sweeps=[70], rejected=[3, 5])
    sweeps = sweeps_of(open_source([tmp_path]))
    assert len(sweeps) == 70
    for sweep, samples in zip(sweeps, written, strict=True):
        assert sweep.samples_uv.tobytes() == samples.tobytes()
        assert sweep.stimulus.current_ma == 8.0
    assert [k for k, sweep in enumerate(sweeps) if sweep.rejected_by_source] == [3, 5]


def test_what_the_source_is_comes_from_the_study(tmp_path: Path) -> None:
    write(tmp_path / "Some Patient")
    info = open_source([tmp_path / "Some Patient"]).info
    assert info.name == "EPWorks study of 2026-01-05 08:00 UTC"
    assert info.origin is Origin.SIMULATED
    assert info.trigger_quality is TriggerQuality.SWEEP_LOCKED
    assert info.sampling_rate_hz == 12_000.0
    assert (info.sweep_start_ms, info.sweep_end_ms) == (-10.0, 40.0)
    assert info.start_utc == START
    assert info.side is Side.LEFT
    assert info.montage.muscles == (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    assert [channel.label for channel in info.montage.channels] == list(LABELS)
    assert "Patient" not in repr(info)


def test_a_folder_that_is_not_simulated_is_a_replay(tmp_path: Path) -> None:
    writer, _ = write(tmp_path)
    writer.is_simulated = False
    writer.save()
    assert open_source([tmp_path]).info.origin is Origin.REPLAY


def test_indices_count_time_from_the_beginning_of_the_session(tmp_path: Path) -> None:
    write(tmp_path, first_s=2.5)
    stimuli = [item for item in items_of(open_source([tmp_path])) if isinstance(item, Stimulus)]
    assert [s.sample_index for s in stimuli] == [30_000 + 120 + 12_000 * k for k in range(6)]
    assert {stimulus.fraction for stimulus in stimuli} == {0.0}


def test_without_a_session_time_they_count_from_the_first_sweep(tmp_path: Path) -> None:
    writer, _ = write(tmp_path, first_s=2.5)
    folder = writer.begin_session()
    folder.rename(folder.with_name("copied"))
    source = open_source([tmp_path])
    assert sweeps_of(source)[0].first_index == 0
    assert source.info.start_utc is not None
    assert (source.info.start_utc - START).total_seconds() == 2.5


def test_what_is_unknown_is_always_told(tmp_path: Path) -> None:
    write(tmp_path)
    source = open_source([tmp_path])
    assert codes_of(source) == [
        "units_assumed",
        "polarity_unknown",
        "decimated",
        "marks_not_read",
    ]
    text = " ".join(warning.message for warning in source.info.warnings)
    assert "taken as uV" in text
    assert "12000 Hz" in text


@pytest.mark.parametrize(
    "names",
    [
        ("L OOc", "L Mentalis"),
        ("EMG left oculi - Fz", "ment L/Fz"),
        ("LEFT ORBICULARIS OCULI-LEFT NASION", "left mentalis-left chin"),
    ],
)
def test_channels_are_found_by_name_or_active_electrode(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    write(tmp_path, group(*names))
    info = open_source([tmp_path]).info
    assert info.montage.muscles == (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    assert info.side is Side.LEFT


def test_a_channel_of_no_muscle_name_is_found_by_its_electrode(tmp_path: Path) -> None:
    what = group("Ch 1", "Ch 2")
    named = tuple(
        replace(channel, electrode=label)
        for channel, label in zip(what.channels, ("R OOc", "R Ment"), strict=True)
    )
    write(tmp_path, replace(what, channels=named))
    info = open_source([tmp_path]).info
    assert info.side is Side.RIGHT
    assert [channel.label for channel in info.montage.channels] == ["Ch 1", "Ch 2"]


def test_both_sides_need_a_choice(tmp_path: Path) -> None:
    _, (written,) = write(tmp_path, group(*LABELS, *RIGHT))
    with pytest.raises(ChannelError, match=r"'L \w+' and 'R \w+' .*choose --side left\|right"):
        open_source([tmp_path])
    for side, rows in ((Side.LEFT, slice(0, 2)), (Side.RIGHT, slice(2, 4))):
        settings = RecordingSettings(montage=MontageSettings(side=side))
        source = open_source([tmp_path], settings)
        assert source.info.side is side
        for sweep, samples in zip(sweeps_of(source), written, strict=True):
            assert sweep.samples_uv.tobytes() == samples[rows].tobytes()


def test_both_sides_in_groups_of_their_own_need_a_choice_too(tmp_path: Path) -> None:
    write(tmp_path, group(name="AMR L"), group(*RIGHT, name="AMR R"), n_sweeps=[9, 5])
    with pytest.raises(ChannelError, match="choose --side"):
        open_source([tmp_path])
    settings = RecordingSettings(montage=MontageSettings(side=Side.RIGHT))
    assert len(sweeps_of(open_source([tmp_path], settings))) == 5


def test_the_side_that_was_not_recorded_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    settings = RecordingSettings(montage=MontageSettings(side=Side.RIGHT))
    with pytest.raises(ChannelError, match="on the right side"):
        open_source([tmp_path], settings)


def test_two_channels_of_one_muscle_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, group("L OOc-Ref", "L Oculi-Ref"))
    with pytest.raises(ChannelError, match="both match orbicularis oculi"):
        open_source([tmp_path])


def test_the_group_of_the_response_is_taken_and_the_others_are_told(tmp_path: Path) -> None:
    write(tmp_path, group(name="facial MEP"), group(name="AMR"), n_sweeps=[12, 6])
    source = open_source([tmp_path])
    assert len(sweeps_of(source)) == 6
    (told,) = [w.message for w in source.info.warnings if w.code == "other_groups"]
    assert "12 of group 'facial MEP'" in told


def test_of_several_timebases_the_fullest_is_taken(tmp_path: Path) -> None:
    write(tmp_path, group(timebase_ms=10), group(timebase_ms=5), n_sweeps=[4, 9])
    source = open_source([tmp_path])
    assert source.info.sampling_rate_hz == 12_000.0
    assert len(sweeps_of(source)) == 9
    assert "other_groups" in codes_of(source)


def test_free_run_and_averages_are_left_out_and_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        group(name="AMR"),
        group("L OOc-Ref", name="free run", timebase_ms=100, signal_type=0),
        group(name="BAEP", signal_type=3, sweeps_per_average=200),
    )
    source = open_source([tmp_path])
    assert len(sweeps_of(source)) == 6
    (told,) = [w.message for w in source.info.warnings if w.code == "blocks_ignored"]
    assert "6 are of free-running EMG or EEG" in told
    assert "12 are averages of several sweeps" in told


def test_averages_alone_cannot_be_judged(tmp_path: Path) -> None:
    write(tmp_path, group(signal_type=3, sweeps_per_average=20))
    with pytest.raises(SourceFormatError, match="averages of several sweeps"):
        open_source([tmp_path])


def test_single_sweeps_that_might_be_averages_are_told(tmp_path: Path) -> None:
    write(tmp_path, group(sweeps_per_average=5))
    source = open_source([tmp_path])
    assert len(sweeps_of(source)) == 6
    (told,) = [w.message for w in source.info.warnings if w.code == "averages_possible"]
    assert "'AMR' (5 sweeps)" in told


def test_another_window_is_another_recording(tmp_path: Path) -> None:
    for name, delay_ms in (("a", -10.0), ("b", -20.0)):
        write(tmp_path / name, group(trigger_delay_ms=delay_ms))
    one, other = (open_source([tmp_path / name]).info.content_hash for name in "ab")
    assert one != other


def test_channels_of_other_muscles_alone_are_named(tmp_path: Path) -> None:
    write(tmp_path, group("L Trapezius", "L Tongue"))
    with pytest.raises(SourceFormatError, match=r"'L Tongue', 'L Trapezius', no facial muscle"):
        open_source([tmp_path])


def test_a_rate_too_low_for_a_response_is_refused(tmp_path: Path) -> None:
    write(tmp_path, group(timebase_ms=100))
    with pytest.raises(SourceFormatError, match=r"stored at 600 Hz.*shorter timebase"):
        open_source([tmp_path])


def test_a_stimulus_outside_its_sweeps_is_refused(tmp_path: Path) -> None:
    write(tmp_path, group(trigger_delay_ms=2.0))
    with pytest.raises(SourceFormatError, match="begin 2 ms after the stimulus"):
        open_source([tmp_path])


def with_artifact(folder: Path, *, delay_ms: float, at_ms: float) -> None:
    """Write a study whose artifact stands so long after the first sample."""
    what = group(trigger_delay_ms=delay_ms)
    writer = StudyWriter(folder, START, [what])
    samples = noise(what, 8)
    first = round(12.0 * at_ms)
    samples[:, :, first : first + 3] += 2000.0
    for k in range(8):
        writer.append(SweepToWrite(time_s=1.0 + k, samples_uv=samples[k], set_number=k + 1))
    writer.save()


def test_a_positive_delay_is_the_time_before_the_stimulus_where_the_artifact_shows_it(
    tmp_path: Path,
) -> None:
    with_artifact(tmp_path / "a", delay_ms=10.0, at_ms=10.2)
    source = open_source([tmp_path / "a"])
    assert (source.info.sweep_start_ms, source.info.sweep_end_ms) == (-10.0, 40.0)
    assert "delay_by_artifact" in codes_of(source)
    assert "artifact_elsewhere" not in codes_of(source)
    with_artifact(tmp_path / "b", delay_ms=10.0, at_ms=20.0)
    with pytest.raises(SourceFormatError, match="begin 10 ms after the stimulus"):
        open_source([tmp_path / "b"])


def test_a_stimulus_between_two_samples_keeps_its_fraction(tmp_path: Path) -> None:
    write(tmp_path, group(trigger_delay_ms=-9.95))
    sweep = sweeps_of(open_source([tmp_path]))[0]
    assert sweep.onset_sample == 119
    assert sweep.stimulus.fraction == pytest.approx(0.4)


def test_a_sweep_that_lacks_a_channel_is_left_out_and_told(tmp_path: Path) -> None:
    what = group()
    writer = StudyWriter(tmp_path, START, [what])
    samples = noise(what, 6)
    for k in range(6):
        one = SweepToWrite(time_s=1.0 + k, samples_uv=samples[k], set_number=k + 1)
        writer.append(one, only=[0] if k == 2 else ())
    writer.save()
    source = open_source([tmp_path])
    items = items_of(source)
    assert sum(isinstance(item, Stimulus) for item in items) == 6
    assert len([item for item in items if isinstance(item, Sweep)]) == 5
    (told,) = [w.message for w in source.info.warnings if w.code == "sweeps_incomplete"]
    assert told.startswith("1 of 6 stimuli")


def test_a_muscle_with_few_sweeps_does_not_cost_the_other_ones(tmp_path: Path) -> None:
    what = group()
    writer = StudyWriter(tmp_path, START, [what])
    for k, samples in enumerate(noise(what, 9)):
        sweep = SweepToWrite(time_s=1.0 + k, samples_uv=samples)
        writer.append(sweep, only=[0] if k > 1 else ())
    writer.save()
    source = open_source([tmp_path])
    assert source.info.montage.muscles == (Muscle.ORBICULARIS_OCULI,)
    assert len(sweeps_of(source)) == 9
    assert "channel_sparse" in codes_of(source)


def test_channels_of_one_stimulus_may_be_stamped_a_little_apart(tmp_path: Path) -> None:
    what = group()
    writer = StudyWriter(tmp_path, START, [what])
    samples = noise(what, 5)
    for k in range(5):
        for channel, late_s in ((1, 0.0), (0, 0.03)):
            one = SweepToWrite(
                time_s=1.0 + k + late_s, samples_uv=samples[k], set_number=k + 1, current_ma=7.0
            )
            writer.append(one, only=[channel])
    writer.save()
    sweeps = sweeps_of(open_source([tmp_path]))
    assert [sweep.first_index for sweep in sweeps] == [12_000 * (1 + k) for k in range(5)]
    for sweep, written in zip(sweeps, samples, strict=True):
        assert sweep.samples_uv.tobytes() == written.tobytes()


def test_several_sessions_are_one_recording(tmp_path: Path) -> None:
    what = group()
    writer = StudyWriter(tmp_path, START, [what])
    samples = noise(what, 8)
    for k in range(8):
        if k == 4:
            writer.begin_session(100.0)
        at = 1.0 + k + (100.0 if k >= 4 else 0.0)
        writer.append(SweepToWrite(time_s=at, samples_uv=samples[k]))
    writer.save()
    sweeps = sweeps_of(open_source([tmp_path]))
    assert len(sweeps) == 8
    assert sweeps[4].first_index - sweeps[3].first_index == 101 * 12_000


def test_one_damaged_rec_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    writer, _ = write(tmp_path, n_sweeps=[6])
    writer.begin_session(100.0)
    for samples in noise(group(), 3):
        writer.append(SweepToWrite(time_s=101.0, samples_uv=samples))
    writer.save()
    path = writer.rec_path(0, 0)
    raw = bytearray(path.read_bytes())
    raw[16] = 7
    path.write_bytes(raw)
    source = open_source([tmp_path])
    assert len(sweeps_of(source)) == 6
    (told,) = [w.message for w in source.info.warnings if w.code == "damaged"]
    assert "0000.REC: at byte 16: version 7" in told


def test_one_damaged_block_costs_one_sweep(tmp_path: Path) -> None:
    writer, (written,) = write(tmp_path, n_sweeps=[6])
    path = writer.rec_path(0, 1)
    raw = bytearray(path.read_bytes())
    raw[96 + 2 * 3288] ^= 1
    path.write_bytes(raw)
    source = open_source([tmp_path])
    sweeps = sweeps_of(source)
    assert [s.samples_uv.tobytes() for s in sweeps] == [
        written[k].tobytes() for k in (0, 1, 3, 4, 5)
    ]
    assert {"damaged", "sweeps_incomplete"} <= set(codes_of(source))


def test_a_block_whose_time_is_damaged_does_not_stretch_the_recording(tmp_path: Path) -> None:
    writer, _ = write(tmp_path, n_sweeps=[6])
    path = writer.rec_path(0, 1)
    raw = bytearray(path.read_bytes())
    raw[96 + 20 + 6] ^= 4
    path.write_bytes(raw)
    source = open_source([tmp_path])
    assert len(sweeps_of(source)) == 5
    assert (source.info.duration_s or 0.0) < 10.0
    assert "times_damaged" in codes_of(source)


def test_a_time_that_is_some_hours_off_does_not_stretch_it_either(tmp_path: Path) -> None:
    writer, _ = write(tmp_path, n_sweeps=[6])
    path = writer.rec_path(0, 1)
    for mask in (0x10, 0x02):
        raw = bytearray(path.read_bytes())
        raw[96 + 24] ^= mask
        path.write_bytes(raw)
        source = open_source([tmp_path])
        items = items_of(source)
        assert sum(isinstance(item, Sweep) for item in items) == 5
        assert (source.info.duration_s or 0.0) < 10.0
        assert "sweeps_incomplete" in codes_of(source)


def test_blocks_that_stand_twice_count_once(tmp_path: Path) -> None:
    writer, _ = write(tmp_path)
    for channel in range(2):
        path = writer.rec_path(0, channel)
        raw = path.read_bytes()
        path.write_bytes(raw + raw[96:])
    source = open_source([tmp_path])
    assert len(sweeps_of(source)) == 6
    assert "doubles" in codes_of(source)


def test_blocks_that_nobody_describes_are_read_and_told(tmp_path: Path) -> None:
    what = group()
    writer, _ = write(tmp_path, what)
    for k, samples in enumerate(noise(what, 3, seed=9)):
        writer.append(SweepToWrite(time_s=20.0 + k, samples_uv=samples))
    source = open_source([tmp_path])  # the .iom was not written again
    assert len(sweeps_of(source)) == 9
    (told,) = [w.message for w in source.info.warnings if w.code == "orphans"]
    assert told.startswith("6 blocks")


def test_a_trace_that_nobody_describes_is_left_out_and_told(tmp_path: Path) -> None:
    writer, _ = write(tmp_path)
    raw = bytearray(writer.rec_path(0, 0).read_bytes())
    raw[28:60] = bytes(range(32))
    (writer.begin_session() / "0099.REC").write_bytes(raw)
    source = open_source([tmp_path])
    assert len(sweeps_of(source)) == 6
    (told,) = [w.message for w in source.info.warnings if w.code == "blocks_ignored"]
    assert "6 are of no channel that the .iom knows" in told


def test_blocks_without_an_area_for_cursors_are_read_and_told(tmp_path: Path) -> None:
    _, (written,) = write(tmp_path, group(has_cursor_area=False))
    source = open_source([tmp_path])
    for sweep, samples in zip(sweeps_of(source), written, strict=True):
        assert sweep.samples_uv.tobytes() == samples.tobytes()
    (told,) = [w.message for w in source.info.warnings if w.code == "block_header"]
    assert "byte 88 of a block" in told


def test_settings_that_contradict_the_sweeps_are_told(tmp_path: Path) -> None:
    what = group()
    slow = tuple(replace(channel, sampling_hz=30_000.0) for channel in what.channels)
    write(tmp_path, replace(what, channels=slow))
    source = open_source([tmp_path])
    assert source.info.sampling_rate_hz == 12_000.0
    assert "rates_differ" in codes_of(source)


def test_no_current_is_told_and_is_none(tmp_path: Path) -> None:
    write(tmp_path, current_ma=0.0)
    source = open_source([tmp_path])
    assert {sweep.stimulus.current_ma for sweep in sweeps_of(source)} == {None}
    assert "current_unknown" in codes_of(source)


def test_an_artifact_that_is_not_where_the_stimulus_should_be_is_told(tmp_path: Path) -> None:
    for folder, at_ms, is_told in (("right", 10.2, False), ("wrong", 20.0, True)):
        with_artifact(tmp_path / folder, delay_ms=-10.0, at_ms=at_ms)
        assert ("artifact_elsewhere" in codes_of(open_source([tmp_path / folder]))) == is_told


def test_a_flat_channel_is_told(tmp_path: Path) -> None:
    what = group()
    writer = StudyWriter(tmp_path, START, [what])
    for k, samples in enumerate(noise(what, 5)):
        samples[1] = 0.0
        writer.append(SweepToWrite(time_s=1.0 + k, samples_uv=samples))
    writer.save()
    assert "channel_flat" in codes_of(open_source([tmp_path]))


def test_an_iom_that_is_cut_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    writer, _ = write(tmp_path)
    path = writer.save()
    path.write_bytes(path.read_bytes()[:-40])
    source = open_source([tmp_path])
    assert len(sweeps_of(source)) == 6
    assert {"iom_cut", "orphans"} <= set(codes_of(source))


def test_the_iom_itself_can_be_named_and_a_rec_cannot(tmp_path: Path) -> None:
    writer, _ = write(tmp_path)
    assert len(sweeps_of(open_source([writer.iom_path]))) == 6
    with pytest.raises(SourceFormatError, match="one channel of an EPWorks study"):
        open_source([writer.rec_path(0, 0)])
    with pytest.raises(SourceFormatError, match="name the folder of one study"):
        open_source([writer.iom_path, writer.iom_path])


def test_a_study_is_recognised_by_its_bytes(tmp_path: Path) -> None:
    writer, _ = write(tmp_path / "study")
    driver = EpworksDriver()
    assert driver.recognises(writer.iom_path.read_bytes()[:512])
    assert driver.recognises_folder(tmp_path / "study")
    assert not driver.recognises_folder(tmp_path)
    assert not driver.recognises(b"0       ")


def test_the_same_study_has_the_same_identity_and_another_has_not(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "b")
    write(tmp_path / "c", current_ma=9.0)
    hashes = [open_source([tmp_path / name]).info.content_hash for name in "abc"]
    assert hashes[0] == hashes[1] != hashes[2]


def test_values_that_are_no_number_reach_the_monitor_as_they_are(tmp_path: Path) -> None:
    writer, _ = write(tmp_path)
    path = writer.rec_path(0, 0)
    raw = bytearray(path.read_bytes())
    raw[96 + 888 : 96 + 892] = struct.pack("<f", float("nan"))
    path.write_bytes(raw)
    assert np.isnan(sweeps_of(open_source([tmp_path]))[0].samples_uv[0, 0])


def test_an_empty_study_says_what_is_missing(tmp_path: Path) -> None:
    StudyWriter(tmp_path, START, [group()]).save()
    with pytest.raises(SourceFormatError, match=r"there is no \.REC in its History"):
        open_source([tmp_path])
