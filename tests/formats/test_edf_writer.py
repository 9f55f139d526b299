from datetime import UTC, datetime
from pathlib import Path

import edfio
import numpy as np
import pyedflib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amr_monitor.formats.calibration import Calibration
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_header import EdfVariant
from amr_monitor.formats.edf_writer import (
    EdfWriter,
    SignalToWrite,
    make_discontinuous,
    write_recording,
)
from amr_monitor.model.errors import StorageError

START = datetime(2024, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)


def signals(*, is_bdf: bool = False) -> list[SignalToWrite]:
    top = 2 ** (23 if is_bdf else 15)
    line = Calibration(
        digital_min=-top, digital_max=top - 1, physical_min=-5000.0, physical_max=5000.0
    )
    volts = Calibration(digital_min=-top, digital_max=top - 1, physical_min=-10, physical_max=10)
    return [
        SignalToWrite(label="EMG OOc L", dimension="uV", rate_hz=2000, calibration=line),
        SignalToWrite(label="TRIG", dimension="V", rate_hz=5000, calibration=volts),
    ]


def digital(seconds: float, *, is_bdf: bool = False) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    top = 2 ** (23 if is_bdf else 15)
    return [
        rng.integers(-top, top, round(rate * seconds)).astype(np.int32) for rate in (2000, 5000)
    ]


@pytest.mark.parametrize("suffix", ["edf", "bdf"])
@pytest.mark.parametrize("start", [START, None])
def test_digital_values_texts_and_start_come_back(
    tmp_path: Path, suffix: str, start: datetime | None
) -> None:
    path = tmp_path / f"x.{suffix}"
    is_bdf = suffix == "bdf"
    values = digital(3.0, is_bdf=is_bdf)
    texts = [(0.2 + k / 10, f"Stim {k / 10} mA") for k in range(28)] + [(2.95, "Gef\u00e4\u00df")]
    write_recording(
        path,
        is_bdf=is_bdf,
        signals=signals(is_bdf=is_bdf),
        digital=values,
        annotations=texts,
        start=start,
        equipment="Simulated",
    )
    recording = EdfFile(path)
    assert recording.warnings == ()
    assert recording.header.is_simulated
    assert recording.header.start == (start.replace(microsecond=0) if start else None)
    assert recording.segments[0].onset_s == pytest.approx(0.1234 if start else 0.0, abs=1e-9)
    for i, signal in enumerate(recording.signals):
        got = recording.read_digital(signal, 0, recording.n_samples(signal))
        np.testing.assert_array_equal(got, values[i])
    assert [a.text for a in recording.annotations] == [text for _, text in texts]
    np.testing.assert_allclose(
        [a.onset_s for a in recording.annotations], [onset for onset, _ in texts], atol=6e-5
    )


@pytest.mark.parametrize("suffix", ["edf", "bdf"])
def test_peers_read_what_is_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    is_bdf = suffix == "bdf"
    values = digital(3.0, is_bdf=is_bdf)
    texts = [(0.2 + k / 10, f"Stim {k / 10} mA") for k in range(28)]
    write_recording(
        path, is_bdf=is_bdf, signals=signals(is_bdf=is_bdf), digital=values, annotations=texts
    )
    theirs = edfio.read_bdf(path) if is_bdf else edfio.read_edf(path)
    assert [a.text for a in theirs.annotations] == [text for _, text in texts]
    with pyedflib.EdfReader(str(path)) as reader:
        for i, expected in enumerate(values):
            np.testing.assert_array_equal(theirs.signals[i].digital, expected)
            np.testing.assert_array_equal(reader.readSignal(i, digital=True), expected)
        assert list(reader.readAnnotations()[2]) == [text for _, text in texts]


