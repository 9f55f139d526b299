"""Cases to be exported, and bundles that somebody has laid hands on."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from amr_monitor.codec import sweep_record
from amr_monitor.model.case import Outcome
from amr_monitor.storage.case_bundle import MANIFEST
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recorder import Recorder
from tests.storage.recordings import block, info
from tests.storage.test_journal import RECORD, closed, gap
from tests.sweep_reports import a_report

CASE_ID = "run-1"


def enter_case(journal: Journal, recordings: Path, *, case_id: str = CASE_ID) -> None:
    """Enter a closed case with a recording, and sweeps beside an event."""
    recorder = Recorder(folder=recordings / case_id, info=info())
    recorder.take_block(block(0, 2500))
    recorder.close()
    journal.open_case(replace(RECORD, case_id=case_id))
    journal.append(case_id, [gap(1000)], by="Kim", role="operator", reason="cable")
    journal.keep_sweeps(case_id, 1, [sweep_record(a_report(sample_index=n)) for n in (900, 1000)])
    journal.append(case_id, [*recorder.take_events(), closed(Outcome.DISAPPEARED)])


def with_other_content(
    bundle: Path, target: Path, change: Callable[[dict[str, bytes]], None]
) -> Path:
    """Write the zip file `target` with the files of the zip file `bundle`, changed."""
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target


def retold(content: dict[str, bytes], **changes: object) -> None:
    """Change what the manifest tells."""
    content[MANIFEST] = json.dumps(json.loads(content[MANIFEST]) | changes).encode()
