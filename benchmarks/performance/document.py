"""docs/performance.md from what was measured."""

from collections.abc import Mapping
from typing import Any

ORDER = ("edf", "bdf", "xdf", "detection", "live", "daemon", "starting")
HEAD = """\
# Performance

Written by `python -m benchmarks.performance` (`make bench`) from what it measured; every figure is
of one process by itself, medians over interleaved runs with their range. Figures hold for the
machine they were measured on; ratios to others' programs, taken in the same run, hold better.
"""
READING = """\
## How it is reached

- Of a recording only the montage's channels and 600 ms around each stimulus are read; a trigger
  channel is read once, and rows of it that hold a pulse are kept.
- Sweeps go through the DSP up to 64 at a time. Every matrix product has one shape whatever the
  batch, so a sweep has the same last bits alone and among others: live equals replay
  ([decision 21](adr/0021-products-of-one-shape.md)).
- What one sweep costs does not depend on the length of a case: nothing is counted anew.
"""


def document(found: Mapping[str, Any]) -> str:
    """Return the document as Markdown."""
    machine = found.get("machine", {})
    packages = ", ".join(f"{name} {told}" for name, told in machine.get("packages", {}).items())
    lines = [
        HEAD,
        f"Measured {found.get('measured', 'never')} on {machine.get('processor')},"
        f" {machine.get('cores')} cores, {machine.get('system')}, Python {machine.get('python')};"
        f" {packages}; load of the machine at the start {machine.get('load_at_start', 0.0):.1f}"
        f"{', short form (--quick)' if found.get('quick') else ''}.",
        "",
        "| work | found | bound | holds |",
        "|---|---|---|---|",
    ]
    for name in ORDER:
        for row in found["rows"].get(name, []):
            holds = {True: "yes", False: "**no**", None: "-"}[row["holds"]]
            lines.append(f"| {row['work']} | {row['found']} | {row['bound']} | {holds} |")
    return "\n".join([*lines, "", READING])
