"""The verbs that look into the journal."""

from difflib import get_close_matches
from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.output import case_head, case_table
from amr_monitor.cli.settings import chosen_settings, config_path
from amr_monitor.cli.status import DONE, NO, complain
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import RecorderFileClosed, RecorderFileOpened
from amr_monitor.storage.catalog import CaseRecord
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recording_proof import verify_recordings


def cases(chosen: Chosen) -> int:
    """List the cases."""
    with _journal(chosen.config) as journal:
        records = journal.cases()
    if records:
        print(case_table(records))
    else:
        complain("no case is in the journal yet; `replay` and `run` enter some")
    return DONE


def show(chosen: Chosen) -> int:
    """Tell one case."""
    with _journal(chosen.config) as journal:
        record = _case(journal, chosen.case)
        if chosen.json:
            for line in journal.lines(record.case_id):
                print(line)
            return DONE
        entries = journal.entries(record.case_id)
    # Words need the monitor, whose import takes its time.
    from amr_monitor.cli.words import entry_line

    print(f"{case_head(record)}\n")
    for entry in entries:
        print(entry_line(entry))
    return DONE


def verify(chosen: Chosen) -> int:
    """Tell whether a case stands as it was written."""
    settings = chosen_settings(config_path(chosen.config)).storage
    with _journal(chosen.config) as journal:
        record = _case(journal, chosen.case)
        found = journal.verify(record.case_id)
        entries = journal.entries(record.case_id) if found.fault is None else []
    if found.fault is not None:
        print(f"{record.case_id}: ALTERED: {found.fault} ({found.n_events} events before it hold)")
        return NO
    print(f"{record.case_id}: {found.n_events} events stand as written; head {found.head_hash}")
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


def _journal(config: Path | None) -> Journal:
    settings = chosen_settings(config_path(config)).storage
    if not settings.journal and not settings.journal_path().exists():
        # To look for a case is no reason to make a journal.
        return Journal.in_memory()
    return Journal.of(settings)


def _case(journal: Journal, wanted: str) -> CaseRecord:
    records = journal.cases()
    exact = [record for record in records if record.case_id == wanted]
    matching = exact or [record for record in records if record.case_id.startswith(wanted)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        several = ", ".join(record.case_id for record in matching[:5])
        raise StorageError(f"case {wanted}: several begin so: {several}; give more of the id")
    near = get_close_matches(wanted, [record.case_id for record in records], n=1)
    hint = f"did you mean {near[0]}?" if near else "see `amr-monitor cases`"
    raise StorageError(f"case {wanted}: not in the journal; {hint}")
