"""Replay surgeries of growing length at full speed: time may grow with them, memory not.

::

    python -m benchmarks.replaying [--minutes 5 20 60]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.child import measured

PROGRAM = [sys.executable, "-m", "amr_monitor"]


def main() -> int:
    """Simulate, replay, print a line each; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replaying", description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="+", default=[5.0, 20.0, 60.0])
    parser.add_argument("--scenario", default="abrupt_loss")
    options = parser.parse_args()

    lines = [
        f"{'minutes':>8}{'MB':>8}{'s':>9}{'x real time':>13}{'processor s':>13}{'peak MiB':>10}"
    ]
    with tempfile.TemporaryDirectory() as folder:
        for minutes in options.minutes:
            path = Path(folder) / f"{minutes:g}.edf"
            told = ["simulate", options.scenario, "--minutes", str(minutes), "--edf", str(path)]
            made = measured([*PROGRAM, *told])
            if made.status:
                return made.status
            usage = measured([*PROGRAM, "replay", str(path), "--speed", "max", "--no-keep"])
            if usage.status:
                return usage.status
            lines.append(
                f"{minutes:8g}{path.stat().st_size / 1e6:8.0f}{usage.wall_s:9.2f}"
                f"{minutes * 60.0 / usage.wall_s:13.0f}{usage.processor_s:13.2f}"
                f"{usage.peak_mib:10.0f}"
            )
            path.unlink()
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
