"""What the server needs from the house, as protocols: it imports neither storage nor drivers."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from amr_monitor.codec import SweepRecord
from amr_monitor.model.case import Outcome, Side
from amr_monitor.model.events import JournalEntry
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.model.status import Delivery, RecordingStatus
from amr_monitor.monitor.commands import Command


class CaseSummary(Protocol):
    """One case of the catalogue."""

    @property
    def case_id(self) -> str:
        """Key of the case."""
        ...

    @property
    def origin(self) -> Origin:
        """Device, replay or simulated."""
        ...

    @property
    def source_name(self) -> str:
        """File or stream."""
        ...

    @property
    def side(self) -> Side | None:
        """Side of the spasm."""
        ...

    @property
    def pseudonym(self) -> str:
        """The hospital's own key."""
        ...

    @property
    def start_utc(self) -> datetime | None:
        """Time 0 of the recording."""
        ...

    @property
    def opened_at(self) -> datetime:
        """Wall time."""
        ...

    @property
    def closed_at(self) -> datetime | None:
        """Wall time; None while it is open."""
        ...

    @property
    def outcome(self) -> Outcome | None:
        """None until it is closed."""
        ...


class EventStore(Protocol):
    """Committed events; safe from several threads."""

    def lines(self, case_id: str, *, since: int = 0, limit: int | None = None) -> list[str]:
        """Return the events after `since` as lines of JSON, without a hole."""
        ...

    def cases(self) -> Sequence[CaseSummary]:
        """Return every case."""
        ...

    def case(self, case_id: str) -> CaseSummary | None:
        """Return one case, or None."""
        ...

    def sweeps(
        self,
        case_id: str,
        *,
        seq: int | None = None,
        start_s: float = 0.0,
        end_s: float = math.inf,
        limit: int = 60,
    ) -> Sequence[SweepRecord]:
        """Return the sweeps kept beside one event, or beside any; oldest first."""
        ...


class Playback(Protocol):
    """How a replay plays."""

    @property
    def is_paused(self) -> bool:
        """Whether the samples are held back."""
        ...

    @property
    def speed(self) -> float:
        """Times real time; infinite for as fast as it goes."""
        ...

    @property
    def position_s(self) -> float:
        """Time of the newest sample given."""
        ...

    @property
    def start_s(self) -> float:
        """Time of the first sample."""
        ...

    @property
    def end_s(self) -> float | None:
        """Time of the end, where it is known."""
        ...

    @property
    def seeking_s(self) -> float | None:
        """The time that it runs to without waiting; None where it plays."""
        ...


class ReplayControl(Protocol):
    """Pace of a replay; each method returns at once and raises `CommandRefused`."""

    @property
    def state(self) -> Playback:
        """How it plays now."""
        ...

    @property
    def marks(self) -> Sequence[tuple[float, str]]:
        """Time and text of every mark that the recording holds, in order of time."""
        ...

    def pause(self) -> None:
        """Hold the samples back."""
        ...

    def resume(self) -> None:
        """Let them go on."""
        ...

    def step(self) -> None:
        """Let go one stimulus, paused."""
        ...

    def set_speed(self, factor: float) -> None:
        """Go on at `factor` times real time."""
        ...

    def seek(self, time_s: float) -> None:
        """Go on from a time of the recording."""
        ...


class CaseControl(Protocol):
    """The way to the acquisition thread; safe from the event loop, never waits."""

    @property
    def source(self) -> SourceInfo | None:
        """What delivers the samples; None while there is none."""
        ...

    @property
    def last_sample_age_s(self) -> float | None:
        """Seconds since samples last came; None before the first."""
        ...

    @property
    def delivery(self) -> Delivery | None:
        """How a live source delivers; None of a recording."""
        ...

    @property
    def recording(self) -> RecordingStatus | None:
        """How the recording of the samples is; None where nothing is recorded."""
        ...

    @property
    def replay(self) -> ReplayControl | None:
        """None where it is no replay."""
        ...

    def submit(self, make: Callable[[int], Command]) -> Future[tuple[JournalEntry, ...]]:
        """Have the command stamped, made, and carried out.

        Parameters
        ----------
        make : callable
            Gets the sample index at which the command counts.

        Returns
        -------
        Future
            The journalled events, or `CommandRefused`.
        """
        ...
