"""Noise of an amplifier with a known spectrum, row by row, and slow walks."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from amr_monitor.model.signal import FloatArray
from amr_monitor.simulation.noise import HIGHPASS_HZ, LOWPASS_HZ, PINK_BELOW_HZ
from amr_monitor.simulation.potentials import Array

UNUSED_SAMPLES = 1000
HARMONICS = (1, 3, 5)
MOST_OFF_HZ = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSpectrum:
    """White noise in the amplifier's band and 1/f noise below 30 Hz.

    Attributes
    ----------
    rms_uv : float
    pink_share : float
        Of the power.
    rate_hz : float
    """

    rms_uv: float
    pink_share: float
    rate_hz: float

    def power(self, n_fft: int) -> Array:
        """Return the power of each frequency of a real FFT; its mean square is `rms_uv`."""
        hz = np.fft.rfftfreq(n_fft, 1.0 / self.rate_hz)
        raised = (hz / HIGHPASS_HZ) ** 4
        band = raised / (1.0 + raised) / (1.0 + (hz / LOWPASS_HZ) ** 8)
        pink = np.zeros_like(hz)
        pink[1:] = band[1:] / hz[1:] / (1.0 + (hz[1:] / PINK_BELOW_HZ) ** 6)
        weight = np.full(hz.size, 2.0)
        weight[0] = 1.0
        if n_fft % 2 == 0:
            weight[-1] = 1.0
        white = (1.0 - self.pink_share) * band / (weight * band).sum()
        return np.asarray(self.rms_uv**2 * (white + self.pink_share * pink / (weight * pink).sum()))

    def rows(self, n_rows: int, n_times: int, generator: np.random.Generator) -> FloatArray:
        """Return independent stretches of noise, float32, shape (n_rows, n_times)."""
        # A circle of noise, cut far from where its ends meet.
        n_fft = int(fft.next_fast_len(n_times + UNUSED_SAMPLES, real=True))
        size = np.sqrt(self.power(n_fft) / 2.0).astype(np.float32) * np.float32(n_fft)
        spectrum = np.empty((n_rows, size.size), dtype=np.complex64)
        draws = generator.standard_normal((n_rows, 2 * size.size), dtype=np.float32)
        spectrum.real = draws[:, : size.size] * size
        spectrum.imag = draws[:, size.size :] * size
        rows = fft.irfft(spectrum, n=n_fft, axis=1, overwrite_x=True)
        return np.asarray(rows[:, :n_times], dtype=np.float32)

    def covariance(self, n_lags: int) -> Array:
        """Return the autocovariance at the first lags, shape (n_lags,)."""
        n_fft = 1 << 15
        power = self.power(n_fft)
        return np.asarray(np.fft.irfft(power, n_fft)[:n_lags] * n_fft)


class SlowWalk:
    """A mean-reverting walk of standard deviation 1 that is continued call by call."""

    def __init__(self, tau_s: float, generator: np.random.Generator) -> None:
        self._keep = float(np.exp(-1.0 / tau_s))
        self._generator = generator
        self._value = float(generator.standard_normal())

    def values(self, n: int) -> Array:
        """Return the next `n` values, one a second."""
        out = np.empty(n)
        steps = np.sqrt(1.0 - self._keep**2) * self._generator.standard_normal(n)
        for index in range(n):
            self._value = self._keep * self._value + float(steps[index])
            out[index] = self._value
        return out


class Hum:
    """Mains with two odd harmonics, wandering from sweep to sweep.

    At one stimulus a second the phase moves only by what the frequency is off.

    Parameters
    ----------
    uv : float
        Largest amplitude of the fundamental.
    hz : float
    generator : numpy Generator
    """

    def __init__(self, *, uv: float, hz: float, generator: np.random.Generator) -> None:
        self._uv = uv
        self._hz = hz
        self._offset = SlowWalk(60.0, generator)
        self._size = SlowWalk(20.0, generator)
        self._phases = 2.0 * np.pi * generator.random(len(HARMONICS))
        self._shares = (1.0, generator.uniform(0.1, 0.5), generator.uniform(0.05, 0.2))
        self._turned = 0.0

    def add(self, rows: FloatArray, time_s: Array) -> None:
        """Add the hum of the next sweeps to raw rows, in place."""
        n = rows.shape[0]
        off_hz = MOST_OFF_HZ * np.clip(self._offset.values(n) / 2.0, -1.0, 1.0)
        size = self._uv * (0.5 + 0.5 * np.tanh(0.9 * self._size.values(n)))
        turned = self._turned + np.cumsum(off_hz)
        self._turned = float(turned[-1]) % 1.0
        # exp(i a (t + dt)) by a short Taylor series in what the frequency is off:
        # one row of sines over time, a few numbers a sweep.
        for harmonic, phase, share in zip(HARMONICS, self._phases, self._shares, strict=True):
            over_time = np.exp(2j * np.pi * harmonic * self._hz * time_s)
            start = share * size * np.exp(1j * (2.0 * np.pi * harmonic * turned + phase))
            bend = 2j * np.pi * harmonic * off_hz
            terms = [np.ones_like(bend), bend, bend**2 / 2.0, bend**3 / 6.0]
            powers = np.array([over_time * time_s**order for order in range(len(terms))])
            weights = np.array(terms).T * start[:, None]
            rows += (weights @ powers).imag.astype(np.float32)
