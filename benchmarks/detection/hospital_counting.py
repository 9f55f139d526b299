"""What a recording's replay told while its response was known to be there."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

import numpy as np

from amr_monitor.config import Settings
from amr_monitor.model.case import AmrState, Certainty, MarkName, Muscle
from amr_monitor.model.events import (
    AmrStateChanged,
    BaselineAccepted,
    Event,
    IndeterminateStarted,
    MarkAmended,
    MonitorFailed,
    MuscleBaseline,
    PhaseMarked,
)
from amr_monitor.model.source import Annotation, SampleSource, SourceWarning
from amr_monitor.monitor.annotations import command_from_annotation
from amr_monitor.monitor.commands import CloseCase, OpenCase
from amr_monitor.monitor.engine import Monitor

PAUSE_S = 5.0
SECONDS_PER_HOUR = 3600.0
ENDS = (MarkName.DECOMPRESSION_STARTED, MarkName.VESSEL_MOVED)
NOT_WATCHED = (AmrState.LEARNING, AmrState.NOT_ELICITED)

Stretch = tuple[float | None, float]
"""From when (None: the accepted baseline) until when, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLoss:
    """A loss that was told.

    Attributes
    ----------
    time_s : float
    certainty : Certainty
    words : str
    """

    time_s: float
    certainty: Certainty
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One recording in its stretches.

    Attributes
    ----------
    name : str
    why_not : str
        Why nothing could be counted; "" where it was.
    lead : str
    stretches_s : tuple of (float, float)
    hours : float
        With stimulation, within the stretches.
    sweeps, accepted : int
        In the stretches, and those that counted as evidence.
    indeterminate : int
        How often it told that it cannot know.
    losses : tuple of ToldLoss
    amplitude_uv, noise_uv, snr, response_rate : float
        Of the lead at its first baseline.
    longest_silent_run : int
    monitorable : bool
    noise_range_uv : tuple of (float, float)
        5 % and 95 % of the sweeps' noise in the stretches.
    """

    name: str
    why_not: str = ""
    lead: str = ""
    stretches_s: tuple[tuple[float, float], ...] = ()
    hours: float = 0.0
    sweeps: int = 0
    accepted: int = 0
    indeterminate: int = 0
    losses: tuple[ToldLoss, ...] = ()
    amplitude_uv: float = 0.0
    noise_uv: float = 0.0
    snr: float = 0.0
    response_rate: float = 0.0
    longest_silent_run: int = 0
    monitorable: bool = False
    noise_range_uv: tuple[float, float] = (0.0, 0.0)

    def n_losses(self, certainty: Certainty) -> int:
        """Count the losses told with a certainty."""
        return sum(loss.certainty is certainty for loss in self.losses)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedSweep:
    """One sweep of the deciding muscle with an accepted baseline."""

    time_s: float
    accepted: bool
    noise_uv: float


class Replayed:
    """What the monitor told of one recording, and of each of its sweeps.

    Parameters
    ----------
    source : SampleSource
        Read to its end and closed.
    settings : Settings
    """

    def __init__(self, source: SampleSource, settings: Settings) -> None:
        info = source.info
        baseline = replace(settings.monitor.baseline, auto_accept=not info.baseline_is_marked)
        self._monitor = Monitor(info=info, settings=replace(settings.monitor, baseline=baseline))
        self.events: list[Event] = []
        self.sweeps: list[WatchedSweep] = []
        case = settings.case.info(side=info.side)
        self._take(self._monitor.receive(OpenCase(sample_index=0, case=case)))
        try:
            while (items := source.read(timeout_s=0.0)) is not None:
                given = [
                    command_from_annotation(item) if isinstance(item, Annotation) else item
                    for item in items
                    if not isinstance(item, SourceWarning)
                ]
                self._take(self._monitor.receive_recorded(*given))
        finally:
            source.close()
        self._take(self._monitor.flush())
        if self._monitor.status.is_open:
            closing = CloseCase(sample_index=self._monitor.command_index())
            self._take(self._monitor.receive(closing))

    def _take(self, events: Iterable[Event]) -> None:
        self.events += events
        for report in self._monitor.take_reports():
            for finding, status in zip(report.findings, report.statuses, strict=True):
                if status.is_lead and status.state not in NOT_WATCHED:
                    self.sweeps.append(
                        WatchedSweep(
                            time_s=report.time_s,
                            accepted=finding.quality.accepted,
                            noise_uv=finding.measurement.noise_rms_uv,
                        )
                    )

    @property
    def first_baseline(self) -> BaselineAccepted | None:
        """The first reference with a response in a muscle that can decide."""
        return next(
            (
                event
                for event in self.events
                if isinstance(event, BaselineAccepted) and _lead_of(event) is not None
            ),
            None,
        )

    @property
    def decompression_s(self) -> float | None:
        """The first mark that decompression began, as it stands in the end."""
        times: dict[int, float] = {}
        for event in self.events:
            if isinstance(event, PhaseMarked | MarkAmended) and event.mark_id:
                times.pop(event.mark_id, None)
                voided = isinstance(event, MarkAmended) and event.voided
                if event.mark in ENDS and not voided:
                    times[event.mark_id] = event.effective_time_s
        return min(times.values(), default=None)

    @property
    def fault(self) -> str:
        """Why the monitor gave up; "" where it did not."""
        failed = next((e for e in self.events if isinstance(e, MonitorFailed)), None)
        return "" if failed is None else f"the monitor failed: {failed.message}"


def _lead_of(accepted: BaselineAccepted) -> MuscleBaseline | None:
    found = (muscle for muscle in accepted.muscles if muscle.muscle is accepted.lead)
    return next((muscle for muscle in found if muscle.elicited), None)


def counted(name: str, replayed: Replayed, stretches: list[Stretch], until_s: float) -> Counted:
    """Count what was told of one recording while its response was known to be there.

    Parameters
    ----------
    name : str
    replayed : Replayed
    stretches : list of (float or None, float)
        Of `present.csv`; empty for none there.
    until_s : float
        Of the option; infinity where it was not given.
    """
    accepted = replayed.first_baseline
    lead = None if accepted is None else _lead_of(accepted)
    if replayed.fault or accepted is None or lead is None:
        return Counted(name=name, why_not=replayed.fault or "no response at any baseline")
    marked_s = replayed.decompression_s
    if not stretches:
        end_s = until_s if until_s < inf else marked_s
        if end_s is None:
            return Counted(
                name=name,
                why_not="nothing says until when the response was there: no mark, no --until, "
                "no line in present.csv",
            )
        stretches = [(None, end_s)]
    begun_s = accepted.time_s
    spans = tuple((max(begun_s, low or begun_s), high) for low, high in stretches)
    spans = tuple(span for span in spans if span[0] < span[1])

    def inside(time_s: float) -> bool:
        return any(low <= time_s < high for low, high in spans)

    sweeps = [sweep for sweep in replayed.sweeps if inside(sweep.time_s)]
    if len(sweeps) < 2:
        return Counted(name=name, why_not="no stimulation in the stretch")
    gaps = [after.time_s - before.time_s for before, after in pairwise(sweeps)]
    noise = np.array([sweep.noise_uv for sweep in sweeps])
    low_uv, high_uv = (float(value) for value in np.quantile(noise, [0.05, 0.95]))
    return Counted(
        name=name,
        lead=lead.muscle.value,
        stretches_s=spans,
        hours=sum(gap for gap in gaps if gap <= PAUSE_S) / SECONDS_PER_HOUR,
        sweeps=len(sweeps),
        accepted=sum(sweep.accepted for sweep in sweeps),
        indeterminate=sum(
            isinstance(event, IndeterminateStarted)
            and event.muscle is lead.muscle
            and inside(event.time_s)
            for event in replayed.events
        ),
        losses=tuple(_losses(replayed.events, lead.muscle, inside)),
        amplitude_uv=lead.amplitude_uv,
        noise_uv=lead.noise_rms_uv,
        snr=lead.snr,
        response_rate=lead.response_rate,
        longest_silent_run=lead.longest_silent_run,
        monitorable=lead.monitorable,
        noise_range_uv=(low_uv, high_uv),
    )


def _losses(
    events: list[Event], muscle: Muscle, inside: Callable[[float], bool]
) -> Iterator[ToldLoss]:
    """Give the losses told; one that is confirmed at once was provisional too.

    A return that was only provisional and is withdrawn is told as a change to
    `disappeared` as well: that is no other loss.
    """
    lost = pending = False
    for event in events:
        if not isinstance(event, AmrStateChanged) or event.muscle is not muscle:
            continue
        if event.to_state is not AmrState.DISAPPEARED:
            pending = False
            lost = lost and event.certainty is Certainty.PROVISIONAL
            continue
        certainties = [event.certainty]
        if event.certainty is Certainty.CONFIRMED:
            if lost:
                continue
            certainties = [event.certainty] if pending else [Certainty.PROVISIONAL, event.certainty]
            lost = True
        pending = event.certainty is Certainty.PROVISIONAL
        if inside(event.time_s):
            for certainty in certainties:
                yield ToldLoss(time_s=event.time_s, certainty=certainty, words=event.words)
