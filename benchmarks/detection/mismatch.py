"""A response that is no longer that of the baseline: later, wider, of other units."""

from math import inf

import numpy as np

from amr_monitor.model.case import AmrState, Certainty
from benchmarks.detection.chain import Watch, judged, learn
from benchmarks.detection.measures import area_under_curve, mean_over_patients, share
from benchmarks.detection.plan import (
    BASELINE_SWEEPS,
    Line,
    Result,
    Scale,
    Setting,
    Task,
    by_label,
)
from benchmarks.detection.population import plain
from benchmarks.detection.responses import UNCHANGED, ShapeChange

RUN_IN_SWEEPS = 600
CHANGED_SWEEPS = 600
LOST_SWEEPS = 120
STRATUM = plain(5, 50)
CHANGES: dict[str, tuple[ShapeChange, float]] = {
    "nothing": (UNCHANGED, 1.0),
    "0.5 ms later": (ShapeChange(latency_ms=0.5), 1.0),
    "1 ms later": (ShapeChange(latency_ms=1.0), 1.0),
    "2 ms later": (ShapeChange(latency_ms=2.0), 1.0),
    "1 ms earlier": (ShapeChange(latency_ms=-1.0), 1.0),
    "drawn out by 30 %": (ShapeChange(stretch=1.3), 1.0),
    "units wider by 30 %": (ShapeChange(width=1.3), 1.0),
    "other weights of its units (log SD 0.5)": (ShapeChange(reweighted=0.5), 1.0),
    "other weights of its units (log SD 1)": (ShapeChange(reweighted=1.0), 1.0),
    "units fire half as often": (ShapeChange(firing=0.5), 1.0),
    "larger by 50 %": (UNCHANGED, 1.5),
    "smaller by 50 %": (UNCHANGED, 0.5),
}


class Mismatch:
    """50 uV on 5 uV noise changes at once, stays so for 10 minutes, and is lost then."""

    name = "mismatch"
    title = "A response of another shape than at baseline (50 uV on 5 uV noise)"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        return [
            Task(experiment=self.name, label=label, patient=patient, amount=CHANGED_SWEEPS)
            for label in CHANGES
            for patient in range(scale.patients)
        ]

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        change, gain = CHANGES[task.label]
        recording = setting.recording(task, STRATUM)
        calibration = learn(recording, BASELINE_SWEEPS, setting.monitor)
        watch = Watch(calibration, setting.monitor)
        for sweeps in judged(recording, calibration, np.ones(RUN_IN_SWEEPS), setting.monitor):
            watch.push(sweeps)
        since = watch.n_sweeps
        present, absent = [], []
        for sweeps in judged(
            recording, calibration, np.full(task.amount, gain), setting.monitor, change
        ):
            present.append(sweeps.evidence.log_odds_present[sweeps.drawn.fires])
            watch.push(sweeps)
        result: Result = {}
        for certainty in (Certainty.PROVISIONAL, Certainty.CONFIRMED):
            told = watch.first(AmrState.DISAPPEARED, certainty, since=since)
            result[certainty.value] = [float(told is not None)]
        was_lost = watch.tracker.is_lost
        loss = watch.n_sweeps
        watch.vessel_moved_s = float(loss)
        for sweeps in judged(recording, calibration, np.zeros(LOST_SWEEPS), setting.monitor):
            absent.append(sweeps.evidence.log_odds_present)
            watch.push(sweeps)
        told = watch.first(AmrState.DISAPPEARED, Certainty.CONFIRMED, since=loss)
        result["wait"] = [inf if told is None or was_lost else float(told - loss + 1)]
        result["area"] = [area_under_curve(np.concatenate(present), np.concatenate(absent))]
        return result

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        lines = []
        for label, found in by_label(results).items():
            confirmed = np.array([result["confirmed"][0] for result in found])
            provisional = np.array([result["provisional"][0] for result in found])
            area = mean_over_patients(np.array([result["area"][0] for result in found]))
            waits = np.array([result["wait"][0] for result in found])
            median = float(np.quantile(waits, 0.5, method="higher"))
            lines.append(
                Line(
                    what=f"{label}: told as gone within 10 min",
                    unit="share of patients",
                    found=share(int(confirmed.sum()), confirmed.size),
                    note=(
                        f"provisional {provisional.mean():.0%}; area under the curve "
                        f"{area.value:.3f}; then lost, told after a median of {median:g} sweeps"
                    ),
                )
            )
        return lines
