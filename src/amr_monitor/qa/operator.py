"""What a person does beside a running monitor, over HTTP."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from amr_monitor.model.case import Vessel
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.events import (
    BaselineAccepted,
    BaselineProgress,
    BaselineRestarted,
    EpochStarted,
    Event,
)

ANSWER_TIMEOUT_S = 30.0
LARGEST_ANSWER_BYTES = 256 * 1024 * 1024


class Operator:
    """One person at the monitor's address.

    Parameters
    ----------
    url : str
        Of the monitor, `http://127.0.0.1:PORT`.
    """

    def __init__(self, url: str) -> None:
        self._api = f"{url.rstrip('/')}/api/v1"
        self._is_accepted = False

    def wants_to_accept(self, event: Event) -> bool:
        """Return whether an event tells that a baseline can now be accepted."""
        if isinstance(event, BaselineAccepted):
            self._is_accepted = True
        elif isinstance(event, BaselineRestarted | EpochStarted):
            self._is_accepted = False
        return isinstance(event, BaselineProgress) and event.acceptable and not self._is_accepted

    def accept_baseline(self) -> None:
        """Take what there is as reference; a refusal leaves it at that: it is asked again."""
        self.post("/baseline/accept", {})

    def mark(self, text: str, *, seconds_ago: float = 0.0) -> None:
        """Mark something in the words of a recording, as `vessel moved: AICA`."""
        said, _, vessel = text.partition(":")
        body: dict[str, object] = {
            "mark": said.strip().lower().replace(" ", "_"),
            "seconds_ago": seconds_ago,
        }
        if vessel.strip() in {each.value for each in Vessel}:
            body["vessel"] = vessel.strip()
        self.post("/marks", body)

    def close_case(self) -> bool:
        """End the case; return whether the monitor took it."""
        return self.post("/case/close", {})

    def sweep_times_s(self, *, stretch_s: float = 3600.0) -> list[float]:
        """Return the time of every sweep that the detector took."""
        times_s: list[float] = []
        start_s = -stretch_s
        while True:
            end_s = start_s + stretch_s
            trend = self.get(f"/trends?from={start_s}&to={end_s}&limit=20000")
            times_s += trend["time_s"]
            newest = self.get("/case")["status"]
            if newest is None or end_s > float(newest["time_s"]):
                return times_s
            start_s = end_s

    def events(self, case_id: str) -> list[dict[str, Any]]:
        """Return every event of a case as the journal holds it."""
        lines: list[dict[str, Any]] = []
        while True:
            since = lines[-1]["seq"] if lines else 0
            page = self.get(f"/cases/{case_id}/events?since={since}&limit=5000")["events"]
            if not page:
                return lines
            lines += page

    def get(self, path: str) -> dict[str, Any]:
        """Return what the monitor answers.

        Raises
        ------
        ProtocolError
            It does not answer, or no as it should.
        """
        return self._answer(urllib.request.Request(self._api + path))  # noqa: S310 - http alone

    def post(self, path: str, body: Mapping[str, object]) -> bool:
        """Ask for something; return whether it was done (False: refused as things stand)."""
        request = urllib.request.Request(  # noqa: S310 - our own address, http alone
            self._api + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            self._answer(request)
        except _Refused:
            return False
        return True

    def _answer(self, request: urllib.request.Request) -> dict[str, Any]:
        where = request.full_url
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_S) as answer:  # noqa: S310
                found: dict[str, Any] = json.loads(answer.read(LARGEST_ANSWER_BYTES))
                return found
        except urllib.error.HTTPError as refusal:
            with refusal:
                text = refusal.read(500).decode(errors="replace")
            kind = _Refused if refusal.code in (409, 504) else ProtocolError
            raise kind(f"{where}: {refusal.code}: {text}") from refusal
        except (OSError, ValueError) as fault:
            raise ProtocolError(f"{where}: no answer of a monitor: {fault}") from fault


class _Refused(ProtocolError):
    """The monitor will not, as things stand."""
