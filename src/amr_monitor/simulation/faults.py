"""Faults and confounders: when they come, and what they do to a stimulus.

What a fault adds to the signal whatever the stimulus does (cautery, drill,
pops, hum) is `interference`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar, get_type_hints

import numpy as np

from amr_monitor.model.case import Muscle
from amr_monitor.simulation.confounders import (
    Anaesthesia,
    Bolus,
    CurrentChanged,
    ElectrodeDrift,
    ElectrodeForm,
    Fault,
    Irrigation,
    LeadElectrodeOff,
    MissedPulses,
    Neurotonic,
    PolarityChanged,
    Relaxant,
    ResidualRelaxant,
    ResponseChange,
    StimulusLost,
)
from amr_monitor.simulation.distributions import Distribution
from amr_monitor.simulation.phases import Timed
from amr_monitor.simulation.potentials import Array, PotentialTrain
from amr_monitor.simulation.scenario import Scenario
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import Timeline

Kind = TypeVar("Kind", bound=Fault)

IRRIGATION_ONSET_S = 3.0

AMR_AT_1_MAC = 0.57
"""Desflurane at 1 MAC takes 43 % off the AMR while M stays (clinical.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFault:
    """One fault with its times, and with one value for each of its ranges.

    Attributes
    ----------
    fault : Fault
    number : int
        1, 2, 3 ... in the scenario, repetitions counted.
    start_s, end_s : float
    values : mapping of str to float
        By the name of the field.
    """

    fault: Fault
    number: int
    start_s: float
    end_s: float
    values: Mapping[str, float]

    def covers(self, time_s: Array) -> np.ndarray:
        """Return which of some times lie inside."""
        return (time_s >= self.start_s) & (time_s < self.end_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFaults:
    """Every fault of one surgery."""

    faults: tuple[PlacedFault, ...]

    def of(self, kind: type[Kind]) -> list[tuple[PlacedFault, Kind]]:
        """Return the faults of a kind, with what the scenario says of each."""
        return [(placed, placed.fault) for placed in self.faults if isinstance(placed.fault, kind)]

    def marks(self) -> tuple[tuple[float, str], ...]:
        """Return time and words of what is marked when a fault begins."""
        return tuple((f.start_s, f.fault.mark) for f in self.faults if f.fault.mark)

    def artifact_factor(self, muscle: Muscle, time_s: Array) -> Array:
        """Return what is left of the artifact of stimuli at `time_s`."""
        factor = np.ones_like(time_s)
        for placed, _ in self.of(StimulusLost):
            factor[placed.covers(time_s)] *= placed.values["artifact_fraction"]
        for placed, fault in self.of(LeadElectrodeOff):
            if fault.muscle is muscle:
                flat = fault.form is ElectrodeForm.FLAT
                kept = 0.0 if flat else placed.values["artifact_fraction"]
                factor[placed.covers(time_s)] *= kept
        return factor

    def nerve_reached(self, time_s: Array, missed: np.ndarray) -> np.ndarray:
        """Return which stimuli at `time_s` reach the nerve."""
        lost = missed.copy()
        for placed, _ in self.of(StimulusLost):
            lost |= placed.covers(time_s)
        return ~lost

    def missed(self, time_s: Array, streams: RandomStreams) -> np.ndarray:
        """Return which stimuli are marked and not delivered."""
        missed = np.zeros(time_s.shape, dtype=bool)
        for placed, _ in self.of(MissedPulses):
            chance = streams.generator("missed_pulses", placed.number).uniform(size=time_s.size)
            missed |= placed.covers(time_s) & (chance < placed.values["probability"])
        return missed

    def current_factor(self, time_s: Array, *, told: bool = False) -> Array:
        """Return the current in times of the reference, given or told."""
        factor = np.ones_like(time_s)
        for placed, fault in self.of(CurrentChanged):
            if fault.told or not told:
                factor[placed.covers(time_s)] = placed.values["factor"]
        return factor

    def polarity(self, time_s: Array) -> Array:
        """Return -1 where the stimulus is turned over, else 1."""
        polarity = np.ones_like(time_s)
        for placed, _ in self.of(PolarityChanged):
            polarity[placed.covers(time_s)] *= -1.0
        return polarity

    def signal_share(self, muscle: Muscle, time_s: Array, timeline: Timeline) -> Array:
        """Return what a drying electrode leaves of the signals of `muscle`."""
        share = np.ones_like(time_s)
        for placed, fault in self.of(ElectrodeDrift):
            if fault.muscle is muscle:
                share *= 1.0 - (1.0 - placed.values["gain"]) * self.drift(placed, time_s, timeline)
        return share

    def drift(self, placed: PlacedFault, time_s: Array, timeline: Timeline) -> Array:
        """Return how far a drift has come at `time_s`, 0 to 1."""
        over_s = timeline.shortened_s(placed.values["over_minutes"], least_s=60.0)
        since_s = np.where(placed.covers(time_s), time_s - placed.start_s, 0.0)
        return _smooth(np.clip(since_s / max(over_s, 1e-3), 0.0, 1.0))

    def electrode_on(self, muscle: Muscle, time_s: Array) -> Array:
        """Return 1 where the electrode of `muscle` sees it, 0 where it is off."""
        on = np.ones_like(time_s)
        for placed, fault in self.of(LeadElectrodeOff):
            if fault.muscle is muscle:
                on[placed.covers(time_s)] = 0.0
        return on

    def electrode_form(self, muscle: Muscle, form: ElectrodeForm, time_s: Array) -> np.ndarray:
        """Return where the electrode of `muscle` is off in that form."""
        off = np.zeros(time_s.shape, dtype=bool)
        for placed, fault in self.of(LeadElectrodeOff):
            if fault.muscle is muscle and fault.form is form:
                off |= placed.covers(time_s)
        return off

    def unblocked(self, time_s: Array, timeline: Timeline) -> Array:
        """Return the share of the junctions that a relaxant leaves open."""
        share = np.ones_like(time_s)
        for placed, _ in self.of(Relaxant):
            since_s = time_s - placed.start_s
            onset_s = timeline.shortened_s(placed.values["onset_minutes"], least_s=30.0)
            recovery_s = timeline.shortened_s(placed.values["recovery_minutes"], least_s=90.0)
            rising = np.clip(since_s / onset_s, 0.0, 1.0)
            falling = np.clip((since_s - onset_s) / recovery_s, 0.0, 1.0)
            # Smooth at both ends: nobody sees a corner in a train of four.
            block = _smooth(rising) * (1.0 - _smooth(falling))
            share *= 1.0 - placed.values["block"] * block
        for placed, _ in self.of(ResidualRelaxant):
            recovery_s = timeline.shortened_s(placed.values["recovery_minutes"], least_s=90.0)
            worn_off = _smooth(np.clip((time_s - placed.start_s) / recovery_s, 0.0, 1.0))
            share *= 1.0 - placed.values["block"] * (1.0 - worn_off)
        return share

    def excitability(self, time_s: Array, timeline: Timeline) -> Array:
        """Return what anaesthesia leaves of the AMR; M is not touched."""
        share = np.ones_like(time_s)
        for placed, _ in self.of(Anaesthesia):
            tau_s = timeline.shortened_s(placed.values["time_constant_minutes"], least_s=30.0)
            inside_s = np.clip(time_s, placed.start_s, placed.end_s) - placed.start_s
            after_s = np.maximum(time_s - placed.end_s, 0.0)
            level = (1.0 - np.exp(-inside_s / tau_s)) * np.exp(-after_s / tau_s)
            share *= AMR_AT_1_MAC ** (placed.values["mac"] * level)
        for placed, _ in self.of(Bolus):
            onset_s = timeline.shortened_s(placed.values["onset_minutes"], least_s=15.0)
            recovery_s = timeline.shortened_s(placed.values["recovery_minutes"], least_s=60.0)
            since_s = time_s - placed.start_s
            rising = _smooth(np.clip(since_s / onset_s, 0.0, 1.0))
            falling = _smooth(np.clip((since_s - onset_s) / recovery_s, 0.0, 1.0))
            share *= 1.0 - placed.values["depth"] * rising * (1.0 - falling)
        for placed, _ in self.of(Irrigation):
            rising = _smooth(np.clip((time_s - placed.start_s) / IRRIGATION_ONSET_S, 0.0, 1.0))
            after_s = np.maximum(time_s - placed.end_s, 0.0)
            cooled = rising * np.exp(-after_s / placed.values["recovery_s"])
            share *= 1.0 - placed.values["depth"] * cooled
        return share

    def changed_response(
        self,
        muscle: Muscle,
        time_s: Array,
        n_units: int,
        timeline: Timeline,
        streams: RandomStreams,
    ) -> tuple[Array, Array]:
        """Return factor and delay in ms of each unit of the AMR, (n, n_units) and (n, 1)."""
        factor, delay_ms = np.ones((time_s.size, n_units)), np.zeros((time_s.size, 1))
        for placed, _ in self.of(ResponseChange):
            generator = streams.generator("response_change", placed.number, muscle)
            own = np.exp(placed.values["shape"] * generator.standard_normal(n_units))
            stepped = placed.covers(time_s).astype(np.float64)
            slow = placed.values["over_minutes"] > 0.0
            come = (self.drift(placed, time_s, timeline) if slow else stepped)[:, None]
            factor *= (placed.values["amplitude"] * own) ** come
            delay_ms += placed.values["latency_ms"] * come
        return factor, delay_ms

    def neurotonic_train(self, muscle: Muscle, streams: RandomStreams) -> PotentialTrain:
        """Return the potentials of `muscle` that no stimulus causes."""
        trains = []
        for placed, fault in self.of(Neurotonic):
            if fault.muscle is None or fault.muscle is muscle:
                generator = streams.generator("neurotonic", placed.number, muscle)
                trains.append(_neurotonic_train(placed, fault, generator))
        return PotentialTrain.joined(*trains)


def place_faults(scenario: Scenario, timeline: Timeline, streams: RandomStreams) -> PlacedFaults:
    """Return every fault of the scenario with its times and values drawn."""
    placed: list[PlacedFault] = []
    for number, fault in enumerate(scenario.faults):
        generator = streams.generator("fault", number)
        start_s = timeline.moment_s(fault, generator)
        for _ in range(fault.times):
            if start_s >= timeline.end_s:
                break
            lasting_s = np.inf if fault.lasting_s is None else fault.lasting_s.draw(generator)
            placed.append(
                PlacedFault(
                    fault=fault,
                    number=len(placed) + 1,
                    start_s=round(start_s, 4),
                    end_s=round(min(start_s + lasting_s, timeline.end_s), 4),
                    values=_values(fault, generator),
                )
            )
            start_s += max(fault.every_s.draw(generator), 0.1)
    return PlacedFaults(faults=tuple(placed))


def _values(fault: Fault, generator: np.random.Generator) -> dict[str, float]:
    common = {field.name for field in fields(Fault)} | {field.name for field in fields(Timed)}
    hints = get_type_hints(type(fault))
    return {
        field.name: getattr(fault, field.name).draw(generator)
        for field in fields(fault)
        if field.name not in common and hints[field.name] is Distribution
    }


def _smooth(share: Array) -> Array:
    return share * share * (3.0 - 2.0 * share)


def _neurotonic_train(
    placed: PlacedFault, fault: Neurotonic, generator: np.random.Generator
) -> PotentialTrain:
    """Bursts of one to three units, each firing almost regularly."""
    amplitude_uv = placed.values["amplitude_uv"]
    trains = []
    at_s = placed.start_s
    while at_s < placed.end_s:
        burst_s = fault.burst_ms.draw(generator) / 1000.0
        for _ in range(int(generator.integers(1, 4))):
            rate_hz = fault.firing_hz.draw(generator)
            n_potentials = max(2, round(burst_s * rate_hz))
            intervals_s = generator.normal(1.0, 0.12, size=n_potentials).clip(0.5, 1.5) / rate_hz
            time_s = at_s + float(generator.uniform(0.0, 0.02)) + np.cumsum(intervals_s)
            time_s = time_s[time_s < placed.end_s]
            size_uv = amplitude_uv * float(np.exp(generator.normal(0.0, 0.35)))
            varied = generator.normal(1.0, 0.08, size=n_potentials)[: time_s.size]
            trains.append(
                PotentialTrain(
                    time_s=time_s,
                    amplitude_uv=size_uv * varied * float(generator.choice([-1.0, 1.0])),
                    width_ms=np.full(time_s.size, float(generator.uniform(0.25, 0.7))),
                    triphasic=np.full(time_s.size, float(generator.uniform(0.3, 1.0))),
                )
            )
        at_s += burst_s + fault.pause_ms.draw(generator) / 1000.0
    return PotentialTrain.joined(*trains)
