"""Writer of EDF+C and BDF+C by pyedflib, and the step that makes EDF+D of them.

pyedflib keeps one annotation per record and annotation signal, cuts texts at
40 bytes and rounds onsets to 0.1 ms, all silently. So what is written here is
read back by our own reader and compared: an annotation that is lost or cut is
an error, not a surprise in a replay.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyedflib

from amr_monitor.formats.calibration import Calibration
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_annotations import encoded_list, padding_text
from amr_monitor.formats.edf_header import RESERVED_FIELD
from amr_monitor.formats.long_texts import onsets_needed, parts_of, whole_texts
from amr_monitor.model.errors import StorageError

MOST_TEXT_BYTES = 40
"""Longest annotation that pyedflib does not cut, in UTF-8."""

MOST_ANNOTATION_SIGNALS = 64
ONSET_STEP_S = 1e-4
"""To which pyedflib rounds the onset of an annotation."""

NO_DATE = datetime(1985, 1, 1, tzinfo=UTC)
"""What EDF+ prescribes where the start is not known, or removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalToWrite:
    """One signal of a recording to be written.

    Attributes
    ----------
    label : str
        At most 16 ASCII characters.
    dimension : str
        At most 8: `uV`, `mV`, or "" for a trigger.
    rate_hz : float
        A whole number of samples a record.
    calibration : Calibration
    prefiltering, transducer : str
        At most 80 characters each.
    """

    label: str
    dimension: str
    rate_hz: float
    calibration: Calibration
    prefiltering: str = ""
    transducer: str = ""

    def __post_init__(self) -> None:
        for what, text, most in (
            ("label", self.label, 16),
            ("dimension", self.dimension, 8),
            ("prefiltering", self.prefiltering, 80),
            ("transducer", self.transducer, 80),
        ):
            if len(text) > most or not text.isascii():
                raise ValueError(f"{what} {text!r} is not ASCII of at most {most} characters")
        for limit in (self.calibration.physical_min, self.calibration.physical_max):
            if float(_header_number(limit)) != limit:
                raise ValueError(
                    f"{self.label}: {limit!r} does not fit the 8 characters of the header"
                )


