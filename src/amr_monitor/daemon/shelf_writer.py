"""What is put in the journal after the events, in its order, holding up nothing."""

import queue
import threading
from collections import deque
from collections.abc import Callable

from amr_monitor.model.errors import StorageError

MOST_WAITING = 64
"""Jobs that wait for the journal; what comes then is not kept, and told."""

ATTEMPTS = 5
RETRY_S = 1.0
CLOSING_S = 10.0

Job = tuple[str, Callable[[], None]]


class ShelfWriter:
    """Write by a thread of its own, or at once; used from the acquisition thread.

    Parameters
    ----------
    writes_at_once : bool
        Where nothing is live there is nothing to hold up, and no thread.
    """

    def __init__(self, *, writes_at_once: bool) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue(maxsize=MOST_WAITING)
        self._faults: deque[str] = deque(maxlen=2 * MOST_WAITING)
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None
        if not writes_at_once:
            self._thread = threading.Thread(target=self._write_all, name="sweeps", daemon=True)
            self._thread.start()

    def hand_over(self, what: str, write: Callable[[], None]) -> None:
        """Have something written; `what` names it where it cannot be kept."""
        if self._thread is None:
            self._write(what, write, attempts=1)
            return
        try:
            self._jobs.put_nowait((what, write))
        except queue.Full:
            self._faults.append(f"{what} could not be kept: too many wait for the journal")

    def take_faults(self) -> tuple[str, ...]:
        """Return what could not be kept since the last call, in words."""
        faults = []
        while self._faults:
            faults.append(self._faults.popleft())
        return tuple(faults)

    def close(self) -> None:
        """Write what waits; returns when it is kept, or given up. Then writes are at once."""
        if self._thread is None:
            return
        self._is_closing.set()
        try:
            self._jobs.put(None, timeout=CLOSING_S)
        except queue.Full:
            self._faults.append("the last sweeps could not be kept")
        self._thread.join(timeout=CLOSING_S)
        self._thread = None

    def _write_all(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._write(*job, attempts=ATTEMPTS)

    def _write(self, what: str, write: Callable[[], None], *, attempts: int) -> None:
        fault: Exception | None = None
        for _ in range(attempts):
            try:
                write()
            except StorageError as refusal:
                fault = refusal
                # Whoever closes does not wait for a journal that is held.
                self._is_closing.wait(RETRY_S if attempts > 1 else 0.0)
            else:
                return
        self._faults.append(f"{what} could not be kept: {fault}")
