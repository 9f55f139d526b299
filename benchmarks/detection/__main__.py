"""Make the tables of the detector on patients drawn anew.

::

    python -m benchmarks.detection --full --jobs 2
    python -m benchmarks.detection --short --only delays gates

Goes on where it was stopped. After any change of the detector patients are
drawn from a fresh root, which is printed; `--root` draws those of an earlier
run again. `--tune` draws patients for tuning, which no judging run ever draws.
`--times 3` takes three times as many patients; those done already stay.
`--kept FOLDER ...` runs nothing and makes the tables of all that is kept there.
Ends with status 1 where a requirement is not met.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from amr_monitor.monitor.settings import MonitorSettings
from benchmarks.detection.document import document
from benchmarks.detection.experiments import EXPERIMENTS, done
from benchmarks.detection.keeping import ResultStore, code_digest
from benchmarks.detection.plan import FULL, SHORT, Result, Scale, Setting, Task
from benchmarks.detection.report import as_json, markdown
from benchmarks.detection.seeds import FIXED_ROOT, Purpose, fresh_root

FOLDER = Path("var") / "benchmarks" / "detection"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def root_of(folder: Path, *, given: int | None, fresh: bool) -> int:
    """Return the root of the seeds: as given, as last used for this code, or a new one."""
    kept = folder / "root"
    if given is None and not fresh and kept.is_file():
        return int(kept.read_text(encoding="utf-8"))
    root = fresh_root() if given is None else given
    folder.mkdir(parents=True, exist_ok=True)
    kept.write_text(f"{root}\n", encoding="utf-8")
    return root


def enlarged(scale: Scale, times: int) -> Scale:
    """Return a scale with so many times the patients; the first ones are the same."""
    return replace(
        scale,
        patients=scale.patients * times,
        mixed_patients=scale.mixed_patients * times,
        cases=scale.cases * times,
        gate_patients=scale.gate_patients * times,
    )


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detection",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    scale = parser.add_mutually_exclusive_group()
    scale.add_argument("--full", action="store_true", help="as many patients as the limits need")
    scale.add_argument("--short", action="store_true", help="few patients (default)")
    parser.add_argument("--only", nargs="+", choices=list(EXPERIMENTS), default=list(EXPERIMENTS))
    parser.add_argument("--times", type=int, default=1, help="times as many patients")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for results and tables")
    parser.add_argument(
        "--kept", type=Path, nargs="+", help="folders of kept results (each PURPOSE-ROOT)"
    )
    parser.add_argument("--document", type=Path, help="JSON of the document of the error rates")
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--root", type=int, help="of the seeds of an earlier run")
    seeds.add_argument("--fresh", action="store_true", help="draw a new root for the same code")
    parser.add_argument("--tune", action="store_true", help="patients for tuning")
    return parser.parse_args()


def ran(options: argparse.Namespace) -> tuple[dict[Task, Result], str]:
    """Do what is not done yet; return all results and what they are of."""
    settings = MonitorSettings()
    digest = code_digest(settings)
    purpose = Purpose.TUNE if options.tune else Purpose.JUDGE
    folder = options.out / digest
    root = FIXED_ROOT if options.tune else options.root
    if root is None:
        root = root_of(folder, given=None, fresh=options.fresh)
    setting = Setting(root=root, purpose=purpose, monitor=settings)
    store = ResultStore(folder=folder / f"{purpose.value}-{root}")
    origin = f"Patients drawn to {purpose.value}, root {root}; code and settings {digest}."
    print(origin)

    scale = enlarged(FULL if options.full else SHORT, options.times)
    tasks = [task for name in options.only for task in EXPERIMENTS[name].tasks(scale)]
    results = store.load(tasks)
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(max_workers=options.jobs, mp_context=context) as pool,
        tqdm(total=len(tasks), initial=len(results), unit="task") as bar,
    ):
        running = {pool.submit(done, task, setting): task for task in tasks if task not in results}
        for future in as_completed(running):
            task = running[future]
            results[task] = future.result()
            store.save(task, results[task])
            bar.set_postfix_str(task.experiment)
            bar.update()
    return {task: results[task] for task in tasks}, origin


def kept(folders: Sequence[Path]) -> tuple[dict[Task, Result], str]:
    """Return all results that are kept in folders, and what they are of.

    An experiment that is in several is taken whole from the last of them.
    """
    chosen: dict[str, Path] = {}
    for folder in folders:
        chosen |= {path.name: folder for path in folder.iterdir() if path.is_dir()}
    results: dict[Task, Result] = {}
    origins = []
    for folder in dict.fromkeys(chosen.values()):
        names = [name for name in EXPERIMENTS if chosen.get(name) == folder]
        found = ResultStore(folder=folder).longest()
        results |= {task: found[task] for task in found if task.experiment in names}
        purpose, _, root = folder.name.partition("-")
        origins.append(
            f"Patients drawn to {purpose}, root {root}; code and settings {folder.parent.name}: "
            f"{', '.join(names)}."
        )
    return results, " ".join(origins)


def main() -> int:
    """Do what is not done yet and write the tables; return the exit status."""
    options = parsed()
    # One thread a process: products here are small, and cores are for the processes.
    os.environ |= dict.fromkeys(THREADS, "1")
    results, origin = ran(options) if options.kept is None else kept(options.kept)
    tables = {}
    for name in options.only:
        own = {task: result for task, result in results.items() if task.experiment == name}
        if own:
            tables[EXPERIMENTS[name].title] = EXPERIMENTS[name].lines(own)
    report = markdown(tables, origin)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "detection.md").write_text(report, encoding="utf-8")
    (options.out / "detection.json").write_text(as_json(tables, origin), encoding="utf-8")
    print(report)
    print(f"written: {options.out / 'detection.md'}, {options.out / 'detection.json'}")
    if options.document is not None:
        options.document.write_text(as_json(tables, origin), encoding="utf-8")
        options.document.with_suffix(".md").write_text(
            document(as_json(tables, origin)), encoding="utf-8"
        )
        print(f"written: {options.document}, {options.document.with_suffix('.md')}")
    met = [line.is_met for table in tables.values() for line in table]
    return 1 if False in met else 0


if __name__ == "__main__":
    sys.exit(main())
