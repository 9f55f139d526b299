"""Losses as they come: fading over minutes, in steps, with units dropping out."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np

from amr_monitor.model.case import AmrState, Certainty
from amr_monitor.simulation.potentials import Array
from benchmarks.detection.chain import Watch, judged, learn
from benchmarks.detection.measures import quantile_over_patients, share
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

RUN_IN_SWEEPS = 600
AFTER_SWEEPS = 120
GONE_UV = 10.0
CLEARLY_THERE_UV = 20.0


def fading(seconds: int) -> Callable[[], Array]:
    """Return a straight fall to nothing over so many sweeps."""
    return lambda: np.linspace(1.0, 0.0, seconds + 1)[:-1]


def stepped() -> Array:
    """Return three steps of a minute each: 60 %, 40 %, 25 % of the baseline."""
    return np.repeat([0.6, 0.4, 0.25], 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A stratum and how its response goes."""

    stratum: Stratum
    fall: Callable[[], Array]


CONDITIONS = {
    f"{name}; {how}": Condition(stratum=stratum, fall=fall)
    for name, stratum in (
        ("5 uV noise, 50 uV", plain(5, 50)),
        ("5 uV noise, 100 uV", plain(5, 100)),
        ("5 uV noise, 50 uV, intermittent", plain(5, 50, intermittent=True)),
    )
    for how, fall in (
        ("fades over 2 min", fading(120)),
        ("fades over 10 min", fading(600)),
        ("in three steps of 1 min", stepped),
    )
}


class Trajectories:
    """Gradual losses: told too early while 20 uV are left, told how late once it is gone."""

    name = "trajectories"
    title = "Gradual losses, a vessel moved when they begin"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        return [
            Task(experiment=self.name, label=label, patient=patient, amount=max(scale.runs // 4, 1))
            for label in CONDITIONS
            for patient in range(scale.patients)
        ]

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        condition = CONDITIONS[task.label]
        recording = setting.recording(task, condition.stratum)
        calibration = learn(recording, BASELINE_SWEEPS, setting.monitor)
        before = Watch(calibration, setting.monitor)
        for sweeps in judged(recording, calibration, np.ones(RUN_IN_SWEEPS), setting.monitor):
            before.push(sweeps)
        fall = condition.fall()
        gain = np.concatenate([fall, np.zeros(AFTER_SWEEPS)])
        size_uv = gain * recording.patient.amplitude_uv
        result: Result = {"early": [], "wait": [], "attenuated": []}
        for _ in range(task.amount):
            watch = before.branched()
            watch.vessel_moved_s = float(watch.n_sweeps)
            for sweeps in judged(recording, calibration, gain, setting.monitor):
                watch.push(sweeps)
            start = before.n_sweeps
            gone = start + int(np.flatnonzero(size_uv < GONE_UV)[0])
            there_until = start + int(np.flatnonzero(size_uv < CLEARLY_THERE_UV)[0])
            told = watch.first(AmrState.DISAPPEARED, Certainty.CONFIRMED, since=start)
            smaller = watch.first(AmrState.ATTENUATED, Certainty.CONFIRMED, since=start)
            result["early"].append(float(told is not None and told < there_until))
            result["wait"].append(inf if told is None else float(told - gone + 1))
            result["attenuated"].append(float(smaller is not None))
        return result

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        lines = []
        for label, found in by_label(results).items():
            early = np.concatenate([result["early"] for result in found])
            attenuated = np.concatenate([result["attenuated"] for result in found])
            waits = [np.array(result["wait"]) for result in found]
            nine = quantile_over_patients(waits, 0.9)
            lines.append(
                Line(
                    what=f"{label}: median from below 10 uV until confirmed",
                    unit="sweeps",
                    found=quantile_over_patients(waits, 0.5),
                    note=f"90 % {nine.value:g}; told as attenuated {attenuated.mean():.0%}",
                )
            )
            lines.append(
                Line(
                    what=f"{label}: told as gone while above 20 uV",
                    unit="share",
                    found=share(int(early.sum()), early.size),
                )
            )
        return lines
