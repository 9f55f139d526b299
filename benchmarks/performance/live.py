"""From the last sample of a sweep to the sweep in hand: ours beside pylsl alone and mne-lsl."""

import json
import os
import secrets
import statistics
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.performance.lsl_consumers import AFTER_S, RATE_HZ
from benchmarks.performance.lsl_sender import CHUNK
from benchmarks.performance.rows import Row, spread
from tests.lsl import keep_to_own_session

MOST_TIMES_RAW, MOST_SHARE_OF_MNE = 1.3, 1.0 / 8.0
WARM_UP = 5
PEERS = ("mne-lsl",)
Tell = Callable[[str], None]
Found = dict[str, list[float]]


def peers(folder: Path, tell: Tell) -> Path | None:
    """Return a Python that has the peers, installed where they are not; None where they cannot."""
    home = folder / "peers"
    python = home / "bin" / "python"
    if not python.exists():
        tell(f"installing {', '.join(PEERS)}")
        venv.create(home, with_pip=True)
    done = subprocess.run(  # noqa: S603 - our own
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PEERS],
        check=False,
        capture_output=True,
    )
    return python if done.returncode == 0 else None


def delays_ms(folder: Path, python: str, kind: str, *, seconds: float, channels: int) -> Found:
    """Run a sender and one consumer; return delays in milliseconds and what it took."""
    name = f"bench-{secrets.token_hex(4)}"
    sent, came = folder / "sent.json", folder / "came.json"
    sending = [name, str(seconds), str(sent), str(channels)]
    sender = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-m", "benchmarks.performance.lsl_sender", *sending]
    )
    try:
        words = ["-m", "benchmarks.performance.lsl_consumers", kind, name, str(seconds + 4.0)]
        subprocess.run(  # noqa: S603 - our own
            [python, *words, str(came)], check=True, timeout=seconds + 120.0
        )
    finally:
        if sender.wait(timeout=seconds + 60.0):
            raise RuntimeError("the sender failed")
    pushed, found = json.loads(sent.read_text()), json.loads(came.read_text())
    delays = []
    for number, in_hand_s in found["told"][WARM_UP:]:
        onset = pushed["first"] + (number - 1) * pushed["step"]
        last = onset + round(AFTER_S * RATE_HZ) - 1
        chunk = last // CHUNK
        if 0 <= chunk < len(pushed["pushed_s"]):
            delays.append(1000.0 * (in_hand_s - pushed["pushed_s"][chunk]))
    numbers = [number for number, _ in found["told"]]
    return {
        "p50": [float(np.quantile(delays, 0.5))],
        "p95": [float(np.quantile(delays, 0.95))],
        "p99": [float(np.quantile(delays, 0.99))],
        "processor_percent": [100.0 * found["processor"]],
        "peak_mib": [found["peak_mib"]],
        "missing": [float(len(set(range(numbers[0], numbers[-1] + 1)) - set(numbers)))],
    }


def live_rows(folder: Path, *, seconds: float, runs: int, tell: Tell) -> Sequence[Row]:
    """Measure each in turn, several times over."""
    keep_to_own_session()
    pythons = {"raw": sys.executable, "ours": sys.executable}
    other = peers(folder, tell)
    if other is not None:
        pythons["mne"] = str(other)
    found: dict[str, Found] = {kind: {} for kind in pythons}
    os.environ["PYTHONPATH"] = str(Path.cwd())
    for number in range(runs):
        for kind, python in pythons.items():
            tell(f"{kind}, run {number + 1} of {runs}")
            once = delays_ms(folder, python, kind, seconds=seconds, channels=8)
            for name, values in once.items():
                found[kind].setdefault(name, []).extend(values)
    tell("64 channels")
    wide = delays_ms(folder, sys.executable, "ours", seconds=seconds, channels=64)
    ours = statistics.median(found["ours"]["p95"])
    bounds = [f"p95 at most {MOST_TIMES_RAW:g} x that of pylsl alone"]
    to_raw = ours / statistics.median(found["raw"]["p95"])
    holds = to_raw <= MOST_TIMES_RAW
    words = [f"p95 {spread(found['ours']['p95'], 'ms')}", f"{to_raw:.2f} x pylsl alone"]
    if "mne" in found:
        to_mne = ours / statistics.median(found["mne"]["p95"])
        holds = holds and to_mne <= MOST_SHARE_OF_MNE
        words.append(f"1/{1.0 / to_mne:.1f} of mne-lsl's EpochsStream")
        bounds.append("at most 1/8 of mne-lsl's EpochsStream at its defaults")
    rows = [
        Row(
            key="live_sweep",
            work="live LSL, 8 channels at 20 kHz, chunks of 2 ms: last needed sample pushed to"
            " sweep in hand",
            bound=", ".join(bounds),
            found="; ".join(words),
            holds=holds,
            figures={"ours": found["ours"], "to_raw": to_raw},
        )
    ]
    titles = {"raw": "pylsl alone", "mne": "mne-lsl EpochsStream", "ours": "amr-monitor's source"}
    rows += [
        Row(
            key=f"live_{kind}",
            work=f"the same by {titles[kind]}",
            bound="",
            found=f"p50 {spread(values['p50'], 'ms')}; p95 {spread(values['p95'], 'ms')};"
            f" {spread(values['processor_percent'], '% of a core', 1)};"
            f" {max(values['peak_mib']):.0f} MiB; {sum(values['missing']):.0f} sweeps missing",
            holds=None,
            figures=values,
        )
        for kind, values in found.items()
    ]
    rows.append(
        Row(
            key="live_64",
            work="the same with 64 channels at 20 kHz",
            bound="no lost sample, p99 below 15 ms",
            found=f"p99 {wide['p99'][0]:.2f} ms, {wide['missing'][0]:.0f} sweeps missing,"
            f" {wide['processor_percent'][0]:.1f} % of a core",
            holds=wide["p99"][0] < 15.0 and not wide["missing"][0],
            figures=wide,
        )
    )
    return rows
