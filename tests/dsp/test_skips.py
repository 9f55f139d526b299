"""How a response skips decides how fast its silence counts."""

import pytest

from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.dsp.skips import Skips

SETTINGS = DetectorSettings()


def test_runs_of_misses_are_counted() -> None:
    skips = Skips.of([True, False, False, True, False, True, True, False, False, False])
    assert skips == Skips(n_sweeps=10, n_missed=6, n_runs=3, longest_run=3)
    assert Skips.of([]) == Skips()


def test_counting_goes_on_run_by_run() -> None:
    begun = Skips.of([True, True, False, True])
    assert begun.after_run(0).after_run(2) == Skips.of(
        [True, True, False, True, True, False, False, True]
    )


def test_the_miss_rate_is_never_none_and_never_all() -> None:
    assert Skips.of([True] * 1000).miss_rate == pytest.approx(0.004)
    assert Skips.of([False] * 1000).miss_rate == pytest.approx(0.7)
    assert Skips.of([True, True, False] * 40).miss_rate == pytest.approx(1 / 3, abs=0.02)


def test_long_runs_make_silence_count_for_less() -> None:
    runs = Skips.of(([True] * 12 + [False] * 12) * 5).blocked_exit(SETTINGS)
    assert runs < SETTINGS.blocked_exit / 2


def test_a_few_misses_of_a_short_baseline_hardly_change_what_is_thought() -> None:
    few = Skips.of(([True] * 19 + [False]) * 2).blocked_exit(SETTINGS)
    assert SETTINGS.blocked_exit < few < 0.75
    assert Skips.of([True] * 1000).blocked_exit(SETTINGS) == SETTINGS.blocked_exit


def test_many_single_misses_make_silence_count_for_more() -> None:
    singles = Skips.of([True, False] * 60).blocked_exit(SETTINGS)
    assert singles == SETTINGS.highest_blocked_exit


def test_one_long_run_makes_silence_count_for_less_at_once() -> None:
    singles = Skips.of(([True] * 19 + [False]) * 6)
    after = singles.after_run(12).blocked_exit(SETTINGS)
    assert after < SETTINGS.blocked_exit < singles.blocked_exit(SETTINGS)
