"""Small EPWorks studies, made anew for each test."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from amr_monitor.formats.epworks_writer import (
    ChannelToWrite,
    GroupToWrite,
    StudyWriter,
    SweepToWrite,
)
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.source import SampleSource, SourceItem
from amr_monitor.model.sweep import Sweep

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
LABELS = ("L OOc-Ref", "L Mentalis-Ref")


def group(
    *labels: str,
    name: str = "AMR",
    timebase_ms: int = 5,
    n_divisions: int = 10,
    trigger_delay_ms: float = -10.0,
    signal_type: int = 1,
    sweeps_per_average: int = 1,
    has_cursor_area: bool = True,
) -> GroupToWrite:
    """Return a group of the usual two channels, or of others."""
    return GroupToWrite(
        name=name,
        channels=tuple(ChannelToWrite(name=label) for label in labels or LABELS),
        timebase_ms=timebase_ms,
        n_divisions=n_divisions,
        trigger_delay_ms=trigger_delay_ms,
        signal_type=signal_type,
        sweeps_per_average=sweeps_per_average,
        has_cursor_area=has_cursor_area,
    )


def noise(what: GroupToWrite, n_sweeps: int, seed: int = 1) -> FloatArray:
    """Return sweeps of noise, shape (n_sweeps, n_channels, n_samples)."""
    generator = np.random.default_rng(seed)
    shape = (n_sweeps, len(what.channels), what.n_samples)
    return (5.0 * generator.standard_normal(shape)).astype(np.float32)


def write(
    folder: Path,
    *groups: GroupToWrite,
    n_sweeps: Sequence[int] = (6,),
    first_s: float = 1.0,
    current_ma: float = 8.0,
    rejected: Sequence[int] = (),
) -> tuple[StudyWriter, list[FloatArray]]:
    """Write a study of noise at 1 Hz; return its writer and the sweeps of each group."""
    writer = StudyWriter(folder, START, groups or (group(),))
    written = []
    for number, what in enumerate(writer.groups):
        sweeps = noise(what, n_sweeps[number] if number < len(n_sweeps) else n_sweeps[-1], number)
        written.append(sweeps)
        for k, samples in enumerate(sweeps):
            writer.append(
                SweepToWrite(
                    time_s=first_s + k + 0.3 * number,
                    samples_uv=samples,
                    current_ma=current_ma,
                    set_number=k + 1,
                    is_rejected=k in rejected,
                ),
                group=number,
            )
    writer.save()
    return writer, written


def items_of(source: SampleSource) -> list[SourceItem]:
    """Return everything that a source gives."""
    items: list[SourceItem] = []
    while (read := source.read(timeout_s=0.0)) is not None:
        items += read
    return items


def sweeps_of(source: SampleSource) -> list[Sweep]:
    """Return the sweeps that a source gives."""
    return [item for item in items_of(source) if isinstance(item, Sweep)]


def codes_of(source: SampleSource) -> list[str]:
    """Return the codes of what a person is told."""
    return [warning.code for warning in source.info.warnings]
