"""One recording through the engine: the whole of what a worker does, here or on a cluster.

A job and its result are plain values that travel between processes; `judge`
never raises, so that one bad file is one row that says why.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from pathlib import Path

import amr_monitor
from amr_monitor.config import Settings
from amr_monitor.daemon.composition import Composed, compose_replay
from amr_monitor.daemon.sources import open_recording
from amr_monitor.model.errors import AmrMonitorError, SourceError
from amr_monitor.model.events import JournalEntry, MonitorFailed
from amr_monitor.qa.batch.columns import Columns, Row
from amr_monitor.qa.batch.recordings import FoundRecording, RecordingKind
from amr_monitor.qa.batch.rows import SweepRows, case_cells, change_columns, lead_of
from amr_monitor.storage.bundle_files import checked_manifest, opened_bundle, unpack_recording

LONGEST_LINE = 400


class Verdict(StrEnum):
    """What became of a recording."""

    JUDGED = "judged"
    REFUSED = "refused"
    """It cannot be judged as it is: doing it again would change nothing."""

    BROKE = "broke"
    """Something else was in the way: it is done again with the next batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One recording to be judged.

    Attributes
    ----------
    recording : FoundRecording
    root : Path
        The folder of the batch: left out of what is told.
    settings : Settings
    sha256 : str
        Of the recording's bytes.
    version : str
        Of the program that asks: another one must not answer.
    reports : bool
        Whether the report of the case is wanted as well.
    """

    recording: FoundRecording
    root: Path
    settings: Settings
    sha256: str
    version: str
    reports: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What came out of a job.

    Attributes
    ----------
    file : str
    sha256 : str
    verdict : Verdict
    why : str
        In one line; "" of what is judged.
    case : dict
        The row of the case; {} where there is none.
    changes, sweeps : dict of str to list
        Tables, column by column.
    report : bytes or None
        The report as HTML, where it was wanted.
    """

    file: str
    sha256: str
    verdict: Verdict
    why: str = ""
    case: Row = field(default_factory=dict)
    changes: Columns = field(default_factory=dict)
    sweeps: Columns = field(default_factory=dict)
    report: bytes | None = None


def judge(job: Job) -> JobResult:
    """Take a recording through the engine that runs live, as `replay` does."""
    if job.version != amr_monitor.__version__:
        why = (
            f"the worker runs amr-monitor {amr_monitor.__version__}, the batch {job.version};"
            " install the same everywhere"
        )
        return failure(job, Verdict.BROKE, why)
    recording = job.recording
    if recording.fault:
        return failure(job, Verdict.BROKE, recording.fault)
    if not os.access(recording.path, os.R_OK):
        why = f"{recording.file}: cannot be read from here; workers need it under the same path"
        return failure(job, Verdict.BROKE, why)
    try:
        return _judged(job)
    except (SourceError, _NoVerdict) as fault:
        return failure(job, Verdict.REFUSED, str(fault))
    except AmrMonitorError as fault:
        return failure(job, Verdict.BROKE, str(fault))
    except OSError as fault:
        return failure(job, Verdict.BROKE, f"cannot be read: {fault.strerror or fault}")
    except Exception as fault:  # whatever it is: one bad file must not end the batch
        return failure(
            job, Verdict.BROKE, f"a fault of the program itself: {type(fault).__name__}: {fault}"
        )


def failure(job: Job, verdict: Verdict, why: str) -> JobResult:
    """Return the result of a job without a verdict; `why` becomes one line without folders."""
    line = " ".join(why.replace(f"{job.root}/", "").split())
    if len(line) > LONGEST_LINE:
        line = f"{line[: LONGEST_LINE - 3]}..."
    return JobResult(file=job.recording.file, sha256=job.sha256, verdict=verdict, why=line)


class _NoVerdict(AmrMonitorError):
    """The monitor itself failed on the recording."""


def _judged(job: Job) -> JobResult:
    file = job.recording.file
    entries: list[JournalEntry] = []
    sweeps = SweepRows()
    with _recorded(job.recording) as path:
        opened = open_recording([path], job.settings, speed=inf)
        try:
            info = opened.source.info
            composed = compose_replay(
                opened,
                job.settings,
                keeps=False,
                serves=False,
                on_entries=entries.extend,
                on_reports=sweeps.take,
            )
        except BaseException:
            opened.source.close()
            raise
        try:
            composed.begin()
            composed.session.run()
            closed = composed.session.outcome
            report = _report(composed) if job.reports and closed is not None else None
        finally:
            composed.close()
    failed = next((e.event for e in entries if isinstance(e.event, MonitorFailed)), None)
    if failed is not None or closed is None:
        why = "the case has no end" if failed is None else failed.message
        raise _NoVerdict(f"the monitor failed: {why}; please report it")
    lead = lead_of(entries)
    table = sweeps.finished(file=file, case_id=composed.record.case_id, lead=lead)
    case = case_cells(entries, closed, info=info, lead=lead, sweeps=table)
    case |= {
        "file": file,
        "sha256": job.sha256,
        "settings_sha256": composed.record.settings_hash,
        "version": job.version,
    }
    return JobResult(
        file=file,
        sha256=job.sha256,
        verdict=Verdict.JUDGED,
        case=case,
        changes=change_columns(entries, file=file, lead=lead),
        sweeps=table,
        report=report,
    )


def _report(composed: Composed) -> bytes:
    # Its figures take their time to be imported: only who wants a report waits for them.
    from amr_monitor.qa.report.maker import ReportForm, make_report

    return make_report(composed.journal, composed.record.case_id, ReportForm.HTML)


@contextmanager
def _recorded(recording: FoundRecording) -> Iterator[Path]:
    """Give the path that the drivers open; an exported case is proven and unpacked first."""
    if recording.kind is not RecordingKind.EXPORTED:
        yield recording.path
        return
    with tempfile.TemporaryDirectory(prefix="amr-monitor-") as folder:
        target = Path(folder) / "recording"
        try:
            with opened_bundle(recording.path) as bundle:
                n_files = unpack_recording(bundle, checked_manifest(bundle), target)
        except AmrMonitorError as fault:
            raise SourceError(f"{recording.file}: {fault}") from fault
        if not n_files:
            raise SourceError(
                f"{recording.file}: an exported case without a recording;"
                " keep the recording that was replayed beside it"
            )
        yield target
