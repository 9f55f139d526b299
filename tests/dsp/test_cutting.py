from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.dsp.cutting import MARKER_DELAY_S, SweepCutter, neighbours_ms, onset_column
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep

RATE_HZ = 1000.0
BEFORE, AFTER = 50, 20
SIGNAL = np.random.default_rng(1).normal(0, 10, (2, 6000)).astype(np.float32)


def cutter() -> SweepCutter:
    return SweepCutter(n_channels=2, rate_hz=RATE_HZ, start_ms=-50.0, end_ms=20.0)


def at(position: float) -> Stimulus:
    index = int(np.floor(position))
    return Stimulus(sample_index=index, fraction=position - index)


def block(first: int, end: int) -> SampleBlock:
    return SampleBlock(first_index=first, samples_uv=SIGNAL[:, first:end])


def bounds(sizes: Sequence[int], end: int) -> list[tuple[int, int]]:
    edges = [0, *np.cumsum(sizes).tolist(), end]
    edges = sorted({edge for edge in edges if edge <= end})
    return list(pairwise(edges))


def cut(
    positions: Sequence[float],
    sizes: Sequence[int] = (),
    *,
    gaps: Sequence[int] = (),
    end: int = 6000,
) -> tuple[list[Sweep], SweepCutter]:
    """Push blocks of these sizes, each stimulus with the block that holds it."""
    own = cutter()
    waiting = sorted(positions)
    sweeps: list[Sweep] = []
    edges = [(first, last) for first, last in bounds([*sizes], end)]
    for gap in gaps:
        edges = [
            piece
            for first, last in edges
            for piece in ([(first, gap), (gap, last)] if first < gap < last else [(first, last)])
        ]
    for first, last in edges:
        if first in gaps:
            own.reset(sample_index=first)
        while waiting and np.floor(waiting[0]) < last:
            own.push_stimulus(at(waiting.pop(0)))
        sweeps += own.push(block(first, last))
    return sweeps, own


def same(one: Sequence[Sweep], other: Sequence[Sweep]) -> bool:
    return len(one) == len(other) and all(
        a.stimulus == b.stimulus
        and a.first_index == b.first_index
        and a.onset_sample == b.onset_sample
        and a.other_stimuli_ms == b.other_stimuli_ms
        and np.array_equal(a.samples_uv, b.samples_uv)
        for a, b in zip(one, other, strict=True)
    )


# Whole and half samples, as triggers give them; nearer to an edge of a window than half a
# sample two blocks could hold a neighbour or not.
POSITIONS = st.lists(st.integers(0, 11_900).map(lambda k: k / 2), unique=True, max_size=25)
SIZES = st.lists(st.integers(1, 1500), max_size=30)


@given(POSITIONS, SIZES, st.lists(st.integers(1, 5999), max_size=3))
def test_the_same_sweeps_come_whatever_the_chunking(
    positions: list[float], sizes: list[int], gaps: list[int]
) -> None:
    expected, _ = cut(positions, gaps=gaps)
    found, _ = cut(positions, sizes, gaps=gaps)
    assert same(found, expected)


@given(POSITIONS, SIZES)
def test_a_sweep_is_the_samples_around_its_stimulus(
    positions: list[float], sizes: list[int]
) -> None:
    sweeps, own = cut(positions, sizes)
    for sweep in sweeps:
        first = onset_column(sweep.stimulus) - BEFORE
        assert sweep.first_index == first
        assert sweep.onset_sample == BEFORE
        np.testing.assert_array_equal(sweep.samples_uv, SIGNAL[:, first : first + BEFORE + AFTER])
    whole = [p for p in sorted(positions) if BEFORE <= np.floor(p + 0.5) <= 6000 - AFTER]
    assert [sweep.stimulus.position for sweep in sweeps] == whole
    assert own.n_incomplete == sum(np.floor(p + 0.5) < BEFORE for p in positions)


@given(POSITIONS, SIZES, st.lists(st.integers(1, 5999), min_size=1, max_size=3, unique=True))
def test_no_sweep_reaches_across_a_gap(
    positions: list[float], sizes: list[int], gaps: list[int]
) -> None:
    sweeps, _ = cut(positions, sizes, gaps=gaps)
    for sweep in sweeps:
        assert not any(sweep.first_index < gap < sweep.end_index for gap in gaps)
        for other_ms in sweep.other_stimuli_ms:
            other = sweep.stimulus.position + other_ms
            assert not any(
                min(other, sweep.stimulus.position) < gap <= max(other, sweep.stimulus.position)
                for gap in gaps
            )


