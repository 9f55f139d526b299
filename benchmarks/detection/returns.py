"""A lost response: told as back when it is not, and how soon when it is."""

from dataclasses import dataclass
from math import inf

import numpy as np

from amr_monitor.model.case import AmrState, Certainty
from amr_monitor.monitor.changes import StateChange
from amr_monitor.simulation.potentials import Array
from benchmarks.detection.chain import Watch, judged, learn
from benchmarks.detection.measures import quantile_over_patients, rate_per_hour, share
from benchmarks.detection.plan import (
    BASELINE_SWEEPS,
    Line,
    Result,
    Scale,
    Setting,
    Task,
    by_label,
)
from benchmarks.detection.population import MIXED, Stratum, plain

RUN_IN_SWEEPS = 120
SILENT_SWEEPS = 150
AFTER_SWEEPS = 60
SWEEPS_PER_HOUR = 3600
FALSE = "mixed population, the response gone"
STRATA: dict[str, tuple[Stratum, float]] = {
    "5 uV noise, 30 uV": (plain(5, 30), 6.0),
    "5 uV noise, 50 uV": (plain(5, 50), 6.0),
    "5 uV noise, 100 uV": (plain(5, 100), 6.0),
    "10 uV noise, 50 uV": (plain(10, 50), 6.0),
    "5 uV noise, 50 uV, intermittent": (plain(5, 50, intermittent=True), inf),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A stratum, for how long its response comes back, what is required."""

    stratum: Stratum
    back_s: int
    median: float
    seen: float | None


CONDITIONS = {
    f"{name}; {what}": Condition(stratum=stratum, back_s=back_s, median=median, seen=seen)
    for name, (stratum, median) in STRATA.items()
    for what, back_s, seen in (
        ("back for good", AFTER_SWEEPS, None),
        ("back for 10 s", 10, 1.0),
        ("back for 5 s", 5, 0.96),
    )
    if name in ("5 uV noise, 50 uV", "5 uV noise, 100 uV") or back_s == AFTER_SWEEPS
}


def returns_told(watch: Watch, since: int) -> tuple[int, int]:
    """Return how many returns were told after a sweep: provisional or better, confirmed."""
    n_provisional = n_confirmed = 0
    pending = False
    for told in watch.told:
        change = told.change
        if told.sweep < since or not isinstance(change, StateChange):
            continue
        if change.to_state is not AmrState.REAPPEARED or change.from_state is change.to_state:
            pending = False
            continue
        confirmed = change.certainty is Certainty.CONFIRMED
        n_confirmed += confirmed
        n_provisional += not (confirmed and pending)
        pending = not confirmed
    return n_provisional, n_confirmed


class Returns:
    """Hours without the response, and returns for good or for seconds."""

    name = "returns"
    title = "Returns of a lost response"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        hours = [
            Task(
                experiment=self.name,
                label=FALSE,
                patient=patient,
                amount=scale.hours * SWEEPS_PER_HOUR,
            )
            for patient in range(scale.mixed_patients)
        ]
        return hours + [
            Task(experiment=self.name, label=label, patient=patient, amount=scale.runs)
            for label in CONDITIONS
            for patient in range(scale.patients)
        ]

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        stratum = MIXED if task.label == FALSE else CONDITIONS[task.label].stratum
        recording = setting.recording(task, stratum)
        calibration = learn(recording, BASELINE_SWEEPS, setting.monitor)
        before = Watch(calibration, setting.monitor)
        if not before.is_watching:
            return {"watched": [0.0]}

        def push(watch: Watch, gain: Array) -> None:
            for sweeps in judged(recording, calibration, gain, setting.monitor):
                watch.push(sweeps)

        push(before, np.ones(RUN_IN_SWEEPS))
        before.vessel_moved_s = float(before.n_sweeps)
        push(before, np.zeros(SILENT_SWEEPS))
        result: Result = {"watched": [1.0], "lost": [float(before.tracker.is_lost)]}
        if not before.tracker.is_lost:
            return result
        if task.label == FALSE:
            since = before.n_sweeps
            push(before, np.zeros(task.amount))
            provisional, confirmed = returns_told(before, since)
            result |= {
                "hours": [task.amount / SWEEPS_PER_HOUR],
                "provisional": [float(provisional)],
                "confirmed": [float(confirmed)],
            }
            return result
        back_s = CONDITIONS[task.label].back_s
        gain = np.concatenate([np.ones(back_s), np.zeros(AFTER_SWEEPS - back_s)])
        result |= {"provisional": [], "confirmed": []}
        for _ in range(task.amount):
            watch = before.branched()
            push(watch, gain)
            for certainty in (Certainty.PROVISIONAL, Certainty.CONFIRMED):
                told = watch.first(AmrState.REAPPEARED, certainty, since=before.n_sweeps)
                result[certainty.value].append(inf if told is None else told - before.n_sweeps + 1)
        return result

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        grouped = by_label(results)
        lines = _false(grouped.pop(FALSE, []))
        for label, found in grouped.items():
            condition = CONDITIONS[label]
            lost = [result for result in found if result.get("lost") == [1.0]]
            waits = {
                name: [np.array(result[name]) for result in lost]
                for name in ("provisional", "confirmed")
            }
            if condition.seen is None:
                provisional = quantile_over_patients(waits["provisional"], 0.5)
                nine = quantile_over_patients(waits["confirmed"], 0.9)
                lines.append(
                    Line(
                        what=f"{label}: median until confirmed",
                        unit="sweeps",
                        found=quantile_over_patients(waits["confirmed"], 0.5),
                        required=None if condition.median == inf else condition.median,
                        note=f"90 % {nine.value:g}; provisional {provisional.value:g}",
                    )
                )
                continue
            within = {name: np.concatenate(rows) < inf for name, rows in waits.items()}
            for name, required in (("provisional", condition.seen), ("confirmed", None)):
                seen = within[name]
                lines.append(
                    Line(
                        what=f"{label}: seen, {name}",
                        unit="share",
                        found=share(int(seen.sum()), seen.size),
                        required=required,
                        at_least=True,
                    )
                )
        return lines


def _false(found: list[Result]) -> list[Line]:
    lost = [result for result in found if result.get("lost") == [1.0]]
    if not lost:
        return []
    not_lost = sum(result.get("lost") == [0.0] for result in found)
    hours = np.array([result["hours"][0] for result in lost])
    lines = []
    for name, required in (("confirmed", 0.1), ("provisional", None)):
        counts = np.array([result[name][0] for result in lost])
        lines.append(
            Line(
                what=f"{FALSE}: {name}",
                unit="an hour",
                found=rate_per_hour(counts, hours),
                required=required,
                note=(
                    f"{counts.sum():g} in {hours.sum():g} h of {len(lost)} patients, "
                    f"{int((counts > 0).sum())} of whom had one"
                    + (f"; loss not told within 150 sweeps in {not_lost} more" if not_lost else "")
                ),
            )
        )
    return lines
