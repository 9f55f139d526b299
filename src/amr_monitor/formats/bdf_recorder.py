"""A BDF+ file that grows record by record and can be cut anywhere.

pyedflib writes the header. The records are written here, for four things that
it cannot do: a write that waits for the disk must not stop the other threads,
a record that failed is written again at its place, the texts of a second are
on the disk with that second, and a stimulus that is told late is put into a
record that is there already. Until it is closed the header says -1 records,
as the format prescribes.
"""

import fcntl
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.edf_annotations import encoded_list, padding_text
from amr_monitor.formats.edf_header import (
    RECORD_COUNT_FIELD,
    RESERVED_FIELD,
    EdfHeader,
    EdfSignal,
    parse_header,
)
from amr_monitor.formats.edf_writer import EdfWriter, SignalToWrite, kept_start
from amr_monitor.model.errors import SourceFormatError, StorageError

NOT_A_NUMBER = -(2**23)
"""The one digital value beyond a symmetric range stands for a sample that is no number."""

CHANNEL_TRANSDUCER = "recorded by amr-monitor; -8388608 is no number"
"""By this a reader knows that it is so."""

MOST_TEXT_BYTES = 80
"""What one annotation of ours holds, in UTF-8: with its onset it fits the room of a signal."""

RECORDS_WITH_ROOM = 60
"""So many records at the end are looked at for room."""

MOST_HEADER_BYTES = 2**16
LOWEST_DIGITAL = -(2**23)
HIGHEST_DIGITAL = 2**23 - 1


