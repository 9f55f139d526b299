"""The chain of hashes over the events of a case, and what it finds wrong."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amr_monitor.codec import entry_from_json
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.events import CaseClosed, JournalEntry
from amr_monitor.storage.catalog import CaseRecord, genesis_hash

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether a case stands in the journal as it was written.

    Attributes
    ----------
    n_events : int
        Events found good, from the first on.
    head_hash : str
        Hash of the last good event. Written down elsewhere, it proves later
        that nothing was cut off the end.
    fault : str or None
        The first thing found wrong, in one line; None if all is well.
    n_verdicts, n_sweeps : int
        Events with sweeps beside them, and sweeps, found good.
    n_pages : int
        Pages of sweeps as they were shown, found good.
    """

    case_id: str
    n_events: int
    head_hash: str
    fault: str | None
    n_verdicts: int = 0
    n_sweeps: int = 0
    n_pages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """A whole case as it stands in a journal: its record and its rows.

    Attributes
    ----------
    record : CaseRecord
    rows : tuple of dict
        Of events, in order.
    verdicts, sweeps : tuple of dict
        Sweeps beside verdicts.
    pages, baselines : tuple of dict
        Every sweep, and every baseline, as it was shown.
    """

    record: CaseRecord
    rows: tuple[dict[str, Any], ...]
    verdicts: tuple[dict[str, Any], ...] = ()
    sweeps: tuple[dict[str, Any], ...] = ()
    pages: tuple[dict[str, Any], ...] = ()
    baselines: tuple[dict[str, Any], ...] = ()


