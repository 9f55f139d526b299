"""The monitor behind a guard: whatever escapes it is told, and never ends the recording.

The core tells its faults itself. After one that it did not tell it is not
asked again: how it last stood is what is shown.
"""

from collections.abc import Callable
from typing import TypeVar

from amr_monitor.model.errors import AmrMonitorError
from amr_monitor.model.events import Event, MonitorFailed
from amr_monitor.model.finding import BaselineView, SweepReport
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import ReceivedUpTo, SourceChanged
from amr_monitor.model.status import CaseStatus
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep
from amr_monitor.monitor.commands import Command
from amr_monitor.monitor.engine import Monitor

MonitorItem = SampleBlock | Stimulus | Sweep | Gap | SourceChanged | ReceivedUpTo | Command
T = TypeVar("T")
NO_EVENTS: tuple[Event, ...] = ()
NO_REPORTS: tuple[SweepReport, ...] = ()


class GuardedMonitor:
    """Ask the monitor; used by the acquisition thread alone.

    Parameters
    ----------
    monitor : Monitor
    on_fault : callable
        Gets the event of a fault that the monitor did not tell itself.
    """

    def __init__(self, monitor: Monitor, *, on_fault: Callable[[MonitorFailed], None]) -> None:
        self._monitor = monitor
        self._on_fault = on_fault
        self._is_gone = False
        self._newest = monitor.status

    @property
    def is_gone(self) -> bool:
        """Whether it is not asked any more."""
        return self._is_gone

    @property
    def newest(self) -> CaseStatus:
        """How it stood when it was last asked."""
        return self._newest

    @property
    def status(self) -> CaseStatus:
        """How it stands."""
        self._newest = self._ask(lambda: self._monitor.status, self._newest)
        return self._newest

    @property
    def place(self) -> tuple[int, float]:
        """Number of samples received, and the time of the newest."""
        status = self.status
        return status.sample_index, status.time_s

    @property
    def settled_index(self) -> int:
        """Nothing can be told of an earlier sample any more."""
        return self._monitor.settled_index

    @property
    def baseline_view(self) -> BaselineView | None:
        """The accepted baseline for the screen."""
        return self._ask(lambda: self._monitor.baseline_view, None)

    def command_index(self) -> int:
        """Return the index at which a command counts now."""
        return self._ask(self._monitor.command_index, self._newest.sample_index)

    def receive(self, *items: MonitorItem) -> tuple[Event, ...]:
        """Give it something; return what it says.

        Raises
        ------
        CommandRefused
            A command makes no sense now; nothing changed.
        """
        return self._ask(lambda: self._monitor.receive(*items), NO_EVENTS)

    def receive_recorded(self, *items: MonitorItem) -> tuple[Event, ...]:
        """Give it what a source gave, its commands where they stand among the samples."""
        return self._ask(lambda: self._monitor.receive_recorded(*items), NO_EVENTS)

    def flush(self) -> tuple[Event, ...]:
        """Have it do what waits for samples that do not come."""
        return self._ask(self._monitor.flush, NO_EVENTS)

    def take_reports(self) -> tuple[SweepReport, ...]:
        """Return the sweeps for display since the last call."""
        return self._ask(self._monitor.take_reports, NO_REPORTS)

    def _ask(self, ask: Callable[[], T], otherwise: T) -> T:
        if self._is_gone:
            return otherwise
        try:
            return ask()
        except AmrMonitorError:
            raise
        except Exception as fault:  # whatever it is: told as an event, and on the screen
            self.give_up(f"{type(fault).__name__}: {fault}")
            return otherwise

    def give_up(self, message: str) -> None:
        """Tell that it failed, and ask it no more."""
        self._is_gone = True
        self._on_fault(
            MonitorFailed(
                sample_index=self._newest.sample_index,
                time_s=self._newest.time_s,
                message=message,
            )
        )
