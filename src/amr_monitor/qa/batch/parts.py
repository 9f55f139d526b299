"""What is finished, a file for each recording, so that it is never done again for nothing.

A part is written beside its place, forced to the disk and moved there in one
step: a batch that is killed leaves whole parts and nothing else that counts.
"""

import fcntl
import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amr_monitor.config import Settings
from amr_monitor.model.errors import StorageError
from amr_monitor.qa.batch.columns import FORM
from amr_monitor.qa.batch.job import Job, JobResult, Verdict

PARTS = "parts"
REPORTS = "reports"
LOCK = ".lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a result rests on besides the recording: with another it is done again.

    Attributes
    ----------
    settings_sha256 : str
    version : str
        Of the program.
    """

    settings_sha256: str
    version: str


def report_name(case_id: str) -> str:
    """Return where the report of a case stands, below the folder of results."""
    return f"{REPORTS}/{case_id}.html"


def settings_hash(settings: Settings) -> str:
    """Return SHA-256 over the settings that can change what stands in a row."""
    told = f"{settings.verdict_text}\n{settings.foreign!r}"
    return hashlib.sha256(told.encode()).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place in one step; what was there stays until then.

    Raises
    ------
    StorageError
        The disk does not take it.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as fault:
        raise StorageError(
            f"{path}: cannot be written: {fault.strerror}; see whether there is space"
        ) from fault


@contextmanager
def locked(results: Path) -> Iterator[None]:
    """Keep a folder of results to oneself; it is made if missing.

    Raises
    ------
    StorageError
        It cannot be made, or another batch is at work there.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
        lock = (results / LOCK).open("ab")
    except OSError as fault:
        raise StorageError(
            f"{results}: cannot be written: {fault.strerror}; name another folder with -o"
        ) from fault
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise StorageError(
                f"{results}: another batch is at work there; wait for it, or name another"
                " folder with -o"
            ) from fault
        yield


class PartStore:
    """The parts of one folder of results.

    Parameters
    ----------
    results : Path
    basis : Basis
        Parts that rest on another one do not count.
    """

    def __init__(self, results: Path, basis: Basis) -> None:
        self._results = results
        self._folder = results / PARTS
        self._basis = basis
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as fault:
            raise StorageError(
                f"{self._folder}: cannot be made: {fault.strerror}; name another folder with -o"
            ) from fault

    def is_finished(self, job: Job) -> bool:
        """Tell whether nothing can come of doing this recording again."""
        head = self._head(job.recording.file)
        if head is None or not job.sha256 or head["sha256"] != job.sha256:
            return False
        if head["verdict"] == Verdict.JUDGED.value and job.reports:
            return (self._results / report_name(str(head["case_id"]))).is_file()
        return bool(head["verdict"] != Verdict.BROKE.value)

    def keep(self, result: JobResult) -> None:
        """Keep a result, in place of an earlier one of the same recording.

        Raises
        ------
        StorageError
        """
        if result.report is not None:
            path = self._results / report_name(str(result.case["case_id"]))
            path.parent.mkdir(exist_ok=True)
            write_whole(path, result.report)
        head = {
            "form": FORM,
            "file": result.file,
            "sha256": result.sha256,
            "settings_sha256": self._basis.settings_sha256,
            "version": self._basis.version,
            "verdict": result.verdict.value,
            "why": result.why,
            "case_id": result.case.get("case_id"),
        }
        lines = [head, result.case, result.changes, result.sweeps]
        text = "".join(f"{json.dumps(line, allow_nan=False)}\n" for line in lines)
        # Without the time of writing in it: the same result, the same bytes.
        write_whole(self._path(result.file), gzip.compress(text.encode(), 6, mtime=0))

    def read(self, file: str) -> JobResult:
        """Return the result of a recording.

        Raises
        ------
        StorageError
            There is none, or it is damaged.
        """
        path = self._path(file)
        try:
            with gzip.open(path, "rt", encoding="utf-8") as part:
                head, case, changes, sweeps = (json.loads(line) for line in part)
            return JobResult(
                file=head["file"],
                sha256=head["sha256"],
                verdict=Verdict(head["verdict"]),
                why=head["why"],
                case=case,
                changes=changes,
                sweeps=sweeps,
            )
        except (OSError, EOFError, ValueError, KeyError, TypeError) as fault:
            raise StorageError(
                f"{path}: the result of {file} is damaged: remove this file and give the same"
                " command again"
            ) from fault

    def digest(self, file: str) -> str:
        """Return SHA-256 of a part.

        Raises
        ------
        StorageError
        """
        try:
            return hashlib.sha256(self._path(file).read_bytes()).hexdigest()
        except OSError as fault:
            raise StorageError(f"{self._path(file)}: cannot be read: {fault.strerror}") from fault

    def _head(self, file: str) -> dict[str, Any] | None:
        """Return what a part says of itself; None where there is none that counts."""
        try:
            with gzip.open(self._path(file), "rt", encoding="utf-8") as part:
                head: dict[str, Any] = json.loads(part.readline())
            fits = (
                head["form"] == FORM
                and head["file"] == file
                and head["settings_sha256"] == self._basis.settings_sha256
                and head["version"] == self._basis.version
            )
            return head if fits and {"sha256", "verdict", "case_id"} <= head.keys() else None
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            # None, or one that was damaged: it is done again.
            return None

    def _path(self, file: str) -> Path:
        name = hashlib.sha256(file.encode()).hexdigest()[:24]
        return self._folder / f"{name}.json.gz"
