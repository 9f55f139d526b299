"""What is live: the newest events and pictures, left by one thread for any number of clients.

The acquisition thread calls the `publish_` methods. They put things down under
a lock, wake the event loop and return; none waits for a client. Each client
(`live_client.LiveClient`) has its own cursor over the events, so it may come
late, be slow or stall without the others noticing. Events are kept in a ring;
what has left it is read from the store, where every event was committed before
it came here. Of pictures only the newest is kept: latest wins.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from threading import Lock

from amr_monitor.api.announcing import Announcer
from amr_monitor.api.history import DisplayHistory
from amr_monitor.api.raw_shelf import RawShelf
from amr_monitor.api.shadow import veiled_line, veiled_status
from amr_monitor.codec import baseline_to_frame, entry_to_json, sweep_to_frame
from amr_monitor.model.case import CaseMode, Muscle
from amr_monitor.model.events import CaseClosed, CaseOpened, JournalEntry
from amr_monitor.model.finding import BaselineView, SweepReport
from amr_monitor.model.status import CaseStatus
from amr_monitor.monitor.ramp import RampLog, RampSweep

RING_SIZE = 4096


@dataclass(frozen=True, kw_only=True)
class LatestSweep:
    """The newest sweep; its frame is built when the first client wants it.

    Attributes
    ----------
    number : int
        1, 2, 3 ... over all sweeps that were published.
    seq : int
        Newest event when it came.
    report : SweepReport
    """

    number: int
    seq: int
    report: SweepReport

    @cached_property
    def frame(self) -> bytes:
        """The binary frame."""
        return sweep_to_frame(self.report, seq=self.seq)


@dataclass(frozen=True, kw_only=True)
class LatestBaseline:
    """The baseline that stands; `view` is None where there is none."""

    number: int
    seq: int
    muscles: tuple[Muscle, ...]
    view: BaselineView

    @cached_property
    def frame(self) -> bytes:
        """The binary frame."""
        return baseline_to_frame(self.view, muscles=self.muscles, seq=self.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestStatus:
    """The status of the case and the newest event when it held."""

    seq: int
    status: CaseStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """What is there at one instant, as one client needs it.

    Attributes
    ----------
    case_id : str
    newest_seq : int
    lines : tuple of str or None
        Events after the client's cursor; None where the ring no longer holds
        the first of them.
    sweep, baseline, status : newest of each, or None
    """

    case_id: str
    newest_seq: int
    lines: tuple[str, ...] | None
    sweep: LatestSweep | None
    baseline: LatestBaseline | None
    status: LatestStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _RingEntry:
    seq: int
    line: str
    published_s: float


class LiveHub:
    """Hold what is live for the clients.

    Parameters
    ----------
    ring_size : int
        Events held in memory; older ones come from the store.
    """

    def __init__(self, *, ring_size: int = RING_SIZE) -> None:
        self.history = DisplayHistory()
        self.raw = RawShelf()
        self._ramp = RampLog()
        self._lock = Lock()
        self._ring: deque[_RingEntry] = deque(maxlen=ring_size)
        self._case_id = ""
        self._is_in_shadow = False
        self._announcer = Announcer()
        self._muscles: tuple[Muscle, ...] = ()
        self._newest_seq = 0
        self._n_sweeps = 0
        self._n_baselines = 0
        self._sweep: LatestSweep | None = None
        self._baseline: LatestBaseline | None = None
        self._status: LatestStatus | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake_is_due = False
        self._waiting: set[asyncio.Event] = set()
        self._n_too_slow = 0

    # ------------------------------------------------ from the acquisition thread

    def follow_case(
        self,
        case_id: str,
        *,
        muscles: tuple[Muscle, ...],
        newest_seq: int = 0,
        in_shadow: bool = False,
    ) -> None:
        """Turn to a case; clients of another one are sent away to come again.

        Parameters
        ----------
        case_id : str
        muscles : tuple of Muscle
            In row order of its sweeps.
        newest_seq : int
            Above 0 where a case goes on after a restart.
        in_shadow : bool
            The case is in shadow mode, or is to be opened so: nothing is told
            even while its opening cannot be committed.
        """
        with self._lock:
            self._case_id = case_id
            self._muscles = muscles
            self._newest_seq = newest_seq
            self._is_in_shadow = in_shadow
            self._announcer = Announcer()
            self._ring.clear()
            self._sweep = self._baseline = self._status = None
            self.history.clear()
            self.raw.clear()
            self._ramp.clear()
            self._wake()

    def publish_entries(self, entries: Iterable[JournalEntry]) -> None:
        """Let committed events out, in their order.

        An event that overtakes an earlier one does no harm: both are in the
        store, and clients are sent there.
        """
        now_s = time.monotonic()
        new = [(entry, entry_to_json(entry)) for entry in entries]
        with self._lock:
            for entry, line in new:
                if entry.seq <= self._newest_seq:
                    continue
                if entry.seq > self._newest_seq + 1:
                    self._ring.clear()
                self._mind_shadow(entry)
                self._announcer.take(entry, in_shadow=self._is_in_shadow)
                told = veiled_line(line) if self._is_in_shadow else line
                self._ring.append(_RingEntry(seq=entry.seq, line=told, published_s=now_s))
                self._newest_seq = entry.seq
            self._wake()

    def keep_report(self, report: SweepReport) -> None:
        """Keep a sweep of the past with the others, without showing it as the newest."""
        with self._lock:
            self._keep(report)

    def publish_report(self, report: SweepReport) -> None:
        """Show a sweep, after the events that it caused."""
        with self._lock:
            self._n_sweeps += 1
            seq = self._newest_seq
            self._sweep = LatestSweep(number=self._n_sweeps, seq=seq, report=report)
            self._keep(report)
            self._wake()

    def publish_baseline(self, view: BaselineView | None) -> None:
        """Show another baseline, or none."""
        with self._lock:
            self._n_baselines += 1
            self._baseline = None
            if view is not None:
                self._baseline = LatestBaseline(
                    number=self._n_baselines,
                    seq=self._newest_seq,
                    muscles=self._muscles,
                    view=view,
                )
            self._wake()

    def publish_status(self, status: CaseStatus) -> None:
        """Show the status of the case, after the events that led to it."""
        with self._lock:
            self._status = LatestStatus(seq=self._newest_seq, status=status)
            case = status.case
            if status.is_open and case is not None and case.mode is CaseMode.SHADOW:
                # Its opening may not be committed yet.
                self._is_in_shadow = True

    # ------------------------------------------------ from the event loop

    def serve_on(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Wake clients on this loop from now on, or, with None, no longer."""
        with self._lock:
            self._loop = loop
            self._wake_is_due = False

    def join(self, woken: asyncio.Event) -> None:
        """Set `woken` whenever something new is there, until `leave`."""
        self._waiting.add(woken)

    def leave(self, woken: asyncio.Event) -> None:
        """Stop what `join` began."""
        self._waiting.discard(woken)

    def tell_too_slow(self) -> None:
        """Count a client that was sent away for being too slow."""
        self._n_too_slow += 1

    @property
    def case_id(self) -> str:
        """The running case."""
        with self._lock:
            return self._case_id

    @property
    def is_in_shadow(self) -> bool:
        """Whether the running case is open in shadow mode: no verdict leaves the server."""
        with self._lock:
            return self._is_in_shadow

    @property
    def ramp(self) -> tuple[Muscle | None, tuple[RampSweep, ...]]:
        """The lead muscle, and the sweeps of the ramp before its baseline."""
        with self._lock:
            return self._ramp.lead, self._ramp.sweeps

    def told(self, line: str) -> str:
        """Return an event of the running case as it may be told now."""
        return veiled_line(line) if self.is_in_shadow else line

    @property
    def heard(self) -> tuple[int, ...]:
        """Numbers of the newest events that make a sound (`announcing`)."""
        with self._lock:
            return self._announcer.heard

    @property
    def spoken(self) -> tuple[int, ...]:
        """Numbers of the newest events that are spoken."""
        with self._lock:
            return self._announcer.spoken

    @property
    def n_clients(self) -> int:
        """Clients that are connected."""
        return len(self._waiting)

    @property
    def n_too_slow(self) -> int:
        """Clients that were sent away for being too slow."""
        return self._n_too_slow

    @property
    def n_sweeps(self) -> int:
        """Sweeps published since the start."""
        with self._lock:
            return self._n_sweeps

    @property
    def sweeps_last_minute(self) -> int:
        """Sweeps of the last 60 s of the recording, counted or not."""
        with self._lock:
            now_s = None if self._status is None else self._status.status.time_s
        return 0 if now_s is None else self.history.n_since(now_s - 60.0)

    def view(self, *, cursor: int, limit: int) -> LiveView:
        """Return what is there, with at most `limit` events after `cursor`."""
        with self._lock:
            view = LiveView(
                case_id=self._case_id,
                newest_seq=self._newest_seq,
                lines=self._lines(cursor, limit),
                sweep=self._sweep,
                baseline=self._baseline,
                status=self._status,
            )
            if not self._is_in_shadow:
                return view
        status = view.status
        if status is not None:
            status = replace(status, status=veiled_status(status.status))
        return replace(view, sweep=None, baseline=None, status=status)

    def waiting_since(self, *, cursor: int) -> float | None:
        """Return when (`time.monotonic`) the first event after `cursor` came, or None.

        Of an event that has left the ring this is the oldest time still known.
        """
        with self._lock:
            if cursor >= self._newest_seq or not self._ring:
                return None
            position = max(0, cursor + 1 - self._ring[0].seq)
            return self._ring[position].published_s

    def _lines(self, cursor: int, limit: int) -> tuple[str, ...] | None:
        if cursor >= self._newest_seq:
            return ()
        if not self._ring or cursor + 1 < self._ring[0].seq:
            return None
        first = cursor + 1 - self._ring[0].seq
        return tuple(entry.line for entry in islice(self._ring, first, first + limit))

    def _mind_shadow(self, entry: JournalEntry) -> None:
        if isinstance(entry.event, CaseOpened):
            self._is_in_shadow = entry.event.mode is CaseMode.SHADOW
        elif isinstance(entry.event, CaseClosed) and self._is_in_shadow:
            self._is_in_shadow = False
            self._ring.clear()  # what is veiled in it stands whole in the store

    def _keep(self, report: SweepReport) -> None:
        self.history.add(report, seq=self._newest_seq)
        self.raw.add(report)
        self._ramp.push(report)

    def _wake(self) -> None:
        if self._loop is not None and not self._wake_is_due:
            self._wake_is_due = True
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        with self._lock:
            self._wake_is_due = False
        for woken in self._waiting:
            woken.set()
