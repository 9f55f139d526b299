"""Sweeps of one patient, one a second, drawn by the hundred.

Every sweep is as the detector would get it: where there is nothing to take
off (noise and response alone) it is made at once as conditioned sweeps, else
as raw sweeps that go through the real conditioning.
"""

from dataclasses import dataclass, replace

import numpy as np

from amr_monitor.dsp.conditioning import (
    ConditionedSweeps,
    SweepGeometry,
    condition,
    sweep_geometry,
)
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep
from amr_monitor.simulation.patient import MuscleTraits
from amr_monitor.simulation.potentials import Array
from benchmarks.detection.noise import Hum, NoiseSpectrum, SlowWalk
from benchmarks.detection.population import LONGEST_SILENT_RUN_S, BenchPatient
from benchmarks.detection.responses import (
    UNCHANGED,
    BoolArray,
    Rows,
    ShapeChange,
    add_potentials,
    draw_units,
)

RATE_HZ = 10_000.0
RAIL_UV = 3276.7
STEP_UV = 0.1
FAST_TAU_MS = 0.3
PULSE_MS = 0.2
AFTERDISCHARGE_MS = (15.0, 60.0)
MOST_AFTERDISCHARGES = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnSweeps:
    """Sweeps with what is true of them.

    Attributes
    ----------
    conditioned : ConditionedSweeps
        One channel.
    m_fraction : ndarray of float64, shape (n_sweeps,)
        Direct M wave over baseline.
    gain : ndarray of float64, shape (n_sweeps,)
        What the trajectory says; 0 for no response.
    fires : ndarray of bool, shape (n_sweeps,)
        Whether it was not blocked.
    silent_run_s : ndarray of float64, shape (n_sweeps,)
        Length of the silent run that a sweep lies in; 0 outside of one.
    """

    conditioned: ConditionedSweeps
    m_fraction: Array
    gain: Array
    fires: BoolArray
    silent_run_s: Array

    def __len__(self) -> int:
        return int(self.gain.size)


class Presence:
    """Whether a response that is there fires, sweep by sweep.

    Parameters
    ----------
    patient : BenchPatient
    generator : numpy Generator
    """

    def __init__(self, patient: BenchPatient, generator: np.random.Generator) -> None:
        self._patient = patient
        self._generator = generator
        self._blocked = False
        self._silent_left = 0
        self._silent_length = 0

    def next(self, n: int) -> tuple[BoolArray, Array]:
        """Return for the next sweeps whether it fires, and the length of the silent run."""
        patient, generator = self._patient, self._generator
        chance = generator.random(n)
        begins = generator.random(n) < 1.0 / patient.silent_every_s
        fires = np.zeros(n, dtype=bool)
        run = np.zeros(n)
        for index in range(n):
            if self._silent_left == 0 and begins[index]:
                self._silent_length = self._drawn_length()
                self._silent_left = self._silent_length
            if self._silent_left > 0:
                self._silent_left -= 1
                run[index] = self._silent_length
                continue
            leaves = patient.blocked_exit if self._blocked else patient.blocked_entry
            if chance[index] < leaves:
                self._blocked = not self._blocked
            fires[index] = not self._blocked
        return fires, run

    def _drawn_length(self) -> int:
        """Return the length of a silent run, drawn again where it is too long."""
        patient = self._patient
        while True:
            deviation = self._generator.standard_normal()
            drawn = patient.silent_median_s * np.exp(patient.silent_log_sd * deviation)
            if drawn <= LONGEST_SILENT_RUN_S:
                return int(np.ceil(drawn))


