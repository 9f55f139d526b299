"""A case with a server beside it: who looks comes over HTTP and the websocket."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from amr_monitor.api.app import create_app
from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.live import LiveHub
from amr_monitor.api.review_seams import CaseDocuments
from amr_monitor.api.server import ApiServer
from amr_monitor.api.settings import ApiSettings
from amr_monitor.daemon.session import CaseSession
from amr_monitor.daemon.stores import Store
from amr_monitor.model.errors import ConfigError

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopper:
    """Wait until a signal or the end says to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self.signal_number: int | None = None

    def stop(self) -> None:
        """End the waiting; from any thread."""
        self._stop.set()

    def wait(self) -> None:
        """Return once stopped."""
        self._stop.wait()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the first Ctrl-C or SIGTERM as a wish to stop; a second one ends at once."""
        before = {number: signal.getsignal(number) for number in STOP_SIGNALS}

        def take(number: int, _frame: FrameType | None) -> None:
            self.signal_number = number
            self._stop.set()
            for each, handler in before.items():
                signal.signal(each, handler)

        for number in STOP_SIGNALS:
            signal.signal(number, take)
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def bound_server(
    session: CaseSession,
    *,
    store: Store,
    hub: LiveHub,
    settings: ApiSettings,
    documents: CaseDocuments | None = None,
) -> ApiServer:
    """Return a server of the session, bound to its address and not yet answering.

    Raises
    ------
    ConfigError
        The address is taken or not ours; the line names `--port`.
    """
    dependencies = ApiDependencies.compose(
        store=store,
        control=session,
        hub=hub,
        settings=settings,
        review=store,
        documents=documents,
    )
    try:
        return ApiServer(create_app(dependencies), settings)
    except ConfigError as fault:
        raise ConfigError(f"{fault} (on the command line: --port N)") from fault


def serve(
    session: CaseSession,
    server: ApiServer,
    *,
    stays_up: bool,
    on_up: Callable[[str], None],
    on_end: Callable[[Exception | None], None],
) -> int | None:
    """Go through a case and serve it; return the signal that ended it, if one did.

    Parameters
    ----------
    session : CaseSession
    server : ApiServer
    stays_up : bool
        Whether the result can be looked at until a signal comes.
    on_up : callable
        Called with the address of the page once it is answered.
    on_end : callable
        Called in the acquisition thread when the session has ended, with its
        fault if it broke.
    """
    stopper = Stopper()

    def go_through() -> None:
        fault = None
        try:
            session.run()
        except Exception as broken:  # handed over to the thread that can tell it
            fault = broken
        try:
            on_end(fault)
        finally:
            if not stays_up:
                stopper.stop()

    acquisition = threading.Thread(target=go_through, name="acquisition", daemon=True)
    with stopper.listening(), server:
        on_up(server.url)
        acquisition.start()
        stopper.wait()
        session.stop()
        acquisition.join()
    return stopper.signal_number
