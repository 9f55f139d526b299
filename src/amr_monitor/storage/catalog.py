"""What is known of a case besides its events."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from amr_monitor.model.case import Outcome, Side
from amr_monitor.model.source import Origin


class CaseKind(StrEnum):
    """How a case came about, which decides whether it may ever be replaced."""

    RUN = "run"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """One case of the catalogue. No names, ever.

    Attributes
    ----------
    case_id : str
        Of a replay a hash of content and settings; of a run, its own.
    kind : CaseKind
        A run is kept for ever; a replay is replaced by the next replay of the
        same content and settings.
    origin : Origin
    source_name : str
        File or stream, for people.
    side : Side or None
    pseudonym : str
        The hospital's own key; never a name.
    start_utc : datetime or None
        Of time 0 of the recording; None where it has no date.
    content_hash : str
        Of the recording; "" of a live source.
    settings_hash : str
        Of the settings that can change a verdict.
    software_version : str
    opened_at : datetime
        Wall time, UTC.
    closed_at : datetime or None
        None while the case is open, or where the program ended before it was.
    outcome : Outcome or None
        None until the case is closed.
    imported_at : datetime or None
        When it came from another machine; None where it is at home.
    settings : str
        Those that can change a verdict, as JSON; `settings_hash` is over this
        text. "" in what an early version kept.
    """

    case_id: str
    kind: CaseKind
    origin: Origin
    source_name: str
    side: Side | None = None
    pseudonym: str = ""
    start_utc: datetime | None = None
    content_hash: str = ""
    settings_hash: str
    software_version: str
    opened_at: datetime
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    imported_at: datetime | None = None
    settings: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQuery:
    """Which cases are looked for; None asks for nothing.

    Attributes
    ----------
    since, until : datetime or None
        Recorded, or opened where the recording has no date, from `since` on
        and before `until`.
    outcomes : tuple of Outcome or None
        None among them stands for cases without an outcome.
    origin : Origin or None
    limit : int or None
        At most so many, the newest.
    """

    since: datetime | None = None
    until: datetime | None = None
    outcomes: tuple[Outcome | None, ...] = ()
    origin: Origin | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What remains of a case that a person deleted.

    Attributes
    ----------
    case_id : str
    deleted_at : datetime
    user, reason : str
        Who did it, and why.
    kind : CaseKind
    origin : Origin
    opened_at : datetime
    outcome : Outcome or None
    n_events : int
    head_hash : str
        Of its last event: an export kept elsewhere can be held against it.
    """

    case_id: str
    deleted_at: datetime
    user: str
    reason: str
    kind: CaseKind
    origin: Origin
    opened_at: datetime
    outcome: Outcome | None
    n_events: int
    head_hash: str


def as_text(moment: datetime | None) -> str | None:
    """Return an aware moment as ISO 8601 text in UTC, to the microsecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def as_moment(text: str | None) -> datetime | None:
    """Return the moment that `as_text` wrote."""
    return None if text is None else datetime.fromisoformat(text)


def facts_of(record: CaseRecord) -> dict[str, str | None]:
    """Return the columns that stand from the opening of a case and never change."""
    return {
        "case_id": record.case_id,
        "kind": record.kind.value,
        "origin": record.origin.value,
        "source_name": record.source_name,
        "side": None if record.side is None else record.side.value,
        "pseudonym": record.pseudonym,
        "start_utc": as_text(record.start_utc),
        "content_hash": record.content_hash,
        "settings_hash": record.settings_hash,
        "software_version": record.software_version,
        "opened_at": as_text(record.opened_at),
    }


def genesis_hash(record: CaseRecord) -> str:
    """Return the hash that the chain of a case's events begins with.

    It covers the facts of the case, so that a case whose origin or side is
    altered later no longer verifies.
    """
    text = json.dumps(facts_of(record), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def record_from(columns: dict[str, Any]) -> CaseRecord:
    """Return the record of one row of the catalogue."""
    opened_at = as_moment(columns["opened_at"])
    if opened_at is None:
        raise ValueError(f"case {columns['case_id']} has no moment of opening")
    return CaseRecord(
        case_id=columns["case_id"],
        kind=CaseKind(columns["kind"]),
        origin=Origin(columns["origin"]),
        source_name=columns["source_name"],
        side=None if columns["side"] is None else Side(columns["side"]),
        pseudonym=columns["pseudonym"],
        start_utc=as_moment(columns["start_utc"]),
        content_hash=columns["content_hash"],
        settings_hash=columns["settings_hash"],
        software_version=columns["software_version"],
        opened_at=opened_at,
        closed_at=as_moment(columns["closed_at"]),
        outcome=None if columns["outcome"] is None else Outcome(columns["outcome"]),
        imported_at=as_moment(columns.get("imported_at")),
        settings=columns.get("settings") or "",
    )


def tombstone_from(columns: dict[str, Any]) -> Tombstone:
    """Return the tombstone of one row."""
    return Tombstone(
        case_id=columns["case_id"],
        deleted_at=datetime.fromisoformat(columns["deleted_at"]),
        user=columns["user"],
        reason=columns["reason"],
        kind=CaseKind(columns["kind"]),
        origin=Origin(columns["origin"]),
        opened_at=datetime.fromisoformat(columns["opened_at"]),
        outcome=None if columns["outcome"] is None else Outcome(columns["outcome"]),
        n_events=columns["n_events"],
        head_hash=columns["head_hash"],
    )


def row_of(record: CaseRecord) -> dict[str, str | None]:
    """Return the row of a case in the catalogue."""
    return {
        **facts_of(record),
        "closed_at": as_text(record.closed_at),
        "outcome": None if record.outcome is None else record.outcome.value,
        "imported_at": as_text(record.imported_at),
        "settings": record.settings or None,
    }


def tombstone_row(tombstone: Tombstone) -> dict[str, Any]:
    """Return the row of a tombstone."""
    return {
        "case_id": tombstone.case_id,
        "deleted_at": as_text(tombstone.deleted_at),
        "user": tombstone.user,
        "reason": tombstone.reason,
        "kind": tombstone.kind.value,
        "origin": tombstone.origin.value,
        "opened_at": as_text(tombstone.opened_at),
        "outcome": None if tombstone.outcome is None else tombstone.outcome.value,
        "n_events": tombstone.n_events,
        "head_hash": tombstone.head_hash,
    }
