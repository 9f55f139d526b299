"""Waves in a lead muscle that look like an AMR and are none.

They stay when the AMR is lost: the blink reflex R1, where current spreads to
the trigeminal nerve; a direct response, where it spreads to another branch;
and the late wave of the stimulated muscle, conducted through the volume.
"""

from dataclasses import dataclass

import numpy as np

from amr_monitor.model.case import Muscle
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.faults import PlacedFaults
from amr_monitor.simulation.patient import MuscleTraits, Patient, PatientRanges
from amr_monitor.simulation.potentials import Array, CompoundPotential, Lobe, PotentialTrain
from amr_monitor.simulation.response import BoolArray, MuscleResponses, SharedDraws, recruited
from amr_monitor.simulation.stimulator import Pulses
from amr_monitor.simulation.streams import RandomStreams

N_BLINK_UNITS = 3
BLINK_JITTER_MS = 0.4
BLINK_VARIATION = 0.2
SPREAD_HALF_CURRENT = 0.9
"""Current spreads only just below the reference."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LookAlike:
    """What looks like an AMR in one muscle.

    Attributes
    ----------
    train : PotentialTrain
        Blink reflexes and conducted late waves.
    spread_uv : ndarray of float64, shape (n_pulses,)
        Of the direct response to spread current, peak to peak.
    spread_shape : CompoundPotential or None
    blinks, conducted, spreads : ndarray of bool, shape (n_pulses,)
    """

    train: PotentialTrain
    spread_uv: Array
    spread_shape: CompoundPotential | None
    blinks: BoolArray
    conducted: BoolArray
    spreads: BoolArray


def draw_look_alikes(
    patient: Patient,
    ranges: PatientRanges,
    pulses: Pulses,
    shared: SharedDraws,
    faults: PlacedFaults,
    responses: tuple[MuscleResponses, ...],
    streams: RandomStreams,
) -> tuple[LookAlike, ...]:
    """Return the look-alikes of each muscle, in the order of the patient's muscles."""
    late = [
        response.amr
        for traits, response in zip(patient.muscles, responses, strict=True)
        if traits.is_direct
    ]
    late_fires = [
        response.amr_amplitude_uv > 0.0
        for traits, response in zip(patient.muscles, responses, strict=True)
        if traits.is_direct
    ]
    nothing = np.zeros(pulses.time_s.size, dtype=bool)
    found = []
    for traits in patient.muscles:
        blink_train, blinks = _blinks(traits, ranges, pulses, shared, streams)
        share = _drawn(ranges, "late_wave_conducted", traits, streams)
        trains, conducted = [blink_train], nothing
        if late and share > 0.0 and not traits.is_direct:
            trains.append(late[0].scaled(share))
            conducted = late_fires[0]
        train = PotentialTrain.joined(*trains)
        spread_uv, spread_shape = _spread(traits, ranges, pulses, shared, streams)
        on = faults.electrode_on(traits.muscle, pulses.time_s)
        found.append(
            LookAlike(
                train=train.scaled(faults.electrode_on(traits.muscle, train.time_s)),
                spread_uv=spread_uv * on,
                spread_shape=spread_shape,
                blinks=blinks,
                conducted=conducted,
                spreads=spread_uv > 0.0,
            )
        )
    return tuple(found)


def _drawn(ranges: PatientRanges, name: str, traits: MuscleTraits, streams: RandomStreams) -> float:
    value: float = getattr(ranges, name).draw(streams.generator("patient", name, traits.muscle))
    return value


def _blinks(
    traits: MuscleTraits,
    ranges: PatientRanges,
    pulses: Pulses,
    shared: SharedDraws,
    streams: RandomStreams,
) -> tuple[PotentialTrain, BoolArray]:
    """Return R1 of the blink reflex: a wave of a few units that comes almost always."""
    n = pulses.time_s.size
    size_uv = _drawn(ranges, "blink_uv", traits, streams)
    if size_uv <= 0.0 or traits.muscle is not Muscle.ORBICULARIS_OCULI or traits.is_direct:
        return PotentialTrain.joined(), np.zeros(n, dtype=bool)
    generator = streams.generator("blink", traits.muscle)
    onset_ms = _drawn(ranges, "blink_onset_ms", traits, streams)
    chance = _drawn(ranges, "blink_probability", traits, streams)
    fires = generator.uniform(size=n) < chance
    fires &= shared.reached & pulses.are(StimulusClass.AMR)
    width_ms = generator.uniform(0.4, 0.8, size=N_BLINK_UNITS)
    latency_ms = onset_ms + 2.3 * width_ms + generator.uniform(0.0, 1.0, size=N_BLINK_UNITS)
    unit_uv = size_uv / N_BLINK_UNITS * generator.uniform(0.8, 1.6, size=N_BLINK_UNITS)
    later_ms = BLINK_JITTER_MS * generator.standard_normal((n, 1))
    factor = generator.normal(1.0, BLINK_VARIATION, size=(n, 1)).clip(0.2, 2.0)
    factor = factor * shared.unblocked[:, None]
    shape = (n, N_BLINK_UNITS)
    used = np.broadcast_to(fires[:, None], shape)
    return (
        PotentialTrain.joined(
            PotentialTrain(
                time_s=(pulses.time_s[:, None] + (latency_ms + later_ms) / 1000.0)[used],
                amplitude_uv=np.broadcast_to(unit_uv * factor, shape)[used],
                width_ms=np.broadcast_to(width_ms, shape)[used],
                triphasic=np.full(shape, 0.3)[used],
            )
        ),
        fires,
    )


def _spread(
    traits: MuscleTraits,
    ranges: PatientRanges,
    pulses: Pulses,
    shared: SharedDraws,
    streams: RandomStreams,
) -> tuple[Array, CompoundPotential | None]:
    """Return the direct response of a muscle whose own branch the current reaches too."""
    size_uv = _drawn(ranges, "spread_uv", traits, streams)
    if size_uv <= 0.0 or traits.is_direct:
        return np.zeros(pulses.time_s.size), None
    generator = streams.generator("spread", traits.muscle)
    onset_ms = float(generator.uniform(2.0, 3.0))
    duration_ms = float(generator.uniform(3.0, 4.0))
    varied = generator.normal(1.0, 0.06, size=pulses.time_s.size).clip(0.7, 1.3)
    shape = CompoundPotential(
        onset_ms=onset_ms,
        duration_ms=duration_ms,
        lobes=(
            Lobe(size=1.0, middle=0.3, width=0.11),
            Lobe(size=-0.8, middle=0.68, width=0.13),
        ),
    )
    reached = shared.reached & pulses.are(StimulusClass.AMR, StimulusClass.TETANUS)
    factor = recruited(pulses.current_factor, SPREAD_HALF_CURRENT) * shared.unblocked
    return size_uv * varied * factor * reached, shape
