"""Another program that records into a study folder, a few bytes at a time."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from amr_monitor.formats.epworks_writer import (
    ChannelToWrite,
    GroupToWrite,
    StudyWriter,
    SweepToWrite,
)

FIRST_SWEEPS = 5
SESSION_SWEEPS = 40


def plan(folder: Path) -> tuple[StudyWriter, GroupToWrite]:
    """Return the writer of the study that is appended to, and its group."""
    what = GroupToWrite(
        name="AMR",
        channels=(ChannelToWrite(name="L OOc-Ref"), ChannelToWrite(name="L Mentalis-Ref")),
        timebase_ms=10,
        n_divisions=4,
    )
    return StudyWriter(folder, datetime(2026, 1, 5, 8, 0, tzinfo=UTC), [what]), what


def sweep(what: GroupToWrite, number: int) -> SweepToWrite:
    """Return sweep `number`: whose samples tell its number."""
    samples = np.random.default_rng(number).standard_normal((2, what.n_samples))
    session, k = divmod(number, SESSION_SWEEPS)
    return SweepToWrite(
        time_s=1.0 + number + 30.0 * session,
        samples_uv=samples.astype(np.float32),
        current_ma=5.0 + number % 7,
        set_number=k + 1,
        is_rejected=number % 10 == 9,
    )


def append(folder: Path, n_sweeps: int, seed: int) -> None:
    """Record sweeps after the first few, in pieces of random size, channel after channel.

    Every so often the description is written again, and a new session begins.
    """
    writer, what = plan(folder)
    for number in range(FIRST_SWEEPS):
        for _ in writer.pieces(sweep(what, number)):
            pass  # written by whoever started us
    generator = np.random.default_rng(seed)
    for number in range(FIRST_SWEEPS, n_sweeps):
        if number % SESSION_SWEEPS == 0:
            writer.begin_session(sweep(what, number).time_s - 1.0)
        if number % 7 == 0:
            writer.save()
        for path, head, block in writer.pieces(sweep(what, number)):
            data = block if path.exists() else head + block
            at = 0
            while at < len(data):
                n_bytes = int(generator.integers(1, len(data)))
                with path.open("ab") as file:
                    file.write(data[at : at + n_bytes])
                at += n_bytes
                time.sleep(float(generator.uniform(0.0, 0.004)))
    writer.save()


if __name__ == "__main__":
    append(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
