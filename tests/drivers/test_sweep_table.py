from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.registry import open_source
from amr_monitor.formats.sweep_table import write_sweep_table
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import ChannelError, SourceFormatError
from amr_monitor.model.source import Annotation, Origin
from amr_monitor.model.stimulation import TriggerQuality
from tests.drivers.epworks_studies import codes_of, items_of, sweeps_of
from tests.drivers.surgeries import Surgery
from tests.drivers.sweep_tables import N_SAMPLES, RATE_HZ, SIDECAR, START_MS, sweeps, write


def test_every_sweep_comes_back(tmp_path: Path) -> None:
    path, values = write(tmp_path)
    found = sweeps_of(open_source([path]))
    assert len(found) == 6
    for sweep, written in zip(found, values, strict=True):
        np.testing.assert_array_equal(sweep.samples_uv, written)
        assert sweep.stimulus.current_ma == 8.0
    assert [sweep.rejected_by_source for sweep in found] == [False, True, *[False] * 4]


def test_what_the_source_is_comes_from_table_and_sidecar(tmp_path: Path) -> None:
    path, _ = write(tmp_path)
    info = open_source([path]).info
    assert info.name == "surgery"
    assert info.origin is Origin.REPLAY
    assert info.trigger_quality is TriggerQuality.SWEEP_LOCKED
    assert info.montage.muscles == (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    assert {channel.side for channel in info.montage.channels} == {Side.LEFT}
    assert info.sampling_rate_hz == 3000.0
    assert (info.sweep_start_ms, info.sweep_end_ms) == (-20.0, 80.0)
    assert info.start_utc == datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    assert info.first_time_s == 0.0
    assert info.side is Side.LEFT
    assert info.duration_s == pytest.approx(5.58)
    assert codes_of(open_source([path])) == []


def test_stimuli_and_marks_stand_at_their_times(tmp_path: Path) -> None:
    path, _ = write(tmp_path)
    items = items_of(open_source([path]))
    found = sweeps_of(open_source([path]))
    assert [s.stimulus.sample_index for s in found] == [1500 + 3000 * k for k in range(6)]
    (mark,) = [item for item in items if isinstance(item, Annotation)]
    assert (mark.sample_index, mark.time_s, mark.text) == (9600, 3.2, "dura opened")


def test_a_stimulus_at_0_puts_its_sweep_before_time_0(tmp_path: Path) -> None:
    path, _ = write(tmp_path, sidecar=SIDECAR.replace("first_stimulus_s = 0.5\n", ""))
    source = open_source([path])
    assert source.info.first_time_s == -0.02
    first = sweeps_of(source)[0]
    assert (first.first_index, first.stimulus.sample_index) == (0, 60)


def test_each_sweep_may_have_its_time_and_current(tmp_path: Path) -> None:
    sidecar = SIDECAR.replace("current_ma = 8.0", "current_ma = [8, 9, 10]")
    sidecar = sidecar.replace("stimulus_rate_hz = 1.0", "stimulus_times_s = [1.0, 2.25, 3.0]")
    path, _ = write(tmp_path, 3, sidecar=sidecar)
    found = sweeps_of(open_source([path]))
    assert [sweep.stimulus.current_ma for sweep in found] == [8.0, 9.0, 10.0]
    assert [sweep.stimulus.sample_index for sweep in found] == [3000, 6750, 9000]


def test_a_muscle_may_have_a_table_of_its_own(tmp_path: Path) -> None:
    values = sweeps()
    for row, name in enumerate(("oculi", "chin")):
        write_sweep_table(
            tmp_path / f"{name}.csv",
            start_ms=START_MS,
            rate_hz=RATE_HZ,
            values=values[:, row] / (1000.0 if row else 1.0),
            headers=[f"s{k}" for k in range(6)],
            decimals=4 if row else 1,
        )
    (tmp_path / "oculi.toml").write_text(
        'unit = "uV"\nstimulus_rate_hz = 1\n[[channel]]\nlabel = "R OOc"\n'
        '[[channel]]\nmuscle = "mentalis"\nlabel = "chin"\nfile = "chin.csv"\nunit = "mV"\n',
        encoding="utf-8",
    )
    for paths in ([tmp_path / "oculi.csv"], [tmp_path / "oculi.csv", tmp_path / "chin.csv"]):
        source = open_source(paths)
        assert [channel.label for channel in source.info.montage.channels] == ["R OOc", "chin"]
        assert source.info.side is Side.RIGHT
        for sweep, written in zip(sweeps_of(source), values, strict=True):
            np.testing.assert_allclose(sweep.samples_uv, written, atol=0.06)
    assert len(sweeps_of(open_source([tmp_path]))) == 6


def test_columns_can_be_told_by_number(tmp_path: Path) -> None:
    sidecar = SIDECAR.replace('header = "OOc"', "columns = [2, 7]")
    sidecar = sidecar.replace('header = "Ment"', "columns = [8, 13]")
    path, values = write(tmp_path, sidecar=sidecar)
    for sweep, written in zip(sweeps_of(open_source([path])), values, strict=True):
        np.testing.assert_array_equal(sweep.samples_uv, written)


def test_both_sides_need_a_choice(tmp_path: Path) -> None:
    sidecar = SIDECAR.replace('side = "left"\n', "")
    sidecar = sidecar.replace('label = "OOc"', 'label = "L OOc"')
    sidecar = sidecar.replace('label = "Mentalis"', 'label = "R OOc"')
    path, values = write(tmp_path, sidecar=sidecar)
    with pytest.raises(ChannelError, match="choose --side"):
        open_source([path])
    settings = RecordingSettings(montage=MontageSettings(side=Side.RIGHT))
    for sweep, written in zip(sweeps_of(open_source([path], settings)), values, strict=True):
        np.testing.assert_array_equal(sweep.samples_uv, written[1:])


def test_another_side_than_the_chosen_one_is_refused(tmp_path: Path) -> None:
    path, _ = write(tmp_path)
    settings = RecordingSettings(montage=MontageSettings(side=Side.RIGHT))
    with pytest.raises(SourceFormatError, match="its side is left, not right"):
        open_source([path], settings)


def test_a_table_without_sidecar_says_what_to_write(tmp_path: Path) -> None:
    path, _ = write(tmp_path)
    path.with_suffix(".toml").unlink()
    with pytest.raises(SourceFormatError, match=r"needs surgery\.toml beside it, with at least"):
        open_source([path])


def test_a_table_beside_other_recordings_is_no_recording(tmp_path: Path) -> None:
    path, _ = write(tmp_path)
    path.with_suffix(".toml").unlink()
    Surgery(seconds=4.0, stimuli_s=[0.7, 1.5, 2.5]).write(tmp_path / "x.edf")
    assert open_source([tmp_path]).info.name == "x.edf"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('unit = "uV"', 'unit = "kg"'), "has the unit 'kg'"),
        (('unit = "uV"', 'unit = "V"'), "is the unit right"),
        (("current_ma = 8.0", "current_ma = [8, 9]"), "2 values of current_ma for 6 sweeps"),
        (("current_ma = 8.0", "current_ma = -1"), "current_ma is 0 or more"),
        (
            ("stimulus_rate_hz = 1.0", "stimulus_times_s = [1, 2]"),
            "2 stimulus_times_s for 6 sweeps",
        ),
        (("stimulus_rate_hz = 1.0", "stimulus_rate_hz = 1e8"), "less than a sample apart"),
        (("rejected = [2]", "rejected = [7]"), "rejected names sweep 7 of 6"),
        (('header = "Ment"', 'header = "Nose"'), "no column begins with 'Nose'"),
        (('header = "Ment"', "columns = [8, 14]"), "has 13 columns; its sidecar asks for 14"),
        (('header = "Ment"', "columns = [8, 9]"), "has 6 sweeps, 'Mentalis' has 2"),
        (('header = "Ment"', 'header = "ooc"'), "two channels are the same columns"),
        (('header = "Ment"', 'file = "none.csv"'), "none.csv: cannot be read"),
        (('label = "Mentalis"', 'label = "oculi"'), "both match orbicularis oculi"),
        (('label = "OOc"\nheader = "OOc"', 'label = "x"\nheader = "OOc"'), ""),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    path, _ = write(tmp_path, sidecar=SIDECAR.replace(*change))
    if not told:
        assert open_source([path]).info.montage.muscles == (Muscle.MENTALIS,)
        return
    with pytest.raises(SourceFormatError) as fault:
        open_source([path])
    assert told in str(fault.value)
    assert str(tmp_path) in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("start_ms", "rate_hz", "told"),
    [
        (1.0, 3000.0, "time 0 is the stimulus and must lie inside"),
        (-200.0, 3000.0, "time 0 is the stimulus and must lie inside"),
        (-0.02, 3_000_000.0, "needs at least"),
        (-200.0, 500.0, "sampled at 500 Hz"),
    ],
)
def test_times_that_cannot_be_meant_are_told(
    tmp_path: Path, start_ms: float, rate_hz: float, told: str
) -> None:
    path, values = write(tmp_path)
    if rate_hz > 1e6:
        path.write_text("0.0000,1,2\n0.0001,1,2\n0.0002,1,2\n", encoding="utf-8")
        sidecar = SIDECAR.replace('header = "OOc"', "columns = [2, 2]").replace("[2]", "[1]")
        sidecar = sidecar.replace('header = "Ment"', "columns = [3, 3]")
        path.with_suffix(".toml").write_text(sidecar, encoding="utf-8")
    else:
        write_sweep_table(
            path,
            start_ms=start_ms,
            rate_hz=rate_hz,
            values=values.transpose(1, 0, 2).reshape(-1, N_SAMPLES),
            headers=[f"{label} {k}" for label in ("OOc", "Ment") for k in range(6)],
        )
    with pytest.raises(SourceFormatError, match=told):
        open_source([path])


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    sidecar = SIDECAR.replace("current_ma = 8.0\n", "").split("[[mark]]")[0]
    path, _ = write(tmp_path, sidecar=sidecar)
    assert codes_of(open_source([path])) == ["current_unknown", "no_marks"]


def test_a_table_that_no_channel_names_is_told(tmp_path: Path) -> None:
    path, _ = write(tmp_path)
    other = tmp_path / "other.csv"
    other.write_bytes(path.read_bytes())
    with pytest.raises(SourceFormatError, match=r"named by no \[\[channel\]\] of surgery\.toml"):
        open_source([path, other])
    other.with_suffix(".toml").write_text(SIDECAR, encoding="utf-8")
    with pytest.raises(SourceFormatError, match="replay them one by one"):
        open_source([path, other])


def test_a_simulated_table_and_a_marked_baseline_say_so(tmp_path: Path) -> None:
    sidecar = SIDECAR.replace("dura opened", "baseline accepted")
    path, _ = write(tmp_path, sidecar="simulated = true\n" + sidecar)
    info = open_source([path]).info
    assert info.origin is Origin.SIMULATED
    assert info.baseline_is_marked


def test_the_identity_depends_on_table_and_sidecar(tmp_path: Path) -> None:
    path, _ = write(tmp_path)
    first = open_source([path]).info.content_hash
    assert open_source([path]).info.content_hash == first
    write(tmp_path, sidecar=SIDECAR.replace("8.0", "9.0"))
    assert open_source([path]).info.content_hash != first
