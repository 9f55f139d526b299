"""A sweep beside a verdict is told muscle by muscle, sample by sample."""

from dataclasses import replace

import numpy as np

from amr_monitor.api.verdict_sweeps import told_sweeps
from amr_monitor.codec import sweep_record
from amr_monitor.model.case import Muscle
from tests.sweep_reports import MUSCLES, a_report


def test_each_muscle_is_told_or_one_alone() -> None:
    record = sweep_record(a_report(sample_index=700))
    assert tuple(sweep.muscle for sweep in told_sweeps(record, None)) == MUSCLES
    (mentalis,) = told_sweeps(record, Muscle.MENTALIS)
    assert (mentalis.raw.start_ms, mentalis.raw.step_ms) == (-20.0, 1.0)
    assert mentalis.raw.samples_uv == (700.0,) * 100
    assert mentalis.measurement.peak_to_peak_uv == 84.5
    assert told_sweeps(record, Muscle.FRONTALIS) == []


def test_a_sample_that_is_no_number_is_null() -> None:
    raw = np.full((2, 3), np.inf, dtype=np.float32)
    record = sweep_record(replace(a_report(sample_index=1), raw_uv=raw))
    assert told_sweeps(record, Muscle.MENTALIS)[0].raw.samples_uv == (None,) * 3
