"""Which pulses are given, when, and how strong."""

from dataclasses import dataclass

import numpy as np

from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.confounders import (
    ForeignStimuli,
    RateChanged,
    StimulationPaused,
    Tetanus,
)
from amr_monitor.simulation.faults import PlacedFaults
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.scenario import Scenario
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import Timeline

CLASSES = tuple(StimulusClass)
"""Order in which `Pulses.class_number` counts."""

LAST_PULSE_BEFORE_END_S = 0.15
"""A sweep needs 100 ms after its pulse."""

MEP_PULSES = 5
MEP_INTERVAL_S = 0.002

CURRENT_OF_CLASS = {
    StimulusClass.ZLR: 2.0,
    StimulusClass.MEP: 100.0,
}
"""Usual currents of foreign stimuli in milliampere; clicks have none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pulses:
    """Every pulse of a surgery in the order of time.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n,)
        Onset, between samples where it falls there.
    class_number : ndarray of int64, shape (n,)
        Index into `CLASSES`.
    current_ma : ndarray of float64, shape (n,)
        As set; NaN where there is none.
    current_factor : ndarray of float64, shape (n,)
        In times of the reference current.
    polarity : ndarray of int64, shape (n,)
        +1 or -1.
    marked : ndarray of bool, shape (n,)
        Has a trigger of its own: later pulses of a short train have none.
    """

    time_s: Array
    class_number: np.ndarray
    current_ma: Array
    current_factor: Array
    polarity: np.ndarray
    marked: np.ndarray

    def are(self, *classes: StimulusClass) -> np.ndarray:
        """Return which pulses are of one of these classes."""
        return np.isin(self.class_number, [CLASSES.index(kind) for kind in classes])


def draw_pulses(
    scenario: Scenario, timeline: Timeline, faults: PlacedFaults, streams: RandomStreams
) -> Pulses:
    """Return the pulses of one surgery."""
    generator = streams.generator("stimulator")
    reference_ma = round(scenario.stimulation.current_ma.draw(generator), 1)
    amr_s = _amr_times(scenario, timeline, generator)
    groups = []
    for placed, _ in faults.of(RateChanged):
        inside = placed.covers(amr_s)
        again_s = np.arange(placed.start_s + 0.3, placed.end_s, 1.0 / placed.values["rate_hz"])
        amr_s = np.sort(np.concatenate([amr_s[~inside], again_s]))
    for placed, _ in faults.of(StimulationPaused):
        amr_s = amr_s[~placed.covers(amr_s)]
    for placed, _ in faults.of(Tetanus):
        amr_s = amr_s[(amr_s < placed.start_s - 0.3) | (amr_s >= placed.end_s + 0.5)]
        train_s = np.arange(placed.start_s, placed.end_s, 1.0 / placed.values["rate_hz"])
        groups.append((train_s, StimulusClass.TETANUS, np.ones(train_s.size, dtype=bool)))
    for placed, fault in faults.of(ForeignStimuli):
        foreign = streams.generator("foreign_stimuli", placed.number)
        times_s, marked = _foreign_times(
            placed.start_s,
            placed.end_s,
            rate_hz=placed.values["rate_hz"],
            trains=fault.stimulus_class is StimulusClass.MEP,
            generator=foreign,
        )
        groups.append((times_s, fault.stimulus_class, marked))
    groups.insert(0, (amr_s, StimulusClass.AMR, np.ones(amr_s.size, dtype=bool)))

    time_s = np.concatenate([times for times, _, _ in groups])
    order = np.argsort(time_s, kind="stable")
    time_s = time_s[order]
    class_number = np.concatenate(
        [np.full(times.size, CLASSES.index(kind)) for times, kind, _ in groups]
    )[order]
    marked = np.concatenate([marked for _, _, marked in groups])[order]
    inside = time_s < timeline.end_s - LAST_PULSE_BEFORE_END_S
    time_s, class_number, marked = time_s[inside], class_number[inside], marked[inside]

    factor = faults.current_factor(time_s)
    current_ma = np.round(reference_ma * faults.current_factor(time_s, told=True), 1)
    for number, kind in enumerate(CLASSES):
        if kind not in (StimulusClass.AMR, StimulusClass.TETANUS):
            current_ma[class_number == number] = CURRENT_OF_CLASS.get(kind, np.nan)
            factor[class_number == number] = 1.0
    polarity = np.ones(time_s.size, dtype=np.int64)
    if scenario.stimulation.alternate_polarity:
        polarity[1::2] = -1
    polarity *= faults.polarity(time_s).astype(np.int64)
    return Pulses(
        time_s=time_s,
        class_number=class_number,
        current_ma=current_ma,
        current_factor=factor,
        polarity=polarity,
        marked=marked,
    )


def _amr_times(scenario: Scenario, timeline: Timeline, generator: np.random.Generator) -> Array:
    stimulation = scenario.stimulation
    interval_s = (1.0 + 2e-5 * float(generator.normal())) / stimulation.rate_hz
    first_s = float(generator.uniform(0.75, 0.95))
    jitter_s = stimulation.jitter_ms.draw(generator) / 1000.0
    n_pulses = int((timeline.end_s - first_s) / interval_s) + 1
    time_s: Array = first_s + interval_s * np.arange(n_pulses, dtype=np.float64)
    time_s += jitter_s * generator.standard_normal(n_pulses).clip(-3.0, 3.0)
    burst_s = stimulation.burst_stimuli / stimulation.rate_hz
    every_s = 60.0 * stimulation.burst_every_minutes * timeline.scale
    if every_s < 1.5 * burst_s:
        return time_s
    start_s = 60.0 * stimulation.first_burst_minutes * timeline.scale
    in_burst = (time_s >= start_s) & ((time_s - start_s) % every_s < burst_s)
    kept: Array = time_s[in_burst | (time_s >= timeline.starts_s[PhaseName.DURA_OPENED])]
    return kept


def _foreign_times(
    start_s: float,
    end_s: float,
    *,
    rate_hz: float,
    trains: bool,
    generator: np.random.Generator,
) -> tuple[Array, np.ndarray]:
    first_s = start_s + float(generator.uniform(0.0, 1.0 / rate_hz))
    times_s = np.arange(first_s, end_s, 1.0 / rate_hz)
    if not trains:
        return times_s, np.ones(times_s.size, dtype=bool)
    pulse = np.arange(MEP_PULSES)
    all_s = (times_s[:, None] + MEP_INTERVAL_S * pulse).ravel()
    return all_s, np.tile(pulse == 0, times_s.size)
