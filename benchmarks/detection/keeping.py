"""Results on disk: what is finished is not done again unless the code has changed."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from amr_monitor.monitor.settings import MonitorSettings
from benchmarks.detection.plan import Result, Task

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "src" / "amr_monitor"
ROOMS = ("dsp", "model", "monitor", "simulation")
"""Whatever in them changes may change a figure."""

REPORTING = (
    "__main__.py",
    "document.py",
    "hospital.py",
    "hospital_counting.py",
    "keeping.py",
    "real_files.py",
    "report.py",
)
"""Of the benchmark's own modules, those that make no figure."""


def code_digest(settings: MonitorSettings) -> str:
    """Return a fingerprint of everything that the figures rest on."""
    digest = hashlib.sha256(repr(settings).encode())
    own = [path for path in HERE.glob("*.py") if path.name not in REPORTING]
    core = [path for room in ROOMS for path in (SOURCE / room).rglob("*.py")]
    for path in sorted([*own, *core]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultStore:
    """The results of one state of the code and one root of the seeds.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def _path(self, task: Task) -> Path:
        name = hashlib.sha256(repr(task).encode()).hexdigest()[:20]
        return self.folder / task.experiment / f"{name}.json"

    def load(self, tasks: Iterable[Task]) -> dict[Task, Result]:
        """Return the results of the tasks that are finished."""
        found = {}
        for task in tasks:
            path = self._path(task)
            if path.is_file():
                found[task] = json.loads(path.read_text(encoding="utf-8"))["result"]
        return found

    def save(self, task: Task, result: Result) -> None:
        """Keep the result of a task; one that is there is there whole."""
        path = self._path(task)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(".part")
        written.write_text(json.dumps({"task": asdict(task), "result": result}), encoding="utf-8")
        written.replace(path)

    def longest(self) -> dict[Task, Result]:
        """Return everything that is kept; of each patient in a condition the longest run.

        The same patient drawn for longer begins with the same sweeps: the two are one.
        """
        found: dict[tuple[str, str, int], tuple[Task, Result]] = {}
        for path in sorted(self.folder.glob("*/*.json")):
            kept = json.loads(path.read_text(encoding="utf-8"))
            task = Task(**kept["task"])
            key = task.experiment, task.label, task.patient
            if key not in found or task.amount > found[key][0].amount:
                found[key] = task, kept["result"]
        return dict(found[key] for key in sorted(found))