class GrowingBdf:
    """Write a BDF+ file record by record.

    Parameters
    ----------
    path : Path
        Must not exist.
    signals : sequence of SignalToWrite
        All of the same rate.
    samples_per_record : int
    record_duration_s : float
    start : datetime or None
        Of the first sample.
    n_text_signals : int
        Each gives a record room for 114 bytes of texts.
    equipment : str
        As of `EdfWriter`.

    Raises
    ------
    StorageError
        The file cannot be made.
    """

    _next_onset_s: float

    def __init__(
        self,
        path: Path,
        *,
        signals: Sequence[SignalToWrite],
        start: datetime | None,
        n_text_signals: int,
        equipment: str = "",
        record_duration_s: float = 1.0,
    ) -> None:
        self.path = path
        if path.exists():
            raise StorageError(f"{path}: is there already; nothing is written over it")
        self.first_onset_s = 0.0 if start is None else kept_start(start).microsecond * 1e-6
        try:
            EdfWriter(
                path,
                is_bdf=True,
                signals=signals,
                start=start,
                record_duration_s=record_duration_s,
                n_annotation_signals=n_text_signals,
                equipment=equipment,
            ).close()
            self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as fault:
            path.unlink(missing_ok=True)
            raise self._unwritable(fault) from fault
        try:
            self._lock()
            self._prepare()
            self._write(f"{-1:<8}".encode("ascii"), RECORD_COUNT_FIELD.start)
            self._write_to_disk()
            _sync_folder(path.parent)
        except (OSError, SourceFormatError) as fault:
            # A header that did not fit on the disk would stand in the way of every replay.
            self.abandon()
            path.unlink(missing_ok=True)
            raise self._unwritable(fault) from fault

    @classmethod
    def reopen(cls, path: Path, *, n_records: int, first_onset_s: float) -> Self:
        """Open a file that a crash left, to put texts in and to close it.

        Parameters
        ----------
        path : Path
        n_records : int
            Whole ones that are there; what is behind them is cut off.
        first_onset_s : float
            Of the first record, as it says.

        Raises
        ------
        StorageError
            It cannot be written to, or a recorder is writing it.
        """
        self = cls.__new__(cls)
        self.path = path
        self.first_onset_s = first_onset_s
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as fault:
            raise self._unwritable(fault) from fault
        try:
            self._lock()
            self._prepare()
            self.n_records = n_records
            self._next_onset_s = n_records * self._record_duration_s
            self._used = [self._used_in(number) for number in range(n_records)]
        except (OSError, SourceFormatError) as fault:
            self.abandon()
            raise self._unwritable(fault) from fault
        return self

    @property
    def n_bytes(self) -> int:
        """Size of the whole records, with the header."""
        return self._offset_of(self.n_records)

    def append(
        self,
        digital: Sequence[npt.NDArray[np.integer]],
        texts: Sequence[tuple[float, str]] = (),
        *,
        onset_s: float | None = None,
        is_draft: bool = False,
    ) -> list[tuple[float, str]]:
        """Write one more record and have it on the disk; return the texts that found no room.

        One that failed may be given again: it comes to the same place.

        Parameters
        ----------
        digital : sequence of ndarray of integer, shape (samples_per_record,)
            One per signal.
        texts : sequence of (float, str)
            Onset in seconds from the first sample, and text of at most
            `MOST_TEXT_BYTES`: the parts of a longer one may lie apart.
        onset_s : float or None
            Of the record, from the first sample; None: it follows the one before.
        is_draft : bool
            It does not count: the next one comes to the same place. A crash leaves it there.

        Raises
        ------
        StorageError
            The disk did not take it.
        """
        sizes = [len(values) for values in digital]
        if sizes != [signal.samples_per_record for signal in self._sample_signals]:
            raise ValueError(f"a record of {self.path.name} takes other samples than {sizes}")
        record = bytearray(self.header.record_bytes)
        for signal, values in zip(self._sample_signals, digital, strict=True):
            raw = packed(values)
            record[signal.first_byte : signal.first_byte + len(raw)] = raw
        if onset_s is None:
            onset_s = self._next_onset_s
        own_onset = encoded_list(self.first_onset_s + onset_s, [""])
        used = [0] * len(self._text_signals)
        self._put(record, used, 0, own_onset)
        left = self._put_texts(record, used, texts)
        offset = self._offset_of(self.n_records)
        try:
            self._write(bytes(record), offset)
            self._write_to_disk()
        except OSError as fault:
            raise self._unwritable(fault) from fault
        if is_draft:
            return left
        self._used.append(used)
        self.n_records += 1
        self._next_onset_s = onset_s + self._record_duration_s
        return left

    def append_padding(self, texts: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
        """Write a record that holds texts alone: the last sample, repeated; as of `append`.

        Raises
        ------
        StorageError
        """
        last = [self._last_sample(signal) for signal in self._sample_signals]
        sizes = [signal.samples_per_record for signal in self._sample_signals]
        rows = [np.full(n, value) for n, value in zip(sizes, last, strict=True)]
        rows[-1][:] = 0  # the trigger rests
        at_s = self._next_onset_s
        return self.append(
            rows, [(at_s, padding_text(real=0, samples_per_record=max(sizes))), *texts]
        )

    def replace_samples(self, which: int, first: int, digital: npt.NDArray[np.integer]) -> None:
        """Write samples of one signal again, in records that are there.

        Parameters
        ----------
        which : int
            Number of the signal.
        first : int
            Number of the first sample in the file.
        digital : ndarray of integer, shape (n_samples,)

        Raises
        ------
        StorageError
        """
        signal = self._sample_signals[which]
        done = 0
        try:
            while done < len(digital):
                record, skipped = divmod(first + done, signal.samples_per_record)
                if record >= self.n_records:
                    break
                part = digital[done : done + signal.samples_per_record - skipped]
                at = self._offset_of(record) + signal.first_byte
                self._write(packed(part), at + skipped * self.header.bytes_per_sample)
                done += len(part)
            self._write_to_disk()
        except OSError as fault:
            raise self._unwritable(fault) from fault

    def add_texts(self, texts: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
        """Put texts into records of their moment, or later ones; return what found no room.

        What names a moment behind the last record goes into one of the last records.

        Raises
        ------
        StorageError
        """
        n_records = self.n_records
        last = max(n_records - RECORDS_WITH_ROOM, 0)
        firsts = [int(max(onset_s, 0.0) / self._record_duration_s) for onset_s, _ in texts]
        waiting = [
            (first if first < n_records else last, text)
            for first, text in zip(firsts, texts, strict=True)
        ]
        header = self.header
        try:
            for number in range(min((first for first, _ in waiting), default=n_records), n_records):
                open_now = [text for first, text in waiting if first <= number]
                if not open_now:
                    continue
                offset = self._offset_of(number)
                record = bytearray(os.pread(self._descriptor, header.record_bytes, offset))
                before = bytes(record)
                left = self._put_texts(record, self._used[number], open_now)
                waiting = [
                    *((0, text) for text in left),
                    *(each for each in waiting if each[0] > number),
                ]
                if record != before:
                    self._write(bytes(record), offset)
                if not waiting:
                    break
            self._write_to_disk()
        except OSError as fault:
            raise self._unwritable(fault) from fault
        return [text for _, text in waiting]

    def declare_holes(self) -> None:
        """Say in the header that records need not follow each other (BDF+D).

        Raises
        ------
        StorageError
        """
        try:
            self._write(b"BDF+D", RESERVED_FIELD.start)
        except OSError as fault:
            raise self._unwritable(fault) from fault

    def close(self) -> None:
        """State the number of records; may be called twice.

        Raises
        ------
        StorageError
            The disk did not take it; the file is as a crash would leave it.
        """
        if self._descriptor < 0:
            return
        try:
            # What a failed write left behind the last whole record is no part of it.
            os.ftruncate(self._descriptor, self.n_bytes)
            self._write(f"{self.n_records:<8}".encode("ascii"), RECORD_COUNT_FIELD.start)
            self._write_to_disk()
        except OSError as fault:
            raise self._unwritable(fault) from fault
        finally:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def abandon(self) -> None:
        """Let go of the file as a crash would; may be called twice."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _prepare(self) -> None:
        n_bytes = os.fstat(self._descriptor).st_size
        head = os.pread(self._descriptor, MOST_HEADER_BYTES, 0)
        self.header: EdfHeader = parse_header(head, file_bytes=n_bytes, name=self.path.name)
        self._record_duration_s = self.header.record_duration_s
        self._text_signals = [s for s in self.header.signals if s.is_annotation]
        self._sample_signals = [s for s in self.header.signals if not s.is_annotation]
        self.n_records = 0
        self._next_onset_s = 0.0
        self._used: list[list[int]] = []

    def _last_sample(self, signal: EdfSignal) -> int:
        n_before = self._offset_of(self.n_records - 1) + signal.first_byte
        width = self.header.bytes_per_sample
        at = n_before + (signal.samples_per_record - 1) * width
        return int.from_bytes(os.pread(self._descriptor, width, at), "little", signed=True)

    def _lock(self) -> None:
        """Keep others from mending a file that still grows."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _used_in(self, record: int) -> list[int]:
        used = []
        for signal in self._text_signals:
            n_bytes = signal.samples_per_record * self.header.bytes_per_sample
            raw = os.pread(self._descriptor, n_bytes, self._offset_of(record) + signal.first_byte)
            texts = raw.rstrip(b"\0")
            # The zero that ends a list is part of it.
            used.append(len(texts) + 1 if texts else 0)
        return used

    def _offset_of(self, record: int) -> int:
        return self.header.n_bytes + record * self.header.record_bytes

    def _put_texts(
        self,
        record: bytearray,
        used: list[int],
        texts: Sequence[tuple[float, str]],
    ) -> list[tuple[float, str]]:
        """Put texts where there is room; return the rest.

        Those of one moment keep their order: a reader takes one signal after the other.
        """
        least: dict[float, int] = {}
        left = []
        for onset_s, text in texts:
            raw = encoded_list(self.first_onset_s + onset_s, [text])
            number = least.get(onset_s, 0)
            while number < len(used) and not self._put(record, used, number, raw):
                number += 1
            least[onset_s] = number
            if number == len(used):
                left.append((onset_s, text))
        return left

    def _put(self, record: bytearray, used: list[int], number: int, raw: bytes) -> bool:
        signal = self._text_signals[number]
        room = signal.samples_per_record * self.header.bytes_per_sample - used[number]
        if len(raw) > room:
            return False
        at = signal.first_byte + used[number]
        record[at : at + len(raw)] = raw
        used[number] += len(raw)
        return True

    def _write(self, raw: bytes, offset: int) -> None:
        view = memoryview(raw)
        while view:
            n_written = os.pwrite(self._descriptor, view, offset)
            view, offset = view[n_written:], offset + n_written

    def _write_to_disk(self) -> None:
        os.fsync(self._descriptor)

    def _unwritable(self, fault: Exception) -> StorageError:
        reason = fault.strerror if isinstance(fault, OSError) else None
        if isinstance(fault, BlockingIOError):
            reason = "a recorder is still writing it"
        return StorageError(f"{self.path}: cannot be written: {reason or fault}")


def packed(digital: npt.NDArray[np.integer]) -> bytes:
    """Return digital values as BDF holds them: three bytes, the lowest first.

    Raises
    ------
    ValueError
        A value does not fit 24 bits.
    """
    values = np.ascontiguousarray(digital, dtype="<i4")
    if values.size and (values.min() < LOWEST_DIGITAL or values.max() > HIGHEST_DIGITAL):
        raise ValueError("a sample does not fit 24 bits")
    return values.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
