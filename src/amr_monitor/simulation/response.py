"""What each stimulus brings about in one muscle: artifact, M wave, AMR, F wave.

Everything is drawn for all pulses at once, before a sample is made: so a
sample does not depend on how samples are asked for.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.confounders import ResponseChange
from amr_monitor.simulation.faults import PlacedFaults
from amr_monitor.simulation.patient import MotorUnit, MuscleTraits, Patient
from amr_monitor.simulation.potentials import Array, PotentialTrain, motor_unit_potential
from amr_monitor.simulation.stimulator import Pulses
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import Timeline
from amr_monitor.simulation.trajectory import GainCurve, slow_walk

BoolArray = npt.NDArray[np.bool_]

CURRENT_SLOPE = 0.08
"""Steepness of the sigmoids over the current, in times of the reference."""

SMALLEST_RESPONSE_UV = 3.0
"""What is smaller counts as none: no electrode on the skin would show it."""

ARTIFACT_OF_CLASS = {
    StimulusClass.BAEP_CLICK: 0.005,
    StimulusClass.ZLR: 0.3,
    StimulusClass.MEP: 1.0,
}
"""Artifact of a foreign stimulus in times of the reference pulse's."""

EXCITABILITY_TAU_S = 300.0
ARTIFACT_TAU_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MuscleResponses:
    """One muscle through the whole surgery.

    Attributes
    ----------
    potentials : PotentialTrain
        AMR, afterdischarge, F waves, foreign responses and neurotonic EMG.
    amr : PotentialTrain
        The AMR alone, as it would stand with the electrode on.
    m_amplitude_uv, artifact_uv : ndarray of float64, shape (n_pulses,)
    amr_gain : ndarray of float64, shape (n_pulses,)
        What the trajectory says: 0 is no AMR.
    amr_amplitude_uv : ndarray of float64, shape (n_pulses,)
        Peak to peak of the AMR alone, without noise; 0 where it does not fire.
    amr_onset_ms : ndarray of float64, shape (n_pulses,)
        Where it leaves the baseline; NaN where it does not fire.
    afterdischarges, has_f_wave : ndarray of bool, shape (n_pulses,)
    """

    potentials: PotentialTrain
    amr: PotentialTrain
    m_amplitude_uv: Array
    artifact_uv: Array
    amr_gain: Array
    amr_amplitude_uv: Array
    amr_onset_ms: Array
    afterdischarges: BoolArray
    has_f_wave: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedDraws:
    """What all muscles have in common at each pulse.

    Attributes
    ----------
    reached : ndarray of bool, shape (n_pulses,)
        The current reaches the nerve.
    unblocked : ndarray of float64, shape (n_pulses,)
        What a relaxant leaves.
    excitability : ndarray of float64, shape (n_pulses,)
        What anaesthesia, current and drift leave of the AMR.
    silent : ndarray of bool, shape (n_pulses,)
        The AMR stays away by itself.
    m_factor : ndarray of float64, shape (n_pulses,)
    f_fires : ndarray of bool, shape (n_pulses, n_f_units)
    f_delay_ms : ndarray of float64, shape (n_pulses,)
    """

    reached: BoolArray
    unblocked: Array
    excitability: Array
    silent: BoolArray
    m_factor: Array
    f_fires: BoolArray
    f_delay_ms: Array


