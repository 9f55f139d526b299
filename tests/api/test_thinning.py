"""A thinned trend has the outline of the whole, and every point of it was a sweep."""

import pytest

from amr_monitor.api.thinning import thinned, thinned_rows
from amr_monitor.codec import kept_sweep, trend_of
from tests.sweep_reports import a_report


def test_a_single_high_response_among_low_ones_is_left() -> None:
    column: list[float | None] = [5.0] * 10_000
    column[4_321] = 180.0
    column[7_777] = 0.5
    rows = thinned_rows([column], 200)
    assert {0, 4_321, 7_777, 9_999} <= set(rows)
    assert len(rows) <= 200
    assert rows == sorted(set(rows))


def test_the_bulk_of_the_points_lies_where_it_lay() -> None:
    column: list[float | None] = [float(n * 37 % 100) for n in range(14_400)]
    rows = thinned_rows([column, column], 4_000)
    shares = [sum(25 <= (column[row] or 0.0) < 75 for row in rows) / len(rows)]
    assert shares[0] > 0.4
    assert len(rows) > 2_000


def test_every_muscle_keeps_its_extremes() -> None:
    one: list[float | None] = [float(n % 7) for n in range(5_000)]
    other: list[float | None] = [1.0] * 5_000
    other[2_500] = 99.0
    assert 2_500 in thinned_rows([one, other], 100)


def test_a_stretch_in_which_nothing_is_known_leaves_a_point() -> None:
    column: list[float | None] = [None] * 1_000
    rows = thinned_rows([column], 50)
    assert len(rows) > 20
    assert rows[0] == 0
    assert rows[-1] == 999


def test_few_are_left_as_they_are() -> None:
    assert thinned_rows([[1.0, 2.0, 3.0]], 3) == [0, 1, 2]
    assert thinned_rows([], 3) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_there_are_never_more_than_asked_for_and_the_newest_is_among_them(limit: int) -> None:
    rows = thinned_rows([[float(n) for n in range(100)]] * 2, limit)
    assert len(rows) <= limit
    assert rows[-1] == 99


def test_the_columns_of_a_thinned_trend_belong_together() -> None:
    sweeps = [kept_sweep(a_report(sample_index=n, sweep_number=n), seq=1) for n in range(1, 101)]
    trend = thinned(trend_of([sweep.header for sweep in sweeps]), 20)
    assert 3 <= len(trend) <= 20
    assert trend.sweep_number[-1] == 100
    assert [round(time_s * 1000) for time_s in trend.time_s] == list(trend.sample_index)
    assert {len(each.accepted) for each in trend.muscles} == {len(trend)}
