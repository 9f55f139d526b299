"""Reader of EDF, EDF+C, EDF+D, BDF and BDF+, whole or as a crash left them.

Nothing is loaded: a read touches the records that it needs, and of them the
signal that it needs, so memory stays flat whatever the length.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.calibration import Calibration
from amr_monitor.formats.edf_annotations import (
    EdfAnnotation,
    EdfSegment,
    contiguous_segments,
    padded_segments,
    padding_of,
    read_annotations,
)
from amr_monitor.formats.edf_header import (
    FIXED_BYTES,
    EdfHeader,
    EdfSignal,
    EdfVariant,
    is_edf,
    parse_header,
)
from amr_monitor.formats.record_file import RecordFile
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.source import SourceWarning

MOST_SIGNALS = 9999
"""What the four digits of the header can say."""

FEW_RECORDS = 4
"""Of no more than these, a sweep's, exactly the bytes that are asked for are read."""

MOST_TEXT_BYTES = 2**28
"""More room for annotations than this is damage: refused before memory goes."""


class EdfFile:
    """One recording, opened for reading.

    Samples are counted over what is really there: sample n of a signal is the
    n-th that was recorded, holes and padding take no number. `segments` says
    at which time each stretch begins.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    header : EdfHeader
    annotations : tuple of EdfAnnotation
        Sorted by onset; without `padding`, which is honoured here.
    segments : tuple of EdfSegment
    warnings : tuple of SourceWarning
        What was found amiss and how it was taken.

    Raises
    ------
    SourceFormatError
        There is no sample that could be read.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._warnings: list[SourceWarning] = []
        self._ends: dict[int, list[int]] = {}
        self._file = RecordFile(path)
        try:
            head = self._file.head(FIXED_BYTES)
            if is_edf(head):
                head = self._file.head(FIXED_BYTES * (1 + MOST_SIGNALS))
            self.header: EdfHeader = parse_header(
                head, file_bytes=self._file.n_bytes, name=self.name
            )
            self._head = head[: self.header.n_bytes]
            self._n_records = self._whole_records()
            self._read_texts()
        except BaseException:
            self._file.close()
            raise

    @property
    def warnings(self) -> tuple[SourceWarning, ...]:
        """What was found amiss and how it was taken."""
        return tuple(self._warnings)

    @property
    def signals(self) -> tuple[EdfSignal, ...]:
        """The signals that hold samples."""
        return tuple(s for s in self.header.signals if not s.is_annotation)

    @property
    def n_records(self) -> int:
        """Whole records that are there."""
        return self._n_records

    @property
    def duration_s(self) -> float:
        """Time with samples; holes are not counted."""
        fastest = max(s.samples_per_record for s in self.signals)
        samples = sum(segment.n_samples(fastest) for segment in self.segments)
        return samples / fastest * self.header.record_duration_s

    def rate_hz(self, signal: EdfSignal) -> float:
        """Return the sampling rate of a signal; 0.0 where it has no samples."""
        if not signal.samples_per_record:
            return 0.0
        return signal.samples_per_record / self.header.record_duration_s

    def n_samples(self, signal: EdfSignal) -> int:
        """Return how many samples of a signal are there."""
        return self._segment_ends(signal)[-1]

    def first_samples(self, signal: EdfSignal) -> tuple[int, ...]:
        """Return the number of the first sample of each segment."""
        return (0, *self._segment_ends(signal)[:-1])

    def identity(self) -> bytes:
        """Return what tells this recording from others, without the patient field.

        The header after the patient field, and every annotation byte: a hash
        of it changes with channels, dates, length and texts.
        """
        return self._head[:8] + self._head[88:] + b"".join(self._texts)

    def read_digital(
        self, signal: EdfSignal, first: int, n_samples: int
    ) -> npt.NDArray[np.integer]:
        """Return digital values as recorded.

        Parameters
        ----------
        signal : EdfSignal
        first, n_samples : int
            In samples that are really there.

        Returns
        -------
        ndarray of int16 (EDF) or int32 (BDF), shape (n_samples,)
            Not to be written to. Of a BioSemi Status channel only the trigger code in the
            low 16 bits.

        Raises
        ------
        IndexError
            The stretch is not inside the recording.
        """
        ends = self._segment_ends(signal)
        if first < 0 or n_samples < 0 or first + n_samples > ends[-1]:
            raise IndexError(f"samples {first} to {first + n_samples} are not in {signal.label}")
        at = bisect_right(ends, first)
        if at < len(ends) and first + n_samples <= ends[at]:
            start = first - ends[at - 1] if at else first
            begin = self.segments[at].first_record * signal.samples_per_record + start
            return self._stretch(signal, begin, n_samples)
        parts = []
        while n_samples:
            n_here = min(n_samples, ends[at] - first)
            parts.append(self.read_digital(signal, first, n_here))
            first += n_here
            n_samples -= n_here
            at += 1
        return np.concatenate(parts) if parts else self._stretch(signal, 0, 0)

    def calibration(self, signal: EdfSignal) -> Calibration:
        """Return the calibration of a signal.

        Raises
        ------
        SourceFormatError
            Its ranges make none; other signals can be used all the same.
        """
        if signal.calibration is None:
            raise SourceFormatError(
                f"{self.name}: channel {signal.label!r} cannot be calibrated: "
                f"{signal.calibration_fault}; correct its header fields"
            )
        return signal.calibration

    def read_physical(
        self, signal: EdfSignal, first: int, n_samples: int, *, factor: float = 1.0
    ) -> FloatArray:
        """Return values in physical units times `factor`, float32, shape (n_samples,).

        Digital values are calibrated in float64 and rounded once.
        """
        line = self.calibration(signal).scaled(factor)
        return line.physical_float32(self.read_digital(signal, first, n_samples))

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._file.close()

    def _whole_records(self) -> int:
        header = self.header
        n_whole, n_left = divmod(self._file.n_bytes - header.n_bytes, header.record_bytes)
        stated = header.n_records_stated
        seconds = header.record_duration_s
        if not n_whole:
            raise SourceFormatError(
                f"{self.name}: holds no complete data record (one takes {header.record_bytes} "
                f"bytes, {n_left} are there); the recording was not begun, or cut when copied"
            )
        used = f"{n_whole} whole records ({n_whole * seconds:g} s) are used"
        if stated is None:
            self._warn("record_count_unknown", f"the recording was not closed; {used}")
        elif stated < n_whole:
            self._warn("record_count_wrong", f"the header states {stated} records; {used}")
        elif stated > n_whole:
            self._warn(
                "recording_cut",
                f"the header states {stated} records, so {(stated - n_whole) * seconds:g} s at "
                f"the end are lost; {used}",
            )
        if n_left:
            self._warn(
                "record_incomplete",
                f"the last record is cut, {n_left} of {header.record_bytes} bytes; "
                f"up to {seconds * n_left / header.record_bytes:.3g} s of it are not used",
            )
        return n_whole

    def _read_texts(self) -> None:
        header = self.header
        fastest = max((s.samples_per_record for s in self.signals), default=0)
        if not fastest:
            raise SourceFormatError(f"{self.name}: holds annotations alone, no signal")
        text_signals = [s for s in header.signals if s.is_annotation and s.samples_per_record]
        n_bytes = sum(s.samples_per_record for s in text_signals) * header.bytes_per_sample
        if n_bytes * self._n_records > MOST_TEXT_BYTES:
            raise SourceFormatError(
                f"{self.name}: keeps {n_bytes} bytes of annotations in each record; it is damaged"
            )
        columns = [self._bytes_of(s, 0, self._n_records) for s in text_signals]
        self._drop_blank_end(columns)
        columns = [column[: self._n_records] for column in columns]
        self._texts = [column.tobytes() for column in columns]
        self.annotations: tuple[EdfAnnotation, ...] = ()
        if not columns:
            self.segments: tuple[EdfSegment, ...] = (
                EdfSegment(first_record=0, n_records=self._n_records, onset_s=0.0),
            )
            return
        texts, times, n_unreadable = read_annotations(columns, name=self.name)
        may_have_holes = header.variant in (
            EdfVariant.EDF_DISCONTINUOUS,
            EdfVariant.BDF_DISCONTINUOUS,
        )
        segments, n_doubtful = contiguous_segments(
            times,
            record_duration_s=header.record_duration_s,
            tolerance_s=0.5 * header.record_duration_s / fastest,
            is_discontinuous=may_have_holes,
            name=self.name,
        )
        if len(segments) > 1 and not may_have_holes:
            self._warn(
                "hole_not_declared",
                f"the header says continuous, but record times jump {len(segments) - 1} times; "
                "taken as holes",
            )
        if n_unreadable:
            self._warn("annotations_unreadable", f"{n_unreadable} annotations cannot be read")
        if n_doubtful:
            self._warn(
                "record_times_doubtful",
                f"{n_doubtful} records do not say plausibly when they begin; "
                "taken as following the one before",
            )
        self.segments = padded_segments(
            segments,
            texts,
            samples_per_record=fastest,
            record_duration_s=header.record_duration_s,
        )
        if not self.segments:
            raise SourceFormatError(f"{self.name}: every sample of it is marked as padding")
        self.annotations = tuple(a for a in texts if padding_of(a) is False)

    def _drop_blank_end(self, columns: Sequence[npt.NDArray[np.uint8]]) -> None:
        """Leave out records at the end that were reserved on disk and never written.

        A file system that reserves space ahead leaves zeros after a crash; a
        written record has at least its onset.
        """
        n_records = self._n_records
        n_blank = 0
        while columns and n_blank < n_records and not any(c[-1 - n_blank].any() for c in columns):
            n_blank += 1
        if 0 < n_blank < n_records and not any(
            self._bytes_of(signal, record, 1).any()
            for record in range(n_records - n_blank, n_records)
            for signal in self.signals
        ):
            self._n_records -= n_blank
            self._warn("records_blank", f"{n_blank} records at the end were never written")

    def _bytes_of(
        self, signal: EdfSignal, first_record: int, n_records: int
    ) -> npt.NDArray[np.uint8]:
        header = self.header
        return self._file.columns(
            offset=header.n_bytes + first_record * header.record_bytes + signal.first_byte,
            record_bytes=header.record_bytes,
            n_records=n_records,
            n_bytes=signal.samples_per_record * header.bytes_per_sample,
        )

    def _stretch(self, signal: EdfSignal, first: int, n_samples: int) -> npt.NDArray[np.integer]:
        """Return samples by their number in the file, padding counted."""
        header = self.header
        width = header.bytes_per_sample
        per_record = max(signal.samples_per_record, 1)
        first_record, skipped = divmod(first, per_record)
        n_records = -(-(skipped + n_samples) // per_record)
        if n_records <= FEW_RECORDS:
            raw = self._file.joined(self._pieces(signal, first_record, skipped, n_samples))
            skipped = 0
        else:
            raw = self._bytes_of(signal, first_record, n_records)
        if width == 2:
            digital: npt.NDArray[np.integer] = raw.reshape(-1).view("<i2")
        else:
            digital = _signed_24_bit(raw.reshape(-1))
        digital = digital[skipped : skipped + n_samples]
        return digital & 0xFFFF if signal.is_status else digital

    def _pieces(
        self, signal: EdfSignal, record: int, skipped: int, n_samples: int
    ) -> list[tuple[int, int]]:
        """Return where the samples lie: offset and length in bytes, record by record."""
        header = self.header
        width = header.bytes_per_sample
        pieces = []
        while n_samples > 0:
            n_here = min(signal.samples_per_record - skipped, n_samples)
            begins = header.n_bytes + record * header.record_bytes + signal.first_byte
            pieces.append((begins + skipped * width, n_here * width))
            n_samples -= n_here
            record, skipped = record + 1, 0
        return pieces

    def _segment_ends(self, signal: EdfSignal) -> list[int]:
        """Return one past the last sample of each segment, as samples are counted here."""
        per_record = signal.samples_per_record
        if per_record not in self._ends:
            lengths = (segment.n_samples(per_record) for segment in self.segments)
            self._ends[per_record] = list(accumulate(lengths))
        return self._ends[per_record]

    def _warn(self, code: str, message: str) -> None:
        self._warnings.append(
            SourceWarning(sample_index=0, code=code, message=f"{self.name}: {message}")
        )


def _signed_24_bit(raw: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Return little-endian values of three bytes each.

    Each is read as a word that begins a byte before it: its three bytes lie on
    top, and the shift drops the byte before and keeps the sign.
    """
    behind_one = np.empty(1 + raw.size, dtype=np.uint8)
    behind_one[0] = 0
    behind_one[1:] = raw
    words: npt.NDArray[np.int32] = np.ndarray(
        (raw.size // 3,), dtype="<i4", buffer=behind_one.data, strides=(3,)
    )
    return words >> 8
