"""A served case can be looked at, ends when told to, and stays to be looked at otherwise."""

import signal
import socket
import threading
from collections.abc import Iterable
from dataclasses import replace
from itertools import repeat

import httpx
import pytest

from amr_monitor.api.live import LiveHub
from amr_monitor.api.settings import ApiSettings
from amr_monitor.daemon.serving import Stopper, bound_server, serve
from amr_monitor.daemon.session import CaseSession, SessionPlan
from amr_monitor.model.case import CaseInfo
from amr_monitor.model.errors import ConfigError, SourceError
from amr_monitor.monitor.engine import Monitor
from tests.daemon.scripted import Read, ScriptedSource, Shelf, block

ANY_PORT = ApiSettings(port=0)


class Served:
    """A scripted session with a server on a free port."""

    def __init__(self, script: Iterable[Read]) -> None:
        self.shelf = Shelf()
        self.hub = LiveHub()
        source = ScriptedSource(script)
        self.session = CaseSession(
            source=source,
            monitor=Monitor(info=source.info),
            journal=self.shelf.journal,
            plan=SessionPlan(case_id="case", case=CaseInfo(), is_live=False),
            hub=self.hub,
        )
        self.ended = threading.Event()
        self.fault: Exception | None = None
        self.urls: list[str] = []

    def serve(self, *, stays_up: bool, signalled: bool = False) -> int | None:
        server = bound_server(
            self.session, store=self.shelf.journal, hub=self.hub, settings=ANY_PORT
        )

        def on_up(url: str) -> None:
            self.urls.append(url)
            if signalled:
                signal.raise_signal(signal.SIGTERM)

        def on_end(fault: Exception | None) -> None:
            self.fault = fault
            self.ended.set()

        return serve(self.session, server, stays_up=stays_up, on_up=on_up, on_end=on_end)


def test_a_case_that_does_not_stay_up_ends_with_its_source() -> None:
    served = Served([[block(0, 100)]])
    assert served.serve(stays_up=False) is None
    assert served.ended.is_set()
    assert served.fault is None
    assert served.shelf.types() == ["case_opened", "case_closed"]


def test_the_first_signal_ends_the_case_where_it_is() -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    served = Served(repeat([]))
    assert served.serve(stays_up=True, signalled=True) == signal.SIGTERM
    assert served.shelf.types() == ["case_opened"]
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_what_has_ended_can_be_looked_at_until_a_signal_comes() -> None:
    served = Served([[block(0, 100)]])
    answers: list[dict[str, object]] = []

    def look() -> None:
        served.ended.wait(timeout=60)
        answers.append(httpx.get(f"{served.urls[0]}/api/v1/case", timeout=30).json())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    looking = threading.Thread(target=look)
    looking.start()
    assert served.serve(stays_up=True) == signal.SIGINT
    looking.join(timeout=60)
    (answer,) = answers
    assert answer["case_id"] == "case"
    assert answer["newest_seq"] == 2


def test_a_fault_of_the_session_is_handed_over() -> None:
    served = Served([[block(0, 100)], SourceError("the disk went away")])
    served.serve(stays_up=False)
    assert isinstance(served.fault, SourceError)


def test_a_taken_port_is_told_in_one_line_that_names_the_option() -> None:
    served = Served([])
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = replace(ANY_PORT, port=other.getsockname()[1])
        with pytest.raises(ConfigError) as refusal:
            bound_server(
                served.session, store=served.shelf.journal, hub=served.hub, settings=settings
            )
    message = str(refusal.value)
    assert f"api.port {settings.port}: cannot listen there" in message
    assert message.endswith("(on the command line: --port N)")


def test_a_stopper_is_stopped_from_any_thread() -> None:
    stopper = Stopper()
    threading.Thread(target=stopper.stop).start()
    stopper.wait()
    assert stopper.signal_number is None
