"""A batch: from a folder of recordings to tables, doing only what is not done yet."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import amr_monitor
from amr_monitor.config import Settings
from amr_monitor.model.errors import StorageError
from amr_monitor.qa.batch.columns import FORM, Row
from amr_monitor.qa.batch.job import Job, JobResult, Verdict, failure
from amr_monitor.qa.batch.parts import Basis, PartStore, locked, settings_hash, write_whole
from amr_monitor.qa.batch.recordings import (
    RESULTS_FORMAT,
    RESULTS_MARK,
    FoundRecording,
    find_recordings,
    fingerprint,
    is_results,
)
from amr_monitor.qa.batch.tables import require_arrow, write_tables

READERS_AT_ONCE = 4
"""Files that are hashed at the same time."""

ProgressListener = Callable[[int, int], None]
"""Called with bytes done and bytes to do, before the first and after every recording."""


class Pool(Protocol):
    """What carries out jobs: the cores of this machine, or a cluster."""

    def results(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        """Yield the results as they come."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """What a batch is asked to do.

    Attributes
    ----------
    folder : Path
    results : Path
        Made if missing.
    settings : Settings
    again : bool
        Do everything again, finished or not.
    reports : bool
        With the report of each case.
    """

    folder: Path
    results: Path
    settings: Settings
    again: bool = False
    reports: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSummary:
    """What came out of a batch.

    Attributes
    ----------
    results : Path
    n_found, n_done : int
        Recordings, and how many of them were done now.
    outcomes : dict of str to int
    failures : tuple of (str, str)
        File and why, of every recording without a verdict.
    wrote : bool
        Whether the tables were written: they are left alone where nothing is new.
    """

    results: Path
    n_found: int
    n_done: int
    outcomes: dict[str, int]
    failures: tuple[tuple[str, str], ...]
    wrote: bool

    @property
    def n_judged(self) -> int:
        """Recordings with a verdict."""
        return self.n_found - len(self.failures)


def broken(job: Job, why: str) -> JobResult:
    """Return the result of a job whose worker died."""
    return failure(job, Verdict.BROKE, why)


def run_batch(
    request: BatchRequest, pool: Pool, *, progress: ProgressListener | None = None
) -> BatchSummary:
    """Judge every recording of a folder that is not judged yet, and write the tables.

    Raises
    ------
    ConfigError
        There is no such folder, or something is not installed.
    SourceError
        No recording is in the folder.
    StorageError
        The results cannot be written, or belong to something else.
    """
    require_arrow()
    results = request.results
    # A worker of a cluster is somewhere else: only a whole path says where a recording is.
    request = replace(request, folder=request.folder.absolute())
    found = find_recordings(request.folder, results=results)
    _refuse_strange_folder(results)
    basis = Basis(settings_sha256=settings_hash(request.settings), version=amr_monitor.__version__)
    with locked(results):
        if not (results / RESULTS_MARK).exists():
            # From the first moment on the folder is known as what it is.
            write_whole(results / RESULTS_MARK, _document(basis, [], {}))
        parts = PartStore(results, basis)
        jobs = _jobs(request, found, basis)
        todo = [job for job in jobs if request.again or not parts.is_finished(job)]
        _carry_out(todo, pool, parts, progress)
        return _written(results, jobs, parts, basis, n_done=len(todo))


def _refuse_strange_folder(results: Path) -> None:
    if results.exists() and not results.is_dir():
        raise StorageError(f"{results}: is a file; name a folder with -o")
    strange = results.is_dir() and not is_results(results)
    if strange and any(not path.name.startswith(".") for path in results.iterdir()):
        raise StorageError(
            f"{results}: holds something else than results of a batch; name another folder with -o"
        )


def _jobs(request: BatchRequest, found: Sequence[FoundRecording], basis: Basis) -> list[Job]:
    """Return a job for each recording, with the hash of its bytes; "" where they cannot be read."""

    def hashed(recording: FoundRecording) -> Job:
        fault = recording.fault
        sha256 = ""
        if not fault:
            try:
                sha256 = fingerprint(recording)
            except OSError as refusal:
                # The job meets it again, and tells it.
                del refusal
        return Job(
            recording=recording,
            root=request.folder,
            settings=request.settings,
            sha256=sha256,
            version=basis.version,
            reports=request.reports,
        )

    with ThreadPoolExecutor(max_workers=READERS_AT_ONCE) as readers:
        return list(readers.map(hashed, found))


def _carry_out(
    todo: Sequence[Job], pool: Pool, parts: PartStore, progress: ProgressListener | None
) -> None:
    sizes = {job.recording.file: job.recording.n_bytes for job in todo}
    total, done = sum(sizes.values()), 0
    if progress is not None and todo:
        progress(0, total)
    # The longest first, so that no core waits for one at the end.
    longest_first = sorted(todo, key=lambda job: (-job.recording.n_bytes, job.recording.file))
    for result in pool.results(longest_first):
        parts.keep(result)
        done += sizes[result.file]
        if progress is not None:
            progress(done, total)


def _written(
    results: Path, jobs: Sequence[Job], parts: PartStore, basis: Basis, *, n_done: int
) -> BatchSummary:
    """Write the tables where something is new, and return what stands in them."""
    wanted = [
        {
            "file": job.recording.file,
            "sha256": job.sha256,
            "part_sha256": parts.digest(job.recording.file),
        }
        for job in jobs
    ]
    told = _standing(results, basis, wanted)
    wrote = told is None
    if told is None:
        told = []

        def taken() -> Iterator[JobResult]:
            for file in wanted:
                result = parts.read(file["file"])
                told.append({**file, "outcome": result.case.get("outcome"), "why": result.why})
                yield result

        tables = write_tables(taken(), results)
        write_whole(results / RESULTS_MARK, _document(basis, told, tables))
    outcomes = Counter(str(each["outcome"]) for each in told if not each["why"])
    return BatchSummary(
        results=results,
        n_found=len(jobs),
        n_done=n_done,
        outcomes=dict(sorted(outcomes.items())),
        failures=tuple((str(each["file"]), str(each["why"])) for each in told if each["why"]),
        wrote=wrote,
    )


def _standing(results: Path, basis: Basis, wanted: Sequence[dict[str, str]]) -> list[Row] | None:
    """Return what is told of each recording, where the tables that stand are of just these."""
    try:
        told = json.loads((results / RESULTS_MARK).read_bytes())
        files: list[Row] = told["files"]
        tables: dict[str, str] = told["tables"]
        stands = (
            {key: told[key] for key in ("form", "version", "settings_sha256")} == _head(basis)
            and [{key: file[key] for key in wanted[0]} for file in files] == wanted
            and bool(tables)
            and all((results / name).is_file() for name in tables)
            and all({"outcome", "why"} <= file.keys() for file in files)
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return files if stands else None


def _head(basis: Basis) -> Row:
    return {"form": FORM, "version": basis.version, "settings_sha256": basis.settings_sha256}


def _document(basis: Basis, files: Sequence[Row], tables: dict[str, str]) -> bytes:
    told = {"format": RESULTS_FORMAT, **_head(basis), "tables": tables, "files": list(files)}
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()
