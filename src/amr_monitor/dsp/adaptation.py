"""Sweeps of a source that came back as another one, as the case knows them.

A case is judged at one sampling rate, on the channels that it was opened with.
Where an amplifier returns with another rate or other channels, each sweep is
brought to that form on its own, so that nothing crosses sweeps.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from amr_monitor.dsp.conditioning import SweepGeometry
from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Montage
from amr_monitor.model.source import SourceInfo
from amr_monitor.model.sweep import Sweep

LARGEST_RATIO_TERM = 2000
MARGIN_MS = 2.0
"""Cut so much more on both sides where sweeps are resampled."""


class SweepAdapter:
    """Bring sweeps to the channels and the rate of an opened case.

    A muscle that is missing now is not a number in every sample: its sweeps are
    rejected and say why. It never becomes silence.

    Parameters
    ----------
    montage : Montage
        Of the case.
    geometry : SweepGeometry
        Of the case's sweeps.
    info : SourceInfo
        What the source is from now on.
    """

    def __init__(self, *, montage: Montage, geometry: SweepGeometry, info: SourceInfo) -> None:
        self._geometry = geometry
        self._ratio = Fraction(geometry.rate_hz / info.sampling_rate_hz).limit_denominator(
            LARGEST_RATIO_TERM
        )
        self.rate_hz = info.sampling_rate_hz
        self.n_channels = len(info.montage.channels)
        margin_ms = MARGIN_MS if self._ratio != 1 else 0.0
        self.start_ms = -1000.0 * geometry.n_before / geometry.rate_hz - margin_ms
        self.end_ms = 1000.0 * geometry.n_after / geometry.rate_hz + margin_ms
        self._labels = [channel.label for channel in info.montage.channels]
        now = {channel.muscle: row for row, channel in enumerate(info.montage.channels)}
        self._rows = [now.get(channel.muscle) for channel in montage.channels]
        self._missing = frozenset(montage.muscles) - frozenset(now)
        self._other = tuple(
            info.montage.channels[row].label
            for channel, row in zip(montage.channels, self._rows, strict=True)
            if row is not None and _plain(info.montage.channels[row].label) != _plain(channel.label)
        )

    @property
    def missing(self) -> frozenset[Muscle]:
        """Muscles of the case that are not recorded any more."""
        return self._missing

    @property
    def described(self) -> str:
        """What the source is now, in one line."""
        return f"{self.rate_hz:g} Hz: {', '.join(self._labels)}"

    @property
    def why_new_baseline(self) -> str:
        """Why the baseline of the case says nothing any more; empty where it does."""
        if self._other:
            return f"the source came back with another channel: {', '.join(self._other)}"
        if self.rate_hz < 0.999 * self._geometry.analysis_rate_hz:
            return f"the source came back at {self.rate_hz:g} Hz: too slow for the baseline"
        return ""

    def adapted(self, sweep: Sweep) -> Sweep:
        """Return a sweep as the case's own would be."""
        raw = sweep.samples_uv.astype(np.float64)
        column = sweep.onset_sample
        if self._ratio != 1:
            # Only a source that came back at another rate needs it, and it takes its time.
            from scipy.signal import resample_poly

            raw = resample_poly(raw, self._ratio.numerator, self._ratio.denominator, axis=1)
            column = round(column * self._ratio)
        first = column - self._geometry.n_before
        stop = column + self._geometry.n_after
        samples = np.full((len(self._rows), stop - first), np.nan)
        for row, source in enumerate(self._rows):
            if source is not None:
                samples[row] = raw[source, first:stop]
        return replace(
            sweep,
            onset_sample=self._geometry.n_before,
            samples_uv=samples.astype(np.float32),
        )


def _plain(label: str) -> str:
    return " ".join(label.lower().split())
