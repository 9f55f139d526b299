from itertools import chain, repeat

import pytest

from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.dsp.skips import Skips

SETTINGS = DetectorSettings()
FIRES, SILENT = True, False


def test_runs_misses_and_sweeps_are_counted() -> None:
    fired = [True, False, True, False, False, False, True, True]
    assert Skips.of(fired) == Skips(n_sweeps=8, n_missed=4, n_runs=2, longest_run=3)


def test_a_run_that_nothing_ended_counts_as_far_as_it_went() -> None:
    assert Skips.of([True, False, False]) == Skips(n_sweeps=3, n_missed=2, n_runs=1, longest_run=2)


def test_counting_on_gives_what_counting_at_once_gives() -> None:
    fired = [True, True, False, True, False, False, True]
    at_once = Skips.of(fired)
    so_far = Skips.of(fired[:2]).after_run(1).after_run(2)
    assert so_far == at_once


def test_the_miss_rate_never_claims_certainty() -> None:
    assert Skips.of(repeat(FIRES, 10_000)).miss_rate == pytest.approx(0.004)
    assert Skips.of(repeat(SILENT, 100)).miss_rate == pytest.approx(0.7)


def test_only_a_long_stretch_without_two_misses_in_a_row_shortens_the_wait() -> None:
    steady = Skips.of(chain(repeat(FIRES, 700), [False], repeat(FIRES, 50)))
    assert steady.blocked_exit(SETTINGS) == SETTINGS.steady_blocked_exit
    assert Skips.of(repeat(FIRES, 60)).blocked_exit(SETTINGS) == SETTINGS.blocked_exit
    assert steady.after_run(2).blocked_exit(SETTINGS) <= SETTINGS.blocked_exit


def test_long_silent_runs_lengthen_the_wait() -> None:
    with_runs = Skips.of(chain(repeat(FIRES, 60), repeat(SILENT, 20), repeat(FIRES, 60)))
    assert with_runs.blocked_exit(SETTINGS) < 0.2
    assert with_runs.longest_run == 20
