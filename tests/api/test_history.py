import math

import pytest

from amr_monitor.api.history import DisplayHistory
from tests.api.fakes import MUSCLES, a_muscle_status, a_report


def test_only_the_newest_waveforms_are_kept_and_the_figures_of_all() -> None:
    history = DisplayHistory(kept_sweeps=3)
    for number in range(1, 11):
        history.add(a_report(number), seq=number)
    kept = history.sweeps(start_s=0.0, end_s=100.0, limit=100)
    assert [sweep.header.sweep_number for sweep in kept] == [8, 9, 10]
    assert history.trend(start_s=0.0, end_s=100.0, limit=100).sweep_number == tuple(range(1, 11))


def test_memory_stays_bounded_and_the_columns_together() -> None:
    history = DisplayHistory(kept_sweeps=3, kept_points=50)
    for number in range(1, 501):
        history.add(a_report(number), seq=number)
        trend = history.trend(start_s=0.0, end_s=1e9, limit=1000)
        assert len(trend.time_s) <= 50
        assert trend.sweep_number[-1] == number
        assert {len(muscle.accepted) for muscle in trend.muscles} == {len(trend.time_s)}
        assert {len(muscle.amplitude_uv) for muscle in trend.muscles} == {len(trend.time_s)}


def test_a_figure_that_is_not_known_is_none() -> None:
    history = DisplayHistory()
    statuses = tuple(a_muscle_status(muscle, amplitude_uv=None) for muscle in MUSCLES)
    history.add(a_report(1, current_ma=None, statuses=statuses), seq=0)
    trend = history.trend(start_s=0.0, end_s=9.0, limit=9)
    assert trend.current_ma == (None,)
    assert trend.muscles[0].amplitude_uv == (None,)
    assert trend.muscles[0].peak_to_peak_uv == (120.0,)


def test_a_stretch_is_half_open() -> None:
    history = DisplayHistory()
    for number in range(1, 6):
        history.add(a_report(number), seq=0)
    assert history.trend(start_s=2.0, end_s=4.0, limit=9).time_s == (2.0, 3.0)
    kept = history.sweeps(start_s=2.0, end_s=4.0, limit=1)
    assert [sweep.header.time_s for sweep in kept] == [3.0]


def test_a_long_trend_is_thinned_and_keeps_its_newest_sweep() -> None:
    history = DisplayHistory()
    for number in range(1, 101):
        history.add(a_report(number), seq=0)
    trend = history.trend(start_s=0.0, end_s=1e9, limit=30)
    assert trend.sweep_number[-1] == 100
    assert 7 <= len(trend) <= 30
    assert len(trend.muscles[0].accepted) == len(trend)


def test_reasons_and_state_of_every_sweep_are_told() -> None:
    history = DisplayHistory()
    report = a_report(1)
    history.add(report, seq=0)
    (muscle, *_) = history.trend(start_s=0.0, end_s=9.0).muscles
    assert muscle.reasons == (report.findings[0].quality.reasons,)
    assert muscle.state == (report.statuses[0].state,)
    assert muscle.indeterminate == (report.statuses[0].indeterminate,)


def test_the_oldest_time_is_told() -> None:
    history = DisplayHistory()
    assert history.first_time_s == math.inf
    history.add(a_report(3), seq=0)
    assert history.first_time_s == 3.0


def test_the_sweeps_since_a_time_are_counted() -> None:
    history = DisplayHistory()
    for number in range(1, 11):
        history.add(a_report(number), seq=0)
    assert history.n_since(7.0) == 3
    assert history.n_since(-50.0) == 10
    assert DisplayHistory().n_since(0.0) == 0


def test_how_much_there_is_is_told_without_building_a_column(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = DisplayHistory()
    assert DisplayHistory().extent == (0, None, None)
    for number in range(1, 11):
        history.add(a_report(number), seq=0)

    def built(*_: object, **__: object) -> None:
        pytest.fail("a column was built")

    monkeypatch.setattr("amr_monitor.api.history._MuscleColumns.trend", built)
    assert history.extent == (10, 1.0, 10.0)


def test_a_trend_is_built_while_sweeps_can_come(monkeypatch: pytest.MonkeyPatch) -> None:
    history = DisplayHistory()
    history.add(a_report(1), seq=0)

    def thinned_meanwhile(columns: object, limit: int) -> list[int]:
        history.add(a_report(3), seq=0)  # it would wait for ever if the lock were held
        return [0]

    history.add(a_report(2), seq=0)
    monkeypatch.setattr("amr_monitor.api.history.thinned_rows", thinned_meanwhile)
    assert history.trend(start_s=0.0, end_s=9.0, limit=1).time_s == (1.0,)
    assert history.extent == (3, 1.0, 3.0)
