"""Recordings to measure with: simulated surgeries of any length, and of as many channels.

A surgery holds two muscles and a trigger. What a montage does not need, but has to be read
past, is put beside them: copies of the first channel, each turned round by another stretch.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np

PROGRAM = [sys.executable, "-m", "amr_monitor"]
SCENARIO = Path(__file__).with_name("performance") / "long_surgery.toml"
LONGEST_MIN = 245.0
FIXED_BYTES = 256
FIELD_BYTES = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
"""What the header says of each signal: label first, samples a record last but one."""

SAMPLES_FIELD = 8
RECORDS_AT_ONCE = 64
TURNED_BY = 997


def simulated(
    path: Path, *, minutes: float, rate_hz: int = 20_000, stimulus_rate_hz: float = 1.0
) -> Path:
    """Write a simulated surgery in the format that the ending of `path` names."""
    words = ["simulate", str(SCENARIO), "--rate", str(rate_hz)]
    words += [] if minutes >= LONGEST_MIN else ["--minutes", f"{minutes:g}"]
    words += ["--stimulus-rate", f"{stimulus_rate_hz:g}", f"--{path.suffix[1:]}", str(path)]
    subprocess.run([*PROGRAM, *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    return path


def widened(path: Path, target: Path, *, n_channels: int) -> Path:
    """Write an EDF or BDF recording with more channels than it has.

    Parameters
    ----------
    path, target : Path
    n_channels : int
        With the trigger, without annotations.
    """
    with path.open("rb") as file:
        head = file.read(FIXED_BYTES)
        n_signals = int(head[252:256])
        fields = [
            np.frombuffer(file.read(width * n_signals), dtype=f"S{width}") for width in FIELD_BYTES
        ]
    is_text = np.array([b"Annotations" in label for label in fields[0]])
    n_new = n_channels - int((~is_text).sum())
    at = int(np.flatnonzero(~is_text)[-1]) + 1
    width = 3 if head[:1] == b"\xff" else 2
    samples = np.array([int(text) for text in fields[SAMPLES_FIELD]])
    ends = np.cumsum(samples) * width
    wide = [np.insert(field, at, np.repeat(field[:1], n_new)) for field in fields]
    wide[0][at : at + n_new] = [f"EEG {n + 1}".encode().ljust(16) for n in range(n_new)]
    n_bytes = FIXED_BYTES * (1 + n_signals + n_new)
    told = f"{n_bytes:<8}".encode(), f"{n_signals + n_new:<4}".encode()
    with target.open("wb") as out:
        out.write(head[:184] + told[0] + head[192:252] + told[1])
        for field, field_width in zip(wide, FIELD_BYTES, strict=True):
            out.write(b"".join(bytes(text).ljust(field_width) for text in field))
        held = np.memmap(path, dtype=np.uint8, mode="r", offset=FIXED_BYTES * (1 + n_signals))
        records = held.reshape(-1, ends[-1])
        for first in range(0, len(records), RECORDS_AT_ONCE):
            some = records[first : first + RECORDS_AT_ONCE]
            copies = [
                np.roll(some[:, : ends[0]], width * TURNED_BY * (n + 1), axis=1)
                for n in range(n_new)
            ]
            before, after = some[:, : ends[at - 1]], some[:, ends[at - 1] :]
            out.write(np.concatenate([before, *copies, after], axis=1).tobytes())
    return target
