import tracemalloc
from pathlib import Path

import edfio
import numpy as np
import pyedflib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amr_monitor.formats.edf import EdfFile
from amr_monitor.model.errors import SourceFormatError
from tests.formats.edf_bytes import RawFile, RawSignal

SIXTEEN_BIT = np.random.default_rng(1).integers(-32768, 32768, 400).astype(np.int32)
WIDE = np.random.default_rng(2).integers(-8388608, 8388608, 400).astype(np.int32)
BDF_SIGNAL = RawSignal(
    digital=("-8388608", "8388607"), physical=("-262144", "262144"), samples=WIDE
)


def opened(tmp_path: Path, raw: bytes) -> EdfFile:
    path = tmp_path / "x.edf"
    path.write_bytes(raw)
    return EdfFile(path)


def fault(tmp_path: Path, raw: bytes) -> str:
    with pytest.raises(SourceFormatError) as caught:
        opened(tmp_path, raw)
    message = str(caught.value)
    assert "\n" not in message
    return message


def codes(recording: EdfFile) -> list[str]:
    return [warning.code for warning in recording.warnings]


def all_digital(recording: EdfFile, i: int = 0) -> np.ndarray:
    signal = recording.signals[i]
    return recording.read_digital(signal, 0, recording.n_samples(signal))


def test_the_values_are_those_of_the_file(tmp_path: Path) -> None:
    recording = opened(tmp_path, RawFile(signals=[RawSignal(samples=SIXTEEN_BIT)]).content())
    np.testing.assert_array_equal(all_digital(recording), SIXTEEN_BIT)
    physical = recording.read_physical(recording.signals[0], 0, 400)
    assert physical.dtype == np.float32
    np.testing.assert_allclose(physical, SIXTEEN_BIT * 0.1, atol=1e-4)
    assert recording.warnings == ()


def test_values_agree_with_edfio_and_pyedflib(tmp_path: Path) -> None:
    signals = [RawSignal(samples=SIXTEEN_BIT), RawSignal(label="TRIG", samples_per_record=50)]
    recording = opened(tmp_path, RawFile(signals=signals, reserved="EDF+C").content())
    theirs = edfio.read_edf(tmp_path / "x.edf")
    with pyedflib.EdfReader(str(tmp_path / "x.edf")) as reader:
        for i, signal in enumerate(recording.signals):
            n_samples = recording.n_samples(signal)
            np.testing.assert_array_equal(all_digital(recording, i), theirs.signals[i].digital)
            np.testing.assert_array_equal(
                all_digital(recording, i), reader.readSignal(i, digital=True)
            )
            ours = recording.read_physical(signal, 0, n_samples)
            np.testing.assert_allclose(ours, theirs.signals[i].data, atol=2.5e-4)
            np.testing.assert_allclose(ours, reader.readSignal(i), atol=2.5e-4)


def test_24_bit_values_keep_their_sign(tmp_path: Path) -> None:
    raw = RawFile(signals=[BDF_SIGNAL, BDF_SIGNAL], is_bdf=True, reserved="24BIT").content()
    recording = opened(tmp_path, raw)
    np.testing.assert_array_equal(all_digital(recording, 1), WIDE)
    theirs = edfio.read_bdf(tmp_path / "x.edf")
    np.testing.assert_array_equal(all_digital(recording), theirs.signals[0].digital)


def test_the_status_channel_of_biosemi_gives_its_trigger_code(tmp_path: Path) -> None:
    code = np.where(np.arange(400) % 100 < 3, 5, 0)
    status = RawSignal(
        label="Status",
        dimension="Boolean",
        digital=("-8388608", "8388607"),
        physical=("-8388608", "8388607"),
        samples=(code | 0x900000).astype(np.int32),
    )
    raw = RawFile(signals=[BDF_SIGNAL, status], is_bdf=True, reserved="24BIT").content()
    recording = opened(tmp_path, raw)
    assert recording.signals[1].is_status
    np.testing.assert_array_equal(all_digital(recording, 1), code)