class RawChannel:
    """Raw sweeps of one muscle: noise, mains, artifact, M wave, F wave, response.

    Parameters
    ----------
    patient : BenchPatient
    traits : MuscleTraits
        Of this muscle.
    geometry : SweepGeometry
    generator : numpy Generator
    """

    def __init__(
        self,
        patient: BenchPatient,
        traits: MuscleTraits,
        geometry: SweepGeometry,
        generator: np.random.Generator,
    ) -> None:
        self.traits = traits
        self._patient = patient
        self._generator = generator
        self._n_before = geometry.n_before
        n_times = geometry.n_before + geometry.n_after
        steps = np.arange(n_times, dtype=np.float64) - geometry.n_before
        self._times_ms: Array = steps * (1000.0 / RATE_HZ)
        self.spectrum = NoiseSpectrum(
            rms_uv=patient.noise_uv, pink_share=traits.noise_pink_share, rate_hz=RATE_HZ
        )
        self._loudness = SlowWalk(30.0, generator)
        self._artifact = SlowWalk(60.0, generator)
        self._hum = Hum(uv=traits.mains_uv, hz=patient.mains_hz, generator=generator)
        self._m_wave = traits.m_shape.at(self._times_ms[geometry.n_before :])

    def background(self, n: int) -> FloatArray:
        """Return noise and mains of the next sweeps, shape (n, n_times)."""
        rows = self.spectrum.rows(n, self._times_ms.size, self._generator)
        rows *= np.exp(0.1 * self._loudness.values(n))[:, None].astype(np.float32)
        self._hum.add(rows, self._times_ms / 1000.0)
        return rows

    def add_evoked(self, rows: Rows, *, artifact: Array, m_wave: Array) -> None:
        """Add artifact, M wave and F wave to raw sweeps, in place.

        Parameters
        ----------
        rows : ndarray, shape (n_sweeps, n_times)
        artifact, m_wave : ndarray of float64, shape (n_sweeps,)
            Over the baseline's.
        """
        generator, traits, n = self._generator, self.traits, rows.shape[0]
        after, times_ms = rows[:, self._n_before :], self._times_ms[self._n_before :]
        shape = traits.artifact
        size = np.full(n, shape.amplitude_uv) * (
            1.0 + shape.variation * generator.standard_normal(n)
        )
        size *= np.exp(shape.drift * self._artifact.values(n)) * artifact
        since = np.maximum(times_ms - PULSE_MS, 0.0)
        tails: Array = shape.fast_fraction * np.exp(-since / FAST_TAU_MS)
        tails += shape.slow_fraction * np.exp(-since / shape.slow_tau_ms)
        wave = np.where(times_ms < PULSE_MS, 1.0, tails)
        after += (size[:, None] * wave).astype(rows.dtype)
        varied = 1.0 + self._patient.m_variation * generator.standard_normal(n)
        after += ((traits.m_amplitude_uv * varied * m_wave)[:, None] * self._m_wave).astype(
            rows.dtype
        )
        units = traits.f_units
        chance = np.array([unit.firing_probability for unit in units])
        fires = np.less(generator.random((n, len(units))), chance)
        fires &= np.less(generator.random((n, 1)), self._patient.f_persistence)
        delay = self._patient.f_dispersion_ms * np.clip(generator.standard_normal(n), -2.0, 2.0)
        add_potentials(
            after,
            np.array([unit.latency_ms for unit in units]) + delay[:, None],
            np.array([unit.amplitude_uv for unit in units]) * fires * m_wave[:, None],
            np.array([unit.width_ms for unit in units]),
            np.array([unit.triphasic for unit in units]),
            first_ms=float(times_ms[0]),
            rate_hz=RATE_HZ,
        )

    def add_response(self, rows: Rows, size: Array, change: ShapeChange = UNCHANGED) -> None:
        """Add the AMR and its afterdischarge, in place; `size` is 0 where it is silent."""
        add_response(rows, self.traits, size, change, float(self._times_ms[0]), self._generator)
        traits, generator = self.traits, self._generator
        happens = (generator.random(size.size) < traits.afterdischarge_probability) & (size > 0.0)
        if not happens.any():
            return
        count = generator.integers(2, MOST_AFTERDISCHARGES + 1, size=size.size)
        for number in range(MOST_AFTERDISCHARGES):
            unit = traits.amr_units[int(generator.integers(len(traits.amr_units)))]
            sizes = unit.amplitude_uv * generator.uniform(0.3, 1.0, size.size) * size
            add_potentials(
                rows,
                generator.uniform(*AFTERDISCHARGE_MS, (size.size, 1)),
                (sizes * (happens & (number < count)))[:, None],
                np.array([unit.width_ms]),
                np.array([unit.triphasic]),
                first_ms=float(self._times_ms[0]),
                rate_hz=RATE_HZ,
            )


def add_response(
    rows: Rows,
    traits: MuscleTraits,
    size: Array,
    change: ShapeChange,
    first_ms: float,
    generator: np.random.Generator,
) -> None:
    """Add the AMR alone to rows that begin at `first_ms`, in place."""
    drawn = draw_units(traits, size, generator, change)
    add_potentials(
        rows,
        drawn.middle_ms,
        drawn.amplitude_uv,
        drawn.width_ms,
        drawn.triphasic,
        first_ms=first_ms,
        rate_hz=RATE_HZ,
    )


