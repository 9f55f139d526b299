"""How often a response that is there is told as gone."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from amr_monitor.model.case import AmrState, Certainty
from amr_monitor.monitor.baseline import is_monitorable
from amr_monitor.monitor.changes import StateChange
from benchmarks.detection.chain import Told, Watch, judged, learn
from benchmarks.detection.measures import Estimate, rate_per_hour, share
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

SWEEPS_PER_HOUR = 3600
CASE_SWEEPS = 7200
RUN_EDGES_S = (0.0, 1.0, 5.0, 10.0, 20.0, 40.0, 60.0)
WITHOUT_RUNS = "without silent runs"
WITH_RUNS = "with silent runs"
SILENT_SHARE = 0.15
REQUIRED = {Certainty.PROVISIONAL: 0.1, Certainty.CONFIRMED: 0.02}
KINDS = {Certainty.PROVISIONAL: "provisional", Certainty.CONFIRMED: "confirmed"}


def losses_told(told: list[Told]) -> dict[Certainty, list[int]]:
    """Return the sweeps after which a loss was told, by certainty.

    A loss that is confirmed at once counts as provisional too.
    """
    found: dict[Certainty, list[int]] = {certainty: [] for certainty in Certainty}
    pending = False
    for item in told:
        change = item.change
        if not isinstance(change, StateChange):
            continue
        if change.to_state is not AmrState.DISAPPEARED or change.from_state is change.to_state:
            pending = False
            continue
        if change.certainty is Certainty.CONFIRMED and not pending:
            found[Certainty.PROVISIONAL].append(item.sweep)
        pending = change.certainty is Certainty.PROVISIONAL
        found[change.certainty].append(item.sweep)
    return found


class FalseLosses:
    """The mixed population for hours, its response always there."""

    name = "false_losses"
    title = "False disappearances"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        hours = [
            Task(
                experiment=self.name,
                label=WITHOUT_RUNS,
                patient=patient,
                amount=scale.hours * SWEEPS_PER_HOUR,
            )
            for patient in range(scale.mixed_patients)
        ]
        cases = [
            Task(experiment=self.name, label=WITH_RUNS, patient=patient, amount=CASE_SWEEPS)
            for patient in range(scale.cases)
        ]
        return hours + cases

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        runs = 1.0 if task.label == WITH_RUNS else 0.0
        recording = setting.recording(task, replace(MIXED, silent_runs=runs))
        patient = recording.patient
        calibration = learn(recording, BASELINE_SWEEPS, setting.monitor)
        watch = Watch(calibration, setting.monitor)
        result: Result = {
            "amplitude": [patient.amplitude_uv],
            "noise": [patient.noise_uv],
            "intermittent": [float(patient.intermittent)],
            "elicited": [float(calibration.elicited)],
            "monitorable": [float(is_monitorable(calibration, setting.monitor))],
            "miss_rate": [patient.miss_rate],
            "learnt_amplitude": [calibration.amplitude_uv],
        }
        run_s = []
        accepted = lost = 0.0
        if calibration.elicited:
            for sweeps in judged(recording, calibration, np.ones(task.amount), setting.monitor):
                course = watch.push(sweeps)
                run_s.append(sweeps.drawn.silent_run_s)
                accepted += float(course.accepted.sum())
                lost += float(course.lost.sum())
        skips = watch.tracker.scale.skips
        result["skips"] = [
            skips.miss_rate,
            skips.blocked_exit(setting.monitor.detector),
            float(skips.longest_run),
        ]
        result["hours"] = [watch.n_sweeps / SWEEPS_PER_HOUR]
        result["accepted"] = [accepted / max(watch.n_sweeps, 1)]
        result["lost"] = [lost / max(watch.n_sweeps, 1)]
        silent = np.concatenate(run_s) if run_s else np.zeros(0)
        begins = np.flatnonzero((silent > 0.0) & (np.diff(silent, prepend=0.0) != 0.0))
        result["run_s"] = silent[begins].tolist()
        told = losses_told(watch.told)
        for certainty, sweeps_told in told.items():
            result[certainty.value] = [float(len(sweeps_told))]
            # The longest silent run that a loss fell into, or into the 10 s after.
            near = [silent[max(0, at - 10) : at + 1].max() for at in sweeps_told]
            result[f"{certainty.value}_in_run_s"] = [float(length) for length in near]
        return result

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        found = by_label(results)
        lines: list[Line] = []
        without = [result for result in found[WITHOUT_RUNS] if result["elicited"][0]]
        n_left = len(found[WITHOUT_RUNS]) - len(without)
        for name, chosen, required in (
            ("monitorable patients", [r for r in without if r["monitorable"][0]], True),
            ("not monitorable, told so at baseline", _without(without, "monitorable"), False),
            ("stable", _without(without, "intermittent"), False),
            ("intermittent", [r for r in without if r["intermittent"][0]], False),
        ):
            if not chosen:
                continue
            hours = _column(chosen, "hours")
            for certainty, limit in REQUIRED.items():
                counts = _column(chosen, certainty.value)
                lines.append(
                    Line(
                        what=f"{name}: {KINDS[certainty]}",
                        unit="an hour",
                        found=rate_per_hour(counts, hours),
                        required=limit if required else None,
                        note=(
                            f"{int(counts.sum())} in {hours.sum():g} h of {len(chosen)} patients, "
                            f"{int((counts > 0).sum())} of whom had one; "
                            f"{_column(chosen, 'accepted').mean():.1%} of sweeps accepted"
                            + (f"; no response found in {n_left} more" if required else "")
                        ),
                    )
                )
        return lines + _cases(found.get(WITH_RUNS, []), without)


def _without(results: list[Result], name: str) -> list[Result]:
    return [result for result in results if not result[name][0]]


def _column(results: list[Result], name: str) -> np.ndarray:
    return np.array([result[name][0] for result in results])


def _cases(with_runs: list[Result], without: list[Result]) -> list[Line]:
    """Return sustained false losses in cases of two hours, and losses by length of run."""
    watched = [result for result in with_runs if result["elicited"][0]]
    if not watched:
        return []
    n_hit = int((_column(watched, "sustained") > 0).sum())
    steady_cases = float(_column(without, "hours").sum()) / 2.0
    steady = share(int(_column(without, "sustained").sum()), max(round(steady_cases), 1))
    runs = share(n_hit, len(watched))
    weights = SILENT_SHARE, 1.0 - SILENT_SHARE
    lines = [
        Line(
            what="cases of 2 h with a sustained one, 15 % of patients with silent runs",
            unit="share",
            found=Estimate(
                value=weights[0] * runs.value + weights[1] * steady.value,
                low=weights[0] * runs.low + weights[1] * steady.low,
                high=weights[0] * runs.high + weights[1] * steady.high,
                n=runs.n + steady.n,
            ),
            required=0.005,
            note=f"with silent runs {n_hit} of {runs.n}, without {steady.value * steady.n:g} of "
            f"{steady.n}",
        )
    ]
    lengths = np.concatenate([result["run_s"] for result in watched])
    for certainty in Certainty:
        hits = np.concatenate([result[f"{certainty.value}_in_run_s"] for result in watched])
        for low, high in pairwise(RUN_EDGES_S):
            n_runs = int(((lengths > low) & (lengths <= high)).sum())
            n_told = int(((hits > low) & (hits <= high)).sum())
            if n_runs:
                lines.append(
                    Line(
                        what=f"silent runs of {low:g}-{high:g} s told as a loss: {certainty.value}",
                        unit="share",
                        found=share(min(n_told, n_runs), n_runs),
                    )
                )
    return lines