@pytest.mark.parametrize("reserved", ["EDF+D", "BDF+D"])
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_stretch_is_a_slice_of_the_whole(
    data: st.DataObject, reserved: str, tmp_path: Path
) -> None:
    is_bdf = reserved == "BDF+D"
    signal = BDF_SIGNAL if is_bdf else RawSignal(samples=SIXTEEN_BIT)
    raw = RawFile(
        signals=[RawSignal(samples_per_record=7), signal],
        is_bdf=is_bdf,
        reserved=reserved,
        record_onsets_s=[0.0, 0.1, 3.0, 3.1],
        texts=[(3, b"+3.15\x14padding\x14\0")],
    ).content()
    recording = opened(tmp_path, raw)
    n_samples = recording.n_samples(recording.signals[1])
    assert n_samples == 350
    first = data.draw(st.integers(0, n_samples))
    n_read = data.draw(st.integers(0, n_samples - first))
    got = recording.read_digital(recording.signals[1], first, n_read)
    np.testing.assert_array_equal(got, signal.samples[first : first + n_read])
    with pytest.raises(IndexError):
        recording.read_digital(recording.signals[1], first, n_samples - first + 1)


def test_holes_and_texts_are_told_on_the_axis_of_the_file(tmp_path: Path) -> None:
    raw = RawFile(
        reserved="EDF+D",
        record_onsets_s=[0.35, 0.45, 100.0, 100.1],
        texts=[(1, b"+100.05\x14dura opened\x14\0")],
    ).content()
    recording = opened(tmp_path, raw)
    assert [(s.first_record, s.n_records, s.onset_s) for s in recording.segments] == [
        (0, 2, 0.35),
        (2, 2, 100.0),
    ]
    assert [(a.onset_s, a.text) for a in recording.annotations] == [(100.05, "dura opened")]
    assert recording.warnings == ()


def test_padding_is_taken_off_every_signal_in_proportion(tmp_path: Path) -> None:
    raw = RawFile(
        signals=[RawSignal(), RawSignal(samples_per_record=50)],
        reserved="EDF+C",
        texts=[(3, b"+0.34\x14padding: 40/100\x14\0")],
    ).content()
    recording = opened(tmp_path, raw)
    assert [recording.n_samples(s) for s in recording.signals] == [340, 170]
    assert recording.annotations == ()
    assert recording.duration_s == pytest.approx(0.34)


def test_a_recording_that_is_padding_alone_is_told(tmp_path: Path) -> None:
    raw = RawFile(
        n_records=1, reserved="EDF+C", texts=[(0, b"+0\x14padding: 0/100\x14\0")]
    ).content()
    assert "marked as padding" in fault(tmp_path, raw)


@pytest.mark.parametrize("variant", ["", "EDF+C"])
@pytest.mark.parametrize("n_left", [1, 99, 199])
def test_a_file_cut_inside_a_record_gives_its_whole_records(
    tmp_path: Path, variant: str, n_left: int
) -> None:
    whole = RawFile(n_records=3, reserved=variant).content()
    raw = RawFile(reserved=variant).content()[: len(whole) + n_left]
    recording = opened(tmp_path, raw)
    np.testing.assert_array_equal(all_digital(recording), np.arange(300))
    assert codes(recording) == ["recording_cut", "record_incomplete"]
    assert "0.1 s at the end are lost; 3 whole records (0.3 s) are used" in str(
        recording.warnings[0].message
    )


@pytest.mark.parametrize(
    ("stated", "code"),
    [("-1", "record_count_unknown"), ("?", "record_count_unknown"), ("2", "record_count_wrong")],
)
def test_a_wrong_record_count_is_put_right_by_the_size(
    tmp_path: Path, stated: str, code: str
) -> None:
    recording = opened(tmp_path, RawFile(records_field=stated, reserved="EDF+C").content())
    assert len(all_digital(recording)) == 400
    assert codes(recording) == [code]


def test_records_reserved_and_never_written_are_left_out(tmp_path: Path) -> None:
    raw = RawFile(records_field="-1", reserved="EDF+C").content()
    recording = opened(tmp_path, raw + bytes(5 * (200 + 120)))
    assert len(all_digital(recording)) == 400
    assert codes(recording) == ["record_count_unknown", "records_blank"]


def test_records_without_a_time_follow_each_other(tmp_path: Path) -> None:
    raw = RawFile(reserved="EDF+D").content()
    for onset in (b"+0\x14", b"+0.1\x14", b"+0.2\x14", b"+0.3\x14"):
        raw = raw.replace(onset + b"\x14", bytes(len(onset) + 1))
    recording = opened(tmp_path, raw)
    assert len(recording.segments) == 1
    assert codes(recording) == ["record_times_doubtful"]


