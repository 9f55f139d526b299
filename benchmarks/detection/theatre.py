"""A case in two muscles as raw sweeps, with one fault at a time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from amr_monitor.dsp.conditioning import SweepGeometry, sweep_geometry
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.signal import Channel, FloatArray, Montage
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.model.sweep import Sweep
from amr_monitor.simulation.potentials import Array
from benchmarks.detection.noise import Hum
from benchmarks.detection.population import DIRECT, LEAD, BenchPatient
from benchmarks.detection.recording import (
    RAIL_UV,
    RATE_HZ,
    Presence,
    RawChannel,
    as_sweeps,
    digitised,
)
from benchmarks.detection.responses import add_potentials

BASELINE_SWEEPS = 70
BEFORE_SWEEPS = 60
AFTER_SWEEPS = 60
SILENT_SWEEPS = 120
"""After a loss, before a fault that could pass for a return."""

BURST_MS, PAUSE_MS = (50.0, 300.0), (0.0, 300.0)
TRAIN_HZ = (30.0, 150.0)
EMG_UV = (20.0, 500.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evoked:
    """What the stimulus brings about in each sweep, over the baseline's.

    Attributes
    ----------
    artifact, m_wave : ndarray of float64, shape (2, n_sweeps)
        In the lead and in the direct muscle.
    response : ndarray of float64, shape (n_sweeps,)
        In the lead.
    """

    artifact: Array
    m_wave: Array
    response: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """The sweeps of a fault as they may be changed, in place.

    Attributes
    ----------
    lead, direct : ndarray of float32, shape (n_sweeps, n_times)
    times_ms : ndarray of float64, shape (n_times,)
    mains_hz, mains_uv : float
    generator : numpy Generator
    """

    lead: FloatArray
    direct: FloatArray
    times_ms: Array
    mains_hz: float
    mains_uv: float
    generator: np.random.Generator


def _no_change(evoked: Evoked, span: slice, generator: np.random.Generator) -> None:
    """Leave what the stimulus brings about."""


def _no_samples(stretch: Stretch) -> None:
    """Leave the samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that happens to a case for a while.

    Attributes
    ----------
    seconds : int
    evoked : callable
        Changes what the stimulus brings about in a span of sweeps.
    samples : callable
        Changes the samples of these sweeps.
    ends : bool
        False where it stays.
    response_lost : bool
        The response was lost before: it could pass for a return.
    """

    seconds: int
    evoked: Callable[[Evoked, slice, np.random.Generator], None] = _no_change
    samples: Callable[[Stretch], None] = _no_samples
    ends: bool = True
    response_lost: bool = False


def _stimulus_fails(evoked: Evoked, span: slice, generator: np.random.Generator) -> None:
    evoked.artifact[:, span] = 0.0
    evoked.m_wave[:, span] = 0.0
    evoked.response[span] = 0.0


def _electrode_moves(evoked: Evoked, span: slice, generator: np.random.Generator) -> None:
    evoked.artifact[0, span] *= generator.uniform(0.05, 0.3)
    evoked.m_wave[0, span] = 0.0
    evoked.response[span] = 0.0


def _electrode_floats(evoked: Evoked, span: slice, generator: np.random.Generator) -> None:
    # Half, because everything in the channel is doubled with its noise.
    _electrode_moves(evoked, span, generator)
    evoked.artifact[0, span] *= 0.5


def _relaxant(evoked: Evoked, span: slice, generator: np.random.Generator) -> None:
    n = evoked.response[span].size
    left = np.clip(1.0 - np.arange(n) / generator.uniform(120.0, 200.0), 0.03, 1.0)
    evoked.m_wave[:, span] *= left
    evoked.response[span] *= left


def _electrode_noise(stretch: Stretch) -> None:
    stretch.lead[:] *= np.float32(stretch.generator.uniform(0.6, 1.5))


def _flat(stretch: Stretch) -> None:
    stretch.lead[:] = 0.0


def _floats(stretch: Stretch) -> None:
    stretch.lead[:] *= np.float32(2.0)
    hum = Hum(
        uv=20.0 * max(stretch.mains_uv, 10.0), hz=stretch.mains_hz, generator=stretch.generator
    )
    hum.add(stretch.lead, stretch.times_ms / 1000.0)


def _gain_falls(stretch: Stretch) -> None:
    stretch.lead[:] *= np.float32(0.3)


def _cautery(stretch: Stretch) -> None:
    arc = np.sin(2.0 * np.pi * 50.0 * stretch.times_ms / 1000.0)
    for rows in (stretch.lead, stretch.direct):
        swings = stretch.generator.standard_normal(rows.shape)
        rows[:] = (RAIL_UV * (4.0 * arc + 3.0 * swings)).astype(np.float32)


def _emg_storm(stretch: Stretch) -> None:
    """Add bursts of motor unit trains to the lead muscle, locked to nothing."""
    generator = stretch.generator
    n, first_ms = stretch.lead.shape[0], float(stretch.times_ms[0])
    uv = float(np.exp(generator.uniform(*np.log(EMG_UV))))
    units = int(generator.integers(1, 4))
    for _ in range(units):
        hz = generator.uniform(*TRAIN_HZ)
        widths, triphasic = generator.uniform(0.2, 0.6, 1), generator.uniform(0.2, 1.0, 1)
        spikes: list[list[float]] = []
        for _ in range(n):
            at, row = first_ms + generator.uniform(*PAUSE_MS), []
            while at < -first_ms:
                end = at + generator.uniform(*BURST_MS)
                while at < end:
                    row.append(at)
                    at += 1000.0 / hz * generator.uniform(0.8, 1.2)
                at = end + generator.uniform(*PAUSE_MS)
            spikes.append(row)
        most = max(len(row) for row in spikes)
        middles = np.array([row + [0.0] * (most - len(row)) for row in spikes])
        fires = np.array([[1.0] * len(row) + [0.0] * (most - len(row)) for row in spikes])
        sizes = uv * generator.normal(1.0, 0.15, fires.shape) * fires / units**0.5
        add_potentials(
            stretch.lead,
            middles,
            sizes,
            np.repeat(widths, most),
            np.repeat(triphasic, most),
            first_ms=first_ms,
            rate_hz=RATE_HZ,
        )


FAULTS: dict[str, Fault] = {
    "the stimulus fails": Fault(seconds=60, evoked=_stimulus_fails),
    "the lead electrode comes off, with quiet noise": Fault(
        seconds=60, evoked=_electrode_moves, samples=_electrode_noise
    ),
    "a relaxant acts": Fault(seconds=240, evoked=_relaxant, ends=False),
    "the lead channel is flat": Fault(seconds=60, samples=_flat),
    "the lead channel floats": Fault(seconds=60, evoked=_electrode_floats, samples=_floats),
    "the gain of the lead channel falls to 0.3": Fault(seconds=60, samples=_gain_falls),
    "cautery for 30 s": Fault(seconds=30, samples=_cautery),
    "an EMG storm for 60 s": Fault(seconds=60, samples=_emg_storm),
    "an EMG storm for 60 s, the response gone": Fault(
        seconds=60, samples=_emg_storm, response_lost=True
    ),
    "nothing": Fault(seconds=60),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaultyCase:
    """A case as sweeps.

    Attributes
    ----------
    info : SourceInfo
    sweeps : tuple of Sweep
        One a second, of both muscles.
    fault : slice
        The sweeps of the fault.
    """

    info: SourceInfo
    sweeps: tuple[Sweep, ...]
    fault: slice


def faulty_case(
    patient: BenchPatient,
    fault: Fault,
    generator: np.random.Generator,
    settings: DetectorSettings,
) -> FaultyCase:
    """Return a case with one fault: baseline, 60 s, the fault, 60 s after it."""
    geometry: SweepGeometry = sweep_geometry(
        RATE_HZ, settings.windows.sweep_start_ms, settings.windows.sweep_end_ms, settings
    )
    begins = BASELINE_SWEEPS + BEFORE_SWEEPS + (SILENT_SWEEPS if fault.response_lost else 0)
    span = slice(begins, begins + fault.seconds)
    n = span.stop + AFTER_SWEEPS
    fires, _ = Presence(patient, generator).next(n)
    evoked = Evoked(
        artifact=np.ones((2, n)), m_wave=np.ones((2, n)), response=fires.astype(np.float64)
    )
    if fault.response_lost:
        evoked.response[BASELINE_SWEEPS + BEFORE_SWEEPS :] = 0.0
    fault.evoked(evoked, span if fault.ends else slice(span.start, n), generator)
    channels = [
        RawChannel(patient, traits, geometry, generator)
        for traits in (patient.traits, patient.direct)
    ]
    rows = []
    for number, channel in enumerate(channels):
        samples = channel.background(n)
        channel.add_evoked(samples, artifact=evoked.artifact[number], m_wave=evoked.m_wave[number])
        if number == 0:
            channel.add_response(samples, evoked.response)
        rows.append(samples)
    n_times = geometry.n_before + geometry.n_after
    times_ms: Array = (np.arange(n_times, dtype=np.float64) - geometry.n_before) * 1000.0 / RATE_HZ
    fault.samples(
        Stretch(
            lead=rows[0][span],
            direct=rows[1][span],
            times_ms=times_ms,
            mains_hz=patient.mains_hz,
            mains_uv=patient.traits.mains_uv,
            generator=generator,
        )
    )
    info = SourceInfo(
        name="benchmark",
        origin=Origin.SIMULATED,
        montage=Montage(
            channels=tuple(
                Channel(label=muscle.value, muscle=muscle, rail_uv=RAIL_UV)
                for muscle in (LEAD, DIRECT)
            )
        ),
        sampling_rate_hz=RATE_HZ,
        trigger_quality=TriggerQuality.SAMPLE_LOCKED,
    )
    return FaultyCase(
        info=info,
        sweeps=as_sweeps(np.stack([digitised(row) for row in rows], axis=1), geometry),
        fault=span,
    )
