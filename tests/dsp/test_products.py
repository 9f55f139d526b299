"""Products whose last bits do not depend on the batch."""

import numpy as np
import pytest

from amr_monitor.dsp.products import OUTPUTS_AT_ONCE, filter_bands, filtered, rows_times

SIZES = (1, 7, 8, 60, 1000)


@pytest.mark.parametrize(("n_inner", "n_outer"), [(886, 15), (15, 886), (270, 78), (9, 2245)])
def test_a_product_of_rows_is_that_of_each_row(n_inner: int, n_outer: int) -> None:
    generator = np.random.default_rng(6)
    rows = generator.standard_normal((1000, n_inner))
    matrix = generator.standard_normal((n_inner, n_outer))
    together = rows_times(rows, matrix)
    assert together == pytest.approx(rows @ matrix)
    for size in SIZES:
        parts = [rows_times(rows[at : at + size], matrix) for at in range(0, 1000, size)]
        assert np.array_equal(np.concatenate(parts), together)


def test_it_does_not_matter_where_in_memory_rows_lie() -> None:
    generator = np.random.default_rng(7)
    wide = generator.standard_normal((24, 200))
    matrix = generator.standard_normal((90, 12))
    assert np.array_equal(
        rows_times(wide[:, 50:140], matrix),
        rows_times(np.ascontiguousarray(wide[:, 50:140]), matrix),
    )


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("n_outputs", [1, OUTPUTS_AT_ONCE, 5 * OUTPUTS_AT_ONCE + 3])
def test_a_filter_is_a_convolution(step: int, n_outputs: int) -> None:
    generator = np.random.default_rng(8)
    taps = generator.standard_normal(13)
    rows = generator.standard_normal((5, 40 + step * n_outputs))
    told = filtered(rows, filter_bands(taps, step), first=11, n_outputs=n_outputs, step=step)
    whole = np.array([np.correlate(row[11:], taps, "valid") for row in rows])
    assert told == pytest.approx(whole[:, ::step][:, :n_outputs])


def test_a_filter_of_a_row_is_the_same_in_any_batch() -> None:
    generator = np.random.default_rng(9)
    bands = filter_bands(generator.standard_normal(13), 2)
    rows = generator.standard_normal((1000, 400)).astype(np.float32)
    together = filtered(rows, bands, first=3, n_outputs=150, step=2)
    for size in SIZES:
        parts = [
            filtered(rows[at : at + size], bands, first=3, n_outputs=150, step=2)
            for at in range(0, 1000, size)
        ]
        assert np.array_equal(np.concatenate(parts), together)


def test_what_is_missing_before_the_first_sample_is_cut_off_again() -> None:
    rows = np.random.default_rng(10).standard_normal((2, 60))
    bands = filter_bands(np.array([0.5, 0.25, 0.25]))
    told = filtered(rows, bands, first=0, n_outputs=20)
    assert told == pytest.approx(0.5 * rows[:, :20] + 0.25 * (rows[:, 1:21] + rows[:, 2:22]))
