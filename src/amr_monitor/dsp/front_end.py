"""Whitening and projection: what is not response is taken out of a sweep.

Learnt from the noise of one channel. Tails of artifact and M wave, drift and
what is left of the mains are projected out together; no exponential is ever
fitted to the M wave's own time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import linalg

from amr_monitor.dsp.conditioning import (
    MAINS_HARMONICS,
    Array,
    SweepGeometry,
    noise_columns,
)
from amr_monitor.dsp.products import OUTPUTS_AT_ONCE, filter_bands, filtered, rows_times
from amr_monitor.dsp.settings import DetectorSettings

TAIL_MS = (0.7, 1.3, 2.5, 4.5, 8.0)
SMALLEST_SHARE = 1e-6
FEWEST_FREE = 20
"""Samples of a late control beyond what is projected out of it."""


def nuisance_basis(times_ms: Array, start_ms: float, mains_hz: float) -> Array:
    """Return what is not response: level, drift, mains, tails of artifact and M wave.

    Parameters
    ----------
    times_ms : ndarray of float64, shape (n_times,)
    start_ms : float
        Start of the response window; tails begin 1 ms before it.
    mains_hz : float

    Returns
    -------
    ndarray of float64, shape (n_basis, n_times)
    """
    rows = [np.ones_like(times_ms), times_ms / 50.0]
    for harmonic in MAINS_HARMONICS:
        phase = 2.0 * np.pi * harmonic * mains_hz * times_ms / 1000.0
        rows += [np.cos(phase), np.sin(phase)]
    since = times_ms - start_ms + 1.0
    for tau in TAIL_MS:
        tail = np.exp(-np.maximum(since, -8.0 * min(tau, 1.0)) / tau)
        rows.append(np.where(times_ms >= 0.0, tail, 0.0))
    return np.array(rows)


def whitening_filter(noise_uv: Array, order: int) -> tuple[Array, float]:
    """Return the prediction error filter of the noise and its innovation level.

    The power spectrum is the median over windows: bursts in a few of them do
    not bend it.

    Parameters
    ----------
    noise_uv : ndarray of float64, shape (n_windows, n_times)
        Stretches without stimulus.
    order : int

    Returns
    -------
    filter : ndarray of float64, shape (order + 1,)
        First coefficient 1.
    level_uv : float
        Standard deviation of the filtered noise.
    """
    n_times = noise_uv.shape[1]
    centred = noise_uv - noise_uv.mean(axis=1, keepdims=True)
    n_fft = 1 << int(np.ceil(np.log2(2 * n_times)))
    power = np.abs(np.fft.rfft(centred, n_fft, axis=1)) ** 2
    median_power = np.median(power, axis=0) / np.log(2.0)
    correlation = np.fft.irfft(median_power, n_fft)[: order + 1] / n_times
    # A little more at lag 0: a channel without any noise has a filter too.
    correlation[0] = correlation[0] * (1.0 + 1e-6) + 1e-12
    coefficients = linalg.solve_toeplitz(correlation[:-1], correlation[1:])
    variance = float(correlation[0] - coefficients @ correlation[1:])
    return np.concatenate([[1.0], -coefficients]), float(np.sqrt(max(variance, 1e-12)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrontEnd:
    """Whitening and projection of one channel, learnt from its noise.

    Attributes
    ----------
    pre_columns, post_columns : slice
        Analysis columns of the prestimulus and of the stretch after the tail. The
        former is empty where pre-cut sweeps have no prestimulus to speak of.
    whitener : ndarray of float64, shape (order + 1,)
    level_uv : float
        Noise level that whitening divides by.
    bands : ndarray of float64
        The whitener over the level, as `filtered` takes it.
    nuisance : ndarray of float64, shape (n_white, n_nuisance)
        Orthonormal, in the whitened domain.
    plain_nuisance : ndarray of float64, shape (n_plain, n_nuisance)
        Orthonormal, unwhitened, at `plain_times_ms`.
    nuisance_back, plain_nuisance_back : ndarray of float64
        The two transposed, row after row in memory.
    times_ms : ndarray of float64, shape (n_white,)
    window, pre, late : slice
        Response window, noise stretch and late control in the whitened domain.
        The noise is that before the stimulus, or else that behind the response:
        there is no late control then.
    plain_times_ms : ndarray of float64, shape (n_plain,)
    pre_nuisance, late_nuisance : ndarray of float64, shape (n_pre or n_late, rank)
        Orthonormal bases of what the nuisance spans in `pre` and in `late` alone.
    """

    pre_columns: slice
    post_columns: slice
    whitener: Array
    level_uv: float
    bands: Array
    nuisance: Array
    plain_nuisance: Array
    nuisance_back: Array
    plain_nuisance_back: Array
    times_ms: Array
    plain_times_ms: Array
    window: slice
    pre: slice
    late: slice
    pre_nuisance: Array
    late_nuisance: Array

    def whiten(self, values_uv: Array, *, shift: int = 0) -> Array:
        """Return whitened, projected sweeps in units of the noise level.

        Parameters
        ----------
        values_uv : ndarray of float64, shape (n_sweeps, n_times)
            Analysis columns of one channel.
        shift : int
            In columns; a negative one looks at a stimulus that never was.

        Returns
        -------
        ndarray of float64, shape (n_sweeps, n_white)
        """
        return self._projected(self._filtered(values_uv, shift))

    def whiten_both(self, values_uv: Array, shift: int) -> tuple[Array, Array]:
        """Return `whiten` of the sweeps and of the stimulus that never was, in one go."""
        n_sweeps = values_uv.shape[0]
        both = np.concatenate([self._filtered(values_uv, 0), self._filtered(values_uv, shift)])
        both = self._projected(both)
        return both[:n_sweeps], both[n_sweeps:]

    def _filtered(self, values_uv: Array, shift: int) -> Array:
        return _prediction_errors(
            values_uv,
            [_moved(self.pre_columns, shift), _moved(self.post_columns, shift)],
            self.bands,
        )

    def _projected(self, white: Array) -> Array:
        white -= rows_times(rows_times(white, self.nuisance), self.nuisance_back)
        return white

    def noise_power(self, white: Array, *, late: Array | None) -> Array:
        """Return the local noise power over the calibration's, shape (n_sweeps,).

        Parameters
        ----------
        white : ndarray of float64, shape (n_sweeps, n_white)
        late : ndarray of float64, shape (n_sweeps, n_late), or None
            From `late_alone`, where the late stretch counts as well.
        """
        before = _power(_without(white[:, self.pre], self.pre_nuisance), self.pre_nuisance)
        if late is None or not late.shape[1]:
            return before
        return np.maximum(before, _power(late, self.late_nuisance))

    def late_alone(self, white: Array) -> Array:
        """Return the late control stretch without what a response leaks into it.

        Nuisance is projected out of all stretches together. What of a large
        response looks like a tail or hum is so smeared over the others, far
        above quiet noise; it lies in the nuisance's own span there.
        """
        return _without(white[:, self.late], self.late_nuisance)

    def rescaled(self, factor: float) -> "FrontEnd":
        """Return the same with a noise level larger by `factor`."""
        return replace(self, level_uv=self.level_uv * factor, bands=self.bands / factor)

    def cleaned(self, values_uv: Array, *, shift: int = 0, part: slice = slice(None)) -> Array:
        """Return unwhitened sweeps without level, mains rest and tails, in microvolts.

        Shape (n_sweeps, n_plain), at `plain_times_ms`, or a part of that.
        """
        order = self.whitener.size - 1
        post = slice(self.post_columns.start + order, self.post_columns.stop)
        plain = np.concatenate(
            [values_uv[:, _moved(self.pre_columns, shift)], values_uv[:, _moved(post, shift)]],
            axis=1,
        )
        projected = rows_times(plain, self.plain_nuisance)
        back = np.ascontiguousarray(self.plain_nuisance_back[:, part])
        return plain[:, part] - rows_times(projected, back)


def _moved(columns: slice, shift: int) -> slice:
    return slice(columns.start + shift, columns.stop + shift)


def _own_span(nuisance: Array) -> Array:
    """Return an orthonormal basis of the columns, as far as they are independent."""
    if not nuisance.shape[0]:
        return np.zeros((0, 0))
    left, singular, _ = np.linalg.svd(nuisance, full_matrices=False)
    return np.ascontiguousarray(left[:, singular > SMALLEST_SHARE * singular[0]])


def _without(rows: Array, basis: Array) -> Array:
    rows = np.ascontiguousarray(rows)
    if not basis.size:
        return rows
    return rows - rows_times(rows_times(rows, basis), np.ascontiguousarray(basis.T))


def _power(rows: Array, basis: Array) -> Array:
    """Return the mean square of each row, less what was projected out of it."""
    free = max(rows.shape[1] - (basis.shape[1] if basis.size else 0), 1)
    power: Array = (rows * rows).sum(axis=1) / free
    return power


def _prediction_errors(rows: Array, segments: Sequence[slice], bands: Array) -> Array:
    """Return what a filter does not predict in each segment, joined."""
    order = bands.shape[0] - OUTPUTS_AT_ONCE
    parts = [
        filtered(rows, bands, first=segment.start, n_outputs=segment.stop - segment.start - order)
        for segment in segments
        if segment.stop > segment.start
    ]
    return np.concatenate(parts, axis=1)


def _columns(times_ms: Array, low_ms: float, high_ms: float) -> npt.NDArray[np.intp]:
    return np.flatnonzero((times_ms >= low_ms - 1e-9) & (times_ms < high_ms - 1e-9))


def _slice(times_ms: Array, low_ms: float, high_ms: float) -> slice:
    return _span(_columns(times_ms, low_ms, high_ms))


def _span(columns: npt.NDArray[np.intp]) -> slice:
    """Return consecutive columns as a slice."""
    return slice(int(columns[0]), int(columns[-1]) + 1) if columns.size else slice(0, 0)


def fit_front_end(
    noise_uv: Array,
    geometry: SweepGeometry,
    start_ms: float,
    mains_hz: float,
    settings: DetectorSettings,
) -> FrontEnd:
    """Learn whitening and projection of one channel from stretches without stimulus.

    Parameters
    ----------
    noise_uv : ndarray of float64, shape (n_windows, n_times)
        At the analysis rate, mains taken off.
    geometry : SweepGeometry
    start_ms : float
        Start of this muscle's response window.
    mains_hz : float
    settings : DetectorSettings

    Returns
    -------
    FrontEnd
    """
    windows = settings.windows
    times = geometry.times_ms
    step = 1000.0 / geometry.analysis_rate_hz
    order = min(settings.whitening_order, round(1.2 / step))
    noise = noise_columns(geometry, settings)
    pre = noise[times[noise] < 0.0]
    post = _columns(times, start_ms - order * step, windows.post_end_ms)
    pre_columns, post_columns = _span(pre), _span(post)
    whitener, level = whitening_filter(noise_uv, order)
    bands = filter_bands(whitener[::-1] / level)
    basis = nuisance_basis(times, start_ms, mains_hz)
    white_basis = _prediction_errors(basis, [pre_columns, post_columns], bands).T
    nuisance = np.linalg.qr(white_basis / np.linalg.norm(white_basis, axis=0))[0]
    plain_columns = np.concatenate([pre, post[order:]])
    plain_basis = basis[:, plain_columns].T
    plain = np.linalg.qr(plain_basis / np.linalg.norm(plain_basis, axis=0))[0]
    white_times = np.concatenate([times[pre][order:], times[post][order:]])
    if pre.size:
        pre_slice = _slice(white_times, -1e9, 0.0)
        late_slice = _slice(white_times, windows.late_start_ms, windows.post_end_ms)
        if late_slice.stop - late_slice.start < FEWEST_FREE + nuisance.shape[1]:
            late_slice = slice(0, 0)
    else:
        pre_slice = _slice(white_times, float(times[noise[0]]), windows.post_end_ms)
        late_slice = slice(0, 0)

    return FrontEnd(
        pre_columns=pre_columns,
        post_columns=post_columns,
        whitener=whitener,
        level_uv=level,
        bands=bands,
        nuisance=np.ascontiguousarray(nuisance),
        plain_nuisance=np.ascontiguousarray(plain),
        nuisance_back=np.ascontiguousarray(nuisance.T),
        plain_nuisance_back=np.ascontiguousarray(plain.T),
        times_ms=white_times,
        plain_times_ms=times[plain_columns],
        window=_slice(white_times, start_ms, windows.detection_end_ms),
        pre=pre_slice,
        late=late_slice,
        pre_nuisance=_own_span(nuisance[pre_slice]),
        late_nuisance=_own_span(nuisance[late_slice]),
    )