def digitised(rows: Rows) -> FloatArray:
    """Return samples clipped at the rail and rounded to the amplifier's step."""
    clipped = np.clip(np.asarray(rows, dtype=np.float32), -RAIL_UV, RAIL_UV)
    return np.asarray(np.round(clipped / STEP_UV) * STEP_UV, dtype=np.float32)


def as_sweeps(samples_uv: FloatArray, geometry: SweepGeometry) -> tuple[Sweep, ...]:
    """Return arrays of shape (n_sweeps, n_channels, n_times) as sweeps, one a second."""
    step = round(geometry.rate_hz)
    return tuple(
        Sweep(
            stimulus=Stimulus(sample_index=(number + 1) * step),
            first_index=(number + 1) * step - geometry.n_before,
            onset_sample=geometry.n_before,
            samples_uv=samples,
        )
        for number, samples in enumerate(samples_uv)
    )


class VirtualRecording:
    """The lead muscle of one patient in the order of time.

    Parameters
    ----------
    patient : BenchPatient
    generator : numpy Generator
    disturbed : bool
        As in `Stratum`.
    settings : DetectorSettings
    """

    def __init__(
        self,
        patient: BenchPatient,
        generator: np.random.Generator,
        *,
        disturbed: bool,
        settings: DetectorSettings,
    ) -> None:
        self.patient = patient
        self._generator = generator
        self._settings = settings
        self.geometry: SweepGeometry = sweep_geometry(
            RATE_HZ, settings.windows.sweep_start_ms, settings.windows.sweep_end_ms, settings
        )
        self._channel = RawChannel(patient, patient.traits, self.geometry, generator)
        self._presence = Presence(patient, generator)
        self._excitability = SlowWalk(300.0, generator)
        self._disturbed = disturbed

    @property
    def spectrum(self) -> NoiseSpectrum:
        """The true spectrum of the noise."""
        return self._channel.spectrum

    def sweeps(self, gain: Array, change: ShapeChange = UNCHANGED) -> DrawnSweeps:
        """Return the next sweeps.

        Parameters
        ----------
        gain : ndarray of float64, shape (n_sweeps,)
            Of the response over the baseline's; 0 for none.
        change : ShapeChange
            Of its shape against the baseline's.
        """
        n = gain.size
        fires, silent_run_s = self._presence.next(n)
        size = np.where(fires, gain, 0.0)
        if self._disturbed:
            drift = self.patient.excitability_drift * self._excitability.values(n)
            conditioned = self._conditioned(size * np.exp(drift), change)
        else:
            conditioned = self._plain(size, change)
        return DrawnSweeps(
            conditioned=conditioned,
            m_fraction=1.0 + self.patient.m_variation * self._generator.standard_normal(n),
            gain=gain,
            fires=fires & (gain > 0.0),
            silent_run_s=silent_run_s,
        )

    def _plain(self, size: Array, change: ShapeChange) -> ConditionedSweeps:
        times, n = self.geometry.times_ms, size.size
        rows = self.spectrum.rows(n, times.size, self._generator).astype(np.float64)
        add_response(rows, self.patient.traits, size, change, float(times[0]), self._generator)
        return ConditionedSweeps(
            values_uv=rows[:, None, :],
            mains_uv=np.zeros((n, 1)),
            mains_hz=np.full(n, 50.0),
            artifact_uv=np.zeros((n, 1)),
            finite=np.ones((n, 1), dtype=bool),
        )

    def _conditioned(self, size: Array, change: ShapeChange) -> ConditionedSweeps:
        ones = np.ones(size.size)
        rows = self._channel.background(size.size)
        self._channel.add_evoked(rows, artifact=ones, m_wave=ones)
        self._channel.add_response(rows, size, change)
        sweeps = as_sweeps(digitised(rows)[:, None, :], self.geometry)
        return condition(sweeps, self.geometry, self._settings)


def chosen_sweeps(sweeps: ConditionedSweeps, chosen: BoolArray) -> ConditionedSweeps:
    """Return some of the sweeps."""
    return replace(
        sweeps,
        values_uv=sweeps.values_uv[chosen],
        mains_uv=sweeps.mains_uv[chosen],
        mains_hz=sweeps.mains_hz[chosen],
        artifact_uv=sweeps.artifact_uv[chosen],
        finite=sweeps.finite[chosen],
    )