class EdfWriter:
    """Write a recording record by record, then its annotations.

    Parameters
    ----------
    path : Path
    is_bdf : bool
        24 bit (BDF+C) instead of 16 (EDF+C).
    signals : sequence of SignalToWrite
    start : datetime or None
        Of the first sample; kept to 0.1 ms, as annotations are, so that both lie
        on one grid. None writes the placeholder of EDF+.
    record_duration_s : float
    n_annotation_signals : int
        Each holds one annotation per record: reserve enough, 1 to 64.
    equipment : str
        Subfield of the EDF+ recording field, without spaces; a simulator
        writes `Simulated`, and then a replay never passes for a patient.

    Raises
    ------
    ValueError
        The format cannot say what is asked.
    StorageError
        The file cannot be written, or does not hold what was written.
    """

    def __init__(
        self,
        path: Path,
        *,
        is_bdf: bool,
        signals: Sequence[SignalToWrite],
        start: datetime | None = None,
        record_duration_s: float = 1.0,
        n_annotation_signals: int = 1,
        equipment: str = "",
    ) -> None:
        if not 1 <= n_annotation_signals <= MOST_ANNOTATION_SIGNALS:
            raise ValueError(f"between 1 and {MOST_ANNOTATION_SIGNALS} annotation signals")
        if " " in equipment or not equipment.isascii() or len(equipment) > 40:
            raise ValueError(f"equipment {equipment!r} is not one ASCII word of 40 characters")
        self.path = path
        self.n_records = 0
        self._signals = tuple(signals)
        self._n_annotation_signals = n_annotation_signals
        self._annotations: list[tuple[float, str]] = []
        self._samples_per_record = [_whole(s.rate_hz * record_duration_s, s) for s in signals]
        kind = pyedflib.FILETYPE_BDFPLUS if is_bdf else pyedflib.FILETYPE_EDFPLUS
        if start is not None and start.tzinfo is None:
            raise ValueError("a start needs its time zone")
        begins = kept_start(start or NO_DATE)
        try:
            self._writer: pyedflib.EdfWriter | None = pyedflib.EdfWriter(
                str(path), len(signals), file_type=kind
            )
        except OSError as fault:
            raise StorageError(f"{path}: cannot be written: {fault}; check the folder") from fault
        with warnings.catch_warnings():
            # It warns of any record duration that is set, and we set the right one.
            warnings.simplefilter("ignore")
            self._writer.setSignalHeaders([_pyedflib_header(s) for s in signals])
            self._writer.setDatarecordDuration(record_duration_s)
            self._writer.setEquipment(equipment)
            self._writer.setStartdatetime(begins.replace(microsecond=0, tzinfo=None))
            self._writer.set_number_of_annotation_signals(n_annotation_signals)
        if begins.microsecond:
            # Set here in steps of 100 ns: the method of the class is ten times off.
            pyedflib.set_starttime_subsecond(self._writer.handle, begins.microsecond * 10)
        self._first_onset_s = begins.microsecond * 1e-6

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; what was written is checked only where nothing went wrong."""
        if kind is None:
            self.close()
        elif self._writer is not None:
            self._writer.close()
            self._writer = None

    def write_record(self, digital: Sequence[npt.NDArray[np.integer]]) -> None:
        """Write one data record: of each signal exactly as many samples as it takes.

        Raises
        ------
        ValueError
            Another number of samples (pyedflib would write whatever lies in
            memory behind them), or a value outside the digital range.
        StorageError
            The disk took it not.
        """
        if self._writer is None:
            raise StorageError(f"{self.path}: is closed already")
        sizes = [len(values) for values in digital]
        if sizes != self._samples_per_record:
            raise ValueError(f"a record takes {self._samples_per_record} samples, not {sizes}")
        for signal, values in zip(self._signals, digital, strict=True):
            line = signal.calibration
            if values.min() < line.digital_min or values.max() > line.digital_max:
                raise ValueError(f"{signal.label}: a sample is outside the digital range")
        record = np.concatenate([np.asarray(d, dtype=np.int32) for d in digital])
        if self._writer.blockWriteDigitalSamples(record) < 0:
            raise StorageError(f"{self.path}: a record could not be written; is the disk full?")
        self.n_records += 1

    def annotate(self, onset_s: float, text: str) -> None:
        """Keep a text for the time when the file is closed.

        Parameters
        ----------
        onset_s : float
            After the first whole second of the start, as EDF+ counts; rounded
            to 0.1 ms.
        text : str
            Above 40 bytes of UTF-8 it is written in parts (`long_texts`), each of
            which takes the room of an annotation.

        Raises
        ------
        ValueError
            It is blank, holds a control character, or is too long.
        """
        if not text.strip():
            raise ValueError("an annotation holds a text")
        if any(ord(c) < 32 for c in text):
            raise ValueError(f"an annotation holds no control character: {text!r}")
        self._annotations += [
            (onset_s, part) for part in parts_of(text, most_bytes=MOST_TEXT_BYTES)
        ]

    def close(self) -> None:
        """Write the annotations, close, read back and compare; may be called twice.

        Raises
        ------
        StorageError
            Something is not in the file that should be.
        """
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        n_room = self.n_records * self._n_annotation_signals
        for onset_s, text in self._annotations[:n_room]:
            # Onsets count from the first sample there, from the whole second in the file.
            writer.writeAnnotation(np.float64(onset_s - self._first_onset_s), -1, text)
        writer.close()
        if len(self._annotations) > n_room:
            raise StorageError(
                f"{self.path}: {len(self._annotations) - n_room} annotations do not fit; "
                "reserve more annotation signals"
            )
        if self.n_records:
            self._compare()

    def _compare(self) -> None:
        recording = EdfFile(self.path)
        try:
            written = whole_texts(sorted(self._annotations, key=lambda a: a[0]))
            found = [(a.onset_s, a.text) for a in recording.annotations]
            kept = [a for a in written if not a[1].startswith("padding")]
            if (
                len(found) != len(kept)
                or sorted(t for _, t in found) != sorted(t for _, t in kept)
                or any(abs(f[0] - k[0]) > ONSET_STEP_S for f, k in zip(found, kept, strict=True))
            ):
                raise StorageError(f"{self.path}: annotations read back are not those written")
            lines = [s.calibration for s in recording.signals]
            if lines != [s.calibration for s in self._signals]:
                raise StorageError(f"{self.path}: calibration read back is not the one written")
            if abs(recording.segments[0].onset_s - self._first_onset_s) > 1e-6:
                raise StorageError(f"{self.path}: start read back is not the one written")
            if recording.header.n_records_stated != self.n_records or recording.warnings:
                raise StorageError(f"{self.path}: number of records is not the one written")
        finally:
            recording.close()


def write_recording(
    path: Path,
    *,
    is_bdf: bool,
    signals: Sequence[SignalToWrite],
    digital: Sequence[npt.NDArray[np.integer]],
    annotations: Sequence[tuple[float, str]] = (),
    start: datetime | None = None,
    record_duration_s: float = 1.0,
    equipment: str = "",
    record_onsets_s: Sequence[float] | None = None,
) -> None:
    """Write a whole recording at once.

    Parameters
    ----------
    path, is_bdf, signals, start, record_duration_s, equipment
        As of `EdfWriter`.
    digital : sequence of ndarray of integer, shape (n_samples,)
        One per signal, all of the same duration. A last record that they do
        not fill repeats their last sample and is marked as `padding`.
    annotations : sequence of (float, str)
        Onset in seconds after the whole second of the start, and text.
    record_onsets_s : sequence of float or None
        When each record begins; given, the file becomes EDF+D or BDF+D.

    Raises
    ------
    ValueError, StorageError
        As of `EdfWriter`.
    """
    sizes = [_whole(s.rate_hz * record_duration_s, s) for s in signals]
    n_records = max(-(-len(d) // size) for d, size in zip(digital, sizes, strict=True))
    if any(-(-len(d) // size) != n_records for d, size in zip(digital, sizes, strict=True)):
        raise ValueError("the signals are not of the same duration")
    texts = list(annotations)
    fastest = int(np.argmax(sizes))
    n_real = len(digital[fastest]) - (n_records - 1) * sizes[fastest]
    if n_real < sizes[fastest]:
        begins_s = (kept_start(start).microsecond * 1e-6 if start else 0.0) + (
            n_records - 1
        ) * record_duration_s
        if record_onsets_s is not None:
            begins_s = record_onsets_s[-1]
        onset_s = begins_s + n_real / signals[fastest].rate_hz
        texts.append((onset_s, padding_text(real=n_real, samples_per_record=sizes[fastest])))
    texts.sort(key=lambda text: text[0])
    with EdfWriter(
        path,
        is_bdf=is_bdf,
        signals=signals,
        start=start,
        record_duration_s=record_duration_s,
        n_annotation_signals=annotation_signals_needed([t for _, t in texts], n_records=n_records),
        equipment=equipment,
    ) as writer:
        for onset_s, text in texts:
            writer.annotate(onset_s, text)
        for r in range(n_records):
            record = [d[r * n : (r + 1) * n] for d, n in zip(digital, sizes, strict=True)]
            writer.write_record(
                [
                    np.pad(values, (0, n - len(values)), mode="edge")
                    for values, n in zip(record, sizes, strict=True)
                ]
            )
    if record_onsets_s is not None:
        make_discontinuous(path, record_onsets_s)


def annotation_signals_needed(texts: Sequence[str], *, n_records: int) -> int:
    """Return how many annotation signals hold these texts in a recording of so many records."""
    n_annotations = onsets_needed(texts, most_bytes=MOST_TEXT_BYTES)
    return max(1, -(-n_annotations // n_records))


def make_discontinuous(path: Path, record_onsets_s: Sequence[float]) -> None:
    """Turn an EDF+C or BDF+C file into EDF+D or BDF+D, in place.

    Neither pyedflib nor edfio writes a discontinuous file, but the difference
    is small: the mark in the header, and the onset that each record carries.

    Parameters
    ----------
    path : Path
    record_onsets_s : sequence of float
        When each record begins, after the whole second of the start.

    Raises
    ------
    ValueError
        Another number of records, or no room for an onset.
    """
    recording = EdfFile(path)
    header = recording.header
    n_records = sum(segment.n_records for segment in recording.segments)
    recording.close()
    text_signal = next((s for s in header.signals if s.is_annotation), None)
    if text_signal is None or len(record_onsets_s) != n_records:
        raise ValueError(f"{path}: {n_records} records, but {len(record_onsets_s)} onsets")
    n_bytes = text_signal.samples_per_record * header.bytes_per_sample
    mark = b"BDF+D" if header.bytes_per_sample == 3 else b"EDF+D"
    with path.open("r+b") as file:
        file.seek(RESERVED_FIELD.start)
        file.write(mark)
        for record, onset_s in enumerate(record_onsets_s):
            at = header.n_bytes + record * header.record_bytes + text_signal.first_byte
            file.seek(at)
            _, _, others = file.read(n_bytes).partition(b"\0")
            texts = encoded_list(onset_s, [""]) + others.rstrip(b"\0")
            if texts[-1:] != b"\0":
                texts += b"\0"
            if len(texts) > n_bytes:
                raise ValueError(f"{path}: no room for the onset of record {record + 1}")
            file.seek(at)
            file.write(texts.ljust(n_bytes, b"\0"))


def kept_start(start: datetime) -> datetime:
    """Return the start as a recording keeps it: in UTC, to 0.1 ms."""
    start = start.astimezone(UTC)
    return start.replace(microsecond=start.microsecond // 100 * 100)


def _pyedflib_header(signal: SignalToWrite) -> dict[str, str | int | float | None]:
    line = signal.calibration
    return {
        "label": signal.label,
        "dimension": signal.dimension,
        "sample_frequency": signal.rate_hz,
        "physical_min": line.physical_min,
        "physical_max": line.physical_max,
        "digital_min": line.digital_min,
        "digital_max": line.digital_max,
        "prefilter": signal.prefiltering,
        "transducer": signal.transducer,
    }


def _header_number(value: float) -> str:
    """Return a number as the header holds it: cut, not rounded, at 8 characters."""
    text = f"{value:.12f}"[:8]
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(n_samples: float, signal: SignalToWrite) -> int:
    if n_samples < 1 or not math.isclose(n_samples, round(n_samples), rel_tol=1e-9):
        raise ValueError(
            f"{signal.label}: {signal.rate_hz:g} Hz makes {n_samples:g} samples a record, "
            "not a whole number; choose another record duration"
        )
    return round(n_samples)
