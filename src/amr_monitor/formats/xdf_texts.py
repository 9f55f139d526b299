"""The texts of a marker stream."""

import struct
from array import array
from dataclasses import dataclass

from amr_monitor.formats.record_file import RecordFile
from amr_monitor.formats.xdf_chunks import varlen
from amr_monitor.formats.xdf_layout import STAMP_BYTES
from amr_monitor.model.errors import SourceFormatError

MOST_TEXTS = 2_000_000
"""A surgery has some ten thousand; more would fill memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class XdfText:
    """One sample of a stream of texts.

    Attributes
    ----------
    stamp_s : float
        On the clock of its sender.
    values : tuple of str
        One per channel.
    place : int
        Where in the file it lies: order in the file is order in time.
    """

    stamp_s: float
    values: tuple[str, ...]
    place: int


class TextTable:
    """Where the chunks of one stream of texts lie.

    Parameters
    ----------
    file : RecordFile
    n_channels : int
    """

    def __init__(self, file: RecordFile, *, n_channels: int) -> None:
        self._file = file
        self._n_channels = n_channels
        self._starts = array("q")
        self._ends = array("q")

    @property
    def n_chunks(self) -> int:
        """How many there are."""
        return len(self._starts)

    def append(self, start: int, end: int) -> None:
        """Add the chunk whose content lies here."""
        self._starts.append(start)
        self._ends.append(end)

    def read(self, *, nominal_rate_hz: float) -> list[XdfText]:
        """Return all texts, as far as they can be read, in the order of the file.

        Raises
        ------
        SourceFormatError
            There are more than any surgery has.
        """
        interval_s = 1.0 / nominal_rate_hz if nominal_rate_hz > 0.0 else 0.0
        texts: list[XdfText] = []
        last_s = 0.0
        for start, end in zip(self._starts, self._ends, strict=True):
            content = self._file.at(start, end - start)
            counted = varlen(content, 0)
            n_left, at = (0, 0) if counted is None else counted
            while n_left and at < len(content):
                begin = at
                stamp_s = last_s + interval_s
                if content[at]:
                    if at + 1 + STAMP_BYTES > len(content):
                        break
                    stamp_s = struct.unpack_from("<d", content, at + 1)[0]
                    at += STAMP_BYTES
                read = self._values(content, at + 1)
                if read is None:
                    break
                values, at = read
                last_s = stamp_s
                n_left -= 1
                texts.append(XdfText(stamp_s=stamp_s, values=values, place=start + begin))
                if len(texts) > MOST_TEXTS:
                    raise SourceFormatError(
                        f"{self._file.name}: holds more than {MOST_TEXTS} texts in one stream; "
                        "is it a marker stream?"
                    )
        return texts

    def _values(self, content: bytes, at: int) -> tuple[tuple[str, ...], int] | None:
        values = []
        for _ in range(self._n_channels):
            length = varlen(content, at)
            if length is None or length[1] + length[0] > len(content):
                return None
            at = length[1] + length[0]
            values.append(content[length[1] : at].decode("utf-8", "replace"))
        return tuple(values), at
