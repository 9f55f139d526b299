"""Streams of one device that came back under another number, as one run of samples."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.sample_clock import ClockSegment
from amr_monitor.drivers.xdf_clock import RecordedSegment, answers_for, recorded_segments
from amr_monitor.drivers.xdf_streams import EmgStream, ambiguous, are_alike
from amr_monitor.formats.xdf import XdfStream
from amr_monitor.formats.xdf_samples import SampleTable, Values
from amr_monitor.model.errors import SourceFormatError

OVERLAP_S = 0.5
"""Clocks of two senders agree to less."""


class JoinedSamples:
    """Samples of several tables, counted through.

    Parameters
    ----------
    tables : sequence of SampleTable
        At least one; of the same channels and the same kind of values.
    """

    def __init__(self, tables: Sequence[SampleTable]) -> None:
        self._tables = tuple(tables)
        counts = [table.n_samples for table in tables]
        self.firsts: list[int] = [sum(counts[:at]) for at in range(len(counts))]
        self.n_samples = sum(counts)

    def read(self, first: int, n_samples: int, channels: npt.NDArray[np.int64]) -> Values:
        """Return values of some channels, shape (n_channels, n_samples), as they are stored."""
        parts: list[Values] = []
        at = bisect_right(self.firsts, first) - 1
        while n_samples or not parts:
            table, start = self._tables[at], first - self.firsts[at]
            count = min(n_samples, table.n_samples - start)
            parts.append(table.read(start, count, channels))
            first, n_samples, at = first + count, n_samples - count, at + 1
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def joined(
    chosen: Sequence[EmgStream], *, streams: Sequence[XdfStream], name: str
) -> tuple[JoinedSamples, list[RecordedSegment]]:
    """Return the samples of one stream, or of several that follow each other.

    Parameters
    ----------
    chosen : sequence of EmgStream
        Each of which would do.
    streams : sequence of XdfStream
        All of the file.
    name : str
        For messages.

    Raises
    ------
    SourceFormatError
        Several were sent at the same time, or are not alike.
    """
    own = [each.stream for each in chosen]
    if len(own) > 1 and not are_alike(own):
        raise ambiguous(own, name=name)
    parts: list[tuple[SampleTable, list[RecordedSegment]]] = []
    for stream in own:
        if stream.samples is None:
            raise SourceFormatError(f"{name}: stream {stream.header.told()} holds no numbers")
        parts.append((stream.samples, recorded_segments(stream, answers_for(stream, streams))))
    if len(parts) > 1:
        if not all(segments for _, segments in parts):
            raise ambiguous(own, name=name)
        parts.sort(key=lambda part: part[1][0].clock.onset_s)
        for (_, before), (_, after) in pairwise(parts):
            if after[0].clock.onset_s < before[-1].clock.end_s - OVERLAP_S:
                raise ambiguous(own, name=name)
    samples = JoinedSamples([table for table, _ in parts])
    segments: list[RecordedSegment] = []
    for first, (_, found) in zip(samples.firsts, parts, strict=True):
        for number, segment in enumerate(found):
            is_other = bool(segments) and number == 0
            clock = _moved(segment.clock, first)
            segments.append(replace(segment, clock=clock, is_other_stream=is_other))
    return samples, segments


def _moved(clock: ClockSegment, by: int) -> ClockSegment:
    """Return the same times for samples with other numbers."""
    return replace(clock, first_index=clock.first_index + by, knots_index=clock.knots_index + by)
