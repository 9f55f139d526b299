"""A response that has become smaller is not gone: how often it is told as gone."""

import numpy as np

from amr_monitor.model.case import AmrState, Certainty
from benchmarks.detection.chain import Watch, judged, learn
from benchmarks.detection.measures import share
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
WATCHED_SWEEPS = 300
RESIDUAL_UV = 20.0
CONDITIONS: dict[str, tuple[Stratum, float]] = {
    "50 uV on 5 uV noise, stable": (plain(5, 50), 0.04),
    "100 uV on 5 uV noise, stable": (plain(5, 100), 0.04),
    "50 uV on 2 uV noise, stable": (plain(2, 50), 0.04),
    "50 uV on 5 uV noise, intermittent": (plain(5, 50, intermittent=True), 0.10),
}


class Residuals:
    """From its baseline size to a steady 20 uV at once, for 5 minutes."""

    name = "residuals"
    title = "A steady residual of 20 uV, told as gone within 5 minutes"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        return [
            Task(experiment=self.name, label=label, patient=patient, amount=scale.runs // 2)
            for label in CONDITIONS
            for patient in range(scale.patients)
        ]

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        stratum, _ = CONDITIONS[task.label]
        recording = setting.recording(task, stratum)
        calibration = learn(recording, BASELINE_SWEEPS, setting.monitor)
        before = Watch(calibration, setting.monitor)
        for sweeps in judged(recording, calibration, np.ones(RUN_IN_SWEEPS), setting.monitor):
            before.push(sweeps)
        gain = np.full(WATCHED_SWEEPS, RESIDUAL_UV / recording.patient.amplitude_uv)
        result: Result = {"provisional": [], "confirmed": []}
        for _ in range(task.amount):
            watch = before.branched()
            watch.vessel_moved_s = float(watch.n_sweeps)
            for sweeps in judged(recording, calibration, gain, setting.monitor):
                watch.push(sweeps)
            for certainty in (Certainty.PROVISIONAL, Certainty.CONFIRMED):
                told = watch.first(AmrState.DISAPPEARED, certainty, since=before.n_sweeps)
                result[certainty.value].append(float(told is not None))
        return result

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        lines = []
        for label, found in by_label(results).items():
            told = {
                name: np.concatenate([result[name] for result in found])
                for name in ("confirmed", "provisional")
            }
            n_patients = sum(max(result["confirmed"]) > 0 for result in found)
            lines.append(
                Line(
                    what=label,
                    unit="share",
                    found=share(int(told["confirmed"].sum()), told["confirmed"].size),
                    required=CONDITIONS[label][1],
                    note=(
                        f"confirmed; in {n_patients} of {len(found)} patients; "
                        f"provisional {told['provisional'].mean():.1%}"
                    ),
                )
            )
        return lines
