"""Raw sweeps: what was received, of the newest sweeps alone."""

from dataclasses import replace

import numpy as np

from amr_monitor.api.raw_shelf import RawShelf
from amr_monitor.model.case import Muscle
from tests.sweep_reports import a_report


def test_the_newest_sweeps_are_kept_as_they_were_received() -> None:
    shelf = RawShelf(kept=3)
    for number in range(1, 6):
        shelf.add(a_report(sample_index=1000 * number, sweep_number=number))
    kept = shelf.sweeps(Muscle.MENTALIS, number=None, limit=10)
    assert [sweep.sweep_number for sweep in kept] == [3, 4, 5]
    assert kept[-1].samples_uv == (5000.0,) * 100
    assert (kept[-1].start_ms, kept[-1].step_ms, kept[-1].accepted) == (-20.0, 1.0, False)
    assert [s.sweep_number for s in shelf.sweeps(Muscle.MENTALIS, number=4, limit=1)] == [4]
    assert shelf.sweeps(Muscle.FRONTALIS, number=None, limit=10) == ()
    shelf.clear()
    assert shelf.sweeps(Muscle.MENTALIS, number=None, limit=10) == ()


def test_a_sweep_without_raw_samples_is_left_out_and_what_is_no_number_is_none() -> None:
    shelf = RawShelf()
    shelf.add(replace(a_report(sample_index=0), raw_uv=None))
    assert shelf.sweeps(Muscle.MENTALIS, number=None, limit=1) == ()
    shelf.add(replace(a_report(sample_index=0), raw_uv=np.full((2, 2), np.nan, np.float32)))
    (sweep,) = shelf.sweeps(Muscle.MENTALIS, number=None, limit=1)
    assert sweep.samples_uv == (None, None)
