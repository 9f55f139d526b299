"""Jobs, and pools that are no processes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import amr_monitor
from amr_monitor.config import Settings, load_settings
from amr_monitor.qa.batch.job import Job, JobResult, judge
from amr_monitor.qa.batch.recordings import FoundRecording, RecordingKind


class OneByOne:
    """A pool of no processes; it notes what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def results(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        for job in jobs:
            self.given.append(job.recording.file)
            yield judge(job)


class Never:
    """A pool that nothing may be given to."""

    def results(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        if jobs:
            raise ValueError(f"{jobs[0].recording.file} is done again")
        yield from ()


def job_of(
    path: Path,
    *,
    kind: RecordingKind = RecordingKind.FILE,
    settings: Settings | None = None,
    version: str = amr_monitor.__version__,
) -> Job:
    """Return the job of one recording."""
    found = FoundRecording(file=path.name, path=path, kind=kind, n_bytes=1)
    return Job(
        recording=found,
        root=path.parent,
        settings=settings or load_settings(None),
        sha256="ab" * 32,
        version=version,
    )
