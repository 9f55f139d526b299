"""When the samples and markers of an XDF file were taken, on the recorder's clock.

A recorder asks each sender every few seconds how far its clock is off. These
answers are laid over the raw stamps, straight from one to the next. Where a
sender's clock was set anew, or its computer started again, answers and stamps
jump together: from there on other answers hold.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from amr_monitor.drivers.clock_steps import ClockBounds
from amr_monitor.drivers.sample_clock import ClockSegment, SampleClock, Stretch, fitted_segments
from amr_monitor.formats.xdf import XdfStream
from amr_monitor.formats.xdf_layout import Rows
from amr_monitor.formats.xdf_samples import SampleTable
from amr_monitor.formats.xdf_texts import XdfText

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

JUMP_S = 0.1
"""An answer that is off by more is of another clock, or wrong: a network takes milliseconds."""

DRIFT = 5e-4
"""Clocks of computers drift apart by less."""

SMOOTHED = 5
"""So many answers are looked at for each: one that the network delayed counts for nothing."""

MANY_ROWS = 64
"""In longer chunks with a stamp for each sample, first and last stamp tell of those between."""

EVERY = 32
LITTLE = 0.01
"""Of stamps whose steps depart by less than this share of a sample, every 32nd is kept."""

MANY_STEPS = 10_000
HALF_SAMPLE = 0.4
MOST_DRIFT = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClockAnswers:
    """Answers of one clock, from one setting of it to the next.

    Attributes
    ----------
    times_s, offsets_s : ndarray of float64, shape (n_answers,)
        On the sender's clock, ascending, and what is to be added to it.
    first_place, last_place : int
        In the file.
    """

    times_s: Floats
    offsets_s: Floats
    first_place: int
    last_place: int

    def on_recorder_s(self, stamps_s: Floats) -> Floats:
        """Return stamps on the recorder's clock."""
        moved: Floats = stamps_s + np.interp(stamps_s, self.times_s, self.offsets_s)
        return moved

    def apart_s(self, stamp_s: float) -> float:
        """Return how far a stamp is from when answers came."""
        return max(float(self.times_s[0]) - stamp_s, stamp_s - float(self.times_s[-1]), 0.0)


def clock_answers(stream: XdfStream) -> list[ClockAnswers]:
    """Return the answers of a stream's sender, those of each setting of its clock together."""
    groups: list[list[int]] = []
    times_s, offsets_s = stream.offset_times_s, stream.offsets_s

    def goes_on(before: int, at: int) -> bool:
        passed_s = times_s[at] - times_s[before]
        drifted_s = abs(offsets_s[at] - offsets_s[before])
        return passed_s >= 0.0 and drifted_s <= JUMP_S + DRIFT * passed_s

    for at in range(len(times_s)):
        if groups and goes_on(groups[-1][-1], at):
            groups[-1].append(at)
        elif not groups or at + 1 >= len(times_s) or not goes_on(groups[-1][-1], at + 1):
            groups.append([at])
    return [
        ClockAnswers(
            times_s=np.array([times_s[at] for at in group]),
            offsets_s=_smoothed(np.array([offsets_s[at] for at in group])),
            first_place=stream.offset_places[group[0]],
            last_place=stream.offset_places[group[-1]],
        )
        for group in groups
    ]


def answers_for(stream: XdfStream, streams: Sequence[XdfStream]) -> list[ClockAnswers]:
    """Return the answers of a stream's sender, or else of another stream of its computer."""
    own, host = clock_answers(stream), stream.header.hostname
    if own or not host:
        return own
    others = (clock_answers(other) for other in streams if other.header.hostname == host)
    return next((answers for answers in others if answers), [])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordedSegment:
    """Samples without a hole.

    Attributes
    ----------
    clock : ClockSegment
        Their times on the recorder's clock.
    is_reset : bool
        The sender's clock was set anew before it.
    is_other_stream : bool
        It is the beginning of another stream of the same device.
    """

    clock: ClockSegment
    is_reset: bool = False
    is_other_stream: bool = False


