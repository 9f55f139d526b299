"""The samples of one stream: where each lies, its values, its stamps.

Only where samples lie is kept, and chunks that follow each other evenly are one
entry: memory does not grow with what they hold.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from amr_monitor.formats.record_file import RecordFile
from amr_monitor.formats.xdf_layout import STAMP_BYTES, Rows

MOST_BYTES_AT_ONCE = 2**23
UNEVEN_AT_ONCE = 2**16

EACH, FIRST, NONE, FLAGS = 0, 1, 2, 3
_FIELDS = ("first", "offset", "stride", "rows", "step", "n_blocks", "stamps")

Values = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


class SampleTable:
    """Samples of one numeric stream, counted from 0 in the order of the file.

    Parameters
    ----------
    file : RecordFile
    value_type : dtype
        Little-endian.
    n_channels : int
    """

    def __init__(
        self, file: RecordFile, *, value_type: np.dtype[np.generic], n_channels: int
    ) -> None:
        self._file = file
        self._type = value_type
        self._sample_bytes = value_type.itemsize * n_channels
        self._n_channels = n_channels
        self._columns = {name: array("q") for name in _FIELDS}
        self._flags: dict[int, bytes] = {}
        self.n_samples = 0

    def append(self, rows: Rows) -> None:
        """Add the samples that come next."""
        columns = self._columns
        if columns["first"] and self._goes_on(rows):
            columns["n_blocks"][-1] += rows.n_blocks
        else:
            stamps = _kind(rows)
            if rows.flags:
                self._flags[len(columns["first"])] = rows.flags
            entry = (
                *(self.n_samples, rows.offset, rows.stride, rows.rows),
                *(rows.step, rows.n_blocks, stamps),
            )
            for name, value in zip(_FIELDS, entry, strict=True):
                columns[name].append(value)
        self.n_samples += rows.n_samples

    def file_offset(self, index: int) -> int:
        """Return where in the file a sample lies: order in the file is order in time."""
        at = self._entry_of(index)
        entry = self._entry(at)
        block, row = divmod(index - self._columns["first"][at], entry.rows)
        return entry.offset + block * entry.step + row * entry.stride

    def read(self, first: int, n_samples: int, channels: npt.NDArray[np.int64]) -> Values:
        """Return values of some channels, shape (n_channels, n_samples), as they are stored."""
        values = np.empty((len(channels), n_samples), dtype=self._type)
        done = 0
        at = self._entry_of(first)
        while done < n_samples:
            entry = self._entry(at)
            start = first + done - self._columns["first"][at]
            count = min(n_samples - done, entry.n_samples - start)
            parts = self._uneven_parts if entry.flags else self._parts
            for column, part in parts(entry, start, count):
                blocks = part.shape[:2]
                begin = done + column
                end = begin + blocks[0] * blocks[1]
                for row, channel in enumerate(channels.tolist()):
                    values[row, begin:end].reshape(blocks)[:] = part[:, :, channel]
            done += count
            at += 1
        return values

    def stamped(self) -> Iterator[tuple[Indices, Floats]]:
        """Give the samples that have a stamp of their own, in parts of bounded size."""
        for at in range(len(self._columns["first"])):
            entry, first = self._entry(at), self._columns["first"][at]
            if entry.flags or entry.each_has_stamp:
                yield from self.own_stamps(entry, first)
            elif entry.first_has_stamp:
                yield from self.stamps_of_blocks(entry, first, row=0)

    def stamps_s(self, *, nominal_rate_hz: float) -> Floats:
        """Return a stamp for every sample; what has none goes on from the one before it."""
        interval_s = 1.0 / nominal_rate_hz if nominal_rate_hz > 0.0 else 0.0
        indices, stamps = np.empty(0, dtype=np.int64), np.empty(0)
        parts = list(self.stamped())
        if parts:
            indices = np.concatenate([part[0] for part in parts])
            stamps = np.concatenate([part[1] for part in parts])
        # Before the first stamp the format counts from 0.
        indices = np.concatenate([[-1], indices])
        stamps = np.concatenate([[0.0], stamps])
        at = np.arange(self.n_samples, dtype=np.int64)
        own = np.searchsorted(indices, at, side="right") - 1
        with np.errstate(all="ignore"):  # a damaged stamp may be no number
            deduced: Floats = stamps[own] + (at - indices[own]) * interval_s
        return deduced

    def entries(self) -> Iterator[tuple[int, Rows]]:
        """Give what lies evenly, each with the index of its first sample."""
        for at in range(len(self._columns["first"])):
            yield self._columns["first"][at], self._entry(at)

    def stamps_of_blocks(
        self, entry: Rows, first: int, *, row: int
    ) -> Iterator[tuple[Indices, Floats]]:
        """Give the stamps of one row of each block, without a look at what lies between."""
        for block, count in _portions(entry.n_blocks, STAMP_BYTES):
            held = self._file.columns(
                offset=entry.offset - STAMP_BYTES + block * entry.step + row * entry.stride,
                record_bytes=entry.step,
                n_records=count,
                n_bytes=STAMP_BYTES,
            )
            stamps = held.view("<f8")[:, 0].astype(np.float64)
            yield first + (block + np.arange(count, dtype=np.int64)) * entry.rows + row, stamps

    def own_stamps(self, entry: Rows, first: int) -> Iterator[tuple[Indices, Floats]]:
        """Give all stamps of an entry every sample of which has one, or with flags."""
        if entry.flags:
            yield self._flagged_stamps(entry, first)
            return
        for start, count in _portions(entry.n_samples, entry.stride):
            yield self._own_stamps(entry, first, start, count)

    def _flagged_stamps(self, entry: Rows, first: int) -> tuple[Indices, Floats]:
        flags = _unpacked(entry)
        at = np.flatnonzero(flags)
        offsets = at * entry.stride + STAMP_BYTES * np.arange(len(at)) + 1
        held = self._held(entry.offset, int(offsets[-1]) + STAMP_BYTES if len(at) else 0)
        stamps = held[offsets[:, None] + np.arange(STAMP_BYTES)].view("<f8")[:, 0]
        return first + at.astype(np.int64), stamps.astype(np.float64)

    def _uneven_parts(self, entry: Rows, start: int, count: int) -> Iterator[tuple[int, Values]]:
        """Give the values of some samples of an entry with flags, in the form of `_parts`."""
        stamped = np.cumsum(_unpacked(entry)[: start + count], dtype=np.int64)[start:]
        offsets = np.arange(start, start + count) * entry.stride + STAMP_BYTES * stamped + 1
        for first in range(0, count, UNEVEN_AT_ONCE):
            own = offsets[first : first + UNEVEN_AT_ONCE]
            n_bytes = int(own[-1] - own[0]) + self._sample_bytes
            held = self._held(entry.offset + int(own[0]), n_bytes)
            taken = held[(own - own[0])[:, None] + np.arange(self._sample_bytes)]
            yield first, taken.view(self._type)[np.newaxis]

    def _held(self, offset: int, n_bytes: int) -> npt.NDArray[np.uint8]:
        read = self._file.columns(offset=offset, record_bytes=n_bytes, n_records=1, n_bytes=n_bytes)
        held: npt.NDArray[np.uint8] = read[0]
        return held

    def _own_stamps(
        self, entry: Rows, first: int, start: int, count: int
    ) -> tuple[Indices, Floats]:
        stamps = np.empty(count)
        for column, part in self._parts(entry, start, count, kind=np.dtype("<f8")):
            own = part[:, :, 0].reshape(-1)
            stamps[column : column + len(own)] = own
        return np.arange(first + start, first + start + count, dtype=np.int64), stamps

    def _parts(
        self, entry: Rows, start: int, count: int, *, kind: np.dtype[np.generic] | None = None
    ) -> Iterator[tuple[int, Values]]:
        """Give views of some samples of an entry, each with the column where it begins.

        Of their values, shape (n_blocks, n_samples, n_channels), or of their
        stamps, shape (n_blocks, n_samples, 1): who wants one channel copies one.
        """
        is_stamp = kind is not None
        kind = self._type if kind is None else kind
        width = 1 if is_stamp else self._n_channels
        strides = (entry.step, entry.stride, kind.itemsize)
        base = entry.offset - (STAMP_BYTES if is_stamp else 0)
        done = 0
        while done < count:
            block, row = divmod(start + done, entry.rows)
            offset = base + block * entry.step + row * entry.stride
            if row or count - done < entry.rows:
                n_rows = min(entry.rows - row, count - done)
                n_rows = min(n_rows, max(MOST_BYTES_AT_ONCE // entry.stride, 1))
                shape = (1, n_rows, width)
                yield done, self._strided(offset, shape, strides, kind)
                done += n_rows
                continue
            n_blocks = min((count - done) // entry.rows, entry.n_blocks - block)
            n_blocks = max(min(n_blocks, MOST_BYTES_AT_ONCE // max(entry.step, 1)), 1)
            if n_blocks == 1 and entry.rows * entry.stride > MOST_BYTES_AT_ONCE:
                n_rows = max(MOST_BYTES_AT_ONCE // entry.stride, 1)
                shape = (1, n_rows, width)
                yield done, self._strided(offset, shape, strides, kind)
                done += n_rows
                continue
            shape = (n_blocks, entry.rows, width)
            yield done, self._strided(offset, shape, strides, kind)
            done += n_blocks * entry.rows

    def _strided(
        self,
        offset: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        kind: np.dtype[np.generic],
    ) -> Values:
        n_bytes = kind.itemsize + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
        held = self._file.columns(offset=offset, record_bytes=n_bytes, n_records=1, n_bytes=n_bytes)
        # A view at any byte: rows are not aligned to the values' size.
        base = np.ndarray((1,), dtype=kind, buffer=held.data, offset=0)
        return as_strided(base, shape=shape, strides=strides, writeable=False)

    def _goes_on(self, rows: Rows) -> bool:
        """Tell whether rows continue the last entry evenly."""
        columns = self._columns
        step, n_blocks = columns["step"][-1], columns["n_blocks"][-1]
        is_alike = (
            columns["rows"][-1] == rows.rows
            and columns["stride"][-1] == rows.stride
            and columns["stamps"][-1] == _kind(rows) != FLAGS
        )
        if not is_alike or (rows.n_blocks > 1 and rows.step != step and n_blocks > 1):
            return False
        distance = rows.offset - columns["offset"][-1]
        if n_blocks == 1:
            if rows.n_blocks > 1 and rows.step != distance:
                return False
            columns["step"][-1] = distance
            return True
        return distance == n_blocks * step

    def _entry_of(self, index: int) -> int:
        return bisect_right(self._columns["first"], index) - 1

    def _entry(self, at: int) -> Rows:
        columns = self._columns
        stamps = columns["stamps"][at]
        return Rows(
            offset=columns["offset"][at],
            stride=columns["stride"][at],
            rows=columns["rows"][at],
            step=columns["step"][at],
            n_blocks=columns["n_blocks"][at],
            each_has_stamp=stamps == EACH,
            first_has_stamp=stamps in (EACH, FIRST),
            flags=self._flags.get(at, b""),
        )


def _kind(rows: Rows) -> int:
    if rows.flags:
        return FLAGS
    return EACH if rows.each_has_stamp else FIRST if rows.first_has_stamp else NONE


def _unpacked(entry: Rows) -> npt.NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(entry.flags, dtype=np.uint8), count=entry.rows)


def _portions(n_items: int, item_bytes: int) -> Iterator[tuple[int, int]]:
    at_once = max(MOST_BYTES_AT_ONCE // item_bytes, 1)
    for start in range(0, n_items, at_once):
        yield start, min(at_once, n_items - start)
