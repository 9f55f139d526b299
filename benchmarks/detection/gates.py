"""What the monitor tells while it cannot know: through the engine, in two muscles."""

from dataclasses import replace
from math import inf

import numpy as np

from amr_monitor.model.case import AmrState, CaseInfo, Certainty
from amr_monitor.model.events import AmrStateChanged, Event, IndeterminateStarted, MonitorFailed
from amr_monitor.model.source import ReceivedUpTo
from amr_monitor.monitor.commands import OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.simulation.distributions import LogUniform
from benchmarks.detection.measures import share
from benchmarks.detection.plan import Line, Result, Scale, Setting, Task, by_label
from benchmarks.detection.population import LEAD, Stratum
from benchmarks.detection.recording import RATE_HZ
from benchmarks.detection.theatre import FAULTS, FaultyCase, faulty_case

STRATUM = Stratum(
    amplitude_uv=LogUniform(low=40.0, high=200.0),
    noise_uv=LogUniform(low=2.0, high=6.0),
    disturbed=True,
)
REQUIRED_SHARE = 0.02
NO_REASON = "nothing"


def events_of(case: FaultyCase, settings: MonitorSettings) -> list[Event]:
    """Return what the engine tells of a case, its baseline accepted as soon as it can be."""
    baseline = replace(settings.baseline, auto_accept=True)
    monitor = Monitor(info=case.info, settings=replace(settings, baseline=baseline, kept_reports=0))
    events = list(monitor.receive(OpenCase(sample_index=0, case=CaseInfo())))
    stimuli = [sweep.stimulus for sweep in case.sweeps]
    end = ReceivedUpTo(sample_index=case.sweeps[-1].end_index + 1)
    return events + list(monitor.receive(*stimuli, *case.sweeps, end))


class Gates:
    """One fault in each case; the response is truly there unless the fault says else."""

    name = "gates"
    title = "Faults and interference, through the engine"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        return [
            Task(experiment=self.name, label=label, patient=patient, amount=1)
            for label in FAULTS
            for patient in range(scale.gate_patients)
        ]

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        case = faulty_case(
            setting.patient(task, STRATUM),
            FAULTS[task.label],
            setting.generator(task),
            setting.monitor.detector,
        )
        told = dict.fromkeys(("watched", "failed", "lost_before"), 0.0)
        result: Result = {"disappeared": [], "reappeared": [], "indeterminate": []}
        seconds = dict.fromkeys(Certainty, inf)
        back = dict.fromkeys(Certainty, inf)
        indeterminate = inf
        for event in events_of(case, setting.monitor):
            sweep = event.sample_index / RATE_HZ - 1.0
            told["failed"] += isinstance(event, MonitorFailed)
            if isinstance(event, AmrStateChanged) and event.muscle is LEAD:
                told["watched"] += event.to_state is AmrState.PRESENT
                if sweep < case.fault.start:
                    told["lost_before"] += event.to_state is AmrState.DISAPPEARED
                elif event.to_state is AmrState.DISAPPEARED:
                    seconds[event.certainty] = min(seconds[event.certainty], sweep)
                elif event.to_state is AmrState.REAPPEARED:
                    back[event.certainty] = min(back[event.certainty], sweep)
            elif (
                isinstance(event, IndeterminateStarted)
                and event.muscle is LEAD
                and case.fault.start <= sweep < case.fault.stop
            ):
                indeterminate = min(indeterminate, sweep - case.fault.start + 1.0)
        result["disappeared"] = [
            float(seconds[certainty] < inf)
            for certainty in (Certainty.PROVISIONAL, Certainty.CONFIRMED)
        ]
        result["reappeared"] = [
            float(back[certainty] < inf)
            for certainty in (Certainty.PROVISIONAL, Certainty.CONFIRMED)
        ]
        result["indeterminate"] = [indeterminate]
        return result | {name: [count] for name, count in told.items()}

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        lines = []
        for label, found in by_label(results).items():
            fault = FAULTS[label]
            watched = [
                result
                for result in found
                if result["watched"][0] and bool(result["lost_before"][0]) is fault.response_lost
            ]
            what = "reappeared" if fault.response_lost else "disappeared"
            provisional, confirmed = np.array([result[what] for result in watched]).T
            waits = np.array([result["indeterminate"][0] for result in watched])
            median = float(np.quantile(waits, 0.5, method="higher"))
            lines.append(
                Line(
                    what=f"{label}: told as {what}",
                    unit="share of cases",
                    found=share(int(confirmed.sum()), confirmed.size),
                    required=REQUIRED_SHARE,
                    note=(
                        f"confirmed; provisional {provisional.mean():.0%}; indeterminate in "
                        f"{np.isfinite(waits).mean():.0%} of cases, median after {median:g} sweeps"
                        + (
                            f"; {len(found) - len(watched)} cases left out"
                            * (len(found) > len(watched))
                        )
                    ),
                )
            )
        return lines
