"""The header of EDF, EDF+, BDF and BDF+, parsed and checked.

After the specifications of Kemp (EDF 1992, EDF+ 2003) and BioSemi (BDF). The
patient field is never decoded, and of the recording field nothing is kept but
the date and whether it says `Simulated`: no name can leave this module.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from amr_monitor.formats.calibration import Calibration
from amr_monitor.model.errors import SourceFormatError

FIXED_BYTES = 256
"""Length of the header's fixed part, and of each signal's part."""

PATIENT_FIELD = slice(8, 88)
RECORDING_FIELD = slice(88, 168)
RESERVED_FIELD = slice(192, 236)
RECORD_COUNT_FIELD = slice(236, 244)

EDF_MAGIC = b"0       "
BDF_MAGIC = b"\xffBIOSEMI"

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?")
_START = re.compile(r"(\d\d)\D(\d\d)\D(\d\d)(\d\d)\D(\d\d)\D(\d\d)")
_PLUS_DATE = re.compile(r"Startdate\s+(\d\d)-([A-Z]{3})-(\d{4})\b", re.IGNORECASE)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SIMULATED = re.compile(r"(?<![a-z])simulated(?![a-z])", re.IGNORECASE)

_SIGNAL_FIELDS = (
    ("label", 16),
    ("transducer", 80),
    ("dimension", 8),
    ("physical_min", 8),
    ("physical_max", 8),
    ("digital_min", 8),
    ("digital_max", 8),
    ("prefiltering", 80),
    ("samples_per_record", 8),
    ("reserved", 32),
)
"""Order and width of what the header holds per signal, field by field."""


class EdfVariant(StrEnum):
    """What the header claims to be."""

    EDF = "EDF"
    EDF_CONTINUOUS = "EDF+C"
    EDF_DISCONTINUOUS = "EDF+D"
    BDF = "BDF"
    BDF_CONTINUOUS = "BDF+C"
    BDF_DISCONTINUOUS = "BDF+D"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdfSignal:
    """One signal of the header.

    Attributes
    ----------
    index : int
        Its place in the header.
    label, transducer, dimension, prefiltering : str
    samples_per_record : int
    first_byte : int
        Where it begins in a data record.
    calibration : Calibration or None
        None where the ranges make no line; `calibration_fault` says why. A
        signal that nobody needs may be broken.
    calibration_fault : str
    """

    index: int
    label: str
    transducer: str
    dimension: str
    prefiltering: str
    samples_per_record: int
    first_byte: int
    calibration: Calibration | None
    calibration_fault: str = ""

    @property
    def is_annotation(self) -> bool:
        """It holds texts, not samples."""
        return self.label.casefold() in ("edf annotations", "bdf annotations")

    @property
    def is_status(self) -> bool:
        """It is BioSemi's Status channel: trigger code in the low 16 bits."""
        return self.label.casefold() == "status" and self.dimension.casefold() == "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdfHeader:
    """The whole header.

    Attributes
    ----------
    variant : EdfVariant
    n_bytes : int
        Length of the header.
    bytes_per_sample : int
        2 (EDF) or 3 (BDF).
    n_records_stated : int or None
        As written; None where it is -1 or no number.
    record_duration_s : float
    start : datetime or None
        Of the file, taken as UTC since the format knows no zone; None where it
        is a placeholder (see `placeholder_start`) or no date.
    is_simulated : bool
        The recording field says `Simulated`.
    signals : tuple of EdfSignal
    names_people : bool
        Patient or recording field hold something that may be a name, a birth
        date or a number of the hospital. It is told that they do, not what.
    """

    variant: EdfVariant
    n_bytes: int
    bytes_per_sample: int
    n_records_stated: int | None
    record_duration_s: float
    start: datetime | None
    is_simulated: bool
    signals: tuple[EdfSignal, ...]
    names_people: bool = False

    @property
    def record_bytes(self) -> int:
        """Length of one data record."""
        return self.bytes_per_sample * sum(s.samples_per_record for s in self.signals)


def is_edf(head: bytes) -> bool:
    """Tell by the first 8 bytes whether a file claims to be EDF or BDF."""
    return head[:8] == BDF_MAGIC or head[:8].replace(b"\0", b" ") == EDF_MAGIC