def test_a_hole_that_the_header_denies_is_told(tmp_path: Path) -> None:
    raw = RawFile(reserved="EDF+C", record_onsets_s=[0, 0.1, 60.0, 60.1]).content()
    recording = opened(tmp_path, raw)
    assert [s.onset_s for s in recording.segments] == [0.0, 60.0]
    assert codes(recording) == ["hole_not_declared"]


def test_latin_1_in_patient_and_texts_is_no_obstacle(tmp_path: Path) -> None:
    raw = RawFile(
        patient="123 M 01-JAN-1960 M\u00fcller_J\u00f6rg".encode("latin-1"),
        reserved="EDF+C",
        texts=[(0, "+0.05\x14Gef\u00e4\u00df\x14\0".encode("latin-1"))],
    ).content()
    recording = opened(tmp_path, raw)
    assert [a.text for a in recording.annotations] == ["Gef\u00e4\u00df"]
    assert b"ller" not in recording.identity()


def test_a_signal_without_calibration_is_told_when_it_is_read(tmp_path: Path) -> None:
    signals = [RawSignal(label="ECG", physical=("0", "0")), RawSignal()]
    recording = opened(tmp_path, RawFile(signals=signals).content())
    recording.read_physical(recording.signals[1], 0, 400)
    with pytest.raises(SourceFormatError, match=r"x.edf: channel 'ECG' cannot be calibrated"):
        recording.read_physical(recording.signals[0], 0, 1)


def test_files_without_samples_are_told(tmp_path: Path) -> None:
    assert "no complete data record" in fault(tmp_path, RawFile(n_records=0).content())
    assert "no complete data record" in fault(tmp_path, RawFile().content()[: 512 + 50])
    assert "annotations alone" in fault(tmp_path, RawFile(signals=[], reserved="EDF+C").content())
    assert "empty" in fault(tmp_path, b"")
    assert "not an EDF" in fault(tmp_path, b"0  ")
    assert "not an EDF" in fault(tmp_path, b"Dear colleague,\n" * 100)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="No such file"):
        EdfFile(tmp_path / "none.edf")
    with pytest.raises(SourceFormatError, match="directory"):
        EdfFile(tmp_path)


def test_identity_changes_with_texts_and_not_with_the_patient(tmp_path: Path) -> None:
    base = RawFile(reserved="EDF+C", texts=[(0, b"+0\x14a\x14\0")])
    first = opened(tmp_path, base.content()).identity()
    base.patient = b"other"
    assert opened(tmp_path, base.content()).identity() == first
    base.texts = [(0, b"+0\x14b\x14\0")]
    assert opened(tmp_path, base.content()).identity() != first


def test_closing_twice_is_allowed(tmp_path: Path) -> None:
    recording = opened(tmp_path, RawFile().content())
    values = all_digital(recording)
    recording.close()
    recording.close()
    np.testing.assert_array_equal(values, np.arange(400))


DAMAGED = RawFile(
    signals=[RawSignal(), RawSignal(label="TRIG", samples_per_record=50)],
    reserved="EDF+D",
    record_onsets_s=[0.0, 0.1, 5.0, 5.1],
    texts=[(0, b"+0.05\x14Stim 8.0 mA\x14\0"), (2, b"+5.02\x14dura opened\x14\0")],
).content()


@given(
    flips=st.lists(
        st.tuples(st.integers(0, len(DAMAGED) - 1), st.integers(0, 255)), min_size=0, max_size=6
    ),
    header_flips=st.lists(
        st.tuples(st.integers(0, 1023), st.sampled_from(b"0123456789-. ")), max_size=3
    ),
    length=st.integers(0, len(DAMAGED)) | st.just(len(DAMAGED)),
)
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_gives_a_result_or_one_error_in_bounded_memory(
    flips: list[tuple[int, int]], header_flips: list[tuple[int, int]], length: int, tmp_path: Path
) -> None:
    raw = bytearray(DAMAGED)
    for at, value in flips + header_flips:
        raw[at] = value
    path = tmp_path / "x.edf"
    path.write_bytes(raw[:length])
    message = ""
    tracemalloc.start()
    try:
        recording = EdfFile(path)
        for signal in recording.signals:
            n_samples = recording.n_samples(signal)
            recording.read_physical(signal, 0, n_samples)
            recording.read_digital(signal, n_samples // 2, n_samples - n_samples // 2)
    except SourceFormatError as fault:
        message = str(fault)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert "\n" not in message
    assert peak < 10 * 2**20
