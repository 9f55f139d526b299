"""How well one sweep with a response is told from one without: areas under the curve."""

from dataclasses import replace

import numpy as np

from benchmarks.detection.chain import judged, learn
from benchmarks.detection.ideal import IdealObserver
from benchmarks.detection.measures import area_under_curve, mean_over_patients
from benchmarks.detection.plan import (
    BASELINE_SWEEPS,
    Line,
    Result,
    Scale,
    Setting,
    Task,
    by_label,
)
from benchmarks.detection.population import Stratum, plain

CLEAN = {
    (5, 10): 0.870,
    (5, 20): 0.977,
    (5, 30): 0.994,
    (5, 50): 1.0,
    (10, 20): 0.834,
    (10, 30): 0.952,
    (10, 50): 0.989,
    (2, 10): 0.990,
}
DISTURBED = {(5, 10): 0.79, (5, 20): 0.965, (5, 30): 0.989}
CONDITIONS: dict[str, tuple[Stratum, float]] = {
    f"{noise} uV noise, {size} uV": (plain(noise, size), least)
    for (noise, size), least in CLEAN.items()
}
CONDITIONS |= {
    f"{noise} uV noise, {size} uV, with artifact, M and mains": (
        replace(plain(noise, size), disturbed=True),
        least,
    )
    for (noise, size), least in DISTURBED.items()
}


class SingleSweeps:
    """Sweeps in which the response fires against sweeps of noise."""

    name = "single_sweeps"
    title = "Single sweeps: area under the curve"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        return [
            Task(experiment=self.name, label=label, patient=patient, amount=scale.sweeps)
            for label in CONDITIONS
            for patient in range(scale.patients)
        ]

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        stratum, _ = CONDITIONS[task.label]
        recording = setting.recording(task, stratum)
        calibration = learn(recording, BASELINE_SWEEPS, setting.monitor)
        ideal = IdealObserver(recording.patient, recording.spectrum, setting.generator(task))
        times_ms = recording.geometry.times_ms
        scores: list[np.ndarray] = []
        ideals: list[np.ndarray] = []
        rejected = 0.0
        for gain in (1.0, 0.0):
            found, best = [], []
            for sweeps in judged(
                recording, calibration, np.full(task.amount, gain), setting.monitor
            ):
                chosen = sweeps.drawn.fires | (sweeps.drawn.gain == 0.0)
                found.append(sweeps.evidence.log_odds_present[chosen])
                rejected += float((~sweeps.accepted).sum())
                if not stratum.disturbed:
                    values = sweeps.drawn.conditioned.values_uv[chosen, 0]
                    best.append(ideal.log_ratios(values, times_ms))
            scores.append(np.concatenate(found))
            ideals += [np.concatenate(best)] if best else []
        result = {
            "area": [area_under_curve(*scores)],
            "rejected": [rejected / (2.0 * task.amount)],
            "relative_amplitude": [calibration.amplitude_uv / recording.patient.amplitude_uv],
            "elicited": [float(calibration.elicited)],
        }
        if ideals:
            result["ideal"] = [area_under_curve(*ideals)]
        return result

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        lines = []
        for label, found in by_label(results).items():
            mean = {
                name: mean_over_patients(np.concatenate([result[name] for result in found]))
                for name in found[0]
            }
            lines.append(
                Line(
                    what=label,
                    unit="",
                    found=mean["area"],
                    required=CONDITIONS[label][1],
                    at_least=True,
                    ideal=mean.get("ideal"),
                    note=(
                        f"rejected {mean['rejected'].value:.1%}, "
                        f"amplitude learnt {mean['relative_amplitude'].value:.2f} of the true, "
                        f"found at baseline in {mean['elicited'].value:.0%}"
                    ),
                )
            )
        return lines