def placeholder_start(day: int, month: int, year: int, seconds_of_day: int) -> bool:
    """Tell whether a start is what writers put where they know or say none.

    01.01.85 is what EDF+ prescribes for an unknown or removed date; the first
    of January 1970 and 2000 at midnight are clocks that were never set.
    """
    if (day, month) != (1, 1):
        return False
    return year == 85 or (year in (0, 70) and seconds_of_day == 0)


def parse_header(head: bytes, *, file_bytes: int, name: str) -> EdfHeader:
    """Parse and check the header.

    Parameters
    ----------
    head : bytes
        The beginning of the file, at least the whole header where the file is
        that long.
    file_bytes : int
        Size of the file: no count that it cannot hold is believed.
    name : str
        For messages.

    Raises
    ------
    SourceFormatError
        Not EDF or BDF, or a header from which no sample can be located.
    """
    if not file_bytes:
        raise SourceFormatError(f"{name}: the file is empty; was the recording ever started?")
    if not is_edf(head):
        raise SourceFormatError(
            f"{name}: not an EDF or BDF file (it begins with {_shown(head[:8])}); check the path"
        )
    if len(head) < FIXED_BYTES:
        raise SourceFormatError(
            f"{name}: cut in the header, {len(head)} of at least {2 * FIXED_BYTES} bytes; "
            "copy it again from the recorder"
        )
    n_signals = _integer(head[252:256])
    if n_signals is None or n_signals < 1:
        raise SourceFormatError(
            f"{name}: the header names {_shown(head[252:256])} signals, so it holds none to read"
        )
    n_bytes = FIXED_BYTES * (n_signals + 1)
    if file_bytes < n_bytes or len(head) < n_bytes:
        raise SourceFormatError(
            f"{name}: cut in the header, {file_bytes} of {n_bytes} bytes for {n_signals} signals; "
            "copy it again from the recorder"
        )
    if _integer(head[184:192]) != n_bytes:
        raise SourceFormatError(
            f"{name}: the header states a length of {_shown(head[184:192])} bytes, "
            f"but {n_signals} signals need {n_bytes}; it is damaged"
        )
    is_bdf = head[:8] == BDF_MAGIC
    bytes_per_sample = 3 if is_bdf else 2
    signals = _signals(head[FIXED_BYTES:n_bytes], n_signals, bytes_per_sample, name)
    record_duration_s = _number(head[244:252])
    has_samples = any(not s.is_annotation and s.samples_per_record for s in signals)
    if has_samples and (record_duration_s is None or record_duration_s <= 0):
        raise SourceFormatError(
            f"{name}: the header states a record duration of {_shown(head[244:252])} s; "
            "the sampling rate cannot be known"
        )
    recording = _text(head[RECORDING_FIELD])
    n_records = _integer(head[RECORD_COUNT_FIELD])
    return EdfHeader(
        variant=_variant(_text(head[RESERVED_FIELD]), is_bdf=is_bdf, signals=signals),
        n_bytes=n_bytes,
        bytes_per_sample=bytes_per_sample,
        n_records_stated=n_records if n_records is not None and n_records >= 0 else None,
        record_duration_s=record_duration_s or 0.0,
        start=_start(_text(head[168:184]), recording),
        is_simulated=_SIMULATED.search(recording) is not None,
        signals=signals,
        names_people=_names_people(head[PATIENT_FIELD], recording),
    )


def _names_people(patient: bytes, recording: str) -> bool:
    """Tell whether there is anything that may point to a person.

    EDF+ puts an X for what is not known. Of a recording field of EDF+ the
    first two words are its date, the next two a number of the hospital and
    the investigator; what follows names the machine. Elsewhere it is free text.
    """
    if patient.strip(b" \0Xx"):
        return True
    words = recording.replace("\0", " ").split()
    if words[:1] == ["Startdate"]:
        words = words[2:4]
    return bool({word.casefold() for word in words} - {"x", "simulated"})