def recorded_segments(stream: XdfStream, answers: Sequence[ClockAnswers]) -> list[RecordedSegment]:
    """Return the stretches of a stream of samples without a hole, in the order of the file.

    Empty without samples, or where neither stamps nor rate tell their times.
    """
    table, rate_hz = stream.samples, stream.header.nominal_rate_hz
    if table is None or not table.n_samples:
        return []
    clock = SampleClock(nominal_rate_hz=rate_hz)
    for indices, stamps_s in told_stamps(table, nominal_rate_hz=rate_hz):
        clock.push(indices, stamps_s)
    stretches = clock.stretches(n_samples=table.n_samples)
    if not stretches and rate_hz > 0.0:
        # Without any stamp the format counts time from 0.
        ends = np.array([0.0, float(table.n_samples)])
        stretches = [
            Stretch(
                first_index=0,
                n_samples=table.n_samples,
                indices=ends,
                stamps_s=(ends + 1.0) / rate_hz,
            )
        ]
    chosen: list[int] = []
    moved: list[Stretch] = []
    for stretch in stretches:
        if answers:
            chosen.append(_answers_of(stretch, table, answers, chosen[-1] if chosen else 0, moved))
            stamps_s = answers[chosen[-1]].on_recorder_s(stretch.stamps_s)
            stretch = replace(stretch, stamps_s=stamps_s)
        moved.append(stretch)
    period_s = clock.period_s or 1.0 / rate_hz if moved else 0.0
    segments = fitted_segments(moved, period_s=period_s, bounds=ClockBounds())
    is_reset = [False] * len(segments)
    for at in range(1, len(chosen)):
        is_reset[at] = chosen[at] != chosen[at - 1]
    return [
        RecordedSegment(clock=segment, is_reset=reset)
        for segment, reset in zip(segments, is_reset, strict=True)
    ]


def texts_on_recorder_s(texts: Sequence[XdfText], answers: Sequence[ClockAnswers]) -> list[float]:
    """Return the times of texts, in the order of the file, on the recorder's clock."""
    if not answers:
        return [text.stamp_s for text in texts]
    times = []
    at = 0
    for text in texts:
        near = _by_place(text.place, answers, at)
        at = min(near, key=lambda group: (answers[group].apart_s(text.stamp_s), group))
        times.append(float(answers[at].on_recorder_s(np.array([text.stamp_s]))[0]))
    return times


def told_stamps(table: SampleTable, *, nominal_rate_hz: float) -> Iterator[tuple[Indices, Floats]]:
    """Give the stamps that tell when samples were taken.

    Of chunks whose first and last stamp are as far apart as their samples
    need, these two; of others those that do not follow the one before them
    evenly, and some of the rest.
    """
    pace = _Pace(nominal_rate_hz)
    for first, entry in table.entries():
        if entry.flags:
            yield from map(pace.thinned, table.own_stamps(entry, first))
        elif not entry.first_has_stamp:
            continue
        elif not entry.each_has_stamp:
            yield from table.stamps_of_blocks(entry, first, row=0)
        elif entry.rows < MANY_ROWS:
            yield from map(pace.thinned, table.own_stamps(entry, first))
        else:
            yield from _ends_or_all(table, entry, first, pace)


