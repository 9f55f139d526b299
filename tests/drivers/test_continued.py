"""A source goes on where a case was left: counted on, behind a gap by the clock of the wall."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from amr_monitor.drivers.continued import (
    AWAY,
    ContinuedSource,
    PlayedOnSource,
    RecordedUpTo,
)
from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Channel, Gap, Montage, SampleBlock
from amr_monitor.model.source import (
    Annotation,
    Origin,
    ReceivedUpTo,
    SourceChanged,
    SourceInfo,
    SourceItem,
    SourceWarning,
)
from amr_monitor.model.stimulation import Stimulus, TriggerQuality

START = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
INFO = SourceInfo(
    name="amplifier",
    origin=Origin.DEVICE,
    montage=Montage(channels=(Channel(label="OOc", muscle=Muscle.ORBICULARIS_OCULI),)),
    sampling_rate_hz=1000.0,
    trigger_quality=TriggerQuality.SAMPLE_LOCKED,
    start_utc=START + timedelta(seconds=95),
)
LEFT = RecordedUpTo(index=60_000, time_s=90.0, start_utc=START)


class Given:
    """A source that gives what it was given."""

    def __init__(self, reads: Sequence[Sequence[SourceItem]]) -> None:
        self.info = INFO
        self.reads = list(reads)
        self.n_closed = 0

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        del timeout_s
        return self.reads.pop(0) if self.reads else None

    def close(self) -> None:
        self.n_closed += 1


def block(first_index: int, n_samples: int) -> SampleBlock:
    return SampleBlock(first_index=first_index, samples_uv=np.zeros((1, n_samples), np.float32))


def read_all(
    reads: Sequence[Sequence[SourceItem]],
    *,
    left: RecordedUpTo = LEFT,
    is_other: bool = False,
    now_s: float = 100.0,
) -> list[SourceItem]:
    source = ContinuedSource(
        Given(reads), left, is_other=is_other, utc=lambda: START + timedelta(seconds=now_s)
    )
    items: list[SourceItem] = []
    while (read := source.read(timeout_s=0.0)) is not None:
        items += read
    return items


def test_samples_are_counted_on_behind_a_gap_by_the_clock() -> None:
    items = read_all([[], [block(0, 4000)], [block(4000, 10)]])
    gap, first, second = items
    assert gap == Gap(sample_index=60_000, resumes_at_s=96.0, reason=AWAY)
    assert isinstance(first, SampleBlock)
    assert isinstance(second, SampleBlock)
    assert (first.first_index, second.first_index, second.end_index) == (60_000, 64_000, 64_010)


def test_everything_that_has_a_place_is_moved() -> None:
    given: list[SourceItem] = [
        Stimulus(sample_index=5, fraction=0.25),
        Annotation(sample_index=7, time_s=0.007, text="irrigation"),
        block(0, 100),
        Gap(sample_index=100, resumes_at_s=1.5, reason="cable"),
        SourceChanged(sample_index=100, info=INFO),
        SourceWarning(sample_index=100, code="x", message="y"),
        ReceivedUpTo(sample_index=100),
    ]
    items = read_all([given], now_s=100.1)
    indices = [
        item.first_index if isinstance(item, SampleBlock) else item.sample_index  # type: ignore[union-attr]
        for item in items
    ]
    assert indices == [60_000, 60_005, 60_007, 60_000, *[60_100] * 4]
    text = next(item for item in items if isinstance(item, Annotation))
    assert text.time_s == pytest.approx(100.007)
    gaps = [item for item in items if isinstance(item, Gap)]
    assert [gap.resumes_at_s for gap in gaps] == pytest.approx([100.0, 101.5])


def test_a_warning_does_not_end_the_gap() -> None:
    warning = SourceWarning(sample_index=0, code="markers_connected", message="there")
    items = read_all([[warning], [block(0, 10)]])
    assert [type(item) for item in items] == [SourceWarning, Gap, SampleBlock]


def test_a_source_with_other_channels_says_so_behind_the_gap() -> None:
    items = read_all([[block(0, 10)]], is_other=True)
    assert [type(item) for item in items] == [Gap, SourceChanged, SampleBlock]


def test_what_the_source_becomes_later_keeps_time_0_of_the_case() -> None:
    later = SourceChanged(sample_index=10, info=replace(INFO, sampling_rate_hz=2000.0))
    changed = read_all([[block(0, 10)], [later]])[-1]
    assert isinstance(changed, SourceChanged)
    assert changed.info == replace(INFO, sampling_rate_hz=2000.0, start_utc=START)
    assert changed.sample_index == 60_010


@pytest.mark.parametrize("last_text_s", [0.0, 90.7])
def test_time_never_runs_back_nor_before_the_last_text(last_text_s: float) -> None:
    left = RecordedUpTo(index=60_000, time_s=90.0, start_utc=START, last_text_s=last_text_s)
    gap = read_all([[block(0, 10)]], left=left, now_s=50.0)[0]
    assert isinstance(gap, Gap)
    assert gap.resumes_at_s == pytest.approx(max(90.0, last_text_s) + 0.001)


def test_where_nothing_was_recorded_it_begins_without_a_gap() -> None:
    left = RecordedUpTo(index=0, time_s=0.0, start_utc=START)
    (only,) = read_all([[block(0, 10)]], left=left)
    assert isinstance(only, SampleBlock)
    assert only.first_index == 0


def test_its_time_0_is_that_of_the_case_and_it_is_closed_with_its_source() -> None:
    given = Given([])
    source = ContinuedSource(given, LEFT, is_other=False, utc=lambda: START)
    assert source.info.start_utc == START
    source.close()
    assert given.n_closed == 1


# ---------------------------------------------------------------- a simulated patient


def played_on(
    reads: Sequence[Sequence[SourceItem]], *, now_s: float, duration_s: float | None = None
) -> tuple[list[SourceItem], list[float]]:
    given = Given(reads)
    given.info = replace(INFO, start_utc=None, duration_s=duration_s)
    sought: list[float] = []
    source = PlayedOnSource(
        given,
        RecordedUpTo(index=2000, time_s=2.0, start_utc=START),
        is_other=False,
        utc=lambda: START + timedelta(seconds=now_s),
        seek=sought.append,
    )
    items: list[SourceItem] = []
    while (read := source.read(timeout_s=0.0)) is not None:
        items += read
    return items, sought


def test_what_a_simulated_patient_did_meanwhile_is_left_out_and_its_own_time_goes_on() -> None:
    stimuli = [Stimulus(sample_index=n * 1000 + 200, fraction=0.25) for n in range(8)]
    reads: list[list[SourceItem]] = [[stimuli[n], block(n * 1000, 1000)] for n in range(8)]
    merged = [reads[0], [*reads[1], *reads[2]], [], *reads[3:]]
    items, sought = played_on(merged, now_s=5.5)
    assert sought == [5.5]
    gap, stimulus, first = items[:3]
    assert gap == Gap(sample_index=2000, resumes_at_s=5.0, reason=AWAY)
    assert isinstance(stimulus, Stimulus)
    assert (stimulus.sample_index, stimulus.fraction) == (2200, 0.25)
    assert isinstance(first, SampleBlock)
    assert first.first_index == 2000
    blocks = [item for item in items if isinstance(item, SampleBlock)]
    assert [b.first_index for b in blocks] == [2000, 3000, 4000]
    assert [s.sample_index for s in items if isinstance(s, Stimulus)] == [2200, 3200, 4200]


def test_a_simulated_surgery_that_is_over_gives_nothing_more() -> None:
    items, sought = played_on([[block(0, 4000)]], now_s=600.0, duration_s=4.0)
    assert sought == [4.0]
    assert items == []
