"""Verdicts of 200 simulated surgeries against their truth: confusion matrix, delays, faults.

Every shipped scenario with several patients, through the engine that runs live,
judged like a live case (`amr_monitor.qa.judging`). What is done stays in a folder, so
that an interrupted run goes on where it was, until the code that it rests on changes.
Writes docs/verdicts.md.

::

    python -m benchmarks.verdicts [--surgeries 200] [--minutes 6] [--jobs 2] [--fresh]
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

import amr_monitor
from amr_monitor.model.errors import AmrMonitorError
from amr_monitor.qa.batch.local import LocalPool
from amr_monitor.qa.judgement import FALSE_VERDICTS
from amr_monitor.qa.rehearsal import rehearse
from amr_monitor.simulation import scenario_names, simulate

HERE = Path(__file__).resolve().parent
SOURCE = Path(amr_monitor.__file__).resolve().parent
ROOMS = ("dsp", "model", "monitor", "qa", "simulation")
FOLDER = Path("var") / "verdicts"
DOCUMENT = HERE.parent / "docs" / "verdicts.md"
RATE_HZ = 2000.0
STIMULUS_HZ = 3.0
NO_VERDICT = "no verdict"

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surgery:
    """One surgery to be judged."""

    scenario: str
    seed: int
    minutes: float


def main() -> int:
    """Judge what is not judged yet, write the document, return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verdicts", description=__doc__)
    parser.add_argument("--surgeries", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    parser.add_argument("--fresh", action="store_true", help="judge everything again")
    options = parser.parse_args()
    surgeries = planned(options.surgeries, options.minutes)
    options.folder.mkdir(parents=True, exist_ok=True)
    digest = code_digest()
    found = [] if options.fresh else list(kept(surgeries, options.folder, digest))
    done = {(each["scenario"], each["seed"], each["minutes"]) for each in found}
    todo = [s for s in surgeries if (s.scenario, s.seed, s.minutes) not in done]
    pool = LocalPool(judged, broke=broken, n_workers=options.jobs)
    for figures in tqdm(pool.results(todo), total=len(todo), disable=None, desc="judging"):
        path = path_of(figures, options.folder)
        path.write_text(json.dumps(figures | {"code": digest}, indent=1) + "\n", encoding="utf-8")
        found.append(figures)
    order = {(s.scenario, s.seed): number for number, s in enumerate(surgeries)}
    found.sort(key=lambda each: order[each["scenario"], each["seed"]])
    options.document.write_text(document(found, options.minutes), encoding="utf-8")
    print("\n".join(matrix(found)))
    n_false = sum(bool(false_words(each)) for each in found)
    print(f"{len(found)} surgeries ({len(todo)} judged now), {n_false} with a false verdict")
    return 1 if n_false else 0


def planned(n_surgeries: int, minutes: float) -> list[Surgery]:
    """Return the surgeries: every scenario with one patient, then with another, and so on."""
    names = scenario_names()
    return [
        Surgery(scenario=names[number % len(names)], seed=1 + number // len(names), minutes=minutes)
        for number in range(n_surgeries)
    ]


def judged(surgery: Surgery) -> Figures:
    """Return what a judge makes of one surgery; never raises."""
    told = asdict(surgery)
    try:
        judgement = rehearse(
            simulate(
                surgery.scenario,
                seed=surgery.seed,
                minutes=surgery.minutes,
                rate_hz=RATE_HZ,
                stimulus_rate_hz=None if surgery.scenario == "other_rate" else STIMULUS_HZ,
            )
        ).judgement()
    except (AmrMonitorError, ValueError) as fault:
        return broken(surgery, f"{type(fault).__name__}: {fault}")
    outcome = judgement.outcome_told
    return told | {
        "true": judgement.outcome_true.value,
        "told": NO_VERDICT if outcome is None else outcome.value,
        "loss_delays": list(judgement.loss_delays),
        "return_delays": list(judgement.return_delays),
        "faults": [
            {"kind": fault.kind.value, "time_s": fault.time_s, "words": fault.words}
            for fault in judgement.faults
        ],
        "n_verdicts": judgement.n_verdicts,
    }


def broken(surgery: Surgery, why: str) -> Figures:
    """Return the figures of a surgery that could not be judged."""
    return asdict(surgery) | {
        "true": "unknown",
        "told": NO_VERDICT,
        "loss_delays": [],
        "return_delays": [],
        "faults": [{"kind": "broken", "time_s": None, "words": why}],
        "n_verdicts": 0,
    }


# ------------------------------------------------ what is kept


def code_digest() -> str:
    """Return a fingerprint of everything that the figures rest on."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((SOURCE / room).rglob("*.py")):
            if "qa" not in path.parts or path.parent.name == "qa":
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def path_of(figures: Figures, folder: Path) -> Path:
    """Return where the figures of one surgery are kept."""
    return folder / f"{figures['scenario']}-{figures['seed']}.json"


def kept(surgeries: Iterable[Surgery], folder: Path, digest: str) -> Iterator[Figures]:
    """Yield the figures that stand and rest on the same code."""
    for surgery in surgeries:
        path = path_of(asdict(surgery), folder)
        if path.is_file():
            figures: Figures = json.loads(path.read_text(encoding="utf-8"))
            if figures.pop("code", None) == digest and figures["minutes"] == surgery.minutes:
                yield figures


# ------------------------------------------------ what is told


def false_words(figures: Figures) -> list[str]:
    """Return the false verdicts of one surgery, in words."""
    false = {kind.value for kind in FALSE_VERDICTS}
    return [fault["words"] for fault in figures["faults"] if fault["kind"] in false]


def matrix(found: Sequence[Figures]) -> list[str]:
    """Return the confusion matrix as a table of Markdown."""
    counts = Counter((each["true"], each["told"]) for each in found)
    rows = sorted({true for true, _ in counts})
    columns = sorted({told for _, told in counts})
    lines = [f"| true \\ told | {' | '.join(map(plain, columns))} | all |"]
    lines.append(f"|---|{'---:|' * (len(columns) + 1)}")
    for row in rows:
        cells = [counts[row, column] for column in columns]
        shown = " | ".join(str(cell) if cell else "" for cell in cells)
        lines.append(f"| {plain(row)} | {shown} | {sum(cells)} |")
    return lines


def delays(found: Sequence[Figures], name: str) -> str:
    """Return how many usable sweeps went by before something was told."""
    values = [delay for each in found for delay in each[name]]
    if not values:
        return "| 0 | | | | |"
    low, middle, high, most = np.quantile(values, [0.25, 0.5, 0.75, 0.95])
    return (
        f"| {len(values)} | {middle:.0f} | {low:.0f} to {high:.0f} | {most:.0f} | {max(values)} |"
    )


def plain(word: str) -> str:
    """Return a word without underscores."""
    return word.replace("_", " ")


def document(found: Sequence[Figures], minutes: float) -> str:
    """Return docs/verdicts.md."""
    kinds = Counter(fault["kind"] for each in found for fault in each["faults"])
    scenarios = len({each["scenario"] for each in found})
    n_right = sum(each["true"] == each["told"] for each in found)
    withheld = ("indeterminate", NO_VERDICT)
    n_withheld = sum(each["told"] in withheld and each["true"] not in withheld for each in found)
    lines = [
        "# Verdicts of simulated surgeries against their truth",
        "",
        "Written by `python -m benchmarks.verdicts`; not by hand.",
        "",
        f"{len(found)} surgeries: {scenarios} scenarios ([simulator](simulator.md)), each with"
        " several patients, with everything that disturbs a monitor in them: cautery, a relaxant,"
        " an electrode that comes off, lost samples, late marks.",
        f"Shortened to {minutes:g} minutes at {STIMULUS_HZ:g} stimuli a second and"
        f" {RATE_HZ:g} samples a second, judged by the bounds of `src/amr_monitor/qa/judging.py`."
        f" Version {amr_monitor.__version__}.",
        "A simulation says what the monitor does with what was thought of; it is no evidence on"
        " patients ([validation](validation.md)).",
        "",
        "## Outcomes",
        "",
        *matrix(found),
        "",
        f"{n_right} of {len(found)} as is true; {n_withheld} withheld (indeterminate, where the"
        " truth knows).",
        "Where the truth is indeterminate too few usable sweeps follow the decompression:"
        " nobody can know, and a verdict that is told there is false only where the truth"
        " contradicts it.",
        "",
        "## Delays",
        "",
        "Usable sweeps of the lead muscle from the truth to the confirmed change.",
        "",
        "| | n | median | quartiles | 95 % | most |",
        "|---|---:|---:|---:|---:|---:|",
        f"| loss told {delays(found, 'loss_delays')}",
        f"| return told {delays(found, 'return_delays')}",
        "",
        "## What the judge found",
        "",
        "| kind | times |",
        "|---|---:|",
        *(f"| {plain(kind)} | {count} |" for kind, count in sorted(kinds.items())),
        "",
        *_cases(found),
    ]
    return "\n".join(lines) + "\n"


def _cases(found: Sequence[Figures]) -> Iterator[str]:
    """Yield every surgery with a fault, a line for each."""
    if not any(each["faults"] for each in found):
        yield "Nothing."
        return
    yield "Each of them, by scenario and seed:"
    yield ""
    for each in found:
        for fault in each["faults"]:
            at = "" if fault["time_s"] is None else f" at {fault['time_s']:.0f} s"
            surgery = f"`{each['scenario']}` {each['seed']}{at}"
            yield f"- {surgery}: {plain(fault['kind'])}: {fault['words']}"


if __name__ == "__main__":
    sys.exit(main())
