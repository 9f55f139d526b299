"""What a session shows: events once they are committed, sweeps, baseline, status.

Everything is laid down in the hub; nothing here waits for who looks.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from amr_monitor.api.live import LiveHub
from amr_monitor.daemon.guarded_monitor import GuardedMonitor
from amr_monitor.daemon.shell_alarms import ShellAlarms, broken_alarm
from amr_monitor.daemon.sweep_shelf import SweepShelf
from amr_monitor.model.events import (
    AlarmPriority,
    BaselineAccepted,
    BaselineRestarted,
    EpochStarted,
    Event,
    JournalEntry,
)
from amr_monitor.model.finding import SweepReport
from amr_monitor.model.status import AlarmStatus, CaseStatus, Delivery

BASELINE_EVENTS = (BaselineAccepted, BaselineRestarted, EpochStarted)

STATUS_INTERVAL_S = 0.25

EntryListener = Callable[[Sequence[JournalEntry]], None]
ProgressListener = Callable[[float], None]
ReportListener = Callable[[Sequence[SweepReport]], None]
StandingAlarms = Callable[[float], Iterable[AlarmStatus]]


class Showing:
    """Lay down for whoever looks what the monitor says; used by the acquisition thread.

    Parameters
    ----------
    monitor : GuardedMonitor
    shelf : SweepShelf
        Keeps the sweeps beside verdicts.
    alarms : ShellAlarms
    standing : callable
        Returns, for a time, the alarms about session, journal and recorder.
    hub : LiveHub or None
        None where nobody can look.
    on_entries : callable or None
        Called with committed events, in order.
    on_progress : callable or None
        Called now and then with the time of the newest sample.
    on_reports : callable or None
        Called with judged sweeps, in order.
    clock : callable
        Monotonic seconds.
    """

    def __init__(
        self,
        *,
        monitor: GuardedMonitor,
        shelf: SweepShelf,
        alarms: ShellAlarms,
        standing: StandingAlarms,
        hub: LiveHub | None,
        on_entries: EntryListener | None,
        on_progress: ProgressListener | None,
        on_reports: ReportListener | None = None,
        clock: Callable[[], float],
    ) -> None:
        self._monitor = monitor
        self._shelf = shelf
        self._alarms = alarms
        self._standing = standing
        self._hub = hub
        self._on_entries = on_entries
        self._on_progress = on_progress
        self._on_reports = on_reports
        self._clock = clock
        self._last_status_s = float("-inf")
        self._last_progress_s = float("-inf")
        self._before: CaseStatus | None = None
        self._newest_again: SweepReport | None = None

    def let_out(self, entries: Sequence[JournalEntry]) -> None:
        """Show events that are committed now."""
        self._shelf.take_entries(entries)
        if self._hub is not None:
            self._hub.publish_entries(entries)
        if self._on_entries is not None:
            self._on_entries(entries)

    def let_out_again(self, entries: Sequence[JournalEntry]) -> None:
        """Take note of what was let out before a restart, as it is judged once more."""
        self._shelf.take_again(entries)

    def begin_rebuilding(self) -> None:
        """Show that no verdict holds: until the end of it the monitor goes through the past."""
        self._before = self._monitor.status
        self._alarms.begin(
            REBUILDING_ALARM,
            priority=AlarmPriority.MEDIUM,
            message="the case is being rebuilt from its recording: no verdict until that is done",
            time_s=self._before.time_s,
        )
        self.show(at_once=True)

    def end_rebuilding(self) -> None:
        """Show the case as it was left, at once: status, baseline, and newest sweep."""
        self._alarms.end(REBUILDING_ALARM)
        self._before = None
        if self._hub is not None:
            self._hub.publish_baseline(self._monitor.baseline_view)
            if self._newest_again is not None:
                self._hub.publish_report(self._newest_again)
        self._newest_again = None
        self.show(at_once=True)

    def delivery(self, delivery: Delivery) -> Delivery:
        """Return how the source delivers, for whoever looks: while rebuilding nothing is live."""
        return delivery if self._before is None else Delivery.STALLED

    def show_sweeps(self, events: Sequence[Event]) -> tuple[str, ...]:
        """Lay down what the sweeps look like, after the events that they caused.

        Returns
        -------
        tuple of str
            What of them could not be kept.
        """
        reports = self._monitor.take_reports()
        is_new = any(isinstance(event, BASELINE_EVENTS) for event in events)
        baseline = self._monitor.baseline_view if is_new else None
        self._shelf.take(events, reports, baseline=baseline)
        faults = self._shelf.take_faults()
        if self._on_reports is not None and reports:
            self._on_reports(reports)
        if self._hub is None:
            return faults
        if self._before is not None:
            self._keep_again(self._hub, reports)
            return faults
        if is_new:
            self._hub.publish_baseline(baseline)
        for report in reports:
            self._hub.publish_report(report)
        if reports or events:
            self.show(at_once=True)
        return faults

    def _keep_again(self, hub: LiveHub, reports: Sequence[SweepReport]) -> None:
        """Keep sweeps of the past; the newest waits, to be shown at the end."""
        for report in reports:
            if self._newest_again is not None:
                hub.keep_report(self._newest_again)
            self._newest_again = report

    def show(self, *, at_once: bool = False) -> None:
        """Lay the status down for whoever looks, and tell how far it is."""
        now_s = self._clock()
        if self._on_progress is not None and now_s - self._last_progress_s >= STATUS_INTERVAL_S:
            self._last_progress_s = now_s
            self._on_progress(self._monitor.place[1])
        if self._hub is None or (not at_once and now_s - self._last_status_s < STATUS_INTERVAL_S):
            return
        self._last_status_s = now_s
        self._hub.publish_status(self._status())

    def _status(self) -> CaseStatus:
        """Return the monitor's status with what the shell knows besides."""
        status = self._monitor.status if self._before is None else self._before
        alarms = tuple(self._standing(status.time_s))
        return replace(
            status,
            alarms=status.alarms + self._alarms.shown(alarms),
            failed=status.failed or any(is_breakdown(alarm) for alarm in alarms),
        )


def breakdown_alarms(
    time_s: float, *, session: str | None, journal: str | None
) -> tuple[AlarmStatus, ...]:
    """Return the alarms that the session, or the journal, does not work."""
    alarms: tuple[AlarmStatus, ...] = ()
    if session is not None:
        alarms += (broken_alarm(SESSION_ALARM, session, time_s),)
    if journal is not None:
        message = f"events cannot be kept and wait: {journal}"
        alarms += (broken_alarm(JOURNAL_ALARM, message, time_s),)
    return alarms


def is_breakdown(alarm: AlarmStatus) -> bool:
    """Tell whether what an alarm is about makes the case unfit to be followed."""
    return alarm.alarm_id in (SESSION_ALARM, JOURNAL_ALARM)


REBUILDING_ALARM = "rebuilding"
SESSION_ALARM = "session"
JOURNAL_ALARM = "journal"
