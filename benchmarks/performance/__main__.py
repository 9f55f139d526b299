"""Measure every row of the table, print it, and write it as JSON and as docs/performance.md.

::

    python -m benchmarks.performance [--quick] [--only detection starting ...] [--document]

Recordings are made once and kept in var/performance; the peers that this project does not
need itself are installed into an environment of their own there. `--quick` takes shorter
recordings and fewer runs; `--document` writes docs/performance.md from what was measured last.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.performance.document import document
from benchmarks.performance.rows import Row, machine

FOLDER = Path("var") / "performance"
DOCUMENT = Path("docs") / "performance.md"
PORT = 18_765
FULL_MIN, QUICK_MIN = (20.0, 245.0), (10.0, 30.0)
OTHER_MIN = (20.0, 60.0)
RUNS, QUICK_RUNS = 5, 3

Measure = Callable[[], Sequence[Row]]


def tell(text: str) -> None:
    """Say what is being done."""
    print(f"  {text}", file=sys.stderr, flush=True)


def measures(folder: Path, *, quick: bool) -> dict[str, Measure]:
    """Return what can be measured, by name; each imports what it needs itself."""
    runs = QUICK_RUNS if quick else RUNS
    lengths = QUICK_MIN if quick else FULL_MIN
    others = QUICK_MIN if quick else OTHER_MIN

    def replay(kind: str) -> Measure:
        def measure() -> Sequence[Row]:
            from benchmarks.performance.offline import replay_rows

            wanted = lengths if kind == "edf" else others
            return replay_rows(folder, kind, lengths_min=wanted, runs=min(runs, 3), tell=tell)

        return measure

    def detection() -> Sequence[Row]:
        from benchmarks.performance.detection import detection_row

        return [detection_row(runs=3 * runs, tell=tell)]

    def starting() -> Sequence[Row]:
        from benchmarks.performance.starting import starting_rows

        return starting_rows(folder, port=PORT, runs=runs, tell=tell)

    def live() -> Sequence[Row]:
        from benchmarks.performance.live import live_rows

        return live_rows(folder, seconds=30.0 if quick else 60.0, runs=min(runs, 3), tell=tell)

    def daemon() -> Sequence[Row]:
        from benchmarks.performance.daemon import daemon_rows

        return daemon_rows(folder, port=PORT, seconds=60.0 if quick else 120.0, tell=tell)

    return {
        "detection": detection,
        "starting": starting,
        "live": live,
        "daemon": daemon,
        "edf": replay("edf"),
        "bdf": replay("bdf"),
        "xdf": replay("xdf"),
    }


def main() -> int:
    """Measure, print, write; return the exit status: 1 where a row does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.performance",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", help="these measures alone; others stay as they were")
    parser.add_argument("--document", action="store_true", help="measure nothing")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    result: Path = options.folder / "performance.json"
    found = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {"rows": {}}
    for name in [name for name in os.environ if name.startswith("AMR_MONITOR_")]:
        del os.environ[name]
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core; before numpy is imported
    if not options.document:
        every = measures(options.folder.resolve(), quick=options.quick)
        found |= {"machine": machine(), "measured": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}
        found["quick"] = options.quick
        for name in options.only or every:
            tell(name)
            rows = [row.as_json() for row in every[name]()]
            found["rows"][name] = rows
            result.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            for row in rows:
                word = {True: "holds", False: "DOES NOT HOLD", None: "-"}[row["holds"]]  # type: ignore[index]
                print(f"{row['work']}\n    {row['found']}\n    {row['bound']}: {word}")
    DOCUMENT.write_text(document(found), encoding="utf-8")
    broken = [row for rows in found["rows"].values() for row in rows if row["holds"] is False]
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
