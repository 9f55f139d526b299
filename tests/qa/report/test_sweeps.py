"""Sweeps stand on one grid, whatever the step of their source."""

from dataclasses import replace

import numpy as np

from amr_monitor.codec import kept_sweep, sweep_record
from amr_monitor.model.case import Reason
from amr_monitor.qa.report.sweeps import grid_ms, sweeps_of_display, sweeps_of_verdicts
from tests.reports import MENTALIS, OCULI
from tests.sweep_reports import a_report


def test_every_sweep_is_laid_on_the_grid() -> None:
    fine = a_report(sample_index=1000, sweep_number=1)
    coarse = a_report(sample_index=3000, sweep_number=2)
    coarse = replace(coarse, step_ms=4.0, cleaned_uv=coarse.cleaned_uv[:, ::2].copy())
    sweeps = sweeps_of_display([kept_sweep(each, seq=1) for each in (fine, coarse)])
    assert sweeps.is_complete
    assert sweeps.time_s.tolist() == [1.0, 3.0]
    oculi = sweeps.of(OCULI)
    assert oculi is not None
    assert oculi.traces_uv.shape == (2, grid_ms().size)
    assert np.allclose(oculi.traces_uv[0], 500.0)
    assert np.allclose(oculi.traces_uv[1], 1500.0)
    assert oculi.reasons == ((Reason.NOISY,), (Reason.NOISY,))
    assert not oculi.accepted.any()


def test_figures_that_are_not_known_are_no_numbers() -> None:
    sweeps = sweeps_of_display([kept_sweep(a_report(sample_index=1000), seq=1)])
    mentalis = sweeps.of(MENTALIS)
    assert mentalis is not None
    assert np.isnan(mentalis.amplitude_uv).all()
    assert mentalis.peak_to_peak_uv.tolist() == [84.5]


def test_the_sweeps_beside_verdicts_are_not_all() -> None:
    sweeps = sweeps_of_verdicts([sweep_record(a_report(sample_index=1000))])
    assert not sweeps.is_complete
    oculi = sweeps.of(OCULI)
    assert oculi is not None
    assert np.isnan(oculi.log_odds_absent).all()


def test_the_nearest_sweep_is_the_last_at_or_before() -> None:
    sweeps = sweeps_of_display(
        kept_sweep(a_report(sample_index=1000 * n, sweep_number=n), seq=1) for n in (1, 2, 3)
    )
    assert [sweeps.nearest(time_s) for time_s in (0.0, 1.0, 2.9, 9.0)] == [0, 0, 1, 2]
    assert sweeps.of(None) is None


def test_a_case_without_sweeps_has_none() -> None:
    assert sweeps_of_display([]).time_s.size == 0
