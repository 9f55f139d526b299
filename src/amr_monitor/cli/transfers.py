"""The verbs that take a case out, in, or away: export, import, delete."""

import getpass
import os

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.catalogue import found_case, opened_journal
from amr_monitor.cli.output import tombstone_line
from amr_monitor.cli.progress import ProgressBar
from amr_monitor.cli.settings import chosen_settings, config_path
from amr_monitor.cli.status import DONE, USAGE, complain
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.storage.catalog import CaseKind, Tombstone
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.transfer import (
    delete_case,
    export_case,
    remove_recording,
)
from amr_monitor.storage.transfer import (
    import_case as import_bundle,
)


def export(chosen: Chosen) -> int:
    """Write one case as files."""
    if chosen.format != "case":
        return _export_recording(chosen)
    if chosen.recording:
        raise ConfigError("--recording goes with --format bids or dicom")
    settings = chosen_settings(config_path(chosen.config)).storage
    with opened_journal(chosen.config) as journal:
        record = found_case(journal, chosen.case)
        if isinstance(record, Tombstone):
            raise StorageError(tombstone_line(record))
        manifest = export_case(
            journal,
            record.case_id,
            recordings=settings.recordings_folder(),
            target=chosen.output,
        )
    print(
        f"{chosen.output}: case {record.case_id}, {manifest.n_events} events,"
        f" {len(manifest.files)} files; head {manifest.head_hash}"
    )
    if record.kind is CaseKind.REPLAY:
        complain(f"a replay has no recording of its own: keep {record.source_name} beside it")
    return DONE


def _export_recording(chosen: Chosen) -> int:
    """Write the EMG of a case in a format of the field, without what names a person."""
    # The readers of recordings take their time to import.
    from amr_monitor.qa.exports.bids import write_bids
    from amr_monitor.qa.exports.dicom import require_pydicom, write_dicom
    from amr_monitor.qa.exports.recorded import opened_recording

    if chosen.format == "dicom":
        require_pydicom()
    settings = chosen_settings(config_path(chosen.config))
    with opened_journal(chosen.config) as journal:
        record = found_case(journal, chosen.case)
        if isinstance(record, Tombstone):
            raise StorageError(tombstone_line(record))
        with (
            opened_recording(
                journal,
                record,
                recordings=settings.storage.recordings_folder(),
                files=chosen.recording,
                settings=settings.recording,
            ) as case,
            ProgressBar(1.0, "writing", shown=True) as bar,
        ):
            write = write_bids if chosen.format == "bids" else write_dicom
            n_written = write(case, chosen.output, progress=bar.reach)
    what = "runs" if chosen.format == "bids" else "objects"
    print(f"{chosen.output}: {chosen.format}, {n_written} {what}, de-identified")
    return DONE


def import_case(chosen: Chosen) -> int:
    """Enter a case of another machine."""
    settings = chosen_settings(config_path(chosen.config)).storage
    with Journal.of(settings) as journal:
        found = import_bundle(journal, chosen.file, recordings=settings.recordings_folder())
    print(
        f"case {found.record.case_id} is in the journal: {found.n_events} events,"
        f" {found.n_sweeps} sweeps; head {found.head_hash}"
    )
    if found.folder is not None:
        print(f"recording: amr-monitor replay {found.folder}")
    return DONE


def delete(chosen: Chosen) -> int:
    """Remove one case for good; a tombstone stays."""
    recordings = chosen_settings(config_path(chosen.config)).storage.recordings_folder()
    with opened_journal(chosen.config) as journal:
        record = found_case(journal, chosen.case)
        if isinstance(record, Tombstone):
            # What an earlier deletion could not remove.
            remove_recording(recordings, record.case_id)
            print(tombstone_line(record))
            return DONE
        if record.closed_at is None and not chosen.even_open:
            raise StorageError(
                f"case {record.case_id} was never closed and may be running;"
                " --even-open deletes it all the same"
            )
        if not chosen.yes:
            complain(
                f"case {record.case_id} ({record.source_name}) and its recording would be gone"
                " for good; give --yes"
            )
            return USAGE
        tombstone = delete_case(
            journal,
            record.case_id,
            recordings=recordings,
            by=chosen.by or _login_name(),
            reason=chosen.reason,
        )
    print(tombstone_line(tombstone))
    return DONE


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # In a container a user may have no name.
        return f"user {os.getuid()}"
