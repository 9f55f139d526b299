"""What a channel holds without any stimulus: noise of the amplifier, and hum."""

from dataclasses import dataclass

import numpy as np
from scipy.fft import next_fast_len

from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.streams import RandomStreams

HIGHPASS_HZ = 20.0
LOWPASS_HZ = 3000.0
"""The amplifier's band."""

PINK_BELOW_HZ = 30.0
TRACK_HZ = 250.0
"""Rate of everything that changes slowly."""

N_TAPS = 65
LARGEST_LOWPASS_OF_RATE = 0.4
"""An anti-alias filter leaves this much of the sampling rate."""

MAINS_OFFSET_HZ = 0.05


def lowpass_hz(rate_hz: float) -> float:
    """Return where the amplifier cuts off at a sampling rate."""
    return min(LOWPASS_HZ, LARGEST_LOWPASS_OF_RATE * rate_hz)


def slow_track(
    duration_s: float, *, tau_s: float, generator: np.random.Generator
) -> tuple[Array, Array]:
    """Return times and values of a smooth random curve of standard deviation 1."""
    step_s = tau_s / 4.0
    n_knots = int(np.ceil(duration_s / step_s)) + 4
    keep = np.exp(-step_s / tau_s)
    steps = generator.standard_normal(n_knots)
    values = np.empty(n_knots)
    at = float(steps[0])
    for k in range(n_knots):
        if k:
            at = float(keep) * at + float(np.sqrt(1.0 - keep * keep)) * float(steps[k])
        values[k] = at
    knots_s: Array = step_s * np.arange(n_knots, dtype=np.float64)
    return knots_s, values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AmplifierNoise:
    """White noise in the amplifier's band, and 1/f noise below 30 Hz.

    White noise is made page by page, each page from its own stream; the filter
    reaches into the page before, which is made again for it. So any page can
    be had without those before it.
    """

    streams: RandomStreams
    channel: str
    rate_hz: float
    page_samples: int
    white_uv: float
    taps: Array
    pink_uv: Array
    loudness_s: Array
    loudness: Array

    @classmethod
    def of(
        cls,
        *,
        rms_uv: float,
        pink_share: float,
        streams: RandomStreams,
        channel: str,
        rate_hz: float,
        page_samples: int,
        duration_s: float,
    ) -> "AmplifierNoise":
        """Return the noise of one channel.

        Parameters
        ----------
        rms_uv : float
            Of white and 1/f noise together.
        pink_share : float
            Share of the power that is 1/f.
        """
        # Imported where a surgery is made: every start of the program would pay for it.
        from scipy.signal import firwin

        taps = firwin(N_TAPS, lowpass_hz(rate_hz), fs=rate_hz)
        generator = streams.generator("pink_noise", channel)
        knots_s, walk = slow_track(
            duration_s, tau_s=30.0, generator=streams.generator("loudness", channel)
        )
        return cls(
            streams=streams,
            channel=channel,
            rate_hz=rate_hz,
            page_samples=page_samples,
            white_uv=rms_uv * np.sqrt((1.0 - pink_share) / float(np.sum(taps * taps))),
            taps=taps,
            pink_uv=rms_uv * np.sqrt(pink_share) * _pink(duration_s, generator),
            loudness_s=knots_s,
            loudness=np.exp(0.1 * walk),
        )

    def page(self, number: int, time_s: Array) -> Array:
        """Return the noise of one page in microvolts, shape (page_samples,)."""
        from scipy.signal import oaconvolve

        before = self._white(number - 1)[-(N_TAPS - 1) :]
        white = oaconvolve(np.concatenate([before, self._white(number)]), self.taps, mode="valid")
        pink = np.interp(time_s, np.arange(self.pink_uv.size) / TRACK_HZ, self.pink_uv)
        loudness = np.interp(time_s, self.loudness_s, self.loudness)
        noise: Array = (self.white_uv * white + pink) * loudness
        return noise

    def _white(self, number: int) -> Array:
        # Stream 0 is what lies before the first page.
        generator = self.streams.generator("white_noise", self.channel, number + 1)
        return generator.standard_normal(self.page_samples)


def _pink(duration_s: float, generator: np.random.Generator) -> Array:
    """Return 1/f noise of RMS 1 between the amplifier's high-pass and 30 Hz."""
    n_samples = next_fast_len(int(np.ceil(duration_s * TRACK_HZ)) + 2, real=True)
    hz = np.fft.rfftfreq(n_samples, 1.0 / TRACK_HZ)
    hz[0] = hz[1]
    passed = (hz / HIGHPASS_HZ) ** 2 / (1.0 + (hz / HIGHPASS_HZ) ** 2)
    rolled = 1.0 / np.sqrt(1.0 + (hz / PINK_BELOW_HZ) ** 6)
    spectrum = passed * rolled / np.sqrt(hz)
    phases = generator.standard_normal(hz.size) + 1j * generator.standard_normal(hz.size)
    pink: Array = np.fft.irfft(spectrum * phases, n=n_samples)
    return pink / float(np.sqrt(np.mean(pink * pink)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mains:
    """Hum with harmonics 3 and 5, its frequency, phase and size wandering.

    Attributes
    ----------
    track_s : ndarray of float64, shape (n,)
    cycles : ndarray of float64, shape (n,)
        Turns of the fundamental since the start, the same in every channel.
    size : ndarray of float64, shape (n,)
        0 to 1, of this channel.
    phases : tuple of float
        In turns, of the fundamental and its harmonics.
    shares : tuple of float
        Of the fundamental and its harmonics.
    """

    track_s: Array
    cycles: Array
    size: Array
    phases: tuple[float, float, float]
    shares: tuple[float, float, float]

    @classmethod
    def of(
        cls, *, mains_hz: float, duration_s: float, streams: RandomStreams, channel: str
    ) -> "Mains":
        """Return the hum of one channel for an amplitude of 1."""
        track_s = np.arange(0.0, duration_s + 1.0, 0.1)
        knots_s, walk = slow_track(
            duration_s, tau_s=60.0, generator=streams.generator("mains_frequency")
        )
        offset_hz = MAINS_OFFSET_HZ * np.clip(np.interp(track_s, knots_s, walk) / 2.0, -1.0, 1.0)
        cycles = np.cumsum(mains_hz + offset_hz) * 0.1
        generator = streams.generator("mains", channel)
        knots_s, walk = slow_track(duration_s, tau_s=20.0, generator=generator)
        size = 0.5 + 0.5 * np.tanh(0.9 * np.interp(track_s, knots_s, walk))
        knots_s, walk = slow_track(duration_s, tau_s=40.0, generator=generator)
        turns = generator.uniform(size=3)
        return cls(
            track_s=track_s,
            cycles=cycles + 0.1 * np.interp(track_s, knots_s, walk),
            size=size,
            phases=(float(turns[0]), float(turns[1]), float(turns[2])),
            shares=(1.0, float(generator.uniform(0.1, 0.5)), float(generator.uniform(0.05, 0.2))),
        )

    def at(self, time_s: Array) -> Array:
        """Return the hum at some times for an amplitude of 1."""
        turns = np.interp(time_s, self.track_s, self.cycles)
        hum = np.zeros_like(time_s)
        for harmonic, phase, share in zip((1, 3, 5), self.phases, self.shares, strict=True):
            # Whole turns are taken off first: the sine of a large number is slow.
            angle = harmonic * turns + phase
            hum += share * np.sin(2.0 * np.pi * (angle - np.floor(angle)))
        return hum * np.interp(time_s, self.track_s, self.size)
