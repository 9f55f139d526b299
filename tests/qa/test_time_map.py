from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import MarkName
from amr_monitor.model.events import GapReceived
from amr_monitor.qa.time_map import TimeMap, map_by_arrivals, map_by_marks, map_by_stimuli
from tests.qa.truths import index, marked, truth

STEP_S = 0.2
"""How long a sweep takes to be seen."""


def gap(time_s: float) -> GapReceived:
    return GapReceived(
        sample_index=index(time_s), time_s=time_s, missing_s=1.0, reason="the clock jumped"
    )


def test_each_stretch_has_its_own_shift() -> None:
    shift = TimeMap(starts_s=(0.0, 100.0), offsets_s=(5.0, -2.0))
    assert shift(99.0) == 104.0
    assert shift(100.0) == 98.0
    assert shift(-1.0) == 4.0


def test_marks_in_both_tell_the_shift_and_one_late_mark_does_not_matter() -> None:
    true = truth()
    told = [marked(40.0, MarkName.DURA_OPENED, 1), marked(70.0, MarkName.VESSEL_MOVED, 2)]
    assert map_by_marks(true, told).offsets_s == (30.0,)
    assert map_by_marks(true, []).offsets_s == (0.0,)
    doubled = [*told, marked(75.0, MarkName.VESSEL_MOVED, 3)]
    assert map_by_marks(true, doubled).offsets_s == (30.0,)


def test_arrivals_tell_the_shift_before_and_after_a_clock_jump() -> None:
    true = truth()
    before = [(at - 30.0, at + STEP_S) for at in range(40, 100)]
    after = [(at - 25.0, at + STEP_S) for at in range(101, 150)]
    shift = map_by_arrivals(true, [gap(76.0)], before + after)
    assert shift(69.0) == pytest.approx(99.0)
    assert shift(76.0) == pytest.approx(101.0)


def test_sweeps_that_were_held_back_do_not_move_the_shift() -> None:
    true = truth()
    seen = [(at - 30.0, at + (8.0 if at < 60 else STEP_S)) for at in range(40, 100)]
    assert map_by_arrivals(true, [], seen)(20.0) == pytest.approx(50.0)


def test_a_stretch_without_sweeps_takes_the_shift_before_it() -> None:
    true = truth()
    seen = [(at - 30.0, at + STEP_S) for at in range(40, 60)]
    shift = map_by_arrivals(true, [gap(40.0), gap(50.0)], seen)
    assert shift.offsets_s == pytest.approx((30.0, 30.0, 30.0))


def test_without_any_sweep_the_marks_tell() -> None:
    told = [marked(40.0, MarkName.DURA_OPENED, 1)]
    assert map_by_arrivals(truth(), told, [])(40.0) == 70.0


def test_a_stretch_that_was_late_as_a_whole_keeps_the_shift() -> None:
    true = truth()
    before = [(at - 30.0, at + STEP_S) for at in range(40, 100)]
    late = [(at - 30.0, at + 0.9) for at in range(101, 104)]
    shift = map_by_arrivals(true, [gap(70.5)], before + late)
    assert shift(71.0) == pytest.approx(101.0)


def test_a_clock_that_drifts_is_followed() -> None:
    true = truth()
    before = [(at - 30.0, at + STEP_S) for at in range(40, 100)]
    after = [(at - 30.01, at + STEP_S) for at in range(101, 150)]
    shift = map_by_arrivals(true, [gap(70.5)], before + after)
    assert shift(90.99) == pytest.approx(121.0)


@pytest.mark.parametrize("n_missed", [0, 1, 7])
def test_the_jitter_of_the_stimulator_tells_which_stimulus_was_the_first(n_missed: int) -> None:
    jitter_s = 1e-4 * np.random.default_rng(1).standard_normal(300)
    true = replace(truth(), time_s=np.arange(1.0, 301.0) + jitter_s)
    seen_s = (true.time_s[n_missed:] - 0.7) * (1.0 + 50e-6)
    shift = map_by_stimuli(true, list(seen_s))
    assert shift is not None
    assert shift(float(seen_s[0])) == pytest.approx(float(true.time_s[n_missed]), abs=1e-6)


def test_from_few_sweeps_nobody_can_tell() -> None:
    assert map_by_stimuli(truth(), [1.0, 2.0, 3.0]) is None
