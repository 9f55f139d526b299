"""The error rates as a document for a clinician, from the figures of a run and nothing else.

::

    python -m benchmarks.detection.document            # docs/detector-rates.json -> .md
    python -m benchmarks.detection --kept FOLDER --document docs/detector-rates.json

No figure is typed by hand: the document is what this makes of the JSON beside it, and a test
says so.
"""

import sys
from math import expm1
from pathlib import Path

from benchmarks.detection.measures import Estimate
from benchmarks.detection.plan import Line
from benchmarks.detection.report import estimate_in_words, from_json, table, unmet_lines

RATES = Path("docs") / "detector-rates.json"
CASE_HOURS = 2.0

HEAD = """# Error rates of the detector, on simulated patients

**Simulated: no figure here is of a real patient.** Made by the
[detection bench](../benchmarks/detection/README.md) from its results (`detector-rates.json`);
written by `python -m benchmarks.detection.document`, never by hand. What is assumed and what is not
known stands in [the detector](detector.md#what-is-assumed-and-what-is-not-known).

In brackets are 95 % limits. A rate that was never seen still has an upper limit: so much could
have been missed.
"""


def document(text: str) -> str:
    """Return the document, from the JSON of a run."""
    tables, origin = from_json(text)
    lines = {line.what: line for lines in tables.values() for line in lines}
    return "\n".join(
        [
            HEAD,
            f"{origin}\n",
            "## In plain words\n",
            _false_losses(lines),
            _waits(lines),
            _residuals_and_faults(tables, lines),
            _returns(lines),
            _unmet(tables),
            *(f"## {title}\n\n{table(found)}" for title, found in tables.items()),
        ]
    )


def _false_losses(lines: dict[str, Line]) -> str:
    """Return the rates while the response was there, the worst stratum first."""
    rates = [
        (what.removesuffix(f": {certainty}"), certainty, line)
        for what, line in lines.items()
        for certainty in ("provisional", "confirmed")
        if line.unit == "an hour" and what.endswith(f": {certainty}") and "gone" not in what
    ]
    rates.sort(key=lambda rate: rate[2].found.high, reverse=True)
    rows = [
        "**A response that is there is told as gone.** Provisional is drawn and not told; "
        "confirmed reads as silence; only sustained reads DISAPPEARED. Worst first.\n",
        "| patients | told | an hour | of cases of 2 h | seen |",
        "|---|---|---|---|---|",
    ]
    for patients, certainty, line in rates:
        rows.append(
            f"| {patients} | {certainty} | {estimate_in_words(line)} "
            f"| {_of_cases(line.found)} | {line.note.split(';')[0]} |"
        )
    sustained = next((line for what, line in lines.items() if "sustained one" in what), None)
    if sustained is not None:
        rows.append(
            f"| all, 15 % of them with silent runs of up to a minute | sustained | "
            f"| {estimate_in_words(sustained)} | {sustained.note} |"
        )
    runs = [
        line
        for what, line in lines.items()
        if what.startswith("silent runs of") and what.endswith("confirmed")
    ]
    if runs:
        told = "; ".join(
            f"{line.what.removeprefix('silent runs of ').split(' told')[0]}: "
            f"{estimate_in_words(line)}"
            for line in runs
        )
        rows.append(
            "\nA response that falls silent by itself, by the length of its silence, is told as "
            f"silence (confirmed) in: {told}.\n"
        )
    return "\n".join(rows)


def _of_cases(rate: Estimate) -> str:
    """Return how many cases of two hours have at least one, at a rate an hour."""
    shares = [100.0 * -expm1(-CASE_HOURS * value) for value in (rate.value, rate.low, rate.high)]
    return f"{shares[0]:.2g} % [{shares[1]:.2g}, {shares[2]:.2g}]"


def _waits(lines: dict[str, Line]) -> str:
    """Return how long a true loss takes until it is confirmed."""
    rows = [
        "**A true loss is confirmed after so many sweeps** (seconds, at 1 stimulus a second).\n",
        "| noise and response | when | half within | nine in ten within | an ideal observer |",
        "|---|---|---|---|---|",
    ]
    for what, line in lines.items():
        if not what.endswith(": median") or line.unit != "sweeps" or "; " not in what:
            continue
        stratum, when = what.removesuffix(": median").rsplit("; ", 1)
        most = lines[f"{stratum}; {when}: 90 %"]
        ideal = (
            ""
            if line.ideal is None or most.ideal is None
            else (f"{line.ideal.value:g}, {most.ideal.value:g}")
        )
        rows.append(
            f"| {stratum} | {when} | {estimate_in_words(line)} | {estimate_in_words(most)} "
            f"| {ideal} |"
        )
    return "\n".join(rows) + "\n"


def _residuals_and_faults(tables: dict[str, list[Line]], lines: dict[str, Line]) -> str:
    residuals = next((t for title, t in tables.items() if "residual" in title), [])
    faults = next((t for title, t in tables.items() if title.startswith("Faults")), [])
    rows = []
    if residuals:
        worst = max(residuals, key=lambda line: line.found.high)
        rows.append(
            f"**A response that has shrunk to 20 uV** is told as gone within 5 min in "
            f"{estimate_in_words(worst)} of runs where that is worst ({worst.what}).\n"
        )
    if faults:
        worst = max(faults, key=lambda line: (line.found.value, line.found.high))
        rows.append(
            f"**Faults and interference** (each in {faults[0].found.n} cases or a few less): where "
            f"it is worst ({worst.what}), {estimate_in_words(worst)}; all stand below.\n"
        )
    early = [line for what, line in lines.items() if "while above 20 uV" in what]
    if early:
        worst = max(early, key=lambda line: (line.found.value, line.found.high))
        rows.append(
            f"**A response that fades** is told as gone while more than 20 uV are left in "
            f"{estimate_in_words(worst)} where that is worst ({worst.what.split(': ')[0]}).\n"
        )
    return "\n".join(rows)


def _returns(lines: dict[str, Line]) -> str:
    false = [line for what, line in lines.items() if what.startswith("mixed population, the resp")]
    rows = []
    for line in false:
        certainty = line.what.rsplit(": ", 1)[1]
        rows.append(
            f"**Told as back though it is gone**, {certainty}: {estimate_in_words(line)} an hour "
            f"({line.note.split(';')[0]}).\n"
        )
    back = [line for what, line in lines.items() if "median until confirmed" in what]
    if back:
        rows.append(
            "A true return is confirmed after a median of "
            + "; ".join(
                f"{line.what.split('; back')[0]}: {estimate_in_words(line)}" for line in back
            )
            + ".\n"
        )
    return "\n".join(rows)


def _unmet(tables: dict[str, list[Line]]) -> str:
    lines = [line for found in tables.values() for line in found]
    judged = [line for line in lines if line.is_met is not None]
    unmet = unmet_lines(lines)
    head = f"## Requirements\n\n{len(judged) - len(unmet)} of {len(judged)} met.\n"
    return head + ("\nNot met, worst first:\n\n" + table(unmet) if unmet else "")


def main() -> int:
    """Write the document of the figures in the tree."""
    RATES.with_suffix(".md").write_text(
        document(RATES.read_text(encoding="utf-8")), encoding="utf-8"
    )
    print(f"written: {RATES.with_suffix('.md')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
