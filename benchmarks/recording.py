"""Record a long surgery faster than it happens: tell whether samples get lost or memory grows.

Eight channels at 20 kHz, by default four hours at 20 times real time, in blocks
as an amplifier sends them. Everything is read back and held against what was
given, sample by sample. The answer is no (exit status 1) where a sample is
missing or altered, or where memory still grows when the case has long settled.
(A case has three muscles at the most; the recorder is not asked for fewer rows.)

::

    python -m benchmarks.recording [--hours 4] [--speed 20] [--folder DIR]
"""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.edf import EdfFile
from amr_monitor.model.case import Muscle
from amr_monitor.model.events import RecorderLost
from amr_monitor.model.signal import Channel, Montage, SampleBlock
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.storage.recorder import Recorder, as_recorded, recorded_channels
from amr_monitor.storage.recorder_file import digital_rows
from amr_monitor.storage.recorder_writer import RecorderEvent
from amr_monitor.storage.settings import RecorderSettings
from benchmarks.child import resident_mib

N_CHANNELS = 8
RATE_HZ = 20_000
BLOCK_SAMPLES = 2_000
CYCLE_SAMPLES = 400_000
RAIL_UV = 5000.0
GROWTH_ALLOWED_MIB = 32.0
READ_AT_ONCE = 2**20
COMMAND_EVERY_S = 60


@dataclass(frozen=True)
class AllRows(Montage):
    """As many rows as an amplifier has, whatever they are of."""

    def __post_init__(self) -> None:
        """Let every muscle stand as often as it likes."""


@dataclass
class Figures:
    """What a run has shown."""

    given: int = 0
    most_waiting_s: float = 0.0
    lost: int = 0
    took_s: float = 0.0
    seen_mib: list[float] = field(default_factory=list)


def source() -> SourceInfo:
    """Return an amplifier of eight channels."""
    channels = tuple(
        Channel(label=f"ch {n + 1}", muscle=Muscle.MENTALIS, rail_uv=RAIL_UV)
        for n in range(N_CHANNELS)
    )
    return SourceInfo(
        name="benchmark",
        origin=Origin.SIMULATED,
        montage=AllRows(channels=channels),
        sampling_rate_hz=float(RATE_HZ),
        trigger_quality=TriggerQuality.SAMPLE_LOCKED,
        start_utc=datetime(2026, 1, 1, tzinfo=UTC),
    )


def cycle() -> npt.NDArray[np.float32]:
    """Return the samples that come again and again: no second is like the one before."""
    generator = np.random.default_rng(1)
    noise = generator.standard_normal((N_CHANNELS, CYCLE_SAMPLES), dtype=np.float32)
    return noise * np.float32(40.0)


def record(folder: Path, *, hours: float, speed: float) -> Figures:
    """Record, no earlier than `speed` allows; return what was seen on the way."""
    info = source()
    samples_uv = cycle()
    recorder = Recorder(folder=folder, info=info, settings=RecorderSettings())
    figures = Figures()
    events: list[RecorderEvent] = []
    n_samples = round(hours * 3600.0 * RATE_HZ)
    began_s = looked_s = time.monotonic()
    for first in range(0, n_samples, BLOCK_SAMPLES):
        second, within = divmod(first, RATE_HZ)
        if not within:
            recorder.take_stimulus(Stimulus(sample_index=first + 700, fraction=0.25))
            if second % COMMAND_EVERY_S == 0:
                recorder.take_text(first, f"cmd: context by=anna name=MAC value={second}")
                recorder.write_ahead()
        at = first % CYCLE_SAMPLES
        recorder.take_block(
            SampleBlock(first_index=first, samples_uv=samples_uv[:, at : at + BLOCK_SAMPLES])
        )
        figures.given = first + BLOCK_SAMPLES
        figures.most_waiting_s = max(figures.most_waiting_s, recorder.waiting_s)
        now_s = time.monotonic()
        if now_s - looked_s >= 1.0:
            looked_s = now_s
            events += recorder.take_events()
            figures.seen_mib.append(resident_mib(os.getpid(), peak=False))
        ahead_s = figures.given / RATE_HZ / speed - (now_s - began_s)
        if ahead_s > 0.0:
            time.sleep(ahead_s)
    recorder.close(timeout_s=600.0)
    figures.took_s = time.monotonic() - began_s
    events += recorder.take_events()
    figures.lost = sum(event.n_samples for event in events if isinstance(event, RecorderLost))
    return figures


def n_alike(folder: Path) -> int:
    """Return how many samples of the recording are those that were given, from the first on."""
    wanted = digital_rows(cycle(), recorded_channels(as_recorded(source())).lines)
    done = 0
    for path in sorted(folder.glob("segment-*.bdf")):
        recording = EdfFile(path)
        try:
            rows = recording.signals[:-1]
            n_samples = recording.n_samples(rows[0])
            for first in range(0, n_samples, READ_AT_ONCE):
                count = min(READ_AT_ONCE, n_samples - first)
                index = np.arange(done + first, done + first + count) % CYCLE_SAMPLES
                for row, signal in enumerate(rows):
                    read = recording.read_digital(signal, first, count)
                    if not np.array_equal(read, wanted[row, index]):
                        return done + first
            done += n_samples
        finally:
            recording.close()
    return done


def main() -> int:
    """Record, read back, judge; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording", description=__doc__)
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--speed", type=float, default=20.0, help="times real time at the most")
    parser.add_argument("--folder", type=Path, help="where; removed afterwards")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        folder = Path(place) / "case"
        figures = record(folder, hours=options.hours, speed=options.speed)
        n_bytes = sum(path.stat().st_size for path in folder.glob("*.bdf"))
        n_files = len(list(folder.glob("*.bdf")))
        n_good = n_alike(folder)
    seen = figures.seen_mib or [resident_mib(os.getpid(), peak=False)]
    settled = seen[len(seen) // 3 :]
    grown_mib = max(settled[-max(len(settled) // 10, 1) :]) - min(settled)
    real_s = figures.given / RATE_HZ
    is_whole = n_good == figures.given and not figures.lost
    is_flat = grown_mib <= GROWTH_ALLOWED_MIB
    print(
        f"{real_s / 3600.0:g} h of {N_CHANNELS} channels at {RATE_HZ // 1000} kHz in "
        f"{figures.took_s / 60.0:.1f} min ({real_s / figures.took_s:.1f} x real time): "
        f"{n_bytes / 1e9:.1f} GB in {n_files} files; {n_good} of {figures.given} samples alike"
        f"{'' if is_whole else ', NOT ALL'}; at most {figures.most_waiting_s:.1f} s waited for the "
        f"disk; memory {max(seen):.0f} MiB at most, {grown_mib:+.1f} MiB after the first third"
        f"{'' if is_flat else ', TOO MUCH'}"
    )
    return 0 if is_whole and is_flat else 1


if __name__ == "__main__":
    sys.exit(main())
