"""Equal records on disk, read where they lie.

Plain reads at an offset, not a memory map: as fast here, resident memory does
not grow with what was read, and a file that another program cuts meanwhile is
an error and not the end of the process.
"""

import os
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.model.errors import SourceFormatError

WHOLE_RECORDS_BYTES = 2**15
"""Where no more than this lies between two stretches, reading over it is quicker."""

MOST_BYTES_AT_ONCE = 2**23


class RecordFile:
    """A file of records of one length behind a header.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    n_bytes : int
        Size of the file when it was opened.

    Raises
    ------
    SourceFormatError
        It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as fault:
            raise SourceFormatError(
                f"{path}: cannot be opened: {fault.strerror}; check the path"
            ) from fault
        self._descriptor = descriptor
        self._finalizer = weakref.finalize(self, os.close, descriptor)
        self.n_bytes = os.fstat(descriptor).st_size

    @property
    def is_open(self) -> bool:
        """Whether it can still be read."""
        return self._finalizer.alive

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._finalizer()

    def head(self, n_bytes: int) -> bytes:
        """Return the first bytes, or all of a shorter file.

        Raises
        ------
        SourceFormatError
            It is a folder, or the disk fails.
        """
        return self.at(0, n_bytes)

    def at(self, offset: int, n_bytes: int) -> bytes:
        """Return bytes from an offset on, fewer where the file ends.

        Raises
        ------
        SourceFormatError
            It is closed, it is a folder, or the disk fails.
        """
        if not self.is_open:
            raise SourceFormatError(f"{self.name}: is closed")
        n_bytes = min(n_bytes, max(self.n_bytes - offset, 0))
        try:
            return os.pread(self._descriptor, n_bytes, offset)
        except OSError as fault:
            raise self._unreadable(fault) from fault

    def columns(
        self, *, offset: int, record_bytes: int, n_records: int, n_bytes: int
    ) -> npt.NDArray[np.uint8]:
        """Return the same stretch of consecutive records.

        Parameters
        ----------
        offset : int
            Of the stretch in the first record, from the beginning of the file.
        record_bytes : int
            From one record to the next.
        n_records : int
        n_bytes : int
            Length of the stretch.

        Returns
        -------
        ndarray of uint8, shape (n_records, n_bytes)

        Raises
        ------
        SourceFormatError
            The file has become shorter, or the disk fails.
        """
        stretches = np.empty((n_records, n_bytes), dtype=np.uint8)
        if record_bytes - n_bytes > WHOLE_RECORDS_BYTES or n_records <= 1:
            for record in range(n_records):
                self._fill(stretches[record].data, offset + record * record_bytes)
            return stretches
        at_once = max(MOST_BYTES_AT_ONCE // record_bytes, 1)
        for first in range(0, n_records, at_once):
            count = min(at_once, n_records - first)
            # The last record ends with its stretch: behind it the file may end, too.
            records = np.empty((count, record_bytes), dtype=np.uint8)
            n_needed = (count - 1) * record_bytes + n_bytes
            self._fill(records.reshape(-1)[:n_needed].data, offset + first * record_bytes)
            stretches[first : first + count] = records[:, :n_bytes]
        return stretches

    def joined(self, pieces: Sequence[tuple[int, int]]) -> npt.NDArray[np.uint8]:
        """Return pieces of the file one behind the other.

        Parameters
        ----------
        pieces : sequence of (int, int)
            Offset and length in bytes of each.

        Raises
        ------
        SourceFormatError
            The file has become shorter, or the disk fails.
        """
        whole = np.empty(sum(n_bytes for _, n_bytes in pieces), dtype=np.uint8)
        view = whole.data
        done = 0
        for offset, n_bytes in pieces:
            self._fill(view[done : done + n_bytes], offset)
            done += n_bytes
        return whole

    def _fill(self, target: memoryview, offset: int) -> None:
        if not self.is_open:
            raise SourceFormatError(f"{self.name}: is closed")
        try:
            n_read = os.preadv(self._descriptor, [target], offset) if target else 0
        except OSError as fault:
            raise self._unreadable(fault) from fault
        if n_read != len(target):
            raise SourceFormatError(
                f"{self.name}: has become shorter while it was read; is it still being copied?"
            )

    def _unreadable(self, fault: OSError) -> SourceFormatError:
        return SourceFormatError(f"{self.name}: cannot be read: {fault.strerror}; check the disk")