def draw_shared(
    patient: Patient,
    pulses: Pulses,
    faults: PlacedFaults,
    timeline: Timeline,
    streams: RandomStreams,
    runs_s: tuple[tuple[float, float], ...],
) -> SharedDraws:
    """Return what the pulses do to the nerve, before any muscle is looked at."""
    time_s = pulses.time_s
    nerve = pulses.are(StimulusClass.AMR, StimulusClass.TETANUS)
    missed = faults.missed(time_s, streams)
    reached = faults.nerve_reached(time_s, missed) & nerve
    silent = np.zeros(time_s.size, dtype=bool)
    for start_s, end_s in runs_s:
        silent |= (time_s >= start_s) & (time_s < end_s)
    unblocked = faults.unblocked(time_s, timeline)
    drift = np.exp(
        slow_walk(
            time_s,
            tau_s=EXCITABILITY_TAU_S,
            spread=patient.excitability_drift,
            generator=streams.generator("excitability"),
        )
    )
    generator = streams.generator("m_wave")
    varied = 1.0 + patient.m_variation * generator.standard_normal(time_s.size).clip(-3.0, 3.0)
    f_generator = streams.generator("f_wave")
    n_f_units = len(patient.muscles[0].f_units)
    f_appears = f_generator.uniform(size=time_s.size) < patient.f_persistence
    f_chance = f_generator.uniform(size=(time_s.size, n_f_units))
    f_fires = f_chance < [unit.firing_probability for unit in patient.muscles[0].f_units]
    # An F wave that appears has at least one unit.
    f_fires[np.arange(time_s.size), np.argmin(f_chance, axis=1)] = True
    f_fires &= (f_appears & reached & pulses.are(StimulusClass.AMR))[:, None]
    return SharedDraws(
        reached=reached,
        unblocked=unblocked,
        excitability=faults.excitability(time_s, timeline)
        * drift
        * recruited(pulses.current_factor, patient.amr_half_current),
        silent=silent,
        m_factor=reached
        * unblocked
        * varied
        * recruited(pulses.current_factor, patient.m_half_current),
        f_fires=f_fires,
        f_delay_ms=patient.f_dispersion_ms
        * f_generator.standard_normal(time_s.size).clip(-2.0, 2.0),
    )


def draw_responses(
    traits: MuscleTraits,
    pulses: Pulses,
    shared: SharedDraws,
    faults: PlacedFaults,
    curve: GainCurve,
    timeline: Timeline,
    streams: RandomStreams,
) -> MuscleResponses:
    """Return what every pulse brings about in one muscle."""
    time_s = pulses.time_s
    is_amr = pulses.are(StimulusClass.AMR)
    gain = np.where(is_amr, curve.at(time_s), 0.0)
    amr = _draw_amr(traits, time_s, gain, shared, streams)
    if faults.of(ResponseChange):
        amr = amr.changed(
            *faults.changed_response(
                traits.muscle, time_s, len(traits.amr_units), timeline, streams
            )
        )
    seen_uv, onset_ms = _size_and_onset(traits.amr_units, amr)
    fires = seen_uv >= SMALLEST_RESPONSE_UV
    after, afterdischarges = _draw_afterdischarge(traits, time_s, fires, shared, streams)
    trains = [
        amr.train(traits.amr_units, time_s),
        after,
        _f_train(traits, time_s, shared),
        _foreign_train(traits, pulses, streams),
        faults.neurotonic_train(traits.muscle, streams),
    ]
    potentials = PotentialTrain.joined(*trains)
    return MuscleResponses(
        potentials=potentials.scaled(faults.electrode_on(traits.muscle, potentials.time_s)),
        amr=trains[0],
        m_amplitude_uv=traits.m_amplitude_uv
        * shared.m_factor
        * faults.electrode_on(traits.muscle, time_s),
        artifact_uv=_artifact_uv(traits, pulses, faults, streams),
        amr_gain=gain,
        amr_amplitude_uv=np.where(fires, seen_uv, 0.0),
        amr_onset_ms=np.where(fires, onset_ms, np.nan),
        afterdischarges=afterdischarges,
        has_f_wave=_has_f_wave(traits, shared),
    )


def _has_f_wave(traits: MuscleTraits, shared: SharedDraws) -> BoolArray:
    """Return which pulses bring an F wave that is seen in this channel."""
    if traits.f_units[0].amplitude_uv < SMALLEST_RESPONSE_UV:
        return np.zeros(len(shared.f_fires), dtype=bool)
    seen: BoolArray = np.count_nonzero(shared.f_fires, axis=1) > 0
    return seen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _AmrDraws:
    """Delay and size of every unit at every pulse, (n_pulses, n_units)."""

    delay_ms: Array
    amplitude_uv: Array

    def changed(self, factor: Array, later_ms: Array) -> "_AmrDraws":
        """Return the same firing with other sizes, later."""
        return _AmrDraws(delay_ms=self.delay_ms + later_ms, amplitude_uv=self.amplitude_uv * factor)

    def train(self, units: tuple[MotorUnit, ...], time_s: Array) -> PotentialTrain:
        latency_ms = np.array([unit.latency_ms for unit in units])
        fires = self.amplitude_uv != 0.0
        shape = fires.shape
        return PotentialTrain.joined(
            PotentialTrain(
                time_s=(time_s[:, None] + (latency_ms + self.delay_ms) / 1000.0)[fires],
                amplitude_uv=self.amplitude_uv[fires],
                width_ms=np.broadcast_to([unit.width_ms for unit in units], shape)[fires],
                triphasic=np.broadcast_to([unit.triphasic for unit in units], shape)[fires],
            )
        )