class _Pace:
    """How far apart stamps are that follow each other evenly, as far as was seen."""

    def __init__(self, nominal_rate_hz: float) -> None:
        self._nominal_s = 1.0 / nominal_rate_hz if nominal_rate_hz > 0.0 else 0.0
        self.period_s = 0.0

    def see(self, period_s: float) -> None:
        """Take the pace of some samples; a pace that is not the nominal one is not believed."""
        if self._nominal_s and abs(period_s - self._nominal_s) <= MOST_DRIFT * self._nominal_s:
            self.period_s += (period_s - self.period_s) * (0.1 if self.period_s else 1.0)

    def thinned(self, told: tuple[Indices, Floats]) -> tuple[Indices, Floats]:
        """Leave out stamps that say no more than their neighbours."""
        indices, stamps_s = told
        if len(stamps_s) <= EVERY:
            return told
        with np.errstate(all="ignore"):  # damaged stamps may be anything
            steps_s = np.diff(stamps_s)
            self.see(float(np.median(steps_s[:MANY_STEPS])))
            apart = np.diff(indices) * (self.period_s or np.nan)
            is_odd = ~(np.abs(steps_s - apart) <= LITTLE * self.period_s)
        kept = np.zeros(len(stamps_s), dtype=np.bool_)
        kept[::EVERY] = kept[-1] = True
        kept[1:] |= is_odd
        kept[:-1] |= is_odd
        return indices[kept], stamps_s[kept]

    def is_even(self, spans_s: Floats, n_steps: int) -> npt.NDArray[np.bool_]:
        """Tell which stretches of so many samples last as long as they should."""
        if not self.period_s:
            return np.zeros(len(spans_s), dtype=np.bool_)
        return np.abs(spans_s - n_steps * self.period_s) <= HALF_SAMPLE * self.period_s


def _ends_or_all(
    table: SampleTable, entry: Rows, first: int, pace: _Pace
) -> Iterator[tuple[Indices, Floats]]:
    begins = list(table.stamps_of_blocks(entry, first, row=0))
    ends = list(table.stamps_of_blocks(entry, first, row=entry.rows - 1))
    indices = np.stack([np.concatenate([p[0] for p in parts]) for parts in (begins, ends)], axis=1)
    stamps = np.stack([np.concatenate([p[1] for p in parts]) for parts in (begins, ends)], axis=1)
    n_steps = entry.rows - 1
    with np.errstate(all="ignore"):  # damaged stamps may be anything
        spans_s = stamps[:, 1] - stamps[:, 0]
        is_even = pace.is_even(spans_s, n_steps)
        if is_even.any():
            pace.see(float(np.median(spans_s[is_even])) / n_steps)
    edges = [0, *(np.flatnonzero(np.diff(is_even)) + 1).tolist(), entry.n_blocks]
    for low, high in pairwise(edges):
        if is_even[low]:
            yield indices[low:high].ravel(), stamps[low:high].ravel()
            continue
        part = replace(entry, offset=entry.offset + low * entry.step, n_blocks=high - low)
        yield from map(pace.thinned, table.own_stamps(part, first + low * entry.rows))


def _answers_of(
    stretch: Stretch,
    table: SampleTable,
    answers: Sequence[ClockAnswers],
    before: int,
    earlier: Sequence[Stretch],
) -> int:
    """Return by number the answers that hold for a stretch."""
    middle = stretch.first_index + stretch.n_samples // 2
    near = _by_place(table.file_offset(middle), answers, before)
    if len(near) == 1:
        return near[0]
    stamp_s = float(stretch.stamps_s[0])
    if not earlier:
        return min(near, key=lambda group: answers[group].apart_s(stamp_s))
    # Time goes on at the recorder: the answers by which it does so best are the right ones.
    last_s = float(earlier[-1].stamps_s[-1])
    onsets_s = {g: float(answers[g].on_recorder_s(stretch.stamps_s[:1])[0]) for g in near}
    return min(near, key=lambda group: abs(onsets_s[group] - last_s))


def _by_place(place: int, answers: Sequence[ClockAnswers], before: int) -> list[int]:
    """Return the answers that may hold at a place of the file: one, or two between them."""
    after = bisect_right([group.first_place for group in answers], place)
    low = max(after - 1, 0)
    if after == 0 or place <= answers[low].last_place or after == len(answers):
        return [max(low, before)]
    return [group for group in (low, after) if group >= before] or [before]


def _smoothed(offsets_s: Floats) -> Floats:
    if len(offsets_s) < SMOOTHED:
        return offsets_s
    smoothed: Floats = median_filter(offsets_s, size=SMOOTHED, mode="nearest")
    return smoothed