@given(
    st.lists(st.integers(200, 5000), min_size=1, max_size=10, unique=True),
    st.integers(0, round(MARKER_DELAY_S * RATE_HZ) - 100),
    st.integers(1, 100),
)
def test_a_stimulus_that_comes_late_is_still_cut(
    positions: list[int], late: int, size: int
) -> None:
    own = cutter()
    waiting = sorted(positions)
    sweeps: list[Sweep] = []
    for first in range(0, 6000, size):
        end = min(first + size, 6000)
        while waiting and waiting[0] + late < end:
            own.push_stimulus(at(float(waiting.pop(0))))
        sweeps += own.push(block(first, end))
    for stimulus in waiting:
        own.push_stimulus(at(float(stimulus)))
    assert own.n_incomplete == 0
    on_time = sorted(p for p in positions if p + late < 6000 - size)
    assert [s.stimulus.position for s in sweeps][: len(on_time)] == on_time
    for sweep in sweeps:
        first = sweep.first_index
        np.testing.assert_array_equal(sweep.samples_uv, SIGNAL[:, first : first + BEFORE + AFTER])


def test_a_stimulus_that_comes_too_late_gives_no_sweep() -> None:
    own = cutter()
    for first in range(0, 12_000, 6000):
        own.push(SampleBlock(first_index=first, samples_uv=SIGNAL))
    own.push_stimulus(at(100.0))
    assert own.push(SampleBlock(first_index=12_000, samples_uv=SIGNAL[:, :10])) == ()
    assert own.n_incomplete == 1


def test_stimuli_out_of_order_are_put_in_order() -> None:
    own = cutter()
    for position in (300.0, 100.0, 200.5):
        own.push_stimulus(at(position))
    sweeps = own.push(block(0, 1000))
    assert [sweep.stimulus.position for sweep in sweeps] == [100.0, 200.5, 300.0]


def test_a_block_that_does_not_follow_is_refused() -> None:
    own = cutter()
    own.push(block(0, 100))
    with pytest.raises(ValueError, match="block at 150 does not follow 100"):
        own.push(block(150, 200))
    with pytest.raises(ValueError, match="block at 50 does not follow 100"):
        own.push(block(50, 200))
    own.reset(sample_index=150)
    own.push(block(150, 200))
    assert own.end_index == 200


def test_stimuli_lost_to_a_gap_are_counted() -> None:
    _, own = cut([100.0, 990.0, 1005.0, 1500.0], gaps=[1000])
    assert own.n_incomplete == 2


def test_a_sweep_cannot_be_written_to() -> None:
    (sweep,), _ = cut([100.0])
    with pytest.raises(ValueError, match="read-only"):
        sweep.samples_uv[0, 0] = 1.0


@pytest.mark.parametrize(("position", "column"), [(10.0, 10), (10.49, 10), (10.5, 11), (10.99, 11)])
def test_the_onset_is_the_nearest_sample(position: float, column: int) -> None:
    assert onset_column(at(position)) == column


def test_neighbours_are_those_that_touch_the_sweep() -> None:
    positions = np.array([0.0, 849.9, 850.0, 950.0, 1000.0, 1010.25, 1019.99, 1021.0])
    assert neighbours_ms(positions, 1000.0, RATE_HZ, -50.0, 20.0) == (-150.0, -50.0, 10.25, 19.99)
    assert (
        neighbours_ms(positions, 1001.0, RATE_HZ, -50.0, 20.0)
        == (
            -51.0,
            -1.0,
            9.25,
            18.99,
            20.0,
        )[:4]
    )


@pytest.mark.parametrize("block_samples", [1, 3, 400])
def test_neighbours_do_not_depend_on_chunking_where_the_sweep_ends(block_samples: int) -> None:
    # The second onset lies within 20 ms of the first, but after the sweep's last sample.
    cutter = SweepCutter(n_channels=1, rate_hz=1000.0, start_ms=-50.0, end_ms=20.0)
    stimuli = [at(100.4), at(120.2)]
    sweeps: list[Sweep] = []
    for first in range(0, 400, block_samples):
        end = min(first + block_samples, 400)
        for stimulus in stimuli:
            if first <= stimulus.sample_index < end:
                cutter.push_stimulus(stimulus)
        samples = np.zeros((1, end - first), dtype=np.float32)
        sweeps += cutter.push(SampleBlock(first_index=first, samples_uv=samples))
    assert [sweep.other_stimuli_ms for sweep in sweeps] == [(), (-19.8,)]
