"""Replays of recordings at full speed, and the same work done with others' libraries."""

import os
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.child import Usage, measured
from benchmarks.performance.rows import Row, interleaved, spread
from benchmarks.recordings import simulated, widened

PROGRAM = [sys.executable, "-m", "amr_monitor"]
SHORT_MIN = 3.0
N_CHANNELS = 8
BOUNDS = {"edf": 5000.0, "bdf": 3000.0, "xdf": 3000.0}
PEER_BOUNDS = {"edf": 30.0, "xdf": 20.0}
MOST_MIB = 300.0
PEERS = {"edf": "mne", "xdf": "pyxdf and mne"}
Tell = Callable[[str], None]


def made(folder: Path, kind: str, minutes: float, tell: Tell) -> Path:
    """Return a recording of so many minutes, made where it is not there."""
    path = folder / f"{minutes:g}min-{N_CHANNELS}ch.{kind}"
    if path.exists():
        return path
    tell(f"making {path.name}")
    narrow = simulated(folder / f"narrow.{kind}", minutes=minutes)
    if kind == "xdf":
        return narrow.rename(path)
    widened(narrow, path, n_channels=N_CHANNELS)
    narrow.unlink()
    return path


def replayed(path: Path, *, keeps: bool = False) -> Usage:
    """Replay once on one core, the events to the disk; RuntimeError where it fails."""
    events = path.with_suffix(".events.jsonl")
    journal = path.with_suffix(".sqlite")
    words = ["replay", str(path), "--speed", "max", "--events", str(events)]
    os.environ["AMR_MONITOR_STORAGE_FOLDER"] = str(path.parent)
    usage = on_one_core([*PROGRAM, *words, *([] if keeps else ["--no-keep"])])
    journal.unlink(missing_ok=True)
    return usage


def on_one_core(words: Sequence[str]) -> Usage:
    """Run a program on one core, with one thread for products; RuntimeError where it fails."""
    cores = os.sched_getaffinity(0)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.sched_setaffinity(0, {max(cores)})
    try:
        usage = measured(words)
    finally:
        os.sched_setaffinity(0, cores)
    if usage.status:
        raise RuntimeError(f"{' '.join(words)} ended with status {usage.status}")
    return usage


def replay_rows(
    folder: Path, kind: str, *, lengths_min: Sequence[float], runs: int, tell: Tell
) -> list[Row]:
    """Measure replays of growing length and, on the shortest of them, a peer.

    Start-up is the time of a recording of `SHORT_MIN`, less what its length takes.
    """
    files = {m: made(folder, kind, m, tell) for m in (SHORT_MIN, *lengths_min)}
    peaks: dict[float, list[float]] = {m: [] for m in files}

    def replay(minutes: float) -> float:
        usage = replayed(files[minutes])
        peaks[minutes].append(usage.peak_mib)
        return usage.wall_s

    def peer(minutes: float) -> float:
        words = [sys.executable, "-m", "benchmarks.performance.peers_offline", kind]
        return on_one_core([*words, str(files[minutes])]).wall_s

    works: dict[str, Callable[[], float]] = {
        f"{kind} {m:g} min": lambda m=m: replay(m)  # type: ignore[misc]
        for m in files
    }
    has_peer = kind in PEERS
    if has_peer:
        for minutes in (SHORT_MIN, lengths_min[0]):
            works[f"{kind} {minutes:g} min, peer"] = lambda m=minutes: peer(m)  # type: ignore[misc]
    files[SHORT_MIN].read_bytes()
    taken = interleaved(runs, works, tell)
    short_s = taken[f"{kind} {SHORT_MIN:g} min"]
    rows = []
    times_real: dict[float, list[float]] = {}
    for minutes in lengths_min:
        whole_s = taken[f"{kind} {minutes:g} min"]
        # Two lengths, one start-up: what lies between them is the work itself.
        times_real[minutes] = [
            60.0 * (minutes - SHORT_MIN) / max(whole - short, 1e-3)
            for whole, short in zip(whole_s, short_s, strict=True)
        ]
        speed = statistics.median(times_real[minutes])
        rows.append(
            Row(
                key=f"replay_{kind}_{minutes:g}min",
                work=f"replay of {minutes:g} min of {kind.upper()}"
                f" ({'2 muscles and trigger' if kind == 'xdf' else f'{N_CHANNELS} channels'},"
                " 20 kHz, one stimulus a second) to events on disk, one core, start-up taken off",
                bound=f"at least {BOUNDS[kind]:,.0f} x real time",
                found=f"{spread(times_real[minutes], 'x real time', 0)};"
                f" {statistics.median(whole_s):.2f} s with start-up",
                holds=speed >= BOUNDS[kind],
                figures={
                    "times_real_time": times_real[minutes],
                    "whole_s": whole_s,
                    "short_s": short_s,
                    "peak_mib": peaks[minutes],
                },
            )
        )
    if has_peer:
        minutes = lengths_min[0]
        theirs = [
            60.0 * (minutes - SHORT_MIN) / max(whole - short, 1e-3)
            for whole, short in zip(
                taken[f"{kind} {minutes:g} min, peer"],
                taken[f"{kind} {SHORT_MIN:g} min, peer"],
                strict=True,
            )
        ]
        ratios = [ours / their for ours, their in zip(times_real[minutes], theirs, strict=True)]
        rows.append(
            Row(
                key=f"replay_{kind}_peer",
                work=f"the same {minutes:g} min with {PEERS[kind]}: read, filter, Epochs, the"
                " same statistic on the gain grid",
                bound=f"ours at least {PEER_BOUNDS[kind]:g} x faster",
                found=f"{spread(theirs, 'x real time', 0)}; ours {spread(ratios, 'x faster', 1)}",
                holds=statistics.median(ratios) >= PEER_BOUNDS[kind],
                figures={"times_real_time": theirs, "ratio": ratios},
            )
        )
    highest = {f"{m:g}": statistics.median(peaks[m]) for m in lengths_min}
    grown = highest[f"{lengths_min[-1]:g}"] - highest[f"{lengths_min[0]:g}"]
    rows.append(
        Row(
            key=f"memory_{kind}",
            work=f"memory of these {kind.upper()} replays",
            bound=f"below {MOST_MIB:g} MiB and flat in length",
            found=", ".join(f"{mib:.0f} MiB for {m} min" for m, mib in highest.items()),
            holds=max(highest.values()) < MOST_MIB and grown < 0.2 * MOST_MIB,
            figures={"peak_mib": highest},
        )
    )
    return rows
