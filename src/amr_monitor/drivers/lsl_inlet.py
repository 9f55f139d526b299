"""One thread for each stream: it finds it, pulls from it, and finds it again.

The thread does nothing but pull and lay down: what it finds is judged by who
reads. A second thread asks for the offset between the two machines' clocks,
since that can take seconds.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amr_monitor.drivers.lsl_layout import StreamDescription
from amr_monitor.drivers.lsl_network import Inlet, Network, Pulled, StreamGone, Wanted
from amr_monitor.model.errors import SourceError

PULL_S = 0.2
FIND_S = 0.8
"""The library asks all, and after 0.5 s each known peer, and so on; where the end comes just
when it asks again, it waits 5 s more. So this is no multiple of 0.5 s."""

STRETCH_S = 0.01
"""So much is pulled at once while nobody waits for one certain sample."""

ALL = 64

OPEN_S = 5.0
SILENT_S = 2.0
"""A stream with a rate that is silent for so long is looked for anew."""

REOPEN_S = 5.0
"""One that is in reach and still silent is opened anew: its link may be dead."""

TEXTS_SILENT_S = 15.0
CORRECTION_S = 5.0
FIRST_CORRECTION_S = 0.5
MOST_WAITING = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A stream is open; what follows is its."""

    reader: "StreamReader"
    description: StreamDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """A stream is gone, or was given up."""

    reader: "StreamReader"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Received:
    """Samples, with the time at which they came."""

    reader: "StreamReader"
    pulled: Pulled
    arrived_s: float


Message = Connected | Disconnected | Received
Choose = Callable[[Sequence[StreamDescription], StreamDescription | None], StreamDescription | None]
"""Given what was found and what was had before, return what to open; None to go on looking."""


class Mailbox:
    """What threads lay down and one reader takes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._messages: deque[Message] = deque()
        self._is_closed = False

    def put(self, message: Message) -> None:
        """Lay something down; wait while far too much lies there."""
        with self._changed:
            # The library holds what is not pulled meanwhile.
            self._changed.wait_for(lambda: len(self._messages) < MOST_WAITING or self._is_closed)
            self._messages.append(message)
            self._changed.notify_all()

    def take(self, *, timeout_s: float) -> list[Message]:
        """Return all that lies there; wait for something where nothing does."""
        with self._changed:
            self._changed.wait_for(lambda: self._messages or self._is_closed, timeout_s)
            taken = list(self._messages)
            self._messages.clear()
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Let everybody go who waits."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


class StreamReader:
    """Read one stream as long as it is there, and again when it is back.

    Parameters
    ----------
    network : Network
    wanted : Wanted
    choose : callable
        Picks one of the streams in reach.
    mailbox : Mailbox
    name : str
        Of its threads.
    first : Inlet or None
        Open already.
    pause_s : float
        Between two looks for a stream that is not there.
    """

    def __init__(
        self,
        *,
        network: Network,
        wanted: Wanted,
        choose: Choose,
        mailbox: Mailbox,
        name: str,
        first: Inlet | None = None,
        pause_s: float = PULL_S,
    ) -> None:
        self._network = network
        self._wanted = wanted
        self._choose = choose
        self._mailbox = mailbox
        self._pause_s = pause_s
        self._inlet = first
        self._last: StreamDescription | None = None if first is None else first.description
        self._expected: tuple[bool, tuple[int, ...]] = (False, ())
        self._correction: tuple[str, float] | None = None
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, name=f"lsl {name}", daemon=True),
            threading.Thread(target=self._compare_clocks, name=f"lsl {name} clock", daemon=True),
        ]
        self.fault: str | None = None

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End it; it may take until a pull in progress is over."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(timeout=PULL_S + FIND_S + OPEN_S)

    def correction_s(self, uid: str) -> float | None:
        """Return what added to the stamps of a stream gives this machine's time."""
        correction = self._correction
        return correction[1] if correction is not None and correction[0] == uid else None

    def expect(self, *, in_stretches: bool, ends: tuple[int, ...]) -> None:
        """Say how samples are wanted from here on; what they are does not depend on it.

        Parameters
        ----------
        in_stretches : bool
            Some at once, for less work; else each as soon as it is there.
        ends : tuple of int
            Sorted: someone waits for so many samples of the connection, and has them at once.
        """
        self._expected = (in_stretches, ends)

    def _read(self) -> None:
        try:
            while not self._stopping.is_set():
                inlet = self._inlet or self._found()
                if inlet is not None:
                    self._pull(inlet)
        except Exception as fault:  # whatever it is: the reader of the mailbox must learn of it
            self.fault = f"{type(fault).__name__}: {fault}"
        finally:
            if self._inlet is not None:
                self._inlet.close()
                self._inlet = None

    def _found(self) -> Inlet | None:
        """Look for the stream once; return it opened."""
        # What was had before is taken as soon as it is seen.
        chosen = self._choose(self._find(fewest=1 if self._last else ALL), self._last)
        if chosen is None:
            self._stopping.wait(self._pause_s)
            return None
        try:
            return self._network.open(chosen, timeout_s=OPEN_S)
        except StreamGone:
            return None

    def _find(self, *, fewest: int) -> list[StreamDescription]:
        try:
            return self._network.find(self._wanted, timeout_s=FIND_S, fewest=fewest)
        except SourceError:
            raise
        except RuntimeError:  # no network for the moment
            return []

    def _pull(self, inlet: Inlet) -> None:
        """Pull until the stream is gone."""
        self._inlet = inlet
        self._last = inlet.description
        self._mailbox.put(Connected(reader=self, description=inlet.description))
        came_s = looked_s = self._network.now_s()
        is_regular = inlet.description.rate_hz > 0.0
        n_stretch = max(round(STRETCH_S * inlet.description.rate_hz), 1)
        n_pulled = 0
        silent_s = SILENT_S if is_regular else TEXTS_SILENT_S
        while not self._stopping.is_set():
            in_stretches, ends = self._expected
            n_wanted = 0
            if in_stretches:
                to_next = next((end - n_pulled for end in ends if end > n_pulled), n_stretch)
                n_wanted = min(to_next, n_stretch)
            try:
                pulled = inlet.pull(timeout_s=PULL_S, n_wanted=n_wanted)
            except StreamGone:
                break
            now_s = self._network.now_s()
            if pulled is not None:
                came_s = looked_s = now_s
                n_pulled += len(pulled.stamps_s)
                self._mailbox.put(Received(reader=self, pulled=pulled, arrived_s=now_s))
            elif now_s - looked_s >= silent_s:
                looked_s = now_s
                may_reopen = is_regular and now_s - came_s >= REOPEN_S
                if self._is_elsewhere(inlet.description, may_reopen=may_reopen):
                    break
        self._inlet = None
        inlet.close()
        self._mailbox.put(Disconnected(reader=self))

    def _is_elsewhere(self, present: StreamDescription, *, may_reopen: bool) -> bool:
        """Tell whether a silent stream should be given up for one in reach."""
        chosen = self._choose(self._find(fewest=ALL), self._last)
        return chosen is not None and (chosen.uid != present.uid or may_reopen)

    def _compare_clocks(self) -> None:
        while not self._stopping.is_set():
            inlet = self._inlet
            known = None
            if inlet is not None:
                known = inlet.correction_s(timeout_s=2.0)
                if known is not None:
                    self._correction = (inlet.description.uid, known)
            del inlet  # the library lets go of a stream with its last user
            self._stopping.wait(FIRST_CORRECTION_S if known is None else CORRECTION_S)
