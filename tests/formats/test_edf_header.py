from datetime import UTC, datetime

import pytest

from amr_monitor.formats.edf_header import EdfHeader, EdfVariant, is_edf, parse_header
from amr_monitor.model.errors import SourceFormatError
from tests.formats.edf_bytes import RawFile, RawSignal


def parse(raw: bytes) -> EdfHeader:
    return parse_header(raw, file_bytes=len(raw), name="x.edf")


def fault(raw: bytes) -> str:
    with pytest.raises(SourceFormatError) as caught:
        parse(raw)
    message = str(caught.value)
    assert message.startswith("x.edf: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("reserved", "variant"),
    [
        ("", EdfVariant.EDF),
        ("EDF+C", EdfVariant.EDF_CONTINUOUS),
        ("EDF+D", EdfVariant.EDF_DISCONTINUOUS),
        ("24BIT", EdfVariant.BDF),
        ("BDF+C", EdfVariant.BDF_CONTINUOUS),
        ("BDF+D", EdfVariant.BDF_DISCONTINUOUS),
    ],
)
def test_the_variant_is_told_by_magic_and_reserved_field(
    reserved: str, variant: EdfVariant
) -> None:
    raw = RawFile(is_bdf=variant.startswith("BDF"), reserved=reserved).content()
    assert is_edf(raw)
    assert parse(raw).variant is variant


def test_an_annotation_signal_alone_makes_a_plus_file() -> None:
    raw = RawFile(signals=[RawSignal(), RawSignal(label="EDF Annotations")]).content()
    assert parse(raw).variant is EdfVariant.EDF_CONTINUOUS


def test_the_patient_is_nowhere_in_the_header() -> None:
    raw = RawFile(patient="M\u00fcller^Hanna 01-JAN-1960".encode("latin-1")).content()
    assert "ller" not in repr(parse(raw))


@pytest.mark.parametrize(
    "recording",
    [
        b"Startdate 01-MAR-2024 X X Simulated",
        b"simulated surgery",
        b"Startdate 01-MAR-2024 X X Xltek_SIMULATED_7",
    ],
)
def test_a_simulation_says_so(recording: bytes) -> None:
    assert parse(RawFile(recording=recording).content()).is_simulated


@pytest.mark.parametrize(
    "recording", [b"Startdate 01-MAR-2024 X X Protektor", b"Startdate X X Dissimulated X"]
)
def test_a_surgery_is_no_simulation(recording: bytes) -> None:
    assert not parse(RawFile(recording=recording).content()).is_simulated


@pytest.mark.parametrize(
    ("start", "recording", "expected"),
    [
        ("01.03.2409.05.06", b"", datetime(2024, 3, 1, 9, 5, 6, tzinfo=UTC)),
        ("01-03-2409:05:06", b"", datetime(2024, 3, 1, 9, 5, 6, tzinfo=UTC)),
        ("01.03.9909.05.06", b"", datetime(1999, 3, 1, 9, 5, 6, tzinfo=UTC)),
        (
            "01.03.yy09.05.06",
            b"Startdate 01-MAR-2091 X X X",
            None,
        ),
        (
            "01.03.9109.05.06",
            b"Startdate 01-MAR-2091 X X X",
            datetime(2091, 3, 1, 9, 5, 6, tzinfo=UTC),
        ),
        ("01.01.8500.00.00", b"Startdate X X X X", None),
        ("01.01.8512.30.00", b"", None),
        ("01.01.7000.00.00", b"", None),
        ("01.01.0000.00.00", b"", None),
        ("00.00.0000.00.00", b"", None),
        ("31.02.2400.00.00", b"", None),
        ("garbage", b"", None),
    ],
)
def test_the_start_is_a_date_or_none(
    start: str, recording: bytes, expected: datetime | None
) -> None:
    raw = RawFile(start=start.ljust(16), recording=recording).content()
    assert parse(raw).start == expected


def test_fields_in_latin_1_and_utf_8_are_read() -> None:
    raw = RawFile(signals=[RawSignal(dimension="\u00b5V")]).content()
    assert parse(raw).signals[0].dimension == "\u00b5V"
    utf8 = raw.replace("\u00b5V ".encode("latin-1"), "\u00b5V".encode(), 1)
    assert parse(utf8).signals[0].dimension == "\u00b5V"


