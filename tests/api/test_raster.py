"""The picture of a stretch: each column the mean of the sweeps that count in it."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.api.raster import NOTHING, SCALE_UV, Raster, raster_of, raster_to_bytes
from amr_monitor.codec import KeptSweep, SamplePage, form_of, kept_sweep, packed_page, trend_of
from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import StorageError
from amr_monitor.model.finding import Quality
from tests.sweep_reports import a_report


def a_sweep(time_s: float, value_uv: float, *, accepted: bool = True) -> KeptSweep:
    """Return a sweep of which every sample has one value."""
    report = a_report(sample_index=round(1000 * time_s))
    quality = Quality(accepted=accepted)
    findings = tuple(replace(finding, quality=quality) for finding in report.findings)
    samples = np.full((2, 50), value_uv, dtype=np.float32)
    return kept_sweep(replace(report, findings=findings, cleaned_uv=samples), seq=1)


def a_page(*sweeps: KeptSweep) -> SamplePage:
    return SamplePage(
        form=form_of(sweeps[0]),
        trend=trend_of([sweep.header for sweep in sweeps]),
        packed=packed_page(sweeps).samples,
    )


def painted(*pages: SamplePage, n_columns: int = 4, muscle: Muscle = Muscle.MENTALIS) -> Raster:
    return raster_of(pages, case_id="c", muscle=muscle, start_s=0.0, end_s=4.0, n_columns=n_columns)


def test_a_column_is_the_mean_of_its_sweeps_that_count() -> None:
    raster = painted(
        a_page(a_sweep(0.1, 10.0), a_sweep(0.5, 30.0), a_sweep(1.5, 900.0, accepted=False)),
        a_page(a_sweep(3.9, -5.0), a_sweep(4.0, 77.0)),
    )
    assert raster.n_accepted.tolist() == [2, 0, 0, 1]
    assert raster.n_sweeps.tolist() == [2, 1, 0, 1]
    assert raster.samples_uv[0, 0] == 20.0
    assert np.isnan(raster.samples_uv[1]).all()
    assert raster.samples_uv[3, -1] == -5.0
    assert raster.header.start_ms == pytest.approx(-4.0)
    assert raster.header.n_rows == 32


def test_pages_of_another_form_are_laid_on_the_same_latencies() -> None:
    ramp = np.tile(np.arange(50, dtype=np.float32), (2, 1))
    one = replace(a_sweep(0.5, 0.0), samples_uv=ramp)
    late = a_sweep(1.5, 0.0)
    late = replace(late, header=replace(late.header, start_ms=-10.0), samples_uv=ramp)
    raster = painted(a_page(one), a_page(late))
    # At 0 ms: the eleventh sample of the first, the sixth of the second.
    row = round(-raster.header.start_ms / raster.header.step_ms)
    assert raster.samples_uv[0, row] == 10.0
    assert raster.samples_uv[1, row] == 5.0


def test_without_sweeps_of_the_muscle_the_picture_is_empty() -> None:
    raster = painted(a_page(a_sweep(0.5, 1.0)), muscle=Muscle.FRONTALIS)
    assert raster.header.n_rows == 0
    assert raster.n_sweeps.tolist() == [0, 0, 0, 0]
    assert len(raster_to_bytes(raster)) % 4 == 0


def test_the_binary_form_is_read_back_by_its_description() -> None:
    raster = painted(a_page(a_sweep(0.1, 12.34), a_sweep(2.5, 9000.0)))
    content = raster_to_bytes(raster)
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length])
    assert (header["kind"], header["muscle"], header["n_columns"]) == ("raster", "mentalis", 4)
    at = 4 + length
    assert at % 4 == 0
    counts = np.frombuffer(content, "<u2", count=8, offset=at).reshape(2, 4)
    assert counts.tolist() == [[1, 0, 1, 0], [1, 0, 1, 0]]
    rows = np.frombuffer(content, "<i2", offset=at + 16).reshape(4, header["n_rows"])
    assert rows[0, 0] * SCALE_UV == pytest.approx(12.3, abs=0.06)
    assert rows[1, 0] == NOTHING
    assert rows[2, 0] == 32_767


def test_a_damaged_page_is_told() -> None:
    page = replace(a_page(a_sweep(0.5, 1.0)), packed=b"x")
    with pytest.raises(StorageError, match="amr-monitor verify"):
        painted(page)
