"""Where the samples of a chunk lie: rows of one length as far as they reach.

A sample is a byte that tells whether it has a stamp, the stamp, and its values.
So a chunk is rows of one length where all samples have a stamp, or none, or the
first alone: these three are told by the chunk's length, without a look at the
rows. Recorders that leave out a stamp which the one before it tells leave a
pattern; it is found by what repeats. Where nothing repeats, one bit is kept for
each sample: whether it has a stamp.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

STAMP_BYTES = 8

EVEN_ENTRIES = 8
SAMPLES_AN_ENTRY = 256
"""With more entries than these, a chunk is kept sample by sample."""

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Samples that lie evenly: `n_blocks` blocks of `rows` samples.

    Attributes
    ----------
    offset : int
        Of the first sample's values, in the file.
    stride : int
        From one sample's values to the next ones within a block.
    rows : int
        Samples of a block.
    step : int
        From one block to the next; of no meaning with one block.
    n_blocks : int
    each_has_stamp : bool
        Every sample has a stamp; it stands right before its values.
    first_has_stamp : bool
        The first sample of each block has one.
    flags : bytes
        Where samples with and without stamp follow each other as they come: a
        bit for each, set where it has one. Then there is one block, `offset` is
        that of the first sample's own flag, and `stride` that of samples
        without a stamp.
    """

    offset: int
    stride: int
    rows: int
    step: int = 0
    n_blocks: int = 1
    each_has_stamp: bool = False
    first_has_stamp: bool = False
    flags: bytes = b""

    @property
    def n_samples(self) -> int:
        """Of all blocks."""
        return self.rows * self.n_blocks


def rows_by_length(
    *, offset: int, n_bytes: int, n_samples: int, sample_bytes: int, first_flag: int
) -> Rows | None:
    """Return the rows of a chunk as its length tells them.

    Parameters
    ----------
    offset : int
        Of the first sample's flag, in the file.
    n_bytes : int
        Of all samples.
    n_samples : int
        At least one.
    sample_bytes : int
        Of the values of one sample.
    first_flag : int
        Not 0 where the first sample has a stamp.

    Returns
    -------
    Rows or None
        None where only the rows themselves tell.
    """
    stamps_bytes = n_bytes - n_samples * (1 + sample_bytes)
    if stamps_bytes == n_samples * STAMP_BYTES and first_flag:
        return Rows(
            offset=offset + 1 + STAMP_BYTES,
            stride=1 + STAMP_BYTES + sample_bytes,
            rows=n_samples,
            each_has_stamp=True,
            first_has_stamp=True,
        )
    if stamps_bytes == (STAMP_BYTES if first_flag else 0):
        return Rows(
            offset=offset + 1 + (STAMP_BYTES if first_flag else 0),
            stride=1 + sample_bytes,
            rows=n_samples,
            first_has_stamp=bool(first_flag),
        )
    return None


def rows_by_flags(
    content: Bytes, *, offset: int, n_samples: int, sample_bytes: int
) -> tuple[list[Rows], int]:
    """Return the rows of a chunk, found by the flag of each sample.

    Parameters
    ----------
    content : ndarray of uint8
        From the first flag to as far as the chunk may reach.
    offset : int
        Of `content` in the file.
    n_samples : int
        As the chunk counts; fewer are returned where they do not fit.
    sample_bytes : int

    Returns
    -------
    list of Rows
    int
        Bytes that they take.
    """
    found: list[Rows] = []
    at, left = 0, n_samples
    bare, stamped = 1 + sample_bytes, 1 + STAMP_BYTES + sample_bytes
    most_found = EVEN_ENTRIES + n_samples // SAMPLES_AN_ENTRY
    while left and at + bare <= len(content):
        if len(found) >= most_found:
            return _uneven_rows(content, offset, n_samples, bare, stamped)
        n_stamped = 0
        if content[at]:
            n_stamped = _run(content, at, stride=stamped, most=left, stamped=True)
            if not n_stamped:
                break
        n_bare = _run(content, at + n_stamped * stamped, stride=bare, most=left - n_stamped)
        if not n_bare:
            found.append(_stamped_rows(offset + at, stamped, n_stamped))
            at += n_stamped * stamped
            left -= n_stamped
            continue
        if n_stamped > 1:
            found.append(_stamped_rows(offset + at, stamped, n_stamped - 1))
            at += (n_stamped - 1) * stamped
            left -= n_stamped - 1
        rows = n_bare + (n_stamped > 0)
        step = rows * bare + (STAMP_BYTES if n_stamped else 0)
        n_blocks = 1
        if n_stamped:
            n_blocks = _repeats(content, at, rows=rows, step=step, bare=bare, most=left // rows)
        found.append(
            Rows(
                offset=offset + at + 1 + (STAMP_BYTES if n_stamped else 0),
                stride=bare,
                rows=rows,
                step=step,
                n_blocks=n_blocks,
                first_has_stamp=n_stamped > 0,
            )
        )
        at += n_blocks * step
        left -= n_blocks * rows
    return found, at


def _uneven_rows(
    content: Bytes, offset: int, most: int, bare: int, stamped: int
) -> tuple[list[Rows], int]:
    """Return samples as they come, and the bytes that they take."""
    held = content.tobytes()
    has_stamp: list[int] = []
    at = count = 0
    most = min(most, len(held) // bare)
    last = len(held) - stamped  # where even a sample with a stamp still fits
    while count < most and at <= last:
        if held[at]:
            has_stamp.append(count)
            at += stamped
        else:
            at += bare
        count += 1
    while count < most and at + bare <= len(held) and not held[at]:
        at += bare
        count += 1
    if not count:
        return [], 0
    flags = np.zeros(count, dtype=np.uint8)
    flags[has_stamp] = 1
    packed = np.packbits(flags).tobytes()
    return [Rows(offset=offset, stride=bare, rows=count, flags=packed)], at


def _stamped_rows(offset: int, stride: int, n_samples: int) -> Rows:
    return Rows(
        offset=offset + 1 + STAMP_BYTES,
        stride=stride,
        rows=n_samples,
        each_has_stamp=True,
        first_has_stamp=True,
    )


def _run(content: Bytes, at: int, *, stride: int, most: int, stamped: bool = False) -> int:
    """Return how many samples follow each other that have a stamp, or have none."""
    most = min(most, (len(content) - at) // stride)
    done = 0
    look = 8
    while done < most:
        count = min(look, most - done)
        flags = content[at + done * stride :: stride][:count]
        others = np.flatnonzero((flags != 0) != stamped)
        if len(others):
            return done + int(others[0])
        done += count
        look *= 8
    return done


def _repeats(content: Bytes, at: int, *, rows: int, step: int, bare: int, most: int) -> int:
    """Return how often a stamped sample and bare ones after it repeat."""
    most = min(most, (len(content) - at) // step)
    n_blocks = 1
    look = 8
    while n_blocks < most:
        count = min(look, most - n_blocks)
        start = at + n_blocks * step
        blocks = content[start : start + count * step].reshape(count, step)
        is_alike = blocks[:, 0] != 0
        # The flags of the bare samples stand where those of the first block do.
        is_alike &= ~blocks[:, STAMP_BYTES + bare :: bare].any(axis=1)
        others = np.flatnonzero(~is_alike)
        if len(others):
            return n_blocks + int(others[0])
        n_blocks += count
        look *= 8
    return n_blocks
