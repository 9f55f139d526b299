"""Write the expected events of every fixture anew: `make golden`.

A change of them is a change of what the monitor says: read the difference
before it is committed. An outcome that is not the truth's is refused.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from amr_monitor.cli import main
from amr_monitor.simulation import bundled_recording

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"

FORMS = ("*.edf", "*.bdf", "*.xdf", "*.csv")

Entry = dict[str, Any]


def recordings() -> list[Path]:
    """Return every recording with a truth beside it."""
    files = [path for form in FORMS for path in FIXTURES.glob(form)]
    studies = [path.parent for path in FIXTURES.glob("*/*.iom")]
    return [*sorted([*files, *studies]), bundled_recording()]


def truth_of(recording: Path) -> Entry:
    """Return the truth beside a recording."""
    path = recording.with_suffix(".truth.json")
    truth: Entry = json.loads(path.read_text(encoding="utf-8"))
    return truth


def golden_of(recording: Path) -> Path:
    """Return where the expected events of a recording are kept."""
    return FIXTURES / f"{recording.stem}.events.jsonl"


def replayed(recording: Path, folder: Path, *options: str) -> bytes:
    """Return what `amr-monitor replay --events` writes for a recording.

    Raises
    ------
    RuntimeError
        The replay did not end well.
    """
    out = folder / f"{recording.stem}.events.jsonl"
    arguments = ["replay", str(recording), "--speed", "max", "--no-keep", "--events", str(out)]
    status = main([*arguments, *options])
    if status != 0:
        raise RuntimeError(f"replay of {recording.name} ended with status {status}")
    return out.read_bytes()


def entries(lines: bytes) -> list[Entry]:
    """Return the events of a replay."""
    return [json.loads(line) for line in lines.splitlines()]


def regenerate() -> int:
    """Write all; return the exit status."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for recording in recordings():
            lines = replayed(recording, Path(folder))
            outcome, wanted = entries(lines)[-1]["outcome"], truth_of(recording)["outcome"]
            if outcome != wanted:
                wrong += 1
                sys.stderr.write(f"{recording.name}: outcome {outcome}, the truth is {wanted}\n")
                continue
            golden_of(recording).write_bytes(lines)
            sys.stdout.write(f"{recording.name}: {len(entries(lines))} events, {outcome}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(regenerate())
