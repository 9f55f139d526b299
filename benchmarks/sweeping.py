"""Time one sweep, alone, through the whole core: from its last block of samples to what is told.

::

    python -m benchmarks.sweeping [--rate 20000] [--block-ms 20] [--minutes 6]

A simulated surgery (two muscles, the response present, then lost) is fed in blocks as a
live source gives them. Timed is the call that completes a sweep: cutting, mains,
conditioning, weighing both muscles, states, events, what screens get of it. The other
calls, which only keep samples, are timed too: `all blocks of a second` is everything that
one second of signal costs. Processor time stands beside the time on the clock, which other
programs lengthen. Ends with status 1 where the median on the clock is not below the bound.
"""

import argparse
import os
import platform
import sys
import time
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of calls, shape (n, 2): on the clock, and of the processor."""

    learning: np.ndarray
    judged: np.ndarray
    other: np.ndarray


def timed(monitor: Monitor, items: Items) -> Times:
    """Time every call: sweeps of the baseline, sweeps after it, blocks that complete none."""
    learning: list[tuple[float, float]] = []
    judged: list[tuple[float, float]] = []
    other: list[tuple[float, float]] = []
    for item in items:
        begun = time.perf_counter_ns(), time.thread_time_ns()
        monitor.receive(item)
        reports = monitor.take_reports()
        ended = time.perf_counter_ns(), time.thread_time_ns()
        taken_ms = (ended[0] - begun[0]) / NS_PER_MS, (ended[1] - begun[1]) / NS_PER_MS
        if reports:
            is_judged = all(finding.log_likelihood.size for finding in reports[0].findings)
            (judged if is_judged else learning).append(taken_ms)
        elif isinstance(item, SampleBlock):
            other.append(taken_ms)
    return Times(np.array(learning), np.array(judged[WARM_UP_SWEEPS:]), np.array(other))


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
    times = timed(monitor, items)
    if not times.judged.size:
        print("no sweep was judged: more minutes are needed", file=sys.stderr)
        return 2
    median = float(np.median(times.judged[:, 0]))
    n_others = 1000.0 / options.block_ms - 1.0
    second = np.median(times.judged, axis=0) + n_others * np.median(times.other, axis=0)
    print(machine())
    print(
        f"2 channels, {options.rate:g} Hz, blocks of {options.block_ms:g} ms, one sweep alone; ms"
    )
    print(f"{'':34}{'n':>7}{'median':>9}{'99 %':>9}{'worst':>9}{'processor, median':>20}")
    for name, values in (
        ("a sweep, baseline accepted", times.judged),
        ("a sweep of the baseline", times.learning),
        ("a block that completes no sweep", times.other),
    ):
        clock, processor = values.T
        print(
            f"{name:34}{clock.size:7d}{np.median(clock):9.3f}{np.quantile(clock, 0.99):9.3f}"
            f"{clock.max():9.2f}{np.median(processor):20.3f}"
        )
    print(f"{'all blocks of a second':34}{'':7}{second[0]:9.3f}{'':18}{second[1]:20.3f}")
    met = median < MOST_MS
    print(f"required: median below {MOST_MS:g} ms; {'met' if met else 'not met'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
