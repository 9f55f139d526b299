"""Time one sweep, alone, through the whole core: from its last block of samples to what is told.

::

    python -m benchmarks.sweeping [--rate 20000] [--block-ms 20] [--minutes 6]

A simulated surgery (two muscles, the response present, then lost) is fed in blocks as a
live source gives them. Timed is the call that completes a sweep: cutting, mains,
conditioning, weighing both muscles, states, events, what screens get of it. The other
calls, which only keep samples, are timed too: `all blocks of a second` is everything that
one second of signal costs. Ends with status 1 where the median is not below the bound.
"""

import argparse
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np

from amr_monitor.model.case import CaseInfo
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.monitor.commands import OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import BaselineSettings, MonitorSettings
from amr_monitor.simulation import SimulatedSource, simulate

SCENARIO, SEED = "abrupt_loss", 1
MOST_MS = 2.0
WARM_UP_SWEEPS = 20
NS_PER_MS = 1e6

Items = list[SampleBlock | Stimulus]


def machine() -> str:
    """Return what the figures were measured on."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    return (
        f"{processor}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, numpy {np.__version__}"
    )


def prepared(rate_hz: float, block_ms: float, minutes: float) -> tuple[Monitor, Items]:
    """Return a monitor with an opened case, and the blocks of a surgery for it."""
    surgery = simulate(SCENARIO, seed=SEED, minutes=minutes, rate_hz=rate_hz)
    source = SimulatedSource(surgery, block_samples=round(block_ms * rate_hz / 1000.0))
    settings = MonitorSettings(baseline=BaselineSettings(auto_accept=True))
    monitor = Monitor(info=source.info, settings=settings)
    monitor.receive(OpenCase(sample_index=0, case=CaseInfo()))
    items: Items = []
    while (read := source.read(timeout_s=0.0)) is not None:
        items += [item for item in read if isinstance(item, SampleBlock | Stimulus)]
    return monitor, items


def timed(monitor: Monitor, items: Items) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return milliseconds of sweeps before the baseline, after it, and of other calls."""
    learning: list[float] = []
    judged: list[float] = []
    other: list[float] = []
    for item in items:
        has_reference = monitor.status.baseline.accepted
        begun = time.perf_counter_ns()
        monitor.receive(item)
        reports = monitor.take_reports()
        taken_ms = (time.perf_counter_ns() - begun) / NS_PER_MS
        if len(reports) == 1:
            (judged if has_reference else learning).append(taken_ms)
        elif isinstance(item, SampleBlock):
            other.append(taken_ms)
    return np.array(learning), np.array(judged[WARM_UP_SWEEPS:]), np.array(other)


def main() -> int:
    """Measure and print a table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sweeping",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rate", type=float, default=20_000.0, help="in Hz")
    parser.add_argument("--block-ms", type=float, default=20.0)
    parser.add_argument("--minutes", type=float, default=6.0)
    options = parser.parse_args()
    monitor, items = prepared(options.rate, options.block_ms, options.minutes)
    learning, judged, other = timed(monitor, items)
    if not judged.size:
        print("no sweep was judged: more minutes are needed", file=sys.stderr)
        return 2
    median = float(np.median(judged))
    second = median + float(other.mean()) * (1000.0 / options.block_ms - 1.0)
    print(machine())
    print(f"2 channels, {options.rate:g} Hz, blocks of {options.block_ms:g} ms, one sweep alone")
    print(f"{'':34}{'n':>7}{'median ms':>12}{'99 % ms':>10}{'worst ms':>10}")
    for name, values in (
        ("a sweep, baseline accepted", judged),
        ("a sweep of the baseline", learning),
        ("a block that completes no sweep", other),
    ):
        print(
            f"{name:34}{values.size:7d}{np.median(values):12.3f}"
            f"{np.quantile(values, 0.99):10.3f}{values.max():10.2f}"
        )
    print(f"{'all blocks of a second':34}{'':7}{second:12.3f}")
    met = median < MOST_MS
    print(f"required: median below {MOST_MS:g} ms; {'met' if met else 'not met'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
