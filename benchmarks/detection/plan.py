"""What an experiment is: tasks that stand alone, figures beside their requirement."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Protocol

import numpy as np

from amr_monitor.monitor.settings import MonitorSettings
from benchmarks.detection.measures import Estimate
from benchmarks.detection.population import BenchPatient, Stratum, draw_bench_patient
from benchmarks.detection.recording import VirtualRecording
from benchmarks.detection.seeds import Purpose, stream

Result = dict[str, list[float]]
"""What a task found: named lists of numbers, so that it can be kept as JSON."""

BASELINE_SWEEPS = 100
"""Sweeps of the baseline where nothing else is said; detector.md: 60-120."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One patient in one experiment.

    Attributes
    ----------
    experiment, label : str
        The label names a condition within the experiment.
    patient : int
    amount : int
        Sweeps, runs or hours, as the experiment takes it.
    """

    experiment: str
    label: str
    patient: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all tasks of a run of the benchmark share.

    Attributes
    ----------
    root : int
        Of the seeds.
    purpose : Purpose
    monitor : MonitorSettings
    """

    root: int
    purpose: Purpose
    monitor: MonitorSettings

    def generator(self, task: Task) -> np.random.Generator:
        """Return the stream of everything in a task that is not the patient."""
        return stream(self.root, self.purpose, task.experiment, task.label, task.patient)

    def patient(self, task: Task, stratum: Stratum) -> BenchPatient:
        """Return the patient of a task."""
        return draw_bench_patient(
            stratum, self.root, self.purpose, task.experiment, task.label, task.patient
        )

    def recording(self, task: Task, stratum: Stratum) -> VirtualRecording:
        """Return the recording of the patient of a task."""
        return VirtualRecording(
            self.patient(task, stratum),
            self.generator(task),
            disturbed=stratum.disturbed,
            settings=self.monitor.detector,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is drawn.

    Attributes
    ----------
    patients : int
        Of each condition.
    runs : int
        Losses, returns or residuals of each patient.
    sweeps : int
        With and without response, of each patient, where single sweeps count.
    mixed_patients, hours : int
        Of the mixed population, and of each of them.
    cases : int
        Of two hours, of patients with silent runs.
    gate_patients : int
        Of each fault.
    """

    patients: int
    runs: int
    sweeps: int
    mixed_patients: int
    hours: int
    cases: int
    gate_patients: int


FULL = Scale(
    patients=24, runs=20, sweeps=400, mixed_patients=120, hours=4, cases=200, gate_patients=50
)
SHORT = Scale(
    patients=12, runs=10, sweeps=300, mixed_patients=40, hours=1, cases=20, gate_patients=10
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure of a table.

    Attributes
    ----------
    what : str
    unit : str
    found : Estimate
    required : float or None
        None where no requirement stands.
    at_least : bool
        Whether more is better.
    ideal : Estimate or None
        Of the ideal observer, on the same sweeps.
    note : str
    """

    what: str
    unit: str
    found: Estimate
    required: float | None = None
    at_least: bool = False
    ideal: Estimate | None = None
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the figure itself meets the requirement; None without one.

        To the three digits that requirements are stated with: 0.99996 is 1.000.
        """
        if self.required is None:
            return None
        value = float(f"{self.found.value:.3g}") if isfinite(self.found.value) else inf
        return value >= self.required if self.at_least else value <= self.required


class Experiment(Protocol):
    """One table."""

    @property
    def name(self) -> str:
        """Of the experiment, as a command line takes it."""
        ...

    @property
    def title(self) -> str:
        """Of the table."""
        ...

    def tasks(self, scale: Scale) -> Sequence[Task]:
        """Return what is to be done."""
        ...

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        ...

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        ...


def by_label(results: dict[Task, Result]) -> dict[str, list[Result]]:
    """Return the results of each condition, patient by patient."""
    grouped: dict[str, list[Result]] = {}
    for task, result in results.items():
        grouped.setdefault(task.label, []).append(result)
    return grouped
