"""The program's own events on LSL, so that whoever records the streams keeps them too."""

import queue
import threading
from collections.abc import Sequence
from pathlib import Path

import amr_monitor
from amr_monitor.codec import entry_to_json
from amr_monitor.drivers.lsl_network import library
from amr_monitor.drivers.lsl_settings import EVENTS_STREAM
from amr_monitor.model.case import CaseMode
from amr_monitor.model.events import CaseClosed, CaseOpened, JournalEntry
from amr_monitor.model.source import Origin

MARKER_TYPE = "Markers"
MOST_WAITING = 10_000


class EventOutlet:
    """A marker stream with one sample for each event, as JSON.

    Whoever publishes never waits: a thread of its own sends. What cannot be
    sent is lost here and kept in the journal. Of a case in shadow mode only its
    opening and its close are sent: no verdict leaves the journal before the end.

    Parameters
    ----------
    case_id : str
        With the name of the stream it makes the source_id: a case that is gone
        on with is the same stream to a recorder.
    origin : Origin
    config_file : Path or None
        Of liblsl.
    is_silent : bool
        The case is in shadow mode already, or will be when it is opened: the
        opening of a case that goes on passed another outlet.

    Raises
    ------
    SourceError
        LSL cannot be used.
    """

    def __init__(
        self,
        *,
        case_id: str,
        origin: Origin,
        config_file: Path | None = None,
        is_silent: bool = False,
    ) -> None:
        pylsl = library(config_file)
        info = pylsl.StreamInfo(
            EVENTS_STREAM,
            MARKER_TYPE,
            1,
            pylsl.IRREGULAR_RATE,
            pylsl.cf_string,
            f"{EVENTS_STREAM}:{case_id}",
        )
        own = info.desc().append_child("amr_monitor")
        own.append_child_value("origin", origin.value)
        own.append_child_value("case_id", case_id)
        own.append_child_value("version", amr_monitor.__version__)
        own.append_child_value("content", "events as JSON, one a sample (docs/protocol.md)")
        self._outlet = pylsl.StreamOutlet(info)
        self._clock = pylsl.local_clock
        self._queue: queue.Queue[tuple[float, JournalEntry] | None] = queue.Queue(MOST_WAITING)
        self.n_lost = 0
        self._is_silent = is_silent
        self._thread = threading.Thread(target=self._send, name="lsl events", daemon=True)
        self._thread.start()

    def publish(self, entries: Sequence[JournalEntry]) -> None:
        """Lay committed events down to be sent; returns at once."""
        now_s = self._clock()
        for entry in entries:
            if isinstance(entry.event, CaseOpened):
                self._is_silent = entry.event.mode is CaseMode.SHADOW
            elif isinstance(entry.event, CaseClosed):
                self._is_silent = False
            elif self._is_silent:
                continue
            try:
                self._queue.put_nowait((now_s, entry))
            except queue.Full:
                self.n_lost += 1

    def close(self) -> None:
        """Send what waits, and let go of the stream."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(timeout=5.0)

    def _send(self) -> None:
        while (waiting := self._queue.get()) is not None:
            stamp_s, entry = waiting
            self._outlet.push_sample([entry_to_json(entry)], stamp_s)
        del self._outlet
