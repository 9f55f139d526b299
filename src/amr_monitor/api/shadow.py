"""Shadow mode: nobody is told a verdict before the case is closed, whoever asks, and how.

The journal holds everything. What leaves the server of an open case in shadow
mode passes here: what judges the response is taken out. A verdict's event
leaves a note in its place, so that the numbers of the events have no hole.
Pictures of sweeps and their figures are kept back whole.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from amr_monitor.api.seams import CaseSummary, EventStore
from amr_monitor.codec import (
    LONGEST_ENTRY,
    JsonValue,
    SweepRecord,
    from_json_text,
    to_json_text,
)
from amr_monitor.model.case import CaseMode
from amr_monitor.model.events import (
    AmrStateChanged,
    CaseOpened,
    IndeterminateEnded,
    IndeterminateStarted,
    ReadingEntered,
    ResponseAtHigherCurrent,
    SourceWarned,
)
from amr_monitor.model.status import CaseStatus

WITHHELD_CODE = "withheld"
WITHHELD_MESSAGE = "withheld until the case is closed (shadow mode)"

TELLING_ALARMS = frozenset({"slow_fall"})
"""Alarms that say what became of the response."""

TELLING_CONTEXT = frozenset({"first_seen_late"})

_VERDICTS = frozenset(
    kind.type
    for kind in (AmrStateChanged, IndeterminateStarted, IndeterminateEnded, ResponseAtHigherCurrent)
)
_HEAD = ("seq", "case_id", "scope", "sample_index", "time_s", "utc", "origin")
_ENTRIES_A_LOOK = 200


def veiled_line(line: str) -> str:
    """Return an event, as a line of JSON, without what it tells of the response."""
    event = from_json_text(line, longest=LONGEST_ENTRY)
    if not isinstance(event, dict):
        raise TypeError("an event is a JSON object")
    if _tells(event):
        note: dict[str, JsonValue] = {"type": SourceWarned.type}
        note |= {key: event[key] for key in _HEAD}
        note |= {
            "scope": SourceWarned.scope,
            "code": WITHHELD_CODE,
            "message": WITHHELD_MESSAGE,
        }
        return to_json_text(note)
    if event["type"] == ReadingEntered.type:
        # What the person sees may be told; what the monitor says beside it not.
        veil: dict[str, JsonValue] = {"monitor_reading": None, "monitor_state": None}
        return to_json_text(event | veil | {"monitor_words": ""})
    if event.get("provisional_outcome") is not None:
        return to_json_text(event | {"provisional_outcome": None})
    if event["type"] in ("baseline_restarted", "epoch_started") and event["reason"]:
        # "a response appeared", "current raised before a loss"
        return to_json_text(event | {"reason": ""})
    return line


def veiled_status(status: CaseStatus) -> CaseStatus:
    """Return how the case stands without what is judged of its response."""
    return replace(
        status,
        provisional_outcome=None,
        muscles=(),
        alarms=tuple(alarm for alarm in status.alarms if alarm.alarm_id not in TELLING_ALARMS),
    )


class Veil(Protocol):
    """Who knows whether the running case is in shadow mode."""

    @property
    def case_id(self) -> str:
        """The running case."""
        ...

    @property
    def is_in_shadow(self) -> bool:
        """Whether it is open and in shadow mode."""
        ...


class ShadowStore:
    """A store of events that lets no verdict of an open case in shadow mode out.

    Parameters
    ----------
    store : EventStore
    veil : Veil
    """

    def __init__(self, store: EventStore, veil: Veil) -> None:
        self._store = store
        self._veil = veil

    def lines(self, case_id: str, *, since: int = 0, limit: int | None = None) -> list[str]:
        """Return the events after `since` as lines of JSON, without a hole."""
        # Asked first: a case that is closed meanwhile is veiled once more, never too little.
        in_shadow = self.withholds(case_id)
        lines = self._store.lines(case_id, since=since, limit=limit)
        return [veiled_line(line) for line in lines] if in_shadow else lines

    def cases(self) -> Sequence[CaseSummary]:
        """Return every case."""
        return self._store.cases()

    def case(self, case_id: str) -> CaseSummary | None:
        """Return one case, or None."""
        return self._store.case(case_id)

    def sweeps(
        self,
        case_id: str,
        *,
        seq: int | None = None,
        start_s: float = 0.0,
        end_s: float = math.inf,
        limit: int = 60,
    ) -> Sequence[SweepRecord]:
        """Return the sweeps beside one event, or beside any; none of a case in shadow mode."""
        if self.withholds(case_id):
            return ()
        return self._store.sweeps(case_id, seq=seq, start_s=start_s, end_s=end_s, limit=limit)

    def withholds(self, case_id: str) -> bool:
        """Tell whether the case is open and in shadow mode."""
        if case_id == self._veil.case_id:
            return self._veil.is_in_shadow
        case = self._store.case(case_id)
        return case is not None and case.closed_at is None and self._was_opened_so(case_id)

    def _was_opened_so(self, case_id: str) -> bool:
        """Look up how a case was opened that another run of the program left open."""
        since = 0
        while lines := self._store.lines(case_id, since=since, limit=_ENTRIES_A_LOOK):
            for line in lines:
                event = from_json_text(line, longest=LONGEST_ENTRY)
                if isinstance(event, dict) and event["type"] == CaseOpened.type:
                    return event["mode"] == CaseMode.SHADOW
            since += len(lines)
        return False


def _tells(event: dict[str, JsonValue]) -> bool:
    return (
        event["type"] in _VERDICTS
        or event.get("alarm_id") in TELLING_ALARMS
        or (event["type"] == "context_changed" and event["name"] in TELLING_CONTEXT)
    )
