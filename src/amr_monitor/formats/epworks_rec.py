"""The `.REC` files of an EPWorks study: one channel each, blocks of one length.

::

    header   96 bytes: GUID, u32 2, FILETIME, trace GUID, channel GUID, u32 B, zeros
    block    B bytes: u32 B, GUID, FILETIME, ..., set number, ..., current, float32 samples

Other systems have files of this ending: the GUID tells, never the name.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.record_file import RecordFile
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import FloatArray

REC_GUID = UUID("64c1a8ad-2ebf-40f1-aa3c-3ea3c7964ccf").bytes_le
REC_VERSION = 2
FILE_HEADER_BYTES = 96

BLOCK_HEADER_BYTES = 888
"""Up to the samples: 88 bytes of fields and an area for cursors."""

SHORT_BLOCK_HEADER_BYTES = 88
"""An older reader found the samples right behind the fields."""

SAMPLE_BYTES = 4
CURSOR_SLOT_BYTES = 40
GUID_BYTES = 16

_FILE_HEADER = struct.Struct("<16sIQ16s16sI")

BLOCK_FIELDS = np.dtype(
    {
        "names": ["length", "guid", "filetime", "kind", "set_number", "intensity"],
        "formats": ["<u4", "V16", "<u8", "<u4", "<u4", "<f4"],
        "offsets": [0, 4, 20, 36, 44, 56],
        "itemsize": SHORT_BLOCK_HEADER_BYTES,
    }
)
"""What is known of the head of a block; `kind` is 1 for triggered sweeps."""

Blocks = npt.NDArray[np.void]


def is_rec(head: bytes) -> bool:
    """Tell by its first bytes whether a file is a `.REC` of EPWorks."""
    return head[: len(REC_GUID)] == REC_GUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecHeader:
    """The header of a `.REC`.

    Attributes
    ----------
    filetime : int
        In 100 ns since 1601, UTC.
    trace_id, channel_id : bytes
    block_bytes : int
    """

    filetime: int
    trace_id: bytes
    channel_id: bytes
    block_bytes: int


class RecFile:
    """One `.REC`, its blocks read where they lie.

    It is opened for reading, never locked, and may grow meanwhile.

    Parameters
    ----------
    path : Path
    name : str
        For messages.

    Attributes
    ----------
    path : Path
    header : RecHeader
    n_blocks : int
        Whole blocks when it was opened, or when `refresh` looked last.
    rest_bytes : int
        Behind the last whole block.

    Raises
    ------
    SourceFormatError
        It is none, or damaged: file and offset.
    """

    def __init__(self, path: Path, *, name: str) -> None:
        self.name = name
        self.path = path
        self._file = RecordFile(path)
        self.n_blocks = 0
        self.rest_bytes = 0
        try:
            self.header = _header(name, self._file.head(FILE_HEADER_BYTES))
            self._count(self._file.n_bytes)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._file.close()

    def refresh(self) -> int:
        """Look how long the file is by now; return the number of whole blocks."""
        try:
            self._count(self.path.stat().st_size)
        except OSError as fault:
            raise SourceFormatError(
                f"{self.name}: cannot be read: {fault.strerror}; is its disk still there?"
            ) from fault
        return self.n_blocks

    def blocks(self, first: int, n_blocks: int) -> Blocks:
        """Return the known fields of consecutive blocks, `BLOCK_FIELDS`, shape (n_blocks,)."""
        raw = self._file.columns(
            offset=self.offset(first),
            record_bytes=self.header.block_bytes,
            n_records=n_blocks,
            n_bytes=SHORT_BLOCK_HEADER_BYTES,
        )
        return np.ascontiguousarray(raw).view(BLOCK_FIELDS).reshape(n_blocks)

    def is_whole(self, blocks: Blocks) -> npt.NDArray[np.bool_]:
        """Tell which blocks begin as blocks of this file do."""
        lengths: npt.NDArray[np.uint32] = blocks["length"]
        are_whole: npt.NDArray[np.bool_] = lengths == self.header.block_bytes
        return are_whole

    def n_samples(self, header_bytes: int) -> int:
        """Return the samples of a block behind a header of so many bytes."""
        return max(0, self.header.block_bytes - header_bytes) // SAMPLE_BYTES

    def samples(self, block: int, header_bytes: int) -> FloatArray:
        """Return the samples of one block as they are stored, float32."""
        raw = self._file.columns(
            offset=self.offset(block) + header_bytes,
            record_bytes=self.header.block_bytes,
            n_records=1,
            n_bytes=self.n_samples(header_bytes) * SAMPLE_BYTES,
        )
        samples: FloatArray = raw[0].view("<f4").astype(np.float32, copy=False)
        return samples

    def header_bytes(self, expected_samples: int | None) -> tuple[int, str]:
        """Decide where in a block the samples begin.

        Parameters
        ----------
        expected_samples : int or None
            By the settings of the study; None where they do not say.

        Returns
        -------
        int
            `BLOCK_HEADER_BYTES` or `SHORT_BLOCK_HEADER_BYTES`.
        str
            By what it was decided, where that is not the rule; "" where it is.
        """
        n_long = self.n_samples(BLOCK_HEADER_BYTES)
        n_short = self.n_samples(SHORT_BLOCK_HEADER_BYTES)
        if expected_samples == n_long and n_long:
            return BLOCK_HEADER_BYTES, ""
        if expected_samples == n_short:
            return SHORT_BLOCK_HEADER_BYTES, f"the settings ask for {n_short} samples a sweep"
        if not n_long:
            return SHORT_BLOCK_HEADER_BYTES, "its blocks have no room for cursors"
        if self._has_cursor_area():
            told = "the bytes before them are cursors, or empty"
            return BLOCK_HEADER_BYTES, "" if expected_samples is None else told
        return SHORT_BLOCK_HEADER_BYTES, "there are no cursors where they should be"

    def _has_cursor_area(self) -> bool:
        """Tell whether the first block has empty slots, as no stretch of EMG has."""
        if not self.n_blocks:
            return True
        raw = self._file.columns(
            offset=self.offset(0) + SHORT_BLOCK_HEADER_BYTES,
            record_bytes=self.header.block_bytes,
            n_records=1,
            n_bytes=BLOCK_HEADER_BYTES - SHORT_BLOCK_HEADER_BYTES,
        )
        slots = raw.reshape(-1, CURSOR_SLOT_BYTES)
        return not slots[-1].any()

    def offset(self, block: int) -> int:
        """Return where in the file a block begins."""
        return FILE_HEADER_BYTES + block * self.header.block_bytes

    def _count(self, n_bytes: int) -> None:
        self.n_blocks, self.rest_bytes = divmod(
            max(0, n_bytes - FILE_HEADER_BYTES), self.header.block_bytes
        )


def _header(name: str, raw: bytes) -> RecHeader:
    if not is_rec(raw):
        raise SourceFormatError(f"{name}: is no .REC of EPWorks: its first 16 bytes differ")
    if len(raw) < FILE_HEADER_BYTES:
        raise SourceFormatError(f"{name}: at byte {len(raw)}: the file ends inside its header")
    _, version, filetime, trace_id, channel_id, block_bytes = _FILE_HEADER.unpack_from(raw)
    if version != REC_VERSION:
        raise SourceFormatError(
            f"{name}: at byte {GUID_BYTES}: version {version} is not known, "
            f"{REC_VERSION} can be read"
        )
    if block_bytes <= SHORT_BLOCK_HEADER_BYTES or block_bytes % SAMPLE_BYTES:
        raise SourceFormatError(f"{name}: at byte 60: no block can be {block_bytes} bytes long")
    return RecHeader(
        filetime=filetime, trace_id=trace_id, channel_id=channel_id, block_bytes=block_bytes
    )
