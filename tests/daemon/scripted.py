"""A source that delivers what a test wrote down, and the pieces of a session around it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Channel, Montage, SampleBlock
from amr_monitor.model.source import Origin, SourceInfo, SourceItem, SourceWarning
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal

RATE_HZ = 1000.0
START = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)

Read = Sequence[SourceItem] | Callable[[], Sequence[SourceItem]] | Exception


def source_info(*, warnings: tuple[SourceWarning, ...] = ()) -> SourceInfo:
    return SourceInfo(
        name="scripted",
        origin=Origin.DEVICE,
        montage=Montage(channels=(Channel(label="OOc", muscle=Muscle.ORBICULARIS_OCULI),)),
        sampling_rate_hz=RATE_HZ,
        trigger_quality=TriggerQuality.SAMPLE_LOCKED,
        start_utc=START,
        content_hash="c0",
        warnings=warnings,
    )


def block(first_index: int, n_samples: int) -> SampleBlock:
    """Return noise: nothing to find in it, and nothing wrong with it."""
    generator = np.random.default_rng(first_index)
    samples = generator.standard_normal((1, n_samples)).astype(np.float32)
    return SampleBlock(first_index=first_index, samples_uv=samples)


class ScriptedSource:
    """Deliver one entry of a script at each read; then the end.

    An entry is a list of items, a function that returns one (and may do
    something first), or an exception to raise.
    """

    def __init__(self, script: Iterable[Read], *, info: SourceInfo | None = None) -> None:
        self._script = iter(script)
        self._info = info or source_info()
        self.n_closed = 0

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        del timeout_s
        entry = next(self._script, None)
        if entry is None:
            return None
        if isinstance(entry, Exception):
            raise entry
        return entry() if callable(entry) else entry

    def close(self) -> None:
        self.n_closed += 1


@dataclass
class Clock:
    """Monotonic seconds that pass only when told to."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def passes(self, seconds: float) -> Callable[[], list[SourceItem]]:
        """Return an entry of a script: time goes by and nothing comes."""

        def go() -> list[SourceItem]:
            self.now_s += seconds
            return []

        return go


@dataclass
class Shelf:
    """A journal in memory with the case that a session fills."""

    journal: Journal = field(default_factory=Journal.in_memory)

    def __post_init__(self) -> None:
        self.journal.open_case(
            CaseRecord(
                case_id="case",
                kind=CaseKind.RUN,
                origin=Origin.DEVICE,
                source_name="scripted",
                start_utc=START,
                settings_hash="",
                software_version="",
                opened_at=START,
            )
        )

    def types(self) -> list[str]:
        """Return the types of all events of the case."""
        return [entry.event.type for entry in self.journal.entries("case")]
