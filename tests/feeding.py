"""Feed a recording to the monitor and ask what it said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from amr_monitor.model.case import (
    AmrState,
    CaseInfo,
    Certainty,
    MarkName,
    Muscle,
    Outcome,
    Vessel,
)
from amr_monitor.model.events import AmrStateChanged, CaseClosed, Event, EventBase
from amr_monitor.model.signal import Gap
from amr_monitor.monitor.commands import CloseCase, Command, MarkCommand, OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import BaselineSettings, MonitorSettings
from tests.sweeps import OCULI, Recording

E = TypeVar("E", bound=EventBase)

SETTINGS = MonitorSettings(baseline=BaselineSettings(auto_accept=True), kept_reports=0)
"""As a replay: the baseline is accepted at 60 valid sweeps; nothing is kept to be drawn."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a monitor said of a whole recording."""

    events: tuple[Event, ...]
    monitor: Monitor

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of one class, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def one(self, kind: type[E]) -> E:
        """Return the only event of one class."""
        (event,) = self.of(kind)
        return event

    def changes(self, muscle: Muscle = OCULI) -> list[AmrStateChanged]:
        """Return the changes of state of one muscle."""
        return [event for event in self.of(AmrStateChanged) if event.muscle is muscle]

    def path(self, muscle: Muscle = OCULI) -> list[tuple[AmrState, Certainty]]:
        """Return what one muscle went through: each change's target and certainty."""
        return [(event.to_state, event.certainty) for event in self.changes(muscle)]

    def change(
        self, state: AmrState, certainty: Certainty = Certainty.CONFIRMED, muscle: Muscle = OCULI
    ) -> AmrStateChanged:
        """Return the first change to a state."""
        return next(
            event
            for event in self.changes(muscle)
            if event.to_state is state and event.certainty is certainty
        )

    @property
    def closed(self) -> CaseClosed:
        """The verdict."""
        return self.one(CaseClosed)

    @property
    def outcome(self) -> Outcome:
        """Of the case."""
        return self.closed.outcome


def mark(
    recording: Recording,
    time_s: float,
    name: MarkName,
    *,
    vessel: Vessel | None = None,
    text: str = "",
    seconds_ago: float = 0.0,
) -> MarkCommand:
    """Return a mark made at a time of the recording."""
    return MarkCommand(
        sample_index=recording.index(time_s),
        mark=name,
        vessel=vessel,
        text=text,
        seconds_ago=seconds_ago,
    )


def surgery(
    recording: Recording,
    *,
    dura: float | None = None,
    started: float | None = None,
    moved: float | None = None,
    complete: float | None = None,
    closed: float | None = None,
) -> list[Command]:
    """Return the usual marks at the times that are given."""
    marks: list[Command] = []
    if dura is not None:
        marks.append(mark(recording, dura, MarkName.DURA_OPENED))
    if started is not None:
        marks.append(mark(recording, started, MarkName.DECOMPRESSION_STARTED))
    if moved is not None:
        marks.append(mark(recording, moved, MarkName.VESSEL_MOVED, vessel=Vessel.AICA))
    if complete is not None:
        marks.append(mark(recording, complete, MarkName.DECOMPRESSION_COMPLETE))
    if closed is not None:
        marks.append(mark(recording, closed, MarkName.DURA_CLOSED))
    return marks


def run(
    recording: Recording,
    commands: Sequence[Command] = (),
    *,
    case: CaseInfo | None = None,
    settings: MonitorSettings = SETTINGS,
    block: int | None = None,
    gaps: Sequence[Gap] = (),
    by_sweeps: bool = False,
    close: bool = True,
) -> Told:
    """Open a case, feed everything, close the case.

    Parameters
    ----------
    recording : Recording
    commands : sequence of Command
        Recorded ones: they wait for their index.
    case : CaseInfo, optional
    settings : MonitorSettings
    block : int, optional
        Samples a block; ten seconds unless told.
    gaps : sequence of Gap
        Given before the block that begins at their index.
    by_sweeps : bool
        Feed stimuli and sweeps alone instead of blocks.
    close : bool
        Close the case at the end.
    """
    monitor = Monitor(info=recording.info, settings=settings)
    events: list[Event] = []
    events += monitor.receive(OpenCase(sample_index=0, case=case or CaseInfo()))
    events += monitor.receive(*commands)
    if by_sweeps:
        events += monitor.receive(*recording.sweep_items())
    else:
        waiting = sorted(gaps, key=lambda gap: gap.sample_index)
        for items in recording.blocks(block or round(10.0 * recording.rate_hz)):
            first = items[-1].first_index if hasattr(items[-1], "first_index") else 0
            while waiting and waiting[0].sample_index <= first:
                events += monitor.receive(waiting.pop(0))
            events += monitor.receive(*items)
    if close:
        events += monitor.receive(CloseCase(sample_index=recording.n_samples))
    events += monitor.flush()
    return Told(events=tuple(events), monitor=monitor)


def with_states(settings: MonitorSettings, **changes: object) -> MonitorSettings:
    """Return settings with other rules of the states."""
    return replace(settings, states=replace(settings.states, **changes))  # type: ignore[arg-type]
