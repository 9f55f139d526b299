"""The sans-I/O monitor: samples, stimuli and commands in, events out.

Everything is done in the order of the sample index at which it is due,
whatever the size of the blocks: a sweep when its last sample is in, a command
at its own index, an alarm when its time has come. So a replay tells what the
live monitor told.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count
from math import isnan

import numpy as np

from amr_monitor.dsp.adaptation import SweepAdapter
from amr_monitor.dsp.analysis import SweepWeight, channel_evidence, channel_figures
from amr_monitor.dsp.conditioning import condition, sweep_geometry
from amr_monitor.dsp.cutting import SweepCutter
from amr_monitor.model.case import DIRECT_MUSCLE, MarkName, Muscle, Outcome, Phase
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import (
    AlarmPriority,
    CaseClosed,
    CaseOpened,
    Event,
    GapReceived,
    MonitorFailed,
    PhaseMarked,
)
from amr_monitor.model.finding import BaselineView, SweepReport
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import ReceivedUpTo, SourceChanged, SourceInfo
from amr_monitor.model.status import CaseStatus
from amr_monitor.model.stimulation import Stimulus, StimulusClass
from amr_monitor.model.sweep import Sweep
from amr_monitor.monitor.alarms import AlarmKind
from amr_monitor.monitor.baseline import Reference
from amr_monitor.monitor.case import OpenedCase
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    CloseCase,
    Command,
    CommandBase,
    OpenCase,
)
from amr_monitor.monitor.display import baseline_view, sweep_report
from amr_monitor.monitor.evidence import AnalysedSweep
from amr_monitor.monitor.operator import Operator
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.telling import case_status
from amr_monitor.monitor.time_axis import TimeAxis

Input = SampleBlock | Stimulus | Sweep | Gap | SourceChanged | ReceivedUpTo | Command

BATCH_SWEEPS = 64
COMMAND_GRID_S = 0.001
RECORDED = "recording"
FAILURE_ALARM = AlarmKind(
    priority=AlarmPriority.HIGH,
    message="the monitor has failed: no verdicts; recording goes on",
    latched=True,
)
# Order at one index: what the samples say first; before or behind a gap as they came.
SWEEP, GAP, STIMULUS = range(3)
CHANGE = COMMAND = GAP
Waiting = Sweep | Gap | SourceChanged | Command | Stimulus


class Monitor:
    """The engine of one source and at most one case at a time.

    Parameters
    ----------
    info : SourceInfo
    settings : MonitorSettings
    """

    def __init__(self, *, info: SourceInfo, settings: MonitorSettings | None = None) -> None:
        self._info = info
        self._settings = settings or MonitorSettings()
        rate_hz = info.sampling_rate_hz
        self._geometry = sweep_geometry(
            rate_hz, info.sweep_start_ms, info.sweep_end_ms, self._settings.detector
        )
        self._cutter = SweepCutter(
            n_channels=len(info.montage.channels),
            rate_hz=rate_hz,
            start_ms=info.sweep_start_ms,
            end_ms=info.sweep_end_ms,
        )
        self._axis = TimeAxis(rate_hz=rate_hz, first_time_s=info.first_time_s)
        self._waiting: list[tuple[int, int, int, Waiting]] = []
        self._adapter: SweepAdapter | None = None
        self._rate_hz = rate_hz
        self._order = count()
        self._is_pre_cut = False
        self._received = 0
        self._done = 0
        self._case: OpenedCase | None = None
        self._operator: Operator | None = None
        self._is_open = False
        self._failed = False
        self._reports: deque[SweepReport] = deque(maxlen=self._settings.kept_reports)
        self._sweep_number = 0
        self._untold: list[Event] = []
        self._analysed: dict[int, tuple[Sweep, AnalysedSweep]] = {}
        self._analysed_with: Reference | None = None

    # ---------------------------------------------------------------- input

    def receive_recorded(self, *items: Input) -> tuple[Event, ...]:
        """Take what a source gave, its commands where they stand among the samples.

        However much is given at once, a command counts at its own index, and
        one that is refused there becomes a note: nobody is there to be told.
        """
        return self._take(items, are_recorded=True)

    def receive(self, *items: Input) -> tuple[Event, ...]:
        """Take what has come and answer with what is to be told, in order.

        Raises
        ------
        CommandRefused
            A command given by a person makes no sense now: it changed nothing.
            What came with it is taken, and told by the next call.
        ValueError
            Blocks do not follow each other: a fault of the driver.
        """
        return self._take(items, are_recorded=False)

    def _take(self, items: Iterable[Input], *, are_recorded: bool) -> tuple[Event, ...]:
        events, self._untold = self._untold, []
        refused: CommandRefused | None = None
        for item in items:
            if isinstance(item, CommandBase):
                if are_recorded or item.by == RECORDED or item.sample_index > self._received:
                    self._wait(item.sample_index, COMMAND, item)
                    continue
                events += self._drain(self._received)
                try:
                    events += self._guarded(self._obey, item)
                except CommandRefused as refusal:
                    refused = refusal
            elif isinstance(item, Stimulus):
                if not self._is_pre_cut:
                    self._cutter.push_stimulus(item)
                self._wait(item.sample_index, STIMULUS, item)
            elif isinstance(item, Sweep):
                self._is_pre_cut = True
                self._wait(item.end_index, SWEEP, self._as_opened(item))
                self._received = max(self._received, item.end_index)
            elif isinstance(item, Gap):
                self._wait(item.sample_index, GAP, item)
                self._cutter.reset(sample_index=item.sample_index)
                self._received = max(self._received, item.sample_index)
            elif isinstance(item, SourceChanged):
                self._wait(item.sample_index, CHANGE, item)
                self._adapt_to(item.info)
            elif isinstance(item, SampleBlock):
                for sweep in self._cutter.push(item):
                    self._wait(sweep.end_index, SWEEP, self._as_opened(sweep))
                self._received = item.end_index
            else:
                self._received = max(self._received, item.sample_index)
        events += self._drain(self._received)
        if refused is not None:
            self._untold = events
            raise refused
        return tuple(events)

    @property
    def settled_index(self) -> int:
        """Up to here all is done: nothing can be told of an earlier sample any more."""
        return self._done

    def command_index(self) -> int:
        """Return the index, on the 1 ms grid, that a command given now counts at."""
        step = max(1, round(self._rate_hz * COMMAND_GRID_S))
        index = self._received // step * step
        return index if index >= self._done else -(-self._done // step) * step

    def flush(self) -> tuple[Event, ...]:
        """Carry out what waits for samples that do not come any more."""
        events, self._untold = self._untold, []
        return tuple(events + self._drain(max(self._received, *(k for k, *_ in self._waiting), 0)))

    def _adapt_to(self, info: SourceInfo) -> None:
        """Take sweeps from a source that has become another."""
        adapter = SweepAdapter(montage=self._info.montage, geometry=self._geometry, info=info)
        n_incomplete = self._cutter.n_incomplete
        self._cutter = SweepCutter(
            n_channels=adapter.n_channels,
            rate_hz=adapter.rate_hz,
            start_ms=adapter.start_ms,
            end_ms=adapter.end_ms,
        )
        self._cutter.n_incomplete = n_incomplete
        self._adapter, self._rate_hz = adapter, adapter.rate_hz

    def _as_opened(self, sweep: Sweep) -> Sweep:
        return sweep if self._adapter is None else self._adapter.adapted(sweep)

    def _wait(self, key: int, kind: int, item: Waiting) -> None:
        heappush(self._waiting, (key, kind, next(self._order), item))

    # ---------------------------------------------------------------- order

    def _drain(self, until: int) -> list[Event]:
        events: list[Event] = []
        while True:
            due = self._next_due()
            key = self._waiting[0][0] if self._waiting else until + 1
            if due <= min(key, until):
                events += self._guarded(self._due, int(due))
                continue
            if key > until:
                return events
            key, kind, _, item = heappop(self._waiting)
            self._done = max(self._done, key)
            events += self._guarded(self._do, key, kind, item)

    def _next_due(self) -> float:
        if self._case is None or not self._is_open or self._failed:
            return float("inf")
        return self._axis.index_at(self._case.next_due_s)

    def _guarded(self, step, *arguments) -> list[Event]:  # type: ignore[no-untyped-def]
        """Turn a fault of the core into an event: recording goes on, verdicts stop."""
        try:
            return list(step(*arguments))
        except CommandRefused:
            raise
        except Exception as fault:  # any fault must be told and never kill the daemon
            self._failed = True
            time_s = self._axis.time_s(self._done)
            failed = MonitorFailed(
                sample_index=self._done,
                time_s=time_s,
                message=f"{type(fault).__name__}: {fault}",
            )
            if self._case is None:
                return [failed]
            alarm = self._case.alarms.raise_now("monitor_failed", FAILURE_ALARM, self._done, time_s)
            return [failed, *alarm]

    def _due(self, index: int) -> list[Event]:
        if self._case is None:
            return []
        self._done = max(self._done, index)
        time_s = max(self._axis.time_s(index), self._case.next_due_s)
        return self._case.due(index, time_s)

    def _do(self, key: int, kind: int, item: Waiting) -> list[Event]:
        if isinstance(item, Gap):
            return self._gap(item)
        if isinstance(item, SourceChanged):
            return self._source_changed(item)
        if isinstance(item, CommandBase):
            return self._recorded_command(item)
        if self._failed or self._case is None or not self._is_open:
            return []
        if isinstance(item, Stimulus):
            return self._case.stimulus(item, self._axis.time_s(item.sample_index))
        if isinstance(item, Sweep):
            return self._sweep(item)
        raise TypeError(f"nothing can be done with {type(item).__name__} at {key}, {kind}")

    def _gap(self, gap: Gap) -> list[Event]:
        missing_s = self._axis.add_gap(gap.sample_index, gap.resumes_at_s)
        if self._case is not None:
            self._case.gap(gap.resumes_at_s)
        return [
            GapReceived(
                sample_index=gap.sample_index,
                time_s=self._axis.time_s(gap.sample_index),
                missing_s=round(missing_s, 6),
                reason=gap.reason,
            )
        ]

    def _source_changed(self, changed: SourceChanged) -> list[Event]:
        info = changed.info
        self._axis.change_rate(info.sampling_rate_hz)
        if self._case is None or not self._is_open or self._failed:
            return []
        adapter = SweepAdapter(montage=self._info.montage, geometry=self._geometry, info=info)
        time_s = self._axis.time_s(changed.sample_index)
        return self._case.source_changed(adapter, changed.sample_index, time_s)

    # ------------------------------------------------------------- commands

    def _recorded_command(self, command: Command) -> list[Event]:
        try:
            return self._obey(command)
        except CommandRefused as refused:
            if (
                isinstance(command, AcceptBaseline)
                and self._case is not None
                and self._is_open
                # A person did accept it then; here it is taken once there is enough.
                and self._case.desk.accept_when_ready(by=command.by)
            ):
                return []
            return [self._refusal(command, str(refused))]

    def _refusal(self, command: Command, why: str) -> PhaseMarked:
        return PhaseMarked(
            sample_index=command.sample_index,
            time_s=self._axis.time_s(command.sample_index),
            mark_id=0,
            mark=MarkName.NOTE,
            vessel=None,
            text=f"not carried out: {why}",
            effective_time_s=self._axis.time_s(command.sample_index),
            by=command.by,
            phase=Phase.BEFORE_DURA if self._case is None else self._case.marks.phase,
            provisional_outcome=None,
        )

    def _obey(self, command: Command) -> list[Event]:
        time_s = self._axis.time_s(command.sample_index)
        self._done = max(self._done, command.sample_index)
        if isinstance(command, OpenCase):
            return [self._open(command, time_s)]
        if self._case is None or self._operator is None or not self._is_open:
            raise CommandRefused("no case is open; open one first")
        if self._failed:
            if isinstance(command, AcknowledgeAlarm):
                return self._operator.obey(command, time_s)
            if not isinstance(command, CloseCase):
                raise CommandRefused("the monitor has failed; close the case and start again")
            self._is_open = False
            return [self._failed_close(command, time_s)]
        events = self._operator.obey(command, time_s)
        if isinstance(command, CloseCase):
            self._is_open = False
        return events

    def _open(self, command: OpenCase, time_s: float) -> CaseOpened:
        if self._is_open:
            raise CommandRefused("a case is open already; close it first")
        self._case = OpenedCase(
            info=command.case,
            montage=self._info.montage,
            geometry=self._geometry,
            settings=self._settings,
        )
        self._case.time_s = time_s
        self._operator = Operator(case=self._case, settings=self._settings)
        self._is_open = True
        self._failed = False
        self._sweep_number = 0
        leads = self._case.leads
        return CaseOpened(
            sample_index=command.sample_index,
            time_s=time_s,
            pseudonym=command.case.pseudonym,
            side=command.case.side,
            branch=command.case.branch,
            mode=command.case.mode,
            muscles=self._info.montage.muscles,
            lead=leads[0] if leads else None,
            sampling_rate_hz=self._info.sampling_rate_hz,
        )

    def _failed_close(self, command: CloseCase, time_s: float) -> CaseClosed:
        return CaseClosed(
            sample_index=command.sample_index,
            time_s=time_s,
            outcome=Outcome.INDETERMINATE,
            tags=("monitor_failed",),
            basis="",
            phase_known=False,
            residual_mentalis=False,
            after_mark=None,
            muscles=(),
            counts={} if self._case is None else dict(self._case.counts),
            by=command.by,
        )

    # --------------------------------------------------------------- sweeps

    def _sweep(self, sweep: Sweep) -> list[Event]:
        case = self._case
        if case is None:
            return []
        time_s = self._axis.time_s(sweep.stimulus.sample_index)
        if case.stimuli.class_of(sweep.stimulus, time_s) is not StimulusClass.AMR:
            case.counts["other_class"] += 1
            return []
        if self._analysed_with is not case.reference or id(sweep) not in self._analysed:
            self._analyse(sweep, case)
        # A gap between the sweeps of one batch moves the time of those behind it.
        analysed = self._analysed.pop(id(sweep))[1]
        analysed = analysed if analysed.time_s == time_s else replace(analysed, time_s=time_s)
        analysed = case.context.named(analysed)
        events = case.sweep(analysed)
        self._sweep_number += 1
        if self._settings.kept_reports:
            self._reports.append(
                sweep_report(case, analysed, self._sweep_number, self._info, self._geometry, sweep)
            )
        return events

    def _analyse(self, first: Sweep, case: OpenedCase) -> None:
        """Run the DSP on this sweep and on those that wait behind it, in one call."""
        ready = [first]
        ready += [
            item
            for key, kind, _, item in sorted(self._waiting, key=lambda entry: entry[:3])
            if kind == SWEEP and key <= self._received and isinstance(item, Sweep)
        ][: BATCH_SWEEPS - 1]
        self._analysed = {}
        self._analysed_with = case.reference
        for sweep, analysed in zip(ready, self._analyses(tuple(ready), case), strict=True):
            # The sweep is kept with it: the number of one that is gone is given again.
            self._analysed[id(sweep)] = sweep, analysed

    def _analyses(self, sweeps: tuple[Sweep, ...], case: OpenedCase) -> list[AnalysedSweep]:
        detector = self._settings.detector
        montage = self._info.montage
        conditioned = condition(sweeps, self._geometry, detector)
        figures = [
            channel_figures(
                conditioned, row, channel.muscle, channel.rail_uv, self._geometry, detector
            )
            for row, channel in enumerate(montage.channels)
        ]
        reference = case.reference
        fractions: np.ndarray | None = None
        evidence: dict[Muscle, list[SweepWeight]] = {}
        if reference is not None:
            direct = DIRECT_MUSCLE[case.info.branch]
            if reference.m_control_uv is not None:
                row = montage.muscles.index(direct)
                fractions = figures[row].m_wave_uv / reference.m_control_uv
                fractions[~conditioned.finite[:, row]] = np.nan
            # By tracker: the reference of a later epoch may lack a muscle.
            for muscle, tracker in case.trackers.items():
                evidence[muscle] = channel_evidence(
                    conditioned,
                    figures[tracker.calibration.channel],
                    tracker.calibration,
                    fractions,
                    detector,
                ).sweeps()
        told = list(zip(*(channel.sweeps() for channel in figures), strict=True))
        known = [None] * len(sweeps) if fractions is None else fractions.tolist()
        missing = [fraction is not None and isnan(fraction) for fraction in known]
        return [
            AnalysedSweep(
                stimulus=sweep.stimulus,
                time_s=self._axis.time_s(sweep.stimulus.sample_index),
                conditioned=conditioned.rows(slice(row, row + 1)),
                figures=told[row],
                evidence={muscle: weights[row] for muscle, weights in evidence.items()},
                m_fraction=None if missing[row] else known[row],
                m_is_missing=missing[row],
                rejected_by_source=sweep.rejected_by_source,
            )
            for row, sweep in enumerate(sweeps)
        ]

    # --------------------------------------------------------------- output

    def take_reports(self) -> tuple[SweepReport, ...]:
        """Return the sweeps for display since the last call; the oldest may be lost."""
        reports = tuple(self._reports)
        self._reports.clear()
        return reports

    @property
    def baseline_view(self) -> BaselineView | None:
        """The accepted baseline for the screen; None before there is one."""
        if self._case is None or self._case.reference is None:
            return None
        return baseline_view(
            self._case.reference, self._info.montage, self._geometry, self._settings
        )

    @property
    def status(self) -> CaseStatus:
        """The case as it stands."""
        counts = dict(self._case.counts) if self._case is not None else {}
        counts["incomplete"] = self._cutter.n_incomplete
        return case_status(
            self._case,
            self._info.montage.muscles,
            self._settings,
            is_open=self._is_open,
            time_s=self._axis.time_s(self._received),
            sample_index=self._received,
            counts=counts,
            failed=self._failed,
        )
