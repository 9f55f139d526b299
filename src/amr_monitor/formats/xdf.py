"""Reader of XDF, whole or as a crash left it.

Opening a file goes from chunk to chunk and keeps where samples lie; they are
read where they are needed. Stamps are given as they were recorded: nothing is
dejittered or synchronised here (drivers/xdf_clock.py does that).
"""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.record_file import RecordFile
from amr_monitor.formats.xdf_chunks import (
    LARGE_CHUNK_BYTES,
    MAGIC,
    Chunk,
    ChunkWalk,
    Tag,
    is_xdf,
    varlen,
)
from amr_monitor.formats.xdf_header import (
    MOST_HEADER_BYTES,
    XdfStreamHeader,
    parse_sample_count,
    parse_start,
    parse_stream_header,
)
from amr_monitor.formats.xdf_layout import STAMP_BYTES, Rows, rows_by_flags, rows_by_length
from amr_monitor.formats.xdf_samples import SampleTable
from amr_monitor.formats.xdf_texts import TextTable, XdfText
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.source import SourceWarning

HEAD_BYTES = 16
"""More than the count of samples and the first flag take."""

FIRST_LOOK = 4
"""So many chunks are looked at, at first, whether they are like the one before."""


@dataclass(slots=True, kw_only=True, eq=False)
class XdfStream:
    """One stream of a file.

    Attributes
    ----------
    header : XdfStreamHeader
    samples : SampleTable or None
        None for texts.
    texts : TextTable or None
        None for numbers.
    offset_times_s, offsets_s : array of float
        When the sender's clock was compared with the recorder's, on the
        sender's clock, and what must be added to it.
    offset_places : array of int
        Where in the file each was written.
    n_counted : int or None
        How many samples the footer counts.
    """

    header: XdfStreamHeader
    samples: SampleTable | None
    texts: TextTable | None
    offset_times_s: "array[float]" = field(default_factory=lambda: array("d"))
    offsets_s: "array[float]" = field(default_factory=lambda: array("d"))
    offset_places: "array[int]" = field(default_factory=lambda: array("q"))
    n_counted: int | None = None

    @property
    def has_samples(self) -> bool:
        """Whether anything was recorded of it."""
        if self.samples is not None:
            return self.samples.n_samples > 0
        return self.texts is not None and self.texts.n_chunks > 0

    def read_texts(self) -> list[XdfText]:
        """Return the texts of a stream of texts, in the order of the file."""
        if self.texts is None:
            return []
        return self.texts.read(nominal_rate_hz=self.header.nominal_rate_hz)

    def stamps_s(self) -> npt.NDArray[np.float64]:
        """Return the raw stamp of every sample: all at once, for small files."""
        if self.samples is None:
            return np.array([text.stamp_s for text in self.read_texts()])
        return self.samples.stamps_s(nominal_rate_hz=self.header.nominal_rate_hz)