def _draw_amr(
    traits: MuscleTraits,
    time_s: Array,
    gain: Array,
    shared: SharedDraws,
    streams: RandomStreams,
) -> _AmrDraws:
    """All-or-none units; a smaller AMR fires both less often and smaller.

    Half of a loss (its square root) goes into the chance to fire, half into
    the size: a fading AMR becomes intermittent before it is gone.
    """
    generator = streams.generator("amr", traits.muscle)
    shape = (time_s.size, len(traits.amr_units))
    drive = np.sqrt(gain * shared.excitability)
    chance = np.array([unit.firing_probability for unit in traits.amr_units]) * drive[:, None]
    fires = generator.uniform(size=shape) < chance
    fires &= (shared.reached & ~shared.silent)[:, None]
    sigma = np.sqrt(np.log1p(traits.amr_variation**2))
    together = np.exp(sigma * generator.standard_normal(time_s.size) - 0.5 * sigma**2)
    alone = generator.normal(1.0, 0.07, size=shape)
    amplitude_uv = np.array([unit.amplitude_uv for unit in traits.amr_units]) * alone
    amplitude_uv *= (together * drive * shared.unblocked)[:, None]
    delay_ms = traits.amr_jitter_ms * generator.standard_normal(time_s.size)[:, None]
    delay_ms = delay_ms + traits.amr_unit_jitter_ms * generator.standard_normal(shape)
    return _AmrDraws(delay_ms=delay_ms, amplitude_uv=np.where(fires, amplitude_uv, 0.0))


def _size_and_onset(units: tuple[MotorUnit, ...], amr: _AmrDraws) -> tuple[Array, Array]:
    """Return peak to peak in microvolts and onset in ms of every AMR.

    The onset is where it first passes a tenth of its own peak.
    """
    first_ms = min(unit.latency_ms for unit in units) - 5.0
    last_ms = max(unit.latency_ms for unit in units) + 5.0
    grid_ms = np.arange(first_ms, last_ms, 0.1)
    n_pulses = amr.amplitude_uv.shape[0]
    size_uv, onset_ms = np.zeros(n_pulses), np.zeros(n_pulses)
    for low in range(0, n_pulses, 1000):
        high = min(low + 1000, n_pulses)
        wave = np.zeros((high - low, grid_ms.size))
        for k, unit in enumerate(units):
            x = (grid_ms - unit.latency_ms - amr.delay_ms[low:high, k, None]) / unit.width_ms
            wave += amr.amplitude_uv[low:high, k, None] * motor_unit_potential(x, unit.triphasic)
        size_uv[low:high] = np.ptp(wave, axis=1)
        above = np.abs(wave) >= 0.1 * np.abs(wave).max(axis=1, keepdims=True)
        onset_ms[low:high] = grid_ms[np.argmax(above, axis=1)]
    return size_uv, onset_ms


def _draw_afterdischarge(
    traits: MuscleTraits,
    time_s: Array,
    fires: BoolArray,
    shared: SharedDraws,
    streams: RandomStreams,
) -> tuple[PotentialTrain, BoolArray]:
    """Repeated firing of the AMR's own units, 15-60 ms after the stimulus."""
    generator = streams.generator("afterdischarge", traits.muscle)
    happens = generator.uniform(size=time_s.size) < traits.afterdischarge_probability
    happens &= fires
    n_most = 8
    shape = (time_s.size, n_most)
    delay_ms = generator.uniform(15.0, 60.0, size=shape)
    used = np.arange(n_most) < generator.integers(2, n_most + 1, size=time_s.size)[:, None]
    which = generator.integers(len(traits.amr_units), size=shape)
    size = generator.uniform(0.3, 1.0, size=shape) * shared.unblocked[:, None]
    used &= happens[:, None]
    units = traits.amr_units
    return (
        PotentialTrain.joined(
            PotentialTrain(
                time_s=(time_s[:, None] + delay_ms / 1000.0)[used],
                amplitude_uv=(np.array([u.amplitude_uv for u in units])[which] * size)[used],
                width_ms=np.array([u.width_ms for u in units])[which][used],
                triphasic=np.array([u.triphasic for u in units])[which][used],
            )
        ),
        happens,
    )