def chain_hash(previous: str, row: Row) -> str:
    """Return SHA-256 over the hash before, who, when, why, with what, and the event.

    What was written before role and reason were known is without them.
    """
    told = () if row["role"] is None else (row["role"], row["reason"])
    parts = (
        previous,
        row["committed_at"],
        row["user"],
        *told,
        row["software_version"],
        row["settings_hash"],
        row["json"],
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def sweep_hash(row: Row) -> str:
    """Return SHA-256 over a sweep: whose it is, where, its figures and its samples."""
    head = f"{row['case_id']}\n{row['sample_index']}\n{row['header']}\n"
    return hashlib.sha256(head.encode() + bytes(row["samples"])).hexdigest()


def verdict_hash(event_hash: str, sweep_hashes: Sequence[str]) -> str:
    """Return SHA-256 that ties sweeps to the event that they stand beside."""
    return hashlib.sha256("\n".join((event_hash, *sweep_hashes)).encode()).hexdigest()


def page_hash(event_hash: str, previous: str, row: Row) -> str:
    """Return SHA-256 over a page, the page before it, and the newest event when it was put in."""
    places = (row[name] for name in ("sample_index", "last_sample_index", "n_sweeps"))
    head = (event_hash, previous, row["case_id"], *map(str, places), row["form"], row["trend"])
    digest = hashlib.sha256("\n".join(head).encode())
    for part in ("headers", "samples"):
        digest.update(b"\n" + hashlib.sha256(bytes(row[part])).digest())
    return digest.hexdigest()


def baseline_hash(event_hash: str, frame: bytes) -> str:
    """Return SHA-256 that ties a baseline to the event that told it."""
    return hashlib.sha256(event_hash.encode() + b"\n" + frame).hexdigest()


def indices_of(verdict: Row) -> list[int]:
    """Return the sample indices of the sweeps beside an event; none where the list is none."""
    try:
        indices = json.loads(verdict["sample_indices"])
    except ValueError:
        return []
    indices = indices if isinstance(indices, list) else []
    return [index for index in indices if isinstance(index, int)]


def verify_chain(stored: StoredCase) -> Verification:
    """Recompute every hash of a case, from its first event on."""
    case_id = stored.record.case_id
    previous = genesis_hash(stored.record)
    for n_good, row in enumerate(stored.rows):
        fault = _fault_in(row, expected_seq=n_good + 1, previous=previous)
        if fault is not None:
            return Verification(case_id=case_id, n_events=n_good, head_hash=previous, fault=fault)
        previous = row["chain_hash"]
    fault = (
        _fault_at_end(stored)
        or _fault_in_settings(stored.record)
        or _fault_beside(stored)
        or _fault_in_pages(stored)
    )
    return Verification(
        case_id=case_id,
        n_events=len(stored.rows),
        head_hash=previous,
        fault=fault,
        n_verdicts=len(stored.verdicts) if fault is None else 0,
        n_sweeps=len(stored.sweeps) if fault is None else 0,
        n_pages=len(stored.pages) if fault is None else 0,
    )


def _fault_in(row: Row, *, expected_seq: int, previous: str) -> str | None:
    if row["seq"] > expected_seq:
        return f"event {expected_seq} is missing"
    if row["seq"] < expected_seq:
        return f"event {row['seq']} stands behind event {expected_seq - 1}"
    entry, unreadable = _read(row)
    if entry is not None and entry.seq != expected_seq:
        return (
            f"event {expected_seq} holds the text of event {entry.seq}:"
            " events were put in, taken out or put in another order from there on"
        )
    if chain_hash(previous, row) != row["chain_hash"]:
        return f"event {expected_seq} was altered, or one was put in or taken out before it"
    if entry is None:
        return f"event {expected_seq}: {unreadable}"
    told = (entry.seq, entry.case_id, entry.event.type, entry.event.scope)
    place = (entry.event.sample_index, entry.event.time_s)
    if told + place != tuple(row[name] for name in _MIRRORED):
        return f"event {expected_seq}: its columns differ from its text"
    return None


def _read(row: Row) -> tuple[JournalEntry | None, str]:
    try:
        return entry_from_json(row["json"]), ""
    except ProtocolError as fault:
        return None, str(fault)


def _fault_at_end(stored: StoredCase) -> str | None:
    """Hold the catalogue against the event that closed the case."""
    closings = [row for row in stored.rows if row["type"] == CaseClosed.type]
    outcome = None
    if closings:
        event = entry_from_json(closings[-1]["json"]).event
        outcome = event.outcome if isinstance(event, CaseClosed) else None
    if outcome is not stored.record.outcome:
        return (
            f"the catalogue gives the outcome as {stored.record.outcome},"
            f" the last event case_closed as {outcome}"
        )
    return None


def _fault_in_settings(record: CaseRecord) -> str | None:
    settings = record.settings
    if settings and hashlib.sha256(settings.encode()).hexdigest() != record.settings_hash:
        return "the settings of the case are not those of its hash"
    return None


def _fault_beside(stored: StoredCase) -> str | None:
    """Hold the sweeps against the events that they stand beside."""
    hashes: dict[int, str] = {}
    for sweep in stored.sweeps:
        if sweep_hash(sweep) != sweep["sha256"]:
            return f"the sweep at sample {sweep['sample_index']} was altered"
        hashes[sweep["sample_index"]] = sweep["sha256"]
    chain = {row["seq"]: row["chain_hash"] for row in stored.rows}
    for verdict in stored.verdicts:
        seq = verdict["seq"]
        if seq not in chain:
            return f"sweeps stand beside event {seq}, which is missing"
        indices = indices_of(verdict)
        missing = [index for index in indices if index not in hashes]
        if missing:
            return f"the sweep at sample {missing[0]} beside event {seq} is missing"
        if verdict_hash(chain[seq], [hashes[index] for index in indices]) != verdict["sha256"]:
            return f"the sweeps beside event {seq} are not those that were kept"
    return None


def _fault_in_pages(stored: StoredCase) -> str | None:
    """Hold pages and baselines against the events, and each page against the one before."""
    chain = {row["seq"]: row["chain_hash"] for row in stored.rows}
    previous = ""
    for page in stored.pages:
        place = f"sweeps from {page['start_s']:.1f} s on"
        if page["seq"] not in chain:
            return f"the page of {place} belongs to event {page['seq']}, which is missing"
        if page_hash(chain[page["seq"]], previous, page) != page["sha256"]:
            return f"the page of {place} was altered, or the one before it was taken out"
        previous = page["sha256"]
    for row in stored.baselines:
        event_hash = chain.get(row["seq"], "")
        if baseline_hash(event_hash, bytes(row["frame"])) != row["sha256"]:
            return f"the baseline beside event {row['seq']} was altered"
    return None


_MIRRORED = ("seq", "case_id", "type", "scope", "sample_index", "time_s")
"""Columns that repeat what stands in the text of the event."""
