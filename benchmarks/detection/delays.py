"""How many sweeps a loss takes until it is told."""

from dataclasses import dataclass
from math import inf

import numpy as np

from amr_monitor.model.case import AmrState, Certainty
from amr_monitor.simulation.distributions import LogUniform
from benchmarks.detection.chain import Watch, judged, learn
from benchmarks.detection.ideal import IdealObserver, log_odds_absent
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

LONG_RUN_IN = 1200
SHORT_RUN_IN = 40
LAST_SWEEPS = 40
WATCHED_SWEEPS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A stratum, what came before the loss, and what is required of it."""

    stratum: Stratum
    run_in: int
    median: float | None
    most: float | None


LOUD = Stratum(
    amplitude_uv=LogUniform(low=200.0, high=500.0),
    noise_uv=LogUniform(low=1.0, high=2.0),
    disturbed=True,
)
STRATA: dict[str, tuple[Stratum, float | None, float | None]] = {
    "5 uV noise, 30 uV": (plain(5, 30), 12.0, 22.0),
    "5 uV noise, 50 uV": (plain(5, 50), 7.0, 19.0),
    "5 uV noise, 100 uV": (plain(5, 100), 7.0, 9.0),
    "10 uV noise, 50 uV": (plain(10, 50), 21.0, 47.0),
    "5 uV noise, 50 uV, intermittent": (plain(5, 50, intermittent=True), 21.0, 25.0),
    "1-2 uV noise, 200-500 uV, disturbed": (LOUD, None, None),
}
CONDITIONS = {
    f"{name}; {when}": Condition(stratum=stratum, run_in=run_in, median=median, most=most)
    for when, run_in in (
        ("after 20 min of stimulation", LONG_RUN_IN),
        ("40 sweeps after the baseline", SHORT_RUN_IN),
    )
    for name, (stratum, median, most) in STRATA.items()
}
"""Vessels are moved long after the baseline; what a response does in between is learnt."""


class Delays:
    """Abrupt losses of a response that had its baseline size until then."""

    name = "delays"
    title = "Sweeps from an abrupt loss until it is told"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        return [
            Task(experiment=self.name, label=label, patient=patient, amount=scale.runs)
            for label in CONDITIONS
            for patient in range(scale.patients)
        ]

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        condition = CONDITIONS[task.label]
        monitor = setting.monitor
        recording = setting.recording(task, condition.stratum)
        calibration = learn(recording, BASELINE_SWEEPS, monitor)
        ideal = IdealObserver(recording.patient, recording.spectrum, setting.generator(task))
        before = Watch(calibration, monitor)
        for sweeps in judged(recording, calibration, np.ones(condition.run_in), monitor):
            before.push(sweeps)
        result: Result = {"provisional": [], "confirmed": [], "ideal": []}
        gain = np.concatenate([np.ones(LAST_SWEEPS), np.zeros(WATCHED_SWEEPS)])
        n_early = 0
        for _ in range(task.amount):
            watch = before.branched()
            loss = watch.n_sweeps + LAST_SWEEPS
            watch.vessel_moved_s = float(loss)
            ratios = []
            for sweeps in judged(recording, calibration, gain, monitor):
                values = sweeps.drawn.conditioned.values_uv[:, 0]
                ratios.append(ideal.log_ratios(values, recording.geometry.times_ms))
                watch.push(sweeps)
            early = watch.first(AmrState.DISAPPEARED, Certainty.PROVISIONAL, since=before.n_sweeps)
            if before.tracker.is_lost or (early is not None and early < loss):
                n_early += 1
                continue
            for certainty in (Certainty.PROVISIONAL, Certainty.CONFIRMED):
                told = watch.first(AmrState.DISAPPEARED, certainty, since=loss)
                result[certainty.value].append(inf if told is None else told - loss + 1.0)
            odds = log_odds_absent(
                np.concatenate(ratios),
                recording.patient,
                loss=monitor.detector.loss_rate_per_sweep,
                appearance=monitor.detector.loss_return_rate_per_sweep,
            )[LAST_SWEEPS:]
            reached = np.flatnonzero(odds >= monitor.detector.confirmed_log_odds)
            result["ideal"].append(float(reached[0]) + 1.0 if reached.size else inf)
        scale = before.tracker.scale
        result["early"] = [float(n_early)]
        result["expected"] = [float(scale.expected_sweeps or inf)]
        result["learnt"] = [
            scale.skips.miss_rate,
            scale.skips.blocked_exit(monitor.detector),
            float(scale.skips.longest_run),
        ]
        result["true"] = [recording.patient.miss_rate, recording.patient.blocked_exit]
        return result

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        lines = []
        for label, found in by_label(results).items():
            condition = CONDITIONS[label]
            waits = {
                name: [np.array(result[name]) for result in found if result[name]]
                for name in ("provisional", "confirmed", "ideal")
            }
            confirmed = np.concatenate(waits["confirmed"])
            never = share(int(np.isinf(confirmed).sum()), confirmed.size)
            early = sum(result["early"][0] for result in found)
            for level, name, most in (
                (0.5, "median", condition.median),
                (0.9, "90 %", condition.most),
            ):
                provisional = quantile_over_patients(waits["provisional"], level)
                lines.append(
                    Line(
                        what=f"{label}: {name}",
                        unit="sweeps",
                        found=quantile_over_patients(waits["confirmed"], level),
                        required=most,
                        ideal=(
                            None
                            if condition.stratum.disturbed
                            else quantile_over_patients(waits["ideal"], level)
                        ),
                        note=(
                            f"provisional {provisional.value:g}; "
                            f"not within {WATCHED_SWEEPS}: {never.value:.1%}"
                            + (f"; {early:g} runs left out, told before the loss" if early else "")
                        ),
                    )
                )
            lines += _foretold(label, found)
        return lines


def _foretold(label: str, found: list[Result]) -> list[Line]:
    """Return what was told beforehand of the wait, over what it was, patient by patient."""
    ratios = [
        np.array(result["expected"]) / np.median(result["confirmed"])
        for result in found
        if "expected" in result
        and result["confirmed"]
        and np.isfinite([*result["expected"], *result["confirmed"]]).all()
    ]
    if not ratios:
        return []
    near = float(np.mean(np.abs(np.concatenate(ratios) - 1.0) <= 0.3))
    return [
        Line(
            what=f"{label}: told beforehand over what it took, median of patients",
            unit="",
            found=quantile_over_patients(ratios, 0.5),
            note=f"within 30 % in {near:.0%} of patients",
        )
    ]