@pytest.mark.parametrize("field", ["-1", "", "?", "abc", "-7"])
def test_a_record_count_that_says_nothing_is_none(field: str) -> None:
    assert parse(RawFile(records_field=field).content()).n_records_stated is None


def test_a_decimal_comma_is_a_decimal_point() -> None:
    raw = RawFile().content().replace(b"-3276.8 ", b"-3276,8 ", 1)
    line = parse(raw).signals[0].calibration
    assert line is not None
    assert line.physical_min == -3276.8


@pytest.mark.parametrize(
    ("signal", "told"),
    [
        (RawSignal(physical=("5", "5")), "physical minimum and maximum are both 5"),
        (RawSignal(digital=("7", "7")), "digital minimum 7"),
        (RawSignal(digital=("7", "-7")), "digital minimum 7"),
        (RawSignal(physical=("nan", "5")), "physical minimum 'nan' is no number"),
        (RawSignal(physical=("1_0", "5")), "physical minimum '1_0' is no number"),
        (RawSignal(physical=("-1e308", "1e308")), "out of bounds"),
        (RawSignal(digital=("", "5")), "digital minimum '' is no number"),
    ],
)
def test_a_broken_range_is_told_when_the_signal_is_needed(signal: RawSignal, told: str) -> None:
    parsed = parse(RawFile(signals=[signal, RawSignal()]).content())
    assert parsed.signals[0].calibration is None
    assert told in parsed.signals[0].calibration_fault
    assert parsed.signals[1].calibration is not None


def test_what_is_not_edf_is_told_in_one_line() -> None:
    good = RawFile().content()
    assert "empty" in fault(b"")
    assert "not an EDF or BDF file" in fault(b"abc")
    assert "not an EDF or BDF file" in fault(b"Dear colleague,\nplease find enclosed " * 40)
    assert "cut in the header, 100 of at least 512 bytes" in fault(good[:100])
    assert "cut in the header, 300 of 512 bytes" in fault(good[:300])
    assert "states a length of '1024' bytes" in fault(good[:184] + b"1024    " + good[192:])


@pytest.mark.parametrize("count", [b"0   ", b"-1  ", b"    ", b"x   ", b"1.5 "])
def test_a_header_without_signals_is_told(count: bytes) -> None:
    good = RawFile().content()
    assert "signals" in fault(good[:252] + count + good[256:])


def test_a_count_that_the_file_cannot_hold_is_told() -> None:
    good = RawFile().content()
    assert "cut in the header" in fault(good[:252] + b"9999" + good[256:])


@pytest.mark.parametrize("field", ["-5", "x", "1e3", ""])
def test_a_broken_sample_count_names_the_signal(field: str) -> None:
    raw = RawFile(signals=[RawSignal(samples_field=field or " ")]).content()
    assert "signal 1 ('OOc L')" in fault(raw)


def test_signals_without_any_sample_are_told() -> None:
    assert "no signal has a sample" in fault(
        RawFile(signals=[RawSignal(samples_field="0")]).content()
    )


@pytest.mark.parametrize("duration", ["0", "-1", "x", "inf", "nan", ""])
def test_a_record_duration_that_gives_no_rate_is_told(duration: str) -> None:
    assert "record duration" in fault(RawFile(duration_field=duration).content())


@pytest.mark.parametrize(
    ("patient", "recording", "is_told"),
    [
        ("X X X X", "Startdate 05-JAN-2026 X X Simulated", False),
        ("", "", False),
        ("X X X X", "Startdate 05-JAN-2026 X X amr-monitor", False),
        ("X F 02-MAY-1951 Haagse_Harry", "Startdate 05-JAN-2026 X X X", True),
        ("MCH-0234567 X X X", "Startdate 05-JAN-2026 X X X", True),
        ("X X X X", "Startdate 05-JAN-2026 PSG-1234/2026 NN X", True),
        ("X X X X", "Dr. Haagse, theatre 3", True),
    ],
)
def test_it_is_told_that_a_header_names_people_and_not_whom(
    patient: str,
    recording: str,
    is_told: bool,  # noqa: FBT001 - one of the cases above
) -> None:
    raw = RawFile(patient=patient.encode(), recording=recording.encode()).content()
    header = parse(raw)
    assert header.names_people is is_told
    assert "Haagse" not in repr(header)
