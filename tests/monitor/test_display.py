"""Sweeps and baseline as they are drawn."""

from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import Reason
from amr_monitor.model.finding import SweepReport
from amr_monitor.monitor.display import SHOWN_MS
from tests.feeding import SETTINGS, Told, run
from tests.sweeps import MENTALIS, OCULI, Recording


@pytest.fixture(scope="module")
def told() -> Told:
    """Return a case of 100 sweeps of which all are kept for display."""
    r = Recording(100, rate_hz=20_000.0, seed=140)
    r.current_ma[99] = None
    r.flat.append((MENTALIS, 95.0, 101.0))
    return run(r, settings=replace(SETTINGS, kept_reports=100))


@pytest.fixture(scope="module")
def reports(told: Told) -> tuple[SweepReport, ...]:
    return told.monitor.take_reports()


def test_a_sweep_is_shown_around_its_stimulus(reports: tuple[SweepReport, ...]) -> None:
    report = reports[0]
    assert report.step_ms == pytest.approx(0.1)
    assert report.start_ms == pytest.approx(SHOWN_MS[0])
    n_columns = report.cleaned_uv.shape[1]
    assert report.start_ms + (n_columns - 1) * report.step_ms < SHOWN_MS[1]
    assert report.cleaned_uv.dtype == np.float32
    assert report.cleaned_uv.shape[0] == 2


def test_the_artifact_is_left_for_the_eye_and_the_mains_are_not(
    reports: tuple[SweepReport, ...],
) -> None:
    report = reports[10]
    times = report.start_ms + report.step_ms * np.arange(report.cleaned_uv.shape[1])
    oculi = report.cleaned_uv[0]
    assert np.abs(oculi[(times > -0.2) & (times < 1.5)]).max() > 300.0
    assert np.std(oculi[times < -1.0]) < 7.0


def test_before_the_baseline_there_is_no_evidence(reports: tuple[SweepReport, ...]) -> None:
    early, late = reports[10].findings[0], reports[80].findings[0]
    assert early.log_likelihood.size == 0
    assert early.measurement.m_wave_percent is None
    assert late.log_likelihood.size == 15
    assert late.measurement.m_wave_percent == pytest.approx(100.0, abs=20.0)
    assert late.measurement.artifact_percent == pytest.approx(100.0, abs=20.0)


def test_figures_are_rounded_and_those_of_the_sweep(reports: tuple[SweepReport, ...]) -> None:
    measured = reports[80].findings[0].measurement
    assert measured.peak_to_peak_uv == round(measured.peak_to_peak_uv, 1)
    assert 40.0 < measured.peak_to_peak_uv < 250.0
    assert measured.noise_rms_uv == pytest.approx(5.0, abs=2.0)
    assert measured.onset_latency_ms == pytest.approx(10.0, abs=1.5)


def test_why_a_sweep_does_not_count_stands_beside_it(reports: tuple[SweepReport, ...]) -> None:
    good, flat = reports[80].findings[1], reports[97].findings[1]
    assert good.quality.accepted
    assert not flat.quality.accepted
    assert Reason.FLAT in flat.quality.reasons


def test_a_report_carries_number_current_and_the_state_of_each_muscle(
    reports: tuple[SweepReport, ...],
) -> None:
    assert [report.sweep_number for report in reports] == list(range(1, 101))
    assert (reports[0].current_ma, reports[99].current_ma) == (10.0, None)
    assert [status.muscle for status in reports[80].statuses] == [OCULI, MENTALIS]
    assert reports[20].statuses[0].words.startswith("LEARNING BASELINE: 21 of 60")


def test_the_baseline_is_a_ghost_of_the_same_shape(
    told: Told, reports: tuple[SweepReport, ...]
) -> None:
    view = told.monitor.baseline_view
    assert view is not None
    assert view.mean_uv.shape == view.spread_uv.shape == reports[0].cleaned_uv.shape
    assert (view.start_ms, view.step_ms) == (reports[0].start_ms, reports[0].step_ms)
    assert view.windows_ms == ((8.0, 28.0), (11.0, 28.0))
    times = view.start_ms + view.step_ms * np.arange(view.mean_uv.shape[1])
    response = view.mean_uv[0, (times > 9.0) & (times < 18.0)]
    calm = view.mean_uv[0, times < -1.0]
    assert np.ptp(response) > 8.0 * np.ptp(calm)
