"""The verb that writes simulated surgeries."""

from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.progress import ProgressBar
from amr_monitor.cli.status import DONE
from amr_monitor.simulation import simulate as simulated
from amr_monitor.simulation import write_recording


def simulate(chosen: Chosen) -> int:
    """Write a simulated surgery."""
    path: Path = chosen.edf or chosen.bdf
    surgery = simulated(chosen.scenario, seed=chosen.seed, minutes=chosen.minutes)
    with ProgressBar(1.0, "writing", shown=True) as bar:
        truth = write_recording(
            surgery, path, format="edf" if chosen.edf else "bdf", progress=bar.reach
        )
    print(f"{path} ({surgery.duration_s / 60:.1f} min, simulated), truth in {truth}")
    return DONE
