"""A live source that goes on with a case after the program was away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import (
    Annotation,
    ReceivedUpTo,
    SampleSource,
    SourceChanged,
    SourceInfo,
    SourceItem,
    SourceWarning,
)
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep

LEAST_GAP_S = 0.001

AWAY = "the monitor was away and was started again"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedUpTo:
    """Where the recording of a case ends.

    Attributes
    ----------
    index : int
        One past its last sample.
    time_s : float
        Of that moment.
    start_utc : datetime or None
        Of time 0 of the case.
    last_text_s : float
        Of the last text: it may name a sample that a crash took, and lies before the gap.
    """

    index: int
    time_s: float
    start_utc: datetime | None
    last_text_s: float = 0.0


class ContinuedSource:
    """Give what a source gives, counted on from where a case was left.

    Before the first samples stands the `Gap` of the time away, by the clock of
    the wall, and, where the source is another than before, what it is now.

    Parameters
    ----------
    source : SampleSource
        Of blocks; just opened.
    left : RecordedUpTo
        Where nothing was recorded yet it begins there, without a gap.
    is_other : bool
        Its channels or its rate are not those of the recording.
    utc : callable
        Gives the date and time now, aware.
    """

    def __init__(
        self,
        source: SampleSource,
        left: RecordedUpTo,
        *,
        is_other: bool,
        utc: Callable[[], datetime],
    ) -> None:
        self._source = source
        self._left = left
        self._is_other = is_other
        self._utc = utc
        self._n = left.index
        self._offset_s: float | None = None if left.index else 0.0
        self._info = replace(source.info, start_utc=left.start_utc)

    @property
    def info(self) -> SourceInfo:
        """What the source is now; its time 0 is that of the case."""
        return self._info

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return what has come."""
        read = self._source.read(timeout_s=timeout_s)
        if not read:
            return read
        items: list[SourceItem] = []
        for item in read:
            if self._offset_s is None and not isinstance(item, SourceWarning):
                items += self._over_gap(read)
            items.append(self._moved(item))
        return items

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()

    def _over_gap(self, read: Sequence[SourceItem]) -> list[SourceItem]:
        """Return the gap; what waits already was received before now."""
        left, info = self._left, self._source.info
        n_waiting = sum(item.samples_uv.shape[1] for item in read if isinstance(item, SampleBlock))
        # A clock that was set back is no reason to let time run backwards.
        resumes_at_s = max(left.time_s, left.last_text_s) + LEAST_GAP_S
        if left.start_utc is not None:
            now_s = (self._utc() - left.start_utc).total_seconds()
            resumes_at_s = max(now_s - n_waiting / info.sampling_rate_hz, resumes_at_s)
        resumes_at_s = round(resumes_at_s, 6)
        self._offset_s = resumes_at_s - info.first_time_s
        items: list[SourceItem] = [
            Gap(sample_index=left.index, resumes_at_s=resumes_at_s, reason=AWAY)
        ]
        if self._is_other:
            items.append(SourceChanged(sample_index=left.index, info=self._info))
        return items

    def _moved(self, item: SourceItem) -> SourceItem:
        n, offset_s = self._n, self._offset_s or 0.0
        match item:
            case SampleBlock() | Sweep():
                return replace(item, first_index=item.first_index + n)
            case Stimulus() | ReceivedUpTo() | SourceWarning():
                return replace(item, sample_index=item.sample_index + n)
            case SourceChanged():
                # Time 0 stays that of the case, whenever the source itself began.
                info = replace(item.info, start_utc=self._info.start_utc)
                return replace(item, sample_index=item.sample_index + n, info=info)
            case Annotation():
                return replace(
                    item, sample_index=item.sample_index + n, time_s=item.time_s + offset_s
                )
            case Gap():
                return replace(
                    item,
                    sample_index=item.sample_index + n,
                    resumes_at_s=round(item.resumes_at_s + offset_s, 6),
                )


class PlayedOnSource(ContinuedSource):
    """Give what a simulated patient gives from now on: the surgery went on meanwhile.

    Its own time is that of the case. What it would have given while the program
    was away is left out.

    Parameters
    ----------
    source : SampleSource
        Of blocks; at its beginning.
    left : RecordedUpTo
        `start_utc` is when the case was opened.
    is_other : bool
    utc : callable
        As of `ContinuedSource`.
    seek : callable
        Lets the source run on to a time of its own without waiting.
    """

    def __init__(
        self,
        source: SampleSource,
        left: RecordedUpTo,
        *,
        is_other: bool,
        utc: Callable[[], datetime],
        seek: Callable[[float], None],
    ) -> None:
        super().__init__(source, left, is_other=is_other, utc=utc)
        self._info = source.info
        self._seek = seek
        self._from_s: float | None = None
        self._segment = (0, source.info.first_time_s)
        self._is_on = False

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return what has come since the program is there again."""
        if self._from_s is None:
            self._from_s = self._run_on()
        read = self._source.read(timeout_s=timeout_s)
        if not read or self._is_on:
            return read if not read else [self._moved(item) for item in read]
        items: list[SourceItem] = []
        for item in read:
            if self._is_on:
                items.append(self._moved(item))
            elif isinstance(item, Gap):
                self._segment = (item.sample_index, item.resumes_at_s)
            elif isinstance(item, SampleBlock) and self._time_s(item.end_index) > self._from_s:
                items += self._begin(item, read)
        return items

    def _run_on(self) -> float:
        left = self._left
        from_s = max(left.time_s, left.last_text_s) + LEAST_GAP_S
        if left.start_utc is not None:
            from_s = max(from_s, (self._utc() - left.start_utc).total_seconds())
        info = self._source.info
        if info.duration_s is not None:
            from_s = min(from_s, info.first_time_s + info.duration_s)
        self._seek(from_s)
        return from_s

    def _begin(self, block: SampleBlock, read: Sequence[SourceItem]) -> list[SourceItem]:
        self._is_on, self._offset_s = True, 0.0
        self._n = self._left.index - block.first_index
        resumes_at_s = max(self._time_s(block.first_index), self._left.time_s + LEAST_GAP_S)
        gap = Gap(sample_index=self._left.index, resumes_at_s=round(resumes_at_s, 6), reason=AWAY)
        # A stimulus comes before its samples.
        early = [
            self._moved(item)
            for item in read
            if isinstance(item, Stimulus)
            and block.first_index <= item.sample_index < block.end_index
        ]
        return [gap, *early, self._moved(block)]

    def _time_s(self, index: int) -> float:
        first, onset_s = self._segment
        return onset_s + (index - first) / self._source.info.sampling_rate_hz
