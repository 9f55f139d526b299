"""A source with further texts laid beside it."""

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

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


class AnnotatedSource:
    """Give what a source gives, and each further text where its time has come.

    Where a text lies among the samples depends on its time alone, not on the
    size of a read.

    Parameters
    ----------
    source : SampleSource
        Closed with this one.
    texts : iterable of (float, str)
        Times on the axis of the source, in order; what comes after its end is left out.
    content_hash : str
        Over the texts: with them it is another recording.
    warnings : sequence of SourceWarning
        Told with those of the source.
    """

    def __init__(
        self,
        source: SampleSource,
        texts: Iterable[tuple[float, str]],
        *,
        content_hash: str = "",
        warnings: Sequence[SourceWarning] = (),
    ) -> None:
        self._source = source
        self._pending = deque(texts)
        info = source.info
        together = f"{info.content_hash} {content_hash}".encode()
        self._info = replace(
            info,
            content_hash=hashlib.sha256(together).hexdigest(),
            warnings=(*info.warnings, *warnings),
        )
        self._segment = (0, info.first_time_s)
        self._rate_hz = info.sampling_rate_hz

    @property
    def info(self) -> SourceInfo:
        """What the source is, with the texts."""
        return self._info

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return what has come, with the texts that belong before it."""
        read = self._source.read(timeout_s=timeout_s)
        if read is None:
            return None
        items: list[SourceItem] = []
        for item in read:
            if isinstance(item, SampleBlock | Sweep):
                items += self._due(item.end_index)
            elif isinstance(item, Stimulus | Annotation):
                items += self._due(item.sample_index + 1)
            elif isinstance(item, ReceivedUpTo):
                items += self._due(item.sample_index)
            elif isinstance(item, Gap):
                items += self._due_before_gap(item)
                self._segment = (item.sample_index, item.resumes_at_s)
            elif isinstance(item, SourceChanged):
                self._rate_hz = item.info.sampling_rate_hz
                self._segment = (item.sample_index, self._time_s(item.sample_index))
            items.append(item)
        return items

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()

    def _due(self, before: int) -> list[Annotation]:
        """Return the texts whose index lies before this one."""
        due = []
        while self._pending:
            time_s, text = self._pending[0]
            index = self._index(time_s)
            if index >= before:
                break
            self._pending.popleft()
            due.append(Annotation(sample_index=index, time_s=time_s, text=text))
        return due

    def _due_before_gap(self, gap: Gap) -> list[Annotation]:
        """Return the texts up to where samples go on; those in the hole count at its end."""
        due = []
        while self._pending and self._pending[0][0] < gap.resumes_at_s:
            time_s, text = self._pending.popleft()
            index = min(self._index(time_s), gap.sample_index)
            due.append(Annotation(sample_index=index, time_s=time_s, text=text))
        return due

    def _index(self, time_s: float) -> int:
        first, onset_s = self._segment
        return first + max(round((time_s - onset_s) * self._rate_hz), 0)

    def _time_s(self, index: int) -> float:
        first, onset_s = self._segment
        return onset_s + (index - first) / self._rate_hz
