"""One row of the table: what was done, the bound, what was found, whether it holds."""

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "scipy", "mne", "mne-lsl", "pyxdf", "pylsl", "edfio", "pyedflib")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One claim.

    Attributes
    ----------
    key : str
        By which it is asked for.
    work : str
        What was done.
    bound : str
        What it may take, in words.
    found : str
        What it took, in words: median, and the spread over the runs.
    holds : bool or None
        None where there is no bound: a figure to know.
    figures : mapping
        Numbers behind `found`, by name with their unit.
    """

    key: str
    work: str
    bound: str
    found: str
    holds: bool | None
    figures: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return it as it is written."""
        return asdict(self)


def spread(values: Sequence[float], unit: str, digits: int = 2) -> str:
    """Return median and range in words."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} {unit} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def interleaved(
    runs: int, works: Mapping[str, Callable[[], float]], tell: Callable[[str], None]
) -> dict[str, list[float]]:
    """Run every work in turn, several times over: what else the machine does meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(runs):
        for name, work in works.items():
            tell(f"{name}, run {number + 1} of {runs}")
            taken[name].append(work())
    return taken


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    packages: dict[str, str] = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": packages,
        "load_at_start": os.getloadavg()[0],
    }