def _signals(
    fields: bytes, n_signals: int, bytes_per_sample: int, name: str
) -> tuple[EdfSignal, ...]:
    columns: dict[str, list[bytes]] = {}
    at = 0
    for field, width in _SIGNAL_FIELDS:
        columns[field] = [fields[at + i * width : at + (i + 1) * width] for i in range(n_signals)]
        at += width * n_signals
    signals = []
    first_byte = 0
    for i in range(n_signals):
        label = _text(columns["label"][i])
        n_samples = _integer(columns["samples_per_record"][i])
        if n_samples is None or n_samples < 0:
            raise SourceFormatError(
                f"{name}: signal {i + 1} ({_shown(label)}) states "
                f"{_shown(columns['samples_per_record'][i])} samples a record; "
                "the header is damaged"
            )
        calibration, fault = _calibration(*(columns[c][i] for c, _ in _SIGNAL_FIELDS[3:7]))
        signals.append(
            EdfSignal(
                index=i,
                label=label,
                transducer=_text(columns["transducer"][i]),
                dimension=_text(columns["dimension"][i]),
                prefiltering=_text(columns["prefiltering"][i]),
                samples_per_record=n_samples,
                first_byte=first_byte,
                calibration=calibration,
                calibration_fault=fault,
            )
        )
        first_byte += n_samples * bytes_per_sample
    if not first_byte:
        raise SourceFormatError(f"{name}: no signal has a sample; there is nothing to read")
    return tuple(signals)


def _calibration(
    physical_min: bytes, physical_max: bytes, digital_min: bytes, digital_max: bytes
) -> tuple[Calibration | None, str]:
    numbers = [_number(f) for f in (physical_min, physical_max, digital_min, digital_max)]
    names = ("physical minimum", "physical maximum", "digital minimum", "digital maximum")
    fields = (physical_min, physical_max, digital_min, digital_max)
    for number, what, field in zip(numbers, names, fields, strict=True):
        if number is None:
            return None, f"{what} {_shown(field)} is no number"
    low, high, first, last = (n for n in numbers if n is not None)
    try:
        return (
            Calibration(
                physical_min=low,
                physical_max=high,
                digital_min=math.floor(first),
                digital_max=math.floor(last),
            ),
            "",
        )
    except ValueError as fault:
        return None, str(fault)


def _variant(reserved: str, *, is_bdf: bool, signals: tuple[EdfSignal, ...]) -> EdfVariant:
    mark = reserved[:5].upper()
    if mark[1:] == "DF+D":
        return EdfVariant.BDF_DISCONTINUOUS if is_bdf else EdfVariant.EDF_DISCONTINUOUS
    # Some writers leave the field empty and add an annotation signal all the same.
    if mark[1:] == "DF+C" or any(s.is_annotation for s in signals):
        return EdfVariant.BDF_CONTINUOUS if is_bdf else EdfVariant.EDF_CONTINUOUS
    return EdfVariant.BDF if is_bdf else EdfVariant.EDF


def _start(date_time: str, recording: str) -> datetime | None:
    match = _START.fullmatch(date_time)
    if match is None:
        return None
    day, month, year, hour, minute, second = (int(part) for part in match.groups())
    if placeholder_start(day, month, year, hour * 3600 + minute * 60 + second):
        return None
    full_year = 1900 + year if year >= 85 else 2000 + year
    plus = _PLUS_DATE.match(recording)
    if plus is not None and plus[2].upper() in _MONTHS:
        # The two digits of the old field run out in 2084; EDF+ has four.
        if (int(plus[1]), _MONTHS.index(plus[2].upper()) + 1) == (day, month):
            full_year = int(plus[3])
    try:
        return datetime(full_year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _text(field: bytes) -> str:
    """Decode a field: ASCII by the specification, UTF-8 or Latin-1 in practice."""
    try:
        text = field.decode("utf-8")
    except UnicodeDecodeError:
        text = field.decode("latin-1")
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _integer(field: bytes) -> int | None:
    text = _text(field)
    return int(text) if _INTEGER.fullmatch(text) else None


def _number(field: bytes) -> float | None:
    text = _text(field)
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else None


def _shown(field: bytes | str) -> str:
    """Return a field as it may stand in a message of one line."""
    text = _text(field) if isinstance(field, bytes) else field
    return repr(text[:24])
