"""The verbs that look into the journal."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.output import case_head, case_table, tombstone_line
from amr_monitor.cli.settings import chosen_settings, config_path
from amr_monitor.cli.status import DONE, NO, complain
from amr_monitor.codec import to_json_text, to_json_value
from amr_monitor.model.case import Outcome
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import RecorderFileClosed, RecorderFileOpened
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseQuery, CaseRecord, Tombstone
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recording_proof import verify_recordings


def cases(chosen: Chosen) -> int:
    """List the cases that are looked for, and what was deleted."""
    query = _query(chosen)
    with opened_journal(chosen.config) as journal:
        records = journal.cases(query)
        deleted = [] if query.outcomes else journal.tombstones()
    deleted = [each for each in deleted if _is_wanted(each, query)]
    if chosen.json:
        for record in records:
            # The settings themselves are in an export; their hash is here.
            print(to_json_text(to_json_value(replace(record, settings=""))))
        for tombstone in deleted:
            print(to_json_text(to_json_value(tombstone)))
        return DONE
    if records:
        print(case_table(records))
    elif query != CaseQuery():
        complain("no case fits; `amr-monitor cases` lists them all")
    else:
        complain("no case is in the journal yet; `replay` and `run` enter some")
    for tombstone in deleted:
        print(tombstone_line(tombstone))
    return DONE


def show(chosen: Chosen) -> int:
    """Tell one case."""
    with opened_journal(chosen.config) as journal:
        record = found_case(journal, chosen.case)
        if isinstance(record, Tombstone):
            print(tombstone_line(record))
            return DONE
        if chosen.json:
            for line in journal.lines(record.case_id):
                print(line)
            return DONE
        n_events, head_hash = journal.head(record.case_id)
        entries = journal.entries(record.case_id)
    # Words need the monitor, whose import takes its time.
    from amr_monitor.cli.words import entry_line

    print(f"{case_head(record, n_events=n_events, head_hash=head_hash)}\n")
    for entry in entries:
        print(entry_line(entry))
    return DONE


def verify(chosen: Chosen) -> int:
    """Tell whether a case stands as it was written."""
    settings = chosen_settings(config_path(chosen.config)).storage
    with opened_journal(chosen.config) as journal:
        record = found_case(journal, chosen.case)
        if isinstance(record, Tombstone):
            print(tombstone_line(record))
            return NO
        found = journal.verify(record.case_id)
        entries = journal.entries(record.case_id) if found.fault is None else []
    if found.fault is not None:
        print(f"{record.case_id}: ALTERED: {found.fault} ({found.n_events} events before it hold)")
        return NO
    print(f"{record.case_id}: {found.n_events} events stand as written; head {found.head_hash}")
    if found.n_verdicts:
        beside = f"{found.n_sweeps} sweeps beside {found.n_verdicts} verdicts"
        print(f"{record.case_id}: {beside} stand as kept")
    if found.n_pages:
        print(f"{record.case_id}: {found.n_pages} pages of sweeps for review stand as kept")
    closed = [e.event for e in entries if isinstance(e.event, RecorderFileClosed)]
    if not any(isinstance(entry.event, RecorderFileOpened) for entry in entries):
        return DONE
    proof = verify_recordings(settings.recordings_folder() / record.case_id, closed)
    if proof.fault is not None:
        print(f"{record.case_id}: ALTERED: {proof.fault}")
        return NO
    unproven = f"; {proof.n_unproven} files were not closed and have no hash"
    print(
        f"{record.case_id}: {proof.n_records} records in {proof.n_files} files stand as recorded"
        + (unproven if proof.n_unproven else "")
    )
    return DONE


def opened_journal(config: Path | None) -> Journal:
    """Return the journal of the settings; an empty one where there is none yet.

    Raises
    ------
    StorageError
    """
    settings = chosen_settings(config_path(config)).storage
    if not settings.journal and not settings.journal_path().exists():
        # To look for a case is no reason to make a journal.
        return Journal.in_memory()
    return Journal.of(settings)


def found_case(journal: Journal, wanted: str) -> CaseRecord | Tombstone:
    """Return the one case whose id is, or begins with, what is wanted, or its tombstone.

    Raises
    ------
    StorageError
        There is none, or several.
    """
    known: dict[str, CaseRecord | Tombstone] = {}
    for tombstone in reversed(journal.tombstones()):
        known[tombstone.case_id] = tombstone
    for record in journal.cases():
        known[record.case_id] = record
    if wanted in known:
        return known[wanted]
    matching = [case_id for case_id in sorted(known) if case_id.startswith(wanted)]
    if len(matching) == 1:
        return known[matching[0]]
    if matching:
        several = ", ".join(matching[:5])
        raise StorageError(f"case {wanted}: several begin so: {several}; give more of the id")
    near = get_close_matches(wanted, list(known), n=1)
    hint = f"did you mean {near[0]}?" if near else "see `amr-monitor cases`"
    raise StorageError(f"case {wanted}: not in the journal; {hint}")


def _query(chosen: Chosen) -> CaseQuery:
    outcomes = tuple(None if word == "open" else Outcome(word) for word in chosen.outcome or ())
    return CaseQuery(
        since=None if chosen.since is None else _midnight(chosen.since),
        # The day itself is looked at, too.
        until=None if chosen.until is None else _midnight(chosen.until) + timedelta(days=1),
        outcomes=outcomes,
        origin=None if chosen.origin is None else Origin(chosen.origin),
        limit=chosen.limit,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _is_wanted(tombstone: Tombstone, query: CaseQuery) -> bool:
    opened_at = tombstone.opened_at
    return (
        (query.since is None or opened_at >= query.since)
        and (query.until is None or opened_at < query.until)
        and (query.origin is None or tombstone.origin is query.origin)
    )
