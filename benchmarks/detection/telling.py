"""What is told beside the state: whether the bound holds, whether the probability is one."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from amr_monitor.simulation.potentials import Array
from benchmarks.detection.chain import Watch, judged, learn
from benchmarks.detection.measures import mean_over_patients, ratio_over_patients
from benchmarks.detection.plan import (
    BASELINE_SWEEPS,
    Line,
    Result,
    Scale,
    Setting,
    Task,
    by_label,
)
from benchmarks.detection.population import MIXED

RUN_IN_SWEEPS = 120
COURSE_SWEEPS = 900
LOSS_RATE = 1.0 / 600.0
REQUIRED_COVERAGE = 0.94
EDGES = (0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0)
RANDOM_LOSS = "lost at a random moment, 1 in 600 a sweep"
RETURNED = "lost, and back after 5 min"


def steady(generator: np.random.Generator) -> Array:
    """Return a response that drifts by up to half of its size over 15 min."""
    turns = generator.uniform(0.5, 1.5) * np.linspace(0.0, 2.0 * np.pi, COURSE_SWEEPS)
    return np.asarray(1.0 + generator.uniform(0.0, 0.5) * np.sin(turns))


def lost(generator: np.random.Generator) -> Array:
    """Return a response that is lost at a random moment, or not."""
    gain = np.ones(COURSE_SWEEPS)
    gain[min(int(generator.exponential(1.0 / LOSS_RATE)), COURSE_SWEEPS) :] = 0.0
    return gain


def smaller(generator: np.random.Generator) -> Array:
    """Return a response that falls at once to a residual and stays there."""
    gain = np.ones(COURSE_SWEEPS)
    gain[COURSE_SWEEPS // 6 :] = generator.uniform(0.1, 0.6)
    return gain


def fading(generator: np.random.Generator) -> Array:
    """Return a response that fades to nothing over 2-10 min."""
    seconds = generator.uniform(120.0, 600.0)
    return np.asarray(np.clip(1.0 - np.arange(COURSE_SWEEPS) / seconds, 0.0, 1.0))


def returned(generator: np.random.Generator) -> Array:
    """Return a response that comes back to some size after 5 min."""
    gain = np.full(COURSE_SWEEPS, generator.uniform(0.3, 1.0))
    gain[100:400] = 0.0
    gain[:100] = 1.0
    return gain


COURSES: dict[str, Callable[[np.random.Generator], Array]] = {
    "there, drifting by up to 50 %": steady,
    RANDOM_LOSS: lost,
    "down to 10-60 % at once": smaller,
    "fading over 2-10 min": fading,
    RETURNED: returned,
}


class Telling:
    """The mixed population through all kinds of courses."""

    name = "telling"
    title = "Upper bound of the amplitude, and the probability that is told"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        return [
            Task(experiment=self.name, label=label, patient=patient, amount=COURSE_SWEEPS)
            for label in COURSES
            for patient in range(scale.mixed_patients)
        ]

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        recording = setting.recording(task, MIXED)
        calibration = learn(recording, BASELINE_SWEEPS, setting.monitor)
        watch = Watch(calibration, setting.monitor)
        if not watch.is_watching:
            return {"watched": [0.0]}
        for sweeps in judged(recording, calibration, np.ones(RUN_IN_SWEEPS), setting.monitor):
            watch.push(sweeps)
        watch.vessel_moved_s = float(watch.n_sweeps)
        gain = COURSES[task.label](setting.generator(task))
        covered, probability, present = [], [], []
        residual_uv = setting.monitor.detector.residual_uv
        for sweeps in judged(recording, calibration, gain, setting.monitor):
            course = watch.push(sweeps)
            true_uv = sweeps.drawn.gain * recording.patient.amplitude_uv
            covered.append(true_uv <= course.upper_bound_uv)
            probability.append(course.probability_present)
            present.append(true_uv >= residual_uv)
        bins = np.digitize(np.concatenate(probability), EDGES[1:-1])
        there = np.concatenate(present)
        n_bins = len(EDGES) - 1
        return {
            "watched": [1.0],
            "covered": [float(np.concatenate(covered).mean())],
            "told": np.bincount(bins, minlength=n_bins).astype(float).tolist(),
            "present": np.bincount(bins, weights=there, minlength=n_bins).tolist(),
            "relative_amplitude": [calibration.amplitude_uv / recording.patient.amplitude_uv],
        }

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        lines = []
        grouped = {
            label: [result for result in found if result["watched"][0]]
            for label, found in by_label(results).items()
        }
        for label, found in grouped.items():
            covered = np.array([result["covered"][0] for result in found])
            lines.append(
                Line(
                    what=f"sweeps in which the bound holds: {label}",
                    unit="share",
                    found=mean_over_patients(covered),
                    required=None if label == RETURNED else REQUIRED_COVERAGE,
                    at_least=True,
                    note=f"worst patient {covered.min():.1%}",
                )
            )
        told = np.array([result["told"] for result in grouped.get(RANDOM_LOSS, [])])
        present = np.array([result["present"] for result in grouped.get(RANDOM_LOSS, [])])
        for index, (low, high) in enumerate(pairwise(EDGES)):
            if told.size and told[:, index].sum():
                lines.append(
                    Line(
                        what=f"a response is there where the probability told is {low:g}-{high:g}",
                        unit="share",
                        found=ratio_over_patients(present[:, index], told[:, index]),
                        note=f"{told[:, index].sum():g} sweeps; {RANDOM_LOSS}",
                    )
                )
        return lines
