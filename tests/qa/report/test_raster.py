"""The raster shows every sweep, what was rejected, and where there was none."""

from dataclasses import replace

import numpy as np

from amr_monitor.qa.report.raster import (
    RASTER_END_MS,
    Raster,
    raster_of,
    raster_start_ms,
    without_tail,
)
from tests.reports import MENTALIS, OCULI, replayed


def of(name: str, edges_s: tuple[float, float], n_columns: int) -> Raster:
    sweeps = replayed(name).history.sweeps
    figures = sweeps.of(OCULI)
    assert figures is not None
    return raster_of(sweeps, figures, edges_s, n_columns)


def test_a_moment_is_the_mean_of_its_valid_sweeps() -> None:
    raster = of("disappeared.edf", (0.0, 167.0), 20)
    assert raster.most_in_column == 9
    assert np.isfinite(raster.image_uv).all()
    sharp = of("disappeared.edf", (0.0, 167.0), 900)
    assert sharp.most_in_column == 1
    assert int(sharp.is_rejected.sum()) > 0


def test_the_response_stands_out_before_it_is_lost_and_not_after() -> None:
    raster = of("disappeared.edf", (0.0, 167.0), 167)
    largest = np.abs(raster.image_uv[:, ~raster.is_rejected]).max(axis=0)
    assert np.median(largest[:80]) > 3.0 * np.median(largest[100:])


def test_a_stretch_of_rejected_sweeps_is_told_as_one() -> None:
    raster = of("stimulator_failed.edf", (0.0, 229.0), 229)
    assert raster.is_rejected[95:145].all()
    assert np.isnan(raster.image_uv[:, 95:145]).all()


def test_where_no_sweep_was_nothing_is_drawn() -> None:
    sweeps = replayed("disappeared.edf").history.sweeps
    figures = sweeps.of(OCULI)
    assert figures is not None
    late = replace(sweeps, time_s=np.where(sweeps.time_s < 80.0, sweeps.time_s, sweeps.time_s + 90))
    raster = raster_of(late, figures, (0.0, 257.0), 257)
    assert np.isnan(raster.image_uv[:, 90:160]).all()
    assert not raster.is_rejected[90:160].any()


def test_the_slow_tail_is_taken_off_and_the_response_stays() -> None:
    times_ms = np.arange(raster_start_ms(OCULI), RASTER_END_MS, 0.2)
    tail = 400.0 * np.exp(-times_ms / 4.5) + 20.0 + 0.5 * times_ms
    response = 30.0 * np.sin(2 * np.pi * (times_ms - 12.0) / 4.0)
    response[(times_ms < 12.0) | (times_ms > 16.0)] = 0.0
    cleaned = without_tail(np.stack([tail, tail + response]), times_ms)
    assert np.abs(cleaned[0]).max() < 0.01
    assert np.ptp(cleaned[1]) > 0.8 * np.ptp(response)


def test_of_mentalis_the_m_wave_is_left_out() -> None:
    assert raster_start_ms(MENTALIS) > 10.0
