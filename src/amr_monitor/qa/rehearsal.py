"""A simulated surgery through the engine without real time, judged like any other."""

from dataclasses import dataclass, replace

from amr_monitor.model.case import CaseInfo
from amr_monitor.model.events import Event
from amr_monitor.model.source import Annotation, ReceivedUpTo, SourceWarning
from amr_monitor.monitor.annotations import command_from_annotation
from amr_monitor.monitor.commands import CloseCase, OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.qa.judgement import Judgement
from amr_monitor.qa.judging import judge
from amr_monitor.qa.time_map import TimeMap
from amr_monitor.qa.truth import CaseTruth, truth_from_json
from amr_monitor.simulation import SimulatedSource, Surgery, truth_of
from amr_monitor.simulation.files import truth_json

BLOCK_S = 5.0
KEPT_REPORTS = 64
"""More than the sweeps of a block at the fastest rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What the monitor said of a simulated surgery, and what was true.

    Attributes
    ----------
    events : tuple of Event
    sweep_times_s : tuple of float
        Of every sweep that the detector took.
    truth : CaseTruth
    """

    events: tuple[Event, ...]
    sweep_times_s: tuple[float, ...]
    truth: CaseTruth

    def judgement(self) -> Judgement:
        """Return what a judge makes of it."""
        return judge(
            self.truth,
            self.events,
            time_map=TimeMap(),
            sweep_times_s=self.sweep_times_s,
        )


def rehearse(surgery: Surgery, settings: MonitorSettings | None = None) -> Rehearsal:
    """Send a surgery through the engine, its baseline accepted when there is enough.

    Parameters
    ----------
    surgery : Surgery
    settings : MonitorSettings or None
        Whatever they say, the baseline is accepted without a person.
    """
    settings = MonitorSettings() if settings is None else settings
    source = SimulatedSource(surgery, block_samples=round(BLOCK_S * surgery.rate_hz))
    monitor = Monitor(
        info=source.info,
        settings=replace(
            settings,
            baseline=replace(settings.baseline, auto_accept=True),
            kept_reports=KEPT_REPORTS,
        ),
    )
    events = list(monitor.receive(OpenCase(sample_index=0, case=CaseInfo(side=source.info.side))))
    sweep_times_s: list[float] = []
    end = surgery.n_samples
    while (items := source.read(timeout_s=0.0)) is not None:
        for item in items:
            if isinstance(item, Annotation):
                events += monitor.receive(command_from_annotation(item))
            elif not isinstance(item, SourceWarning):
                events += monitor.receive(item)
        sweep_times_s += [report.time_s for report in monitor.take_reports()]
    events += monitor.receive(ReceivedUpTo(sample_index=end), CloseCase(sample_index=end))
    events += monitor.flush()
    sweep_times_s += [report.time_s for report in monitor.take_reports()]
    truth = truth_from_json(
        truth_json(surgery, truth_of(surgery), surgery.marks), place=surgery.scenario.name
    )
    return Rehearsal(events=tuple(events), sweep_times_s=tuple(sweep_times_s), truth=truth)
