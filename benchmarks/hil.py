"""Every scenario over LSL at one stimulus a second, through the whole chain, judged.

Each scenario is a run of `amr-monitor hil`; its figures stay in a folder, so that
an interrupted run goes on where it was. The answer is no (exit status 1) where
any bound of any scenario is broken.

::

    python -m benchmarks.hil [--minutes 20] [--at-once 2] [--folder var/hil] [--fresh]
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tqdm import tqdm

import amr_monitor
from amr_monitor.simulation import scenario_names

PROGRAM = [sys.executable, "-m", "amr_monitor"]
FOLDER = Path("var") / "hil"
TIMES_REAL = 1.5
START_S = 240.0
"""So much longer than the surgery a run may take: processes start, streams are found."""


def figures_of(scenario: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of one scenario: those that are there, or of a new run."""
    asked = {
        "version": amr_monitor.__version__,
        "seed": options.seed,
        "minutes": options.minutes,
        "stimulus_rate_hz": options.stimulus_rate,
    }
    path: Path = options.folder / f"{scenario}.json"
    if path.exists() and not options.fresh:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if kept.get("asked") == asked:
            return kept
    target = path.with_suffix(".part")
    target.unlink(missing_ok=True)
    words = ["hil", scenario, "--seed", str(options.seed), "--minutes", str(options.minutes)]
    words += ["--stimulus-rate", str(options.stimulus_rate), "--json", str(target)]
    done = subprocess.run(  # noqa: S603 - our own program
        [*PROGRAM, *words],
        capture_output=True,
        text=True,
        timeout=options.minutes * 60.0 * TIMES_REAL + START_S,
        check=False,
    )
    if not target.exists():
        return {"asked": asked, "scenario": scenario, "holds": False, "complaint": done.stderr}
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    found["asked"] = asked
    target.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    target.replace(path)
    return found


def line_of(found: dict[str, Any]) -> str:
    """Return one scenario in one line, and what is broken below it."""
    if "complaint" in found:
        return f"{found['scenario']:<22} did not run: {found['complaint'].strip()}"
    delay_ms = found["delay_ms"]["whole_sweep_to_event"]
    outcome = found["outcome"]
    line = (
        f"{found['scenario']:<22} {outcome['told'] or 'none':<32}"
        f" false {found['false_verdicts']}, missing {found['missing_verdicts']},"
        f" gaps {found['sweeps']['with_missing_samples']},"
        f" p50 {delay_ms.get('p50', 0):g} ms, p99 {delay_ms.get('p99', 0):g} ms,"
        f" sounds {found['room']['sounds']},"
        f" {found['daemon']['processor_percent_of_a_core']:g} %,"
        f" {found['daemon']['memory_mib']:g} MiB ({found['daemon']['memory_grown_mib']:+g})"
    )
    return "\n".join([line, *(f"    BROKEN {fault['words']}" for fault in found["faults"])])


def main() -> int:
    """Run what is missing, tell everything; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hil", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="of each surgery")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stimulus-rate", type=float, default=1.0, metavar="HZ")
    parser.add_argument("--at-once", type=int, default=2, help="scenarios beside each other")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the figures")
    parser.add_argument("--fresh", action="store_true", help="run again what is there")
    parser.add_argument("--scenarios", nargs="*", default=scenario_names())
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, Any]] = {}
    with (
        ThreadPoolExecutor(options.at_once) as pool,
        tqdm(total=len(options.scenarios), desc="scenarios", disable=None) as bar,
    ):
        waited = {pool.submit(figures_of, name, options): name for name in options.scenarios}
        try:
            for future in as_completed(waited):
                found[waited[future]] = future.result()
                bar.update()
        finally:
            pool.shutdown(cancel_futures=True)
    for name in options.scenarios:
        print(line_of(found[name]))
    broken = [name for name, each in found.items() if not each["holds"]]
    print(f"{len(found) - len(broken)} of {len(found)} hold, {options.minutes:g} min each")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
