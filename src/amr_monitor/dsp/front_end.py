"""Whitening and projection: what is not response is taken out of a sweep.

Learnt from the noise of one channel. Tails of artifact and M wave, drift and
what is left of the mains are projected out together; no exponential is ever
fitted to the M wave's own time.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import linalg

from amr_monitor.dsp.conditioning import (
    MAINS_HARMONICS,
    Array,
    SweepGeometry,
    noise_columns,
    rows_times,
)
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
    pre_columns, post_columns : ndarray of int
        Analysis columns of the prestimulus and of the stretch after the tail. The
        former is empty where pre-cut sweeps have no prestimulus to speak of.
    plain_columns : ndarray of int
        Analysis columns of `plain_times_ms`.
    whitener : ndarray of float64, shape (order + 1,)
    level_uv : float
        Noise level that whitening divides by.
    nuisance : ndarray of float64, shape (n_white, n_nuisance)
        Orthonormal, in the whitened domain.
    plain_nuisance : ndarray of float64, shape (n_plain, n_nuisance)
        Orthonormal, unwhitened, over `plain_columns`.
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

    pre_columns: npt.NDArray[np.intp]
    post_columns: npt.NDArray[np.intp]
    plain_columns: npt.NDArray[np.intp]
    whitener: Array
    level_uv: float
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
        return self._whitened(
            [values_uv[:, self.pre_columns + shift], values_uv[:, self.post_columns + shift]]
        )

    def whiten_both(self, values_uv: Array, shift: int) -> tuple[Array, Array]:
        """Return `whiten` of the sweeps and of the stimulus that never was, in one go."""
        both = self._whitened(
            [
                np.concatenate([values_uv[:, columns], values_uv[:, columns + shift]])
                for columns in (self.pre_columns, self.post_columns)
            ]
        )
        n_sweeps = values_uv.shape[0]
        return both[:n_sweeps], both[n_sweeps:]

    def _whitened(self, segments: list[Array]) -> Array:
        white = _filtered(segments, self.whitener / self.level_uv)
        projected = rows_times(white, self.nuisance)
        return white - rows_times(projected, self.nuisance_back)

    def noise_power(self, white: Array, *, use_late: bool) -> Array:
        """Return the local noise power over the calibration's, shape (n_sweeps,)."""
        before = _power(_without(white[:, self.pre], self.pre_nuisance), self.pre_nuisance)
        if not use_late or self.late.stop <= self.late.start:
            return before
        return np.maximum(before, _power(self.late_alone(white), self.late_nuisance))

    def late_alone(self, white: Array) -> Array:
        """Return the late control stretch without what a response leaks into it.

        Nuisance is projected out of all stretches together. What of a large
        response looks like a tail or hum is so smeared over the others, far
        above quiet noise; it lies in the nuisance's own span there.
        """
        return _without(white[:, self.late], self.late_nuisance)

    def rescaled(self, factor: float) -> "FrontEnd":
        """Return the same with a noise level larger by `factor`."""
        return replace(self, level_uv=self.level_uv * factor)

    def cleaned(self, values_uv: Array, *, shift: int = 0) -> Array:
        """Return unwhitened sweeps without level, mains rest and tails, in microvolts.

        Shape (n_sweeps, n_plain), at `plain_times_ms`.
        """
        plain = np.ascontiguousarray(values_uv[:, self.plain_columns + shift])
        projected = rows_times(plain, self.plain_nuisance)
        return plain - rows_times(projected, self.plain_nuisance_back)


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


def _filtered(segments: list[Array], whitener: Array) -> Array:
    """Return prediction errors of each segment, joined, row after row in memory.

    Picking columns leaves the layout to numpy, and it takes another one for a
    single row than for many; sums over a row would then differ in the last bit.
    """
    order = whitener.size - 1
    parts = []
    for segment in map(np.ascontiguousarray, (each for each in segments if each.shape[1])):
        n_out = segment.shape[1] - order
        out = whitener[0] * segment[:, order:]
        term = np.empty_like(out)
        for lag in range(1, order + 1):
            np.multiply(segment[:, order - lag : order - lag + n_out], whitener[lag], out=term)
            out += term
        parts.append(out)
    return np.concatenate(parts, axis=1)


def _columns(times_ms: Array, low_ms: float, high_ms: float) -> npt.NDArray[np.intp]:
    return np.flatnonzero((times_ms >= low_ms - 1e-9) & (times_ms < high_ms - 1e-9))


def _slice(times_ms: Array, low_ms: float, high_ms: float) -> slice:
    found = _columns(times_ms, low_ms, high_ms)
    if not found.size:
        return slice(0, 0)
    return slice(int(found[0]), int(found[-1]) + 1)


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
    whitener, level = whitening_filter(noise_uv, order)
    basis = nuisance_basis(times, start_ms, mains_hz)
    white_basis = _filtered([basis[:, pre], basis[:, post]], whitener / level).T
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
        pre_columns=pre,
        post_columns=post,
        plain_columns=plain_columns,
        whitener=whitener,
        level_uv=level,
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
