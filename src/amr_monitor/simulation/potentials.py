"""Waveforms of nerve and muscle, as functions of time in milliseconds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

REACH_SIGMA = 5.0
"""Beyond so many widths a potential is below a ten-thousandth of its size."""


def motor_unit_potential(x: Array, triphasic: Array | float) -> Array:
    """Return a motor unit potential of peak to peak about 1.

    Parameters
    ----------
    x : ndarray of float64
        Time from its middle, in widths (the sigma of its Gaussian).
    triphasic : ndarray of float64 or float
        0 is the first derivative of a Gaussian (two phases), 1 the second
        (three phases), between them a mixture, as the electrode lies.
    """
    bell = np.exp(-0.5 * x * x)
    return bell * ((triphasic - 1.0) * x / 1.2131 + triphasic * (1.0 - x * x) / 1.4463)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PotentialTrain:
    """Motor unit potentials of one muscle in the order of time.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n,)
        Of the middle of each.
    amplitude_uv : ndarray of float64, shape (n,)
        Peak to peak; negative turns it over.
    width_ms : ndarray of float64, shape (n,)
        Sigma; the peaks of a biphasic one lie two of them apart.
    triphasic : ndarray of float64, shape (n,)
    """

    time_s: Array
    amplitude_uv: Array
    width_ms: Array
    triphasic: Array

    @classmethod
    def joined(cls, *trains: "PotentialTrain") -> "PotentialTrain":
        """Return all potentials of `trains` as one train."""
        time_s = np.concatenate([train.time_s for train in trains] or [np.empty(0)])
        order = np.argsort(time_s, kind="stable")
        return cls(
            time_s=time_s[order],
            amplitude_uv=np.concatenate([t.amplitude_uv for t in trains] or [np.empty(0)])[order],
            width_ms=np.concatenate([t.width_ms for t in trains] or [np.empty(0)])[order],
            triphasic=np.concatenate([t.triphasic for t in trains] or [np.empty(0)])[order],
        )

    def scaled(self, factor: Array | float, *, delay_ms: float = 0.0) -> "PotentialTrain":
        """Return the train with other amplitudes, later by `delay_ms`."""
        return PotentialTrain(
            time_s=self.time_s + delay_ms / 1000.0,
            amplitude_uv=self.amplitude_uv * factor,
            width_ms=self.width_ms,
            triphasic=self.triphasic,
        )

    def rendered(self, *, first_index: int, n_samples: int, rate_hz: float) -> Array:
        """Return the samples of a stretch.

        Returns
        -------
        ndarray of float64, shape (n_samples,), microvolts
        """
        out = np.zeros(n_samples)
        if not self.time_s.size:
            return out
        reach_s = REACH_SIGMA * float(self.width_ms.max()) / 1000.0
        low, high = np.searchsorted(
            self.time_s,
            [first_index / rate_hz - reach_s, (first_index + n_samples) / rate_hz + reach_s],
        )
        if low == high:
            return out
        middle = self.time_s[low:high] * rate_hz - first_index
        half = int(np.ceil(reach_s * rate_hz)) + 1
        columns = np.round(middle).astype(np.int64)[:, None] + np.arange(-half, half + 1)
        x = (columns - middle[:, None]) * (1000.0 / rate_hz) / self.width_ms[low:high, None]
        values = self.amplitude_uv[low:high, None] * motor_unit_potential(
            x, self.triphasic[low:high, None]
        )
        inside = (columns >= 0) & (columns < n_samples)
        out += np.bincount(columns[inside], weights=values[inside], minlength=n_samples)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Lobe:
    """One bell of a compound potential, in units of its duration."""

    size: float
    middle: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundPotential:
    """The shape of an M wave in one channel.

    Attributes
    ----------
    onset_ms : float
        After the stimulus.
    duration_ms : float
        Of its two main phases; a third, slow one reaches further.
    lobes : tuple of Lobe
        Scaled by `scale` to a peak to peak of 1.
    """

    onset_ms: float
    duration_ms: float
    lobes: tuple[Lobe, ...]

    def at(self, time_ms: Array) -> Array:
        """Return its value, peak to peak 1, at times after the stimulus."""
        grid = np.linspace(-0.5, 3.0, 1401)
        scale = 1.0 / float(np.ptp(self._raw(grid)))
        return scale * self._raw((time_ms - self.onset_ms) / self.duration_ms)

    def _raw(self, x: Array) -> Array:
        total = np.zeros_like(x)
        for lobe in self.lobes:
            total += lobe.size * np.exp(-0.5 * ((x - lobe.middle) / lobe.width) ** 2)
        return total
