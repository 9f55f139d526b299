"""Short simulated surgeries on the disk, and bad files among them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from amr_monitor.qa.batch.columns import TABLES
from amr_monitor.qa.batch.tables import ENDINGS
from amr_monitor.simulation import simulate, write_recording

RATE_HZ = 2000.0
STIMULUS_HZ = 3.0
MINUTES = 2.5


def write_surgery(path: Path, *, scenario: str = "abrupt_loss", seed: int = 7) -> Path:
    """Write one surgery of some minutes, without the truth beside it."""
    surgery = simulate(
        scenario, seed=seed, minutes=MINUTES, rate_hz=RATE_HZ, stimulus_rate_hz=STIMULUS_HZ
    )
    write_recording(surgery, path).unlink()
    return path


def write_folder(folder: Path) -> Path:
    """Write five surgeries, in folders too, and three files that are none."""
    (folder / "march").mkdir(parents=True)
    write_surgery(folder / "a.edf")
    write_surgery(folder / "b.bdf", scenario="persistent")
    write_surgery(folder / "march" / "c.edf", seed=8)
    write_surgery(folder / "march" / "d.edf", scenario="early_loss", seed=9)
    write_surgery(folder / "march" / "e.edf", scenario="persistent", seed=10)
    (folder / "cut.edf").write_bytes((folder / "a.edf").read_bytes()[:700])
    (folder / "empty.bdf").touch()
    (folder / "march" / "text.xdf").write_text("no recording")
    (folder / "notes.txt").write_text("nor is this one")
    return folder


FILES = ("a.edf", "b.bdf", "march/c.edf", "march/d.edf", "march/e.edf")
BROKEN = ("cut.edf", "empty.bdf", "march/text.xdf")


def table_bytes(results: Path) -> dict[str, bytes]:
    """Return every table of a folder of results."""
    names: Sequence[str] = [f"{name}{ending}" for name in TABLES for ending in ENDINGS]
    return {name: (results / name).read_bytes() for name in names}


def copied(folder: Path, target: Path) -> Path:
    """Return a copy of a folder that a test may change."""
    return shutil.copytree(folder, target)
