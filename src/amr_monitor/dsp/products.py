"""Matrix products whose last bits do not depend on how many sweeps are in a batch.

A product of many rows takes other kernels, and so other last bits, than one of few; verdicts
must not depend on how sweeps are batched. So every product here has a shape that does not
depend on the batch: rows go through in blocks of one size, filled up with zeros, and a filter
is a product of one sweep's stretches. One row at a time would do as well, at three times the
time: it reads the matrix anew for each row.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ROWS_AT_ONCE = 8
"""Rows of one product. With these many BLAS computes each row by the same steps."""

OUTPUTS_AT_ONCE = 16
"""Outputs of a filter that one row of a product gives."""


def rows_times(rows: Array, matrix: Array) -> Array:
    """Return `rows @ matrix`, each row as if it were alone.

    Parameters
    ----------
    rows : ndarray of float64, shape (n, k)
    matrix : ndarray of float64, shape (k, m)

    Returns
    -------
    ndarray of float64, shape (n, m)
    """
    n_rows, n_inner = rows.shape
    n_blocks = -(-n_rows // ROWS_AT_ONCE)
    n_filled = n_blocks * ROWS_AT_ONCE
    if n_filled == n_rows:
        filled = np.ascontiguousarray(rows)
    else:
        filled = np.zeros((n_filled, n_inner))
        filled[:n_rows] = rows
    product: Array = np.matmul(filled.reshape(n_blocks, ROWS_AT_ONCE, n_inner), matrix)
    return product.reshape(n_filled, matrix.shape[1])[:n_rows]


def filter_bands(taps: Array, step: int = 1) -> Array:
    """Return a filter as a matrix: `OUTPUTS_AT_ONCE` neighbouring outputs of one stretch.

    Parameters
    ----------
    taps : ndarray of float64, shape (n_taps,)
        In the order of the samples that they meet.
    step : int
        Samples from one output to the next.

    Returns
    -------
    ndarray of float64, shape (n_inputs, OUTPUTS_AT_ONCE)
    """
    bands = np.zeros((step * (OUTPUTS_AT_ONCE - 1) + taps.size, OUTPUTS_AT_ONCE))
    for output in range(OUTPUTS_AT_ONCE):
        bands[step * output : step * output + taps.size, output] = taps
    return bands


def filtered(
    rows: npt.NDArray[np.floating], bands: Array, *, first: int, n_outputs: int, step: int = 1
) -> Array:
    """Return outputs of a filter for each row.

    Neighbouring stretches are copied side by side and multiplied with `bands`:
    numpy has no quicker filter for short taps.

    Parameters
    ----------
    rows : ndarray of float, shape (n_rows, n_samples)
        Finite; samples that are missing before the first one count as zero.
    bands : ndarray of float64
        From `filter_bands`.
    first : int
        The sample that the first tap of the first output meets.
    n_outputs : int
    step : int
        As given to `filter_bands`.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_outputs)
    """
    n_stretches = -(-n_outputs // OUTPUTS_AT_ONCE)
    hop = step * OUTPUTS_AT_ONCE
    # Whole stretches that end with the last output; what they give before the first is cut off.
    n_more = n_stretches * OUTPUTS_AT_ONCE - n_outputs
    begin = first - step * n_more
    if begin < 0:
        rows = np.pad(rows, ((0, 0), (-begin, 0)))
        begin = 0
    from_begin = rows[:, begin:]
    stretches = np.lib.stride_tricks.as_strided(
        from_begin,
        shape=(rows.shape[0], n_stretches, bands.shape[0]),
        strides=(rows.strides[0], hop * rows.strides[1], rows.strides[1]),
        writeable=False,
    )
    outputs: Array = np.matmul(np.ascontiguousarray(stretches, dtype=np.float64), bands)
    return outputs.reshape(rows.shape[0], -1)[:, n_more:]
