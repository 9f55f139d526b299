"""Chunks of an XDF file, one after the other, whatever damage lies between them.

A chunk is a length, a tag and a content. Where a length lies, or garbage lies
between two chunks, reading goes on at the next place that looks like a chunk
and is followed by another one: a boundary chunk, which recorders write every
10 s for this, or samples of a known stream.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from amr_monitor.formats.record_file import RecordFile

MAGIC = b"XDF:"
BOUNDARY_UUID = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")

LENGTH_BYTES = (1, 4, 8)
TAG_BYTES = 2
ID_BYTES = 4
MOST_HEAD_BYTES = 1 + 8 + TAG_BYTES + ID_BYTES

LARGE_CHUNK_BYTES = 2**15
"""Behind such a chunk its successor's head is read alone; else many at once."""

LEAST_WINDOW_BYTES, MOST_WINDOW_BYTES = 2**12, 2**18
"""So much is read ahead: more each time where all of it is used."""

SEARCH_BYTES = 2**20


class Tag(IntEnum):
    """What a chunk holds."""

    FILE_HEADER = 1
    STREAM_HEADER = 2
    SAMPLES = 3
    CLOCK_OFFSET = 4
    BOUNDARY = 5
    STREAM_FOOTER = 6


_OF_A_STREAM = (Tag.STREAM_HEADER, Tag.SAMPLES, Tag.CLOCK_OFFSET, Tag.STREAM_FOOTER)
_CONTENT_BYTES = {Tag.CLOCK_OFFSET: ID_BYTES + 16, Tag.BOUNDARY: len(BOUNDARY_UUID)}
_TAGS = frozenset(int(tag) for tag in Tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Where a chunk lies.

    Attributes
    ----------
    offset : int
        Of its first byte, in the file.
    tag : int
        A `Tag`, or a number that none has.
    stream_id : int
        0 for chunks that belong to no stream.
    content : int
        Where its content begins, behind the stream's number.
    end : int
        Where it says that it ends, or the file does.
    limit : int
        Where the next one begins: further on than `end` where garbage lies
        between, nearer where its length lied.
    is_whole : bool
        False where it is cut, or its length is not to be believed.
    """

    offset: int
    tag: int
    stream_id: int
    content: int
    end: int
    limit: int
    is_whole: bool = True


class ChunkWalk:
    """Goes from chunk to chunk.

    Parameters
    ----------
    file : RecordFile
    on_damage : callable
        Called with offset and length of bytes that belong to no chunk.
    """

    def __init__(self, file: RecordFile, *, on_damage: Callable[[int, int], None]) -> None:
        self._file = file
        self._on_damage = on_damage
        self._window = b""
        self._window_at = 0
        self._ahead_bytes = LEAST_WINDOW_BYTES
        self._known_ids: set[int] = set()
        self._pattern = _pattern(self._known_ids)
        self._nothing_behind: int | None = None
        self._next = len(MAGIC)
        self._ahead: Chunk | None = None

    def know(self, stream_id: int) -> None:
        """Look for samples of this stream, too, where damage is to be crossed."""
        if stream_id not in self._known_ids:
            self._known_ids.add(stream_id)
            self._pattern = _pattern(self._known_ids)
            self._nothing_behind = None

    def skip_to(self, offset: int) -> None:
        """Go on at a place that the caller knows to be the beginning of a chunk."""
        self._next = offset

    def __iter__(self) -> Iterator[Chunk]:
        """Give all chunks in the order of the file."""
        size = self._file.n_bytes
        while self._next < size:
            ahead = self._ahead
            is_there = ahead is not None and ahead.offset == self._next
            chunk = ahead if is_there else self._at(self._next)
            if chunk is None:
                found = self._search(self._next + 1)
                self._on_damage(self._next, found - self._next)
                self._next = found
                continue
            if chunk.end < size:
                self._ahead = self._at(chunk.end, is_near=not _is_large(chunk))
                if self._ahead is None:
                    chunk = self._damaged(chunk)
            elif chunk.end > size:
                chunk = self._cut(chunk)
            self._next = chunk.limit
            yield chunk

    def bytes_at(self, offset: int, n_bytes: int) -> bytes:
        """Return bytes of the file, fewer at its end; near ones come from memory."""
        start = offset - self._window_at
        if not 0 <= start <= len(self._window) - n_bytes:
            is_next = 0 <= start <= len(self._window)
            grown = min(2 * self._ahead_bytes, MOST_WINDOW_BYTES)
            self._ahead_bytes = grown if is_next else LEAST_WINDOW_BYTES
            self._window = self._file.at(offset, max(n_bytes, self._ahead_bytes))
            self._window_at = offset
            start = 0
        return self._window[start : start + n_bytes]

    def _at(self, offset: int, *, is_near: bool = True) -> Chunk | None:
        """Return the chunk that begins here; None where none can."""
        size = self._file.n_bytes
        n_bytes = min(MOST_HEAD_BYTES, size - offset)
        near = offset - self._window_at
        if is_near or 0 <= near <= len(self._window) - n_bytes:
            head = self.bytes_at(offset, n_bytes)
        else:
            head = self._file.at(offset, n_bytes)
        if not head or head[0] not in LENGTH_BYTES:
            return None
        at_tag = 1 + head[0]
        if len(head) < at_tag + TAG_BYTES:
            return None
        end = offset + at_tag + int.from_bytes(head[1:at_tag], "little")
        tag = int.from_bytes(head[at_tag : at_tag + TAG_BYTES], "little")
        content = offset + at_tag + TAG_BYTES
        stream_id = 0
        if tag in _OF_A_STREAM:
            stream_id = int.from_bytes(head[at_tag + TAG_BYTES :][:ID_BYTES], "little")
            content += ID_BYTES
        if end < content or tag not in _TAGS:
            return None
        n_content = end - offset - at_tag - TAG_BYTES
        if n_content != _CONTENT_BYTES.get(Tag(tag), n_content):
            return None
        return Chunk(
            offset=offset, tag=tag, stream_id=stream_id, content=content, end=end, limit=end
        )

    def _damaged(self, chunk: Chunk) -> Chunk:
        """Return a chunk that no other follows, as far as it may reach."""
        found = self._search(chunk.content)
        if found > chunk.end:
            self._on_damage(chunk.end, found - chunk.end)
        return Chunk(
            offset=chunk.offset,
            tag=chunk.tag,
            stream_id=chunk.stream_id,
            content=chunk.content,
            end=min(chunk.end, found),
            limit=found,
            is_whole=False,
        )

    def _cut(self, chunk: Chunk) -> Chunk:
        """Return a chunk that would reach beyond the file: cut there, or its length lies."""
        found = self._search(chunk.content)
        return Chunk(
            offset=chunk.offset,
            tag=chunk.tag,
            stream_id=chunk.stream_id,
            content=min(chunk.content, found),
            end=found,
            limit=found,
            is_whole=False,
        )

    def _search(self, start: int) -> int:
        """Return where the next chunk begins that another one follows; else the file's end."""
        size = self._file.n_bytes
        if self._nothing_behind is not None and start >= self._nothing_behind:
            return size
        at = start
        while at < size:
            block = self._file.at(at, SEARCH_BYTES)
            for match in self._pattern.finditer(block):
                found = self._begins_before(at + match.start(), start)
                if found is not None:
                    return found
            if at + len(block) >= size:
                break
            at += max(len(block) - MOST_HEAD_BYTES - len(BOUNDARY_UUID), 1)
        self._nothing_behind = start
        return size

    def _begins_before(self, at_tag: int, start: int) -> int | None:
        """Return where a chunk with its tag here begins, if it is one."""
        for n_length in LENGTH_BYTES:
            offset = at_tag - n_length - 1
            chunk = self._at(offset) if offset >= start else None
            if chunk is None or chunk.end > self._file.n_bytes:
                continue
            behind_tag = chunk.content - ID_BYTES * (chunk.tag in _OF_A_STREAM)
            if behind_tag != at_tag + TAG_BYTES:
                continue
            if chunk.end == self._file.n_bytes or self._at(chunk.end) is not None:
                return offset
        return None


def is_xdf(head: bytes) -> bool:
    """Tell by its first bytes whether a file is XDF."""
    return head.startswith(MAGIC)


def varlen(data: bytes, at: int) -> tuple[int, int] | None:
    """Read a number of variable length; return it and where it ends."""
    if at >= len(data) or data[at] not in LENGTH_BYTES or at + 1 + data[at] > len(data):
        return None
    end = at + 1 + data[at]
    return int.from_bytes(data[at + 1 : end], "little"), end


def _pattern(ids: set[int]) -> re.Pattern[bytes]:
    """Return what the tags of chunks look like at which reading may go on."""
    parts = [bytes([Tag.BOUNDARY, 0]) + BOUNDARY_UUID]
    for stream_id in sorted(ids):
        told = stream_id.to_bytes(ID_BYTES, "little")
        parts += [bytes([tag, 0]) + told for tag in (Tag.SAMPLES, Tag.CLOCK_OFFSET)]
    parts.append(bytes([Tag.STREAM_HEADER, 0]) + b".{4}<\\?xml")
    escaped = [part if b"<" in part else re.escape(part) for part in parts]
    return re.compile(b"|".join(escaped), re.DOTALL)


def _is_large(chunk: Chunk) -> bool:
    return chunk.end - chunk.offset > LARGE_CHUNK_BYTES
