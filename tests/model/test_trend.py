"""Columns of a trend stay together, whatever is taken from it or put behind it."""

from dataclasses import replace

from amr_monitor.codec import kept_sweep, trend_of
from amr_monitor.model.case import Muscle
from amr_monitor.model.trend import MUSCLE_COLUMNS, NO_TREND, Trend, joined
from tests.sweep_reports import a_report


def a_trend(first: int, last: int) -> Trend:
    reports = [a_report(sample_index=1000 * n, sweep_number=n) for n in range(first, last + 1)]
    return trend_of([kept_sweep(report, seq=1).header for report in reports])


def test_a_stretch_is_half_open() -> None:
    assert a_trend(1, 5).between(2.0, 4.0).time_s == (2.0, 3.0)
    assert a_trend(1, 5).between(0.0, 9.0) == a_trend(1, 5)


def test_trends_are_put_behind_each_other() -> None:
    assert joined([a_trend(1, 3), NO_TREND, a_trend(4, 5)]) == a_trend(1, 5)
    assert joined([]) == NO_TREND
    assert len(joined([a_trend(1, 3), a_trend(4, 9)])) == 9


def test_a_muscle_that_was_recorded_later_is_unknown_before() -> None:
    early = a_trend(1, 2)
    early = replace(early, muscles=early.muscles[:1])
    both = joined([early, a_trend(3, 4)])
    late = both.of(Muscle.MENTALIS)
    assert late is not None
    assert late.peak_to_peak_uv == (None, None, 84.5, 84.5)
    assert late.accepted == (False, False, False, False)
    assert late.reasons[:2] == ((), ())
    assert {len(getattr(late, name)) for name in MUSCLE_COLUMNS} == {4}


def test_a_muscle_that_was_not_recorded_is_none() -> None:
    assert a_trend(1, 2).of(Muscle.FRONTALIS) is None