class XdfFile:
    """One recording, opened for reading.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    streams : tuple of XdfStream
        In the order of the file.
    start : datetime or None
        When the recorder began, UTC.

    Raises
    ------
    SourceFormatError
        It holds no stream.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.start: datetime | None = None
        self._streams: dict[int, XdfStream] = {}
        self._warnings: list[SourceWarning] = []
        self._damage: list[int] = []
        self._unread: Counter[str] = Counter()
        self._n_short = 0
        self._sizes: dict[int, int] = {}
        self._has_footer = False
        self._is_cut = False
        self._file = RecordFile(path)
        self._walk = ChunkWalk(
            self._file, on_damage=lambda _, n_bytes: self._damage.append(n_bytes)
        )
        try:
            if not is_xdf(self._file.head(len(MAGIC))):
                raise SourceFormatError(f"{path}: is no XDF file: it does not begin with 'XDF:'")
            for chunk in self._walk:
                self._take(chunk)
            if not self._streams:
                raise SourceFormatError(
                    f"{path}: holds no stream that can be read; was anything recorded?"
                )
        except BaseException:
            self._file.close()
            raise
        self._tell()

    @property
    def streams(self) -> tuple[XdfStream, ...]:
        """The streams, in the order of the file."""
        return tuple(self._streams.values())

    @property
    def warnings(self) -> tuple[SourceWarning, ...]:
        """What was found amiss and how it was taken."""
        return tuple(self._warnings)

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._file.close()

    def _take(self, chunk: Chunk) -> None:
        is_at_end = not chunk.is_whole and chunk.limit >= self._file.n_bytes
        self._is_cut = self._is_cut or is_at_end
        stream = self._streams.get(chunk.stream_id)
        if chunk.tag == Tag.SAMPLES:
            if stream is None:
                self._unread[f"samples of stream {chunk.stream_id}, which has no header"] += 1
            elif stream.samples is not None:
                self._take_samples(chunk, stream.header, stream.samples)
            elif stream.texts is not None:
                stream.texts.append(chunk.content, chunk.end if chunk.is_whole else chunk.limit)
        elif chunk.tag == Tag.CLOCK_OFFSET:
            if stream is not None and chunk.is_whole:
                self._take_offset(chunk, stream)
        elif chunk.tag == Tag.STREAM_HEADER:
            self._take_header(chunk)
        elif chunk.tag == Tag.STREAM_FOOTER and chunk.is_whole:
            self._has_footer = True
            if stream is not None:
                stream.n_counted = parse_sample_count(self._content(chunk))
        elif chunk.tag == Tag.FILE_HEADER and chunk.is_whole:
            self.start = self.start or parse_start(self._content(chunk))

    def _take_header(self, chunk: Chunk) -> None:
        try:
            header = parse_stream_header(self._content(chunk), stream_id=chunk.stream_id)
        except ValueError as fault:
            self._warn("xdf_stream_unreadable", f"stream {chunk.stream_id} {fault}; it is left out")
            return
        known = self._streams.get(chunk.stream_id)
        if known is not None:
            if known.header != header:
                self._warn(
                    "xdf_stream_twice",
                    f"two streams have the number {chunk.stream_id}; what carries it is taken for "
                    f"the first one's, {known.header.name!r}",
                )
            return
        kind = header.value_type
        self._streams[chunk.stream_id] = XdfStream(
            header=header,
            samples=None
            if kind is None
            else SampleTable(self._file, value_type=kind, n_channels=header.n_channels),
            texts=TextTable(self._file, n_channels=header.n_channels) if kind is None else None,
        )
        self._walk.know(chunk.stream_id)

    def _take_offset(self, chunk: Chunk, stream: XdfStream) -> None:
        time_s, offset_s = np.frombuffer(self._walk.bytes_at(chunk.content, 16), dtype="<f8")
        if np.isfinite(time_s) and np.isfinite(offset_s):
            stream.offset_times_s.append(float(time_s))
            stream.offsets_s.append(float(offset_s))
            stream.offset_places.append(chunk.offset)

    def _take_samples(self, chunk: Chunk, header: XdfStreamHeader, table: SampleTable) -> None:
        n_bytes = chunk.end - chunk.offset
        is_small = n_bytes <= LARGE_CHUNK_BYTES
        take = self._walk.bytes_at if is_small else self._file.at
        head = take(chunk.content, min(HEAD_BYTES, chunk.limit - chunk.content))
        counted = varlen(head, 0)
        if counted is None or counted[1] >= len(head):
            self._n_short += counted is None or counted[0] > 0
            return
        n_samples, at_rows = counted
        if not n_samples:
            return
        rows = None
        if chunk.is_whole or chunk.limit < self._file.n_bytes:
            # Behind a length that lied, the beginning of the next chunk tells it.
            rows = rows_by_length(
                offset=chunk.content + at_rows,
                n_bytes=chunk.end - chunk.content - at_rows,
                n_samples=n_samples,
                sample_bytes=header.sample_bytes,
                first_flag=head[at_rows],
            )
        if rows is None:
            self._take_by_flags(chunk, header, table, n_samples=n_samples, at_rows=at_rows)
            return
        table.append(rows)
        if is_small and self._sizes.get(header.stream_id) == n_bytes:
            self._take_alike(chunk, table, rows)
        self._sizes[header.stream_id] = n_bytes

    def _take_alike(self, chunk: Chunk, table: SampleTable, rows: Rows) -> None:
        """Take the chunks that follow and are like this one, all at once."""
        n_bytes = chunk.end - chunk.offset
        n_head = rows.offset - chunk.offset - (STAMP_BYTES if rows.first_has_stamp else 0)
        head = np.frombuffer(self._walk.bytes_at(chunk.offset, n_head), dtype=np.uint8)
        n_alike, look = 0, FIRST_LOOK
        most = (self._file.n_bytes - chunk.end) // n_bytes
        while n_alike < most:
            count = min(look, most - n_alike, max(LARGE_CHUNK_BYTES * 8 // n_bytes, 1))
            held = self._walk.bytes_at(chunk.end + n_alike * n_bytes, count * n_bytes)
            heads = np.frombuffer(held, dtype=np.uint8).reshape(count, n_bytes)[:, :n_head]
            others = np.flatnonzero((heads != head).any(axis=1))
            n_alike += int(others[0]) if len(others) else count
            if len(others):
                break
            look *= 8
        # The last one is left to be taken alone: what follows it must be seen.
        n_alike -= 1
        if n_alike > 0:
            table.append(
                Rows(
                    offset=rows.offset + n_bytes,
                    stride=rows.stride,
                    rows=rows.rows,
                    step=n_bytes,
                    n_blocks=n_alike,
                    each_has_stamp=rows.each_has_stamp,
                    first_has_stamp=rows.first_has_stamp,
                )
            )
            self._walk.skip_to(chunk.end + n_alike * n_bytes)

    def _take_by_flags(
        self,
        chunk: Chunk,
        header: XdfStreamHeader,
        table: SampleTable,
        *,
        n_samples: int,
        at_rows: int,
    ) -> None:
        """Take a chunk whose length does not tell how its samples lie."""
        start = chunk.content + at_rows
        end = chunk.end if chunk.is_whole else chunk.limit
        held = np.frombuffer(self._file.at(start, end - start), dtype=np.uint8)
        size = header.sample_bytes
        found, n_taken = rows_by_flags(held, offset=start, n_samples=n_samples, sample_bytes=size)
        n_found = sum(rows.n_samples for rows in found)
        if chunk.is_whole and n_taken < len(held):
            # The count may lie; if all bytes are samples, it does.
            most = len(held) // (1 + size)
            others, n_all = rows_by_flags(held, offset=start, n_samples=most, sample_bytes=size)
            if n_all == len(held):
                found = others
        is_left_over = chunk.is_whole and n_taken < len(held)
        self._n_short += n_found != n_samples or is_left_over
        for rows in found:
            table.append(rows)

    def _content(self, chunk: Chunk) -> bytes:
        return self._file.at(chunk.content, min(chunk.end - chunk.content, MOST_HEADER_BYTES))

    def _tell(self) -> None:
        """Say what was found amiss."""
        for what, count in self._unread.items():
            self._warn("xdf_without_header", f"{count} chunks hold {what}; they are left out")
        if self._damage:
            self._warn(
                "xdf_damaged",
                f"{sum(self._damage)} bytes in {len(self._damage)} places belong to no chunk; "
                "what lies around them is read",
            )
        if self._n_short:
            self._warn(
                "xdf_count_wrong",
                f"{self._n_short} chunks do not hold the samples that they count; those that are "
                "there are read",
            )
        if self._is_cut or not self._has_footer:
            self._warn(
                "xdf_cut",
                "was not ended as a recorder does, it was cut or the recorder crashed; it is read "
                "as far as it goes",
            )

    def _warn(self, code: str, what: str) -> None:
        self._warnings.append(
            SourceWarning(sample_index=0, code=code, message=f"{self.name}: {what}")
        )
