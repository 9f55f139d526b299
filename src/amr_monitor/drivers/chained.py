"""Recordings that follow each other as one source: the amplifier came back as another."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace

from amr_monitor.drivers.recording import Recording
from amr_monitor.drivers.replay import ReplaySource
from amr_monitor.model.signal import Gap
from amr_monitor.model.source import Annotation, SourceChanged, SourceInfo, SourceItem

USUAL_BLOCK_SAMPLES = 20_000


class ChainedSource:
    """Deliver recordings one after the other, with a change of the source between them.

    Always in blocks: the sweeps of a case are those of the source that it was
    opened with, and what makes them so is the monitor's.

    Parameters
    ----------
    recordings : sequence of Recording
        In order; each counts its samples on from the one before it.
    block_samples : int or None
        None takes large blocks.
    """

    def __init__(
        self, recordings: Sequence[Recording], *, block_samples: int | None = None
    ) -> None:
        self._recordings = tuple(recordings)
        self._sources = [
            ReplaySource(recording, block_samples=block_samples or USUAL_BLOCK_SAMPLES)
            for recording in recordings
        ]
        self._at = 0
        self._lock = threading.Lock()
        infos = [recording.info for recording in recordings]
        hashes = " ".join(info.content_hash for info in infos)
        self._info = replace(
            infos[0],
            name=f"{infos[0].name} and {len(infos) - 1} more",
            duration_s=recordings[-1].axis.end_s - infos[0].first_time_s,
            content_hash=hashlib.sha256(hashes.encode()).hexdigest(),
            baseline_is_marked=any(info.baseline_is_marked for info in infos),
            case_is_marked=any(info.case_is_marked for info in infos),
            warnings=tuple(warning for info in infos for warning in info.warnings),
        )

    @property
    def info(self) -> SourceInfo:
        """What the source is at its beginning."""
        return self._info

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """All texts that are no stimuli."""
        return tuple(text for recording in self._recordings for text in recording.annotations)

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return the next block with all that belongs before it."""
        with self._lock:
            while self._at < len(self._sources):
                items = self._sources[self._at].read(timeout_s=timeout_s)
                if items is not None:
                    return items
                self._at += 1
                if self._at < len(self._sources):
                    return self._change_to(self._recordings[self._at])
            return None

    def close(self) -> None:
        """Let go of the files; the next read returns None."""
        with self._lock:
            self._at = len(self._sources)
            for source in self._sources:
                source.close()

    def _change_to(self, recording: Recording) -> list[SourceItem]:
        segment = recording.axis.segments[0]
        gap = Gap(
            sample_index=segment.first_index, resumes_at_s=segment.onset_s, reason=segment.reason
        )
        return [gap, SourceChanged(sample_index=segment.first_index, info=recording.info)]