@given(st.integers(1, 4999), st.sampled_from(["edf", "bdf"]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_last_record_that_is_not_full_comes_back_as_it_was(
    tmp_path: Path, n_ms: int, suffix: str
) -> None:
    path = tmp_path / f"x.{suffix}"
    values = digital(n_ms / 1000, is_bdf=suffix == "bdf")
    write_recording(
        path, is_bdf=suffix == "bdf", signals=signals(is_bdf=suffix == "bdf"), digital=values
    )
    recording = EdfFile(path)
    for signal, expected in zip(recording.signals, values, strict=True):
        assert recording.n_samples(signal) == len(expected)
        got = recording.read_digital(signal, 0, len(expected))
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("suffix", ["edf", "bdf"])
def test_a_hole_comes_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    is_bdf = suffix == "bdf"
    values = digital(4.5, is_bdf=is_bdf)
    texts = [(0.25 * k, f"a text of its own {k}") for k in range(20)] + [(61.0, "dura closed")]
    write_recording(
        path,
        is_bdf=is_bdf,
        signals=signals(is_bdf=is_bdf),
        digital=values,
        annotations=texts,
        record_onsets_s=[0.0, 1.0, 60.0625, 61.0625, 62.0625],
    )
    recording = EdfFile(path)
    assert recording.warnings == ()
    assert recording.header.variant in (EdfVariant.EDF_DISCONTINUOUS, EdfVariant.BDF_DISCONTINUOUS)
    assert [(s.n_records, s.onset_s) for s in recording.segments] == [(2, 0.0), (3, 60.0625)]
    assert [a.text for a in recording.annotations] == [text for _, text in texts]
    got = recording.read_digital(recording.signals[0], 0, len(values[0]))
    np.testing.assert_array_equal(got, values[0])


def test_long_texts_come_back_whole(tmp_path: Path) -> None:
    texts = [
        (0.5, "cmd: mark by=anna mark=note text=" + "\u00e4" * 100),
        (0.5, "short"),
        (1.2, "~" * 80),
    ]
    path = tmp_path / "x.edf"
    write_recording(path, is_bdf=False, signals=signals(), digital=digital(2.0), annotations=texts)
    assert [(a.onset_s, a.text) for a in EdfFile(path).annotations] == texts


@pytest.mark.parametrize("start", [START, None])
def test_texts_on_the_grid_of_1_ms_come_back_on_it(tmp_path: Path, start: datetime | None) -> None:
    path = tmp_path / "x.edf"
    first_s = 0.1234 if start else 0.0
    texts = [(first_s + k / 1000, f"cmd: {k}") for k in range(0, 2000, 7)]
    write_recording(
        path, is_bdf=False, signals=signals(), digital=digital(5.0), annotations=texts, start=start
    )
    recording = EdfFile(path)
    onset_s = recording.segments[0].onset_s
    for annotation in recording.annotations:
        assert round((annotation.onset_s - onset_s) * 20000) == 20 * int(annotation.text[5:])


def test_other_record_durations_hold_other_rates(tmp_path: Path) -> None:
    line = signals()[0].calibration
    odd = SignalToWrite(label="OOc", dimension="mV", rate_hz=2002.5, calibration=line)
    with pytest.raises(ValueError, match="not a whole number"):
        write_recording(
            tmp_path / "x.edf", is_bdf=False, signals=[odd], digital=[np.zeros(801, dtype=np.int32)]
        )
    write_recording(
        tmp_path / "x.edf",
        is_bdf=False,
        signals=[odd],
        digital=[np.arange(8010, dtype=np.int32)],
        record_duration_s=0.4,
    )
    recording = EdfFile(tmp_path / "x.edf")
    assert recording.rate_hz(recording.signals[0]) == 2002.5
    assert recording.n_samples(recording.signals[0]) == 8010


def writer(path: Path) -> EdfWriter:
    return EdfWriter(path, is_bdf=False, signals=signals())


def test_more_annotations_than_there_is_room_for_are_told(tmp_path: Path) -> None:
    edf = writer(tmp_path / "x.edf")
    edf.write_record(digital(1.0))
    edf.annotate(0.1, "first")
    edf.annotate(0.2, "second")
    with pytest.raises(StorageError, match="1 annotations do not fit"):
        edf.close()


@pytest.mark.parametrize("text", ["x" * 4000, "", "  ", "a\x14b", "a\nb", "a\0b"])
def test_texts_that_cannot_be_kept_are_refused(tmp_path: Path, text: str) -> None:
    edf = writer(tmp_path / "x.edf")
    with pytest.raises(ValueError, match="annotation"):
        edf.annotate(0.0, text)
    edf.close()


def test_a_record_of_another_length_is_refused(tmp_path: Path) -> None:
    edf = writer(tmp_path / "x.edf")
    with pytest.raises(ValueError, match="a record takes"):
        edf.write_record(digital(0.5))
    edf.write_record(digital(1.0))
    edf.close()
    edf.close()
    with pytest.raises(StorageError, match="closed already"):
        edf.write_record(digital(1.0))


def test_a_value_outside_the_range_is_refused(tmp_path: Path) -> None:
    edf = writer(tmp_path / "x.edf")
    values = digital(1.0)
    values[1][7] = 40000
    with pytest.raises(ValueError, match="TRIG: a sample is outside"):
        edf.write_record(values)
    edf.close()


@pytest.mark.parametrize("limit", [123456789.0, 0.001234567])
def test_a_range_that_the_header_would_cut_is_refused(limit: float) -> None:
    line = Calibration(digital_min=-9, digital_max=9, physical_min=-limit, physical_max=limit)
    with pytest.raises(ValueError, match="does not fit the 8 characters"):
        SignalToWrite(label="OOc", dimension="uV", rate_hz=2000, calibration=line)


def test_labels_that_the_header_would_cut_are_refused() -> None:
    line = signals()[0].calibration
    with pytest.raises(ValueError, match="label"):
        SignalToWrite(label="orbicularis oculi left", dimension="uV", rate_hz=1, calibration=line)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        writer(tmp_path / "none" / "x.edf")


def test_an_error_inside_leaves_its_own_message(tmp_path: Path) -> None:
    def interrupted() -> None:
        with writer(tmp_path / "x.edf") as edf:
            edf.annotate(0.0, "no room for this")
            raise KeyError("a fault of the caller")

    with pytest.raises(KeyError, match="a fault of the caller"):
        interrupted()


def test_onsets_for_another_number_of_records_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    write_recording(path, is_bdf=False, signals=signals(), digital=digital(2.0))
    with pytest.raises(ValueError, match="2 records, but 3 onsets"):
        make_discontinuous(path, [0.0, 1.0, 2.0])
