"""How large the AMR is meant to be at any moment."""

from dataclasses import dataclass

import numpy as np

from amr_monitor.simulation.patient import Patient
from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.scenario import Trajectory
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import Timeline

LONGEST_SILENT_RUN_S = 60.0
SILENT_RUN_SPREAD = 1.3
"""Sigma of the logarithm: from a median of 3 s to a minute at 2.3 sigma."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GainCurve:
    """Gain over time: straight lines between corners.

    Attributes
    ----------
    time_s, gain : ndarray of float64, shape (n_corners,)
        A jump is two corners at one time.
    """

    time_s: Array
    gain: Array

    def at(self, time_s: Array) -> Array:
        """Return the gain at some times: 0 is no AMR, 1 as at first."""
        values = np.interp(time_s, self.time_s, self.gain)
        # At a jump the new value holds from its very moment on.
        last = np.searchsorted(self.time_s, time_s, side="right") - 1
        exact = (last >= 0) & (self.time_s[np.maximum(last, 0)] == time_s)
        return np.where(exact, self.gain[np.maximum(last, 0)], values)


def draw_gain_curve(
    trajectory: Trajectory, timeline: Timeline, streams: RandomStreams
) -> GainCurve:
    """Return the trajectory of one muscle with its times drawn.

    Muscles that follow the same trajectory draw the same times.
    """
    generator = streams.generator("trajectory", trajectory.muscle)
    gain = 1.0 if trajectory.elicited else 0.0
    corners = [(0.0, gain)]
    for step in trajectory.steps:
        start_s = max(timeline.moment_s(step, generator), corners[-1][0])
        over_s = timeline.shortened_s(step.over_minutes.draw(generator), least_s=step.over_least_s)
        corners.append((start_s, gain))
        gain = step.gain.draw(generator) if trajectory.elicited else 0.0
        corners.append((start_s + over_s, gain))
    time_s, gains = zip(*corners, strict=True)
    return GainCurve(time_s=np.array(time_s), gain=np.array(gains))


def silent_runs(
    patient: Patient, end_s: float, streams: RandomStreams
) -> tuple[tuple[float, float], ...]:
    """Return the stretches in which the AMR stays away by itself."""
    if not patient.has_silent_runs:
        return ()
    generator = streams.generator("silent_runs")
    runs: list[tuple[float, float]] = []
    at_s = 0.0
    while True:
        at_s += float(generator.exponential(patient.silent_run_every_s))
        if at_s >= end_s:
            return tuple(runs)
        spread = float(np.exp(generator.normal(0.0, SILENT_RUN_SPREAD)))
        length_s = min(patient.silent_run_median_s * spread, LONGEST_SILENT_RUN_S)
        runs.append((at_s, at_s + length_s))
        at_s += length_s


def slow_walk(
    time_s: Array, *, tau_s: float, spread: float, generator: np.random.Generator
) -> Array:
    """Return a random walk with a pull to 0 (Ornstein-Uhlenbeck) at rising times.

    Parameters
    ----------
    time_s : ndarray of float64, shape (n,)
    tau_s : float
        How long it remembers.
    spread : float
        Its standard deviation.
    """
    steps = generator.standard_normal(time_s.size)
    keep = np.exp(-np.diff(time_s, prepend=time_s[:1]) / tau_s)
    push = np.sqrt(np.maximum(1.0 - keep * keep, 0.0))
    values = np.empty(time_s.size)
    at = float(steps[0]) if time_s.size else 0.0
    for k in range(time_s.size):
        if k:
            at = float(keep[k]) * at + float(push[k]) * float(steps[k])
        values[k] = at
    return spread * values
