"""Read one EDF+ recording with our reader and with others', each in a process of its own.

::

    python -m benchmarks.reading [--seconds 300] [--rate 20000] [--channels 8]
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import edfio
import numpy as np
import pyedflib

from amr_monitor.formats.edf import EdfFile
from amr_monitor.model.sweep import sweep_offsets
from benchmarks.child import measured

SEED = 7


def write_recording(path: Path, *, seconds: int, rate_hz: int, n_channels: int) -> None:
    """Write noise of 5 uV RMS, made once and turned round for each channel."""
    noise = np.random.default_rng(SEED).normal(0.0, 5.0, seconds * rate_hz)
    signals = [
        edfio.EdfSignal(
            np.roll(noise, 997 * number),
            rate_hz,
            label=f"EMG {number + 1}",
            physical_dimension="uV",
            physical_range=(-3276.8, 3276.7),
        )
        for number in range(n_channels)
    ]
    edfio.Edf(signals).write(path)


def read_ours(path: Path) -> int:
    """Return the number of samples read, all channels as float32."""
    file = EdfFile(path)
    return sum(
        file.read_physical(signal, 0, file.n_samples(signal)).size for signal in file.signals
    )


def read_our_sweeps(path: Path) -> int:
    """Return the number of samples read: one sweep a second, as a replay needs them."""
    file = EdfFile(path)
    n_samples = 0
    for signal in file.signals:
        rate_hz = file.rate_hz(signal)
        before, after = sweep_offsets(rate_hz, -500.0, 100.0)
        last = file.n_samples(signal) - after
        for onset in range(before, last, round(rate_hz)):
            n_samples += file.read_physical(signal, onset - before, before + after).size
    return n_samples


def read_edfio(path: Path) -> int:
    """Return the number of samples read, all channels."""
    return sum(signal.data.size for signal in edfio.read_edf(path).signals)


def read_pyedflib(path: Path) -> int:
    """Return the number of samples read, all channels."""
    with pyedflib.EdfReader(str(path)) as reader:
        return sum(reader.readSignal(n).size for n in range(reader.signals_in_file))


READERS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "none": ("start of a process alone", lambda path: path.stat().st_size),
    "sweeps": ("amr-monitor, one sweep a second", read_our_sweeps),
    "ours": ("amr-monitor, everything", read_ours),
    "edfio": ("edfio, everything", read_edfio),
    "pyedflib": ("pyedflib, everything", read_pyedflib),
}


def main() -> int:
    """Write a recording and read it with each reader; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--rate", type=int, default=20_000, help="in Hz")
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--read", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        reader, file = options.read
        return 0 if READERS[reader][1](Path(file)) else 1

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.edf"
        write_recording(
            path, seconds=options.seconds, rate_hz=options.rate, n_channels=options.channels
        )
        megabytes = path.stat().st_size / 1e6
        print(
            f"EDF+, {options.channels} channels, {options.rate} Hz, "
            f"{options.seconds} s, {megabytes:.0f} MB"
        )
        print(f"{'reader':34}{'s':>8}{'x real time':>14}{'peak MiB':>11}")
        idle_s = 0.0
        for name, (title, _) in READERS.items():
            usage = measured(
                [sys.executable, "-m", "benchmarks.reading", "--read", name, str(path)]
            )
            if usage.status:
                return usage.status
            if name == "none":
                idle_s = usage.wall_s
                print(f"{title:34}{usage.wall_s:8.2f}{'':14}{usage.peak_mib:11.0f}")
                continue
            taken_s = max(usage.wall_s - idle_s, 1e-3)
            speed = options.seconds / taken_s
            print(f"{title:34}{taken_s:8.2f}{speed:14.0f}{usage.peak_mib:11.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
