"""A BDF+ file that grows record by record and can be cut anywhere.

pyedflib writes the header. The records are written here, for four things that
it cannot do: a write that waits for the disk must not stop the other threads,
a record that failed is written again at its place, the texts of a second are
on the disk with that second, and a stimulus that is told late is put into a
record that is there already. Until it is closed the header says -1 records,
as the format prescribes.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.edf_annotations import encoded_list
from amr_monitor.formats.edf_header import (
    RECORD_COUNT_FIELD,
    EdfHeader,
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
            self.header = self._read_header()
            self._record_duration_s = record_duration_s
            self._text_signals = [s for s in self.header.signals if s.is_annotation]
            self._sample_signals = [s for s in self.header.signals if not s.is_annotation]
            self.n_records = 0
            self._used: list[list[int]] = []
            self._write(f"{-1:<8}".encode("ascii"), RECORD_COUNT_FIELD.start)
            self._write_to_disk()
            _sync_folder(path.parent)
        except (OSError, SourceFormatError) as fault:
            # A header that did not fit on the disk would stand in the way of every replay.
            self.abandon()
            path.unlink(missing_ok=True)
            raise self._unwritable(fault) from fault

    @property
    def n_bytes(self) -> int:
        """Size of the whole records, with the header."""
        return self._offset_of(self.n_records)

    def append(
        self,
        digital: Sequence[npt.NDArray[np.integer]],
        texts: Sequence[tuple[float, str]] = (),
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
        own_onset = encoded_list(
            self.first_onset_s + self.n_records * self._record_duration_s, [""]
        )
        used = [0] * len(self._text_signals)
        self._put(record, used, 0, own_onset)
        left = [text for text in texts if not self._put_text(record, used, *text)]
        offset = self._offset_of(self.n_records)
        try:
            self._write(bytes(record), offset)
            self._write_to_disk()
        except OSError as fault:
            raise self._unwritable(fault) from fault
        self._used.append(used)
        self.n_records += 1
        return left

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
        """Put texts into records that have room, the last ones first; return what found none.

        Raises
        ------
        StorageError
        """
        left = list(texts)
        header = self.header
        try:
            for number in reversed(range(self.n_records)):
                if not left:
                    break
                offset = self._offset_of(number)
                record = bytearray(os.pread(self._descriptor, header.record_bytes, offset))
                before = bytes(record)
                left = [t for t in left if not self._put_text(record, self._used[number], *t)]
                if record != before:
                    self._write(bytes(record), offset)
            self._write_to_disk()
        except OSError as fault:
            raise self._unwritable(fault) from fault
        return left

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

    def _read_header(self) -> EdfHeader:
        n_bytes = os.fstat(self._descriptor).st_size
        head = os.pread(self._descriptor, n_bytes, 0)
        return parse_header(head, file_bytes=n_bytes, name=self.path.name)

    def _offset_of(self, record: int) -> int:
        return self.header.n_bytes + record * self.header.record_bytes

    def _put_text(self, record: bytearray, used: list[int], onset_s: float, text: str) -> bool:
        raw = encoded_list(self.first_onset_s + onset_s, [text])
        return any(self._put(record, used, number, raw) for number in range(len(used)))

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
