"""What comes over the channels from outside: cautery, drill, pops, more hum."""

from dataclasses import dataclass

import numpy as np

from amr_monitor.model.case import Muscle
from amr_monitor.simulation.confounders import (
    Cautery,
    Drill,
    ElectrodeDrift,
    ElectrodeForm,
    ElectrodePop,
    Irrigation,
    LeadElectrodeOff,
    MainsRise,
)
from amr_monitor.simulation.faults import PlacedFault, PlacedFaults
from amr_monitor.simulation.noise import lowpass_hz
from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import Timeline

DRILL_LINES = 4
MOVEMENT_LINES = 12
FADE_S = 0.05
OFF_FORM_POP_UV = 1500.0
OFF_FORM_POP_TAU_S = 0.06
MAINS_OF_LOOSE_ELECTRODE = 20.0
SMALLEST_MAINS_OF_LOOSE_ELECTRODE_UV = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interference:
    """Everything of one channel that no stimulus and no muscle makes.

    Attributes
    ----------
    muscle : Muscle
        Of the channel.
    faults : PlacedFaults
    streams : RandomStreams
    timeline : Timeline
    rate_hz, rail_uv : float
    """

    muscle: Muscle
    faults: PlacedFaults
    streams: RandomStreams
    timeline: Timeline
    rate_hz: float
    rail_uv: float

    def page(self, number: int, time_s: Array) -> Array:
        """Return what is added to one page, in microvolts, before the rail clips it."""
        added = np.zeros_like(time_s)
        for placed, _ in self.faults.of(Drill):
            if _touches(placed, time_s, after_s=FADE_S):
                added += self.drill_uv(placed, time_s)
        for placed, pop in self.faults.of(ElectrodePop):
            if pop.muscle is self.muscle and _touches(placed, time_s, after_s=2.0):
                added += _pop(
                    placed.start_s,
                    placed.values["amplitude_uv"],
                    placed.values["decay_ms"] / 1000.0,
                    time_s,
                )
        for placed, off in self.faults.of(LeadElectrodeOff):
            if off.muscle is self.muscle:
                for at_s in (placed.start_s, placed.end_s):
                    added += _pop(at_s, OFF_FORM_POP_UV, OFF_FORM_POP_TAU_S, time_s)
        for placed, _ in self.faults.of(Irrigation):
            if _touches(placed, time_s, after_s=FADE_S):
                added += self._movement(placed, time_s)
        for placed, _ in self.faults.of(Cautery):
            if _touches(placed, time_s, after_s=placed.values["recovery_s"]):
                added += self._cautery(placed, number, time_s)
        return added

    def mains_uv(self, own_uv: float, time_s: Array) -> Array:
        """Return the amplitude of the hum: its own, raised by faults."""
        size_uv = np.full_like(time_s, own_uv)
        for placed, _ in self.faults.of(MainsRise):
            rise = np.clip(np.minimum(time_s - placed.start_s, placed.end_s - time_s), 0.0, 1.0)
            size_uv += placed.values["amplitude_uv"] * rise
        for placed, drift in self.faults.of(ElectrodeDrift):
            if drift.muscle is self.muscle:
                come = self.faults.drift(placed, time_s, self.timeline)
                size_uv += placed.values["mains_uv"] * come
        loose = self.faults.electrode_form(self.muscle, ElectrodeForm.MAINS, time_s)
        size_uv[loose] = MAINS_OF_LOOSE_ELECTRODE * np.maximum(
            size_uv[loose], SMALLEST_MAINS_OF_LOOSE_ELECTRODE_UV
        )
        size_uv[self.faults.electrode_form(self.muscle, ElectrodeForm.FLAT, time_s)] = 0.0
        return size_uv

    def noise_factor(self, time_s: Array) -> Array:
        """Return how loud the noise is: an electrode that is off changes it."""
        factor = np.ones_like(time_s)
        for placed, off in self.faults.of(LeadElectrodeOff):
            if off.muscle is self.muscle:
                generator = self.streams.generator("electrode_off", placed.number)
                loudness = {
                    ElectrodeForm.QUIET: float(generator.uniform(0.6, 1.5)),
                    ElectrodeForm.FLAT: 0.02,
                    ElectrodeForm.MAINS: 2.0,
                }[off.form]
                factor[placed.covers(time_s)] = loudness
        for placed, drift in self.faults.of(ElectrodeDrift):
            if drift.muscle is self.muscle:
                come = self.faults.drift(placed, time_s, self.timeline)
                factor *= placed.values["noise_factor"] ** come
        return factor

    def drill_uv(self, placed: PlacedFault, time_s: Array) -> Array:
        """Return a few lines of wandering frequency, swelling as the surgeon presses."""
        shared = self.streams.generator("drill", placed.number)
        own = self.streams.generator("drill", placed.number, self.muscle)
        since_s = time_s - placed.start_s
        lines = np.zeros_like(time_s)
        base_hz = placed.values["frequency_hz"]
        for line in range(DRILL_LINES):
            hz = base_hz * (1.0, 2.0, float(shared.uniform(1.2, 1.8)), 3.0)[line]
            wander, wander_hz = shared.uniform(0.005, 0.03), shared.uniform(0.2, 2.0)
            swell_hz, swell_phase = shared.uniform(3.0, 25.0), shared.uniform()
            size = shared.uniform(0.3, 1.0) / (line + 1.0)
            size *= own.uniform(0.4, 1.0)
            phase = own.uniform()
            if hz >= lowpass_hz(self.rate_hz):
                continue
            turns = hz * since_s + hz * wander / wander_hz * np.sin(wander_hz * since_s) + phase
            swell = 0.6 + 0.4 * np.sin(2.0 * np.pi * (swell_hz * since_s + swell_phase))
            lines += size * swell * np.sin(2.0 * np.pi * (turns - np.floor(turns)))
        fade = np.clip(np.minimum(since_s / FADE_S, (placed.end_s - time_s) / FADE_S), 0.0, 1.0)
        return placed.values["amplitude_uv"] * fade * lines

    def _movement(self, placed: PlacedFault, time_s: Array) -> Array:
        """Return slow swings of cables and fluid, other ones in each channel."""
        generator = self.streams.generator("irrigation", placed.number, self.muscle)
        since_s = time_s - placed.start_s
        swings = np.zeros_like(time_s)
        for _ in range(MOVEMENT_LINES):
            hz, phase = generator.uniform(3.0, 60.0), generator.uniform()
            swell_hz, swell_phase = generator.uniform(0.1, 1.0), generator.uniform()
            swell = np.sin(2.0 * np.pi * (swell_hz * since_s + swell_phase))
            swings += swell * np.sin(2.0 * np.pi * (hz * since_s + phase))
        fade = np.clip(np.minimum(since_s / FADE_S, (placed.end_s - time_s) / FADE_S), 0.0, 1.0)
        # Each line has an RMS of 1/2.
        rms = 0.5 * float(np.sqrt(MOVEMENT_LINES))
        return placed.values["amplitude_uv"] / rms * fade * swings

    def _cautery(self, placed: PlacedFault, number: int, time_s: Array) -> Array:
        """Return swings from rail to rail, then one long recovery."""
        generator = self.streams.generator("cautery", placed.number, self.muscle, number)
        sign = 1.0 if self.streams.generator("cautery", placed.number).uniform() < 0.5 else -1.0
        swings = generator.standard_normal(time_s.size)
        arc = np.sin(2.0 * np.pi * 50.0 * (time_s - placed.start_s))
        during = placed.covers(time_s)
        added = np.where(during, self.rail_uv * (4.0 * arc + 3.0 * swings), 0.0)
        since_s = np.maximum(time_s - placed.end_s, 0.0)
        tau_s = placed.values["recovery_s"] / 6.0
        recovery = sign * 1.5 * self.rail_uv * np.exp(-since_s / tau_s)
        return added + np.where(time_s >= placed.end_s, recovery, 0.0)


def _touches(placed: PlacedFault, time_s: Array, *, after_s: float) -> bool:
    return bool(placed.start_s <= time_s[-1] and time_s[0] < placed.end_s + after_s)


def _pop(at_s: float, amplitude_uv: float, tau_s: float, time_s: Array) -> Array:
    since_s = np.maximum(time_s - at_s, 0.0)
    return np.where(time_s >= at_s, amplitude_uv * np.exp(-since_s / tau_s), 0.0)