def _f_train(traits: MuscleTraits, time_s: Array, shared: SharedDraws) -> PotentialTrain:
    """Return the F waves: the same in every channel, as large as it is conducted there."""
    fires = shared.f_fires
    shape = fires.shape
    units = traits.f_units
    latency_ms = np.array([u.latency_ms for u in units]) + shared.f_delay_ms[:, None]
    size_uv = np.array([u.amplitude_uv for u in units]) * shared.unblocked[:, None]
    return PotentialTrain.joined(
        PotentialTrain(
            time_s=(time_s[:, None] + latency_ms / 1000.0)[fires],
            amplitude_uv=size_uv[fires],
            width_ms=np.broadcast_to([u.width_ms for u in units], shape)[fires],
            triphasic=np.broadcast_to([u.triphasic for u in units], shape)[fires],
        )
    )


def _foreign_train(traits: MuscleTraits, pulses: Pulses, streams: RandomStreams) -> PotentialTrain:
    """Responses to pulses on the vessel wall (early) and to motor trains (large)."""
    trains = []
    for kind, (first_ms, last_ms, low_uv, high_uv) in {
        StimulusClass.ZLR: (5.0, 10.0, 40.0, 150.0),
        StimulusClass.MEP: (9.0, 18.0, 50.0, 400.0),
    }.items():
        if kind is StimulusClass.ZLR and traits.is_direct:
            continue
        at_s = pulses.time_s[pulses.are(kind) & pulses.marked]
        generator = streams.generator("foreign_response", kind, traits.muscle)
        n_units = int(generator.integers(3, 8))
        latency_ms = generator.uniform(first_ms + 1.0, last_ms, size=n_units)
        unit_uv = generator.uniform(low_uv, high_uv, size=n_units)
        unit_uv *= generator.choice([-1.0, 1.0], size=n_units)
        width_ms = generator.uniform(0.25, 0.7, size=n_units)
        shape = (at_s.size, n_units)
        time_s = at_s[:, None] + latency_ms / 1000.0
        time_s = time_s + 0.0002 * generator.standard_normal((at_s.size, 1))
        trains.append(
            PotentialTrain(
                time_s=time_s.ravel(),
                amplitude_uv=(unit_uv * generator.normal(1.0, 0.2, size=shape)).ravel(),
                width_ms=np.broadcast_to(width_ms, shape).ravel(),
                triphasic=np.full(shape, 0.6).ravel(),
            )
        )
    return PotentialTrain.joined(*trains)


def _artifact_uv(
    traits: MuscleTraits, pulses: Pulses, faults: PlacedFaults, streams: RandomStreams
) -> Array:
    generator = streams.generator("artifact", traits.muscle)
    artifact = traits.artifact
    varied = 1.0 + artifact.variation * generator.standard_normal(pulses.time_s.size)
    drift = np.exp(
        slow_walk(pulses.time_s, tau_s=ARTIFACT_TAU_S, spread=artifact.drift, generator=generator)
    )
    size = artifact.amplitude_uv * varied * drift * pulses.current_factor * pulses.polarity
    for kind, share in ARTIFACT_OF_CLASS.items():
        size[pulses.are(kind)] *= share
    size[faults.missed(pulses.time_s, streams)] = 0.0
    factor: Array = size * faults.artifact_factor(traits.muscle, pulses.time_s)
    return factor


def recruited(current_factor: Array, half: float) -> Array:
    """Return the share recruited, 1 at the reference current."""
    at_reference = 1.0 / (1.0 + np.exp(-(1.0 - half) / CURRENT_SLOPE))
    share: Array = 1.0 / (1.0 + np.exp(-(current_factor - half) / CURRENT_SLOPE)) / at_reference
    return share
