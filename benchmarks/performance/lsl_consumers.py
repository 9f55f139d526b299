"""Cut sweeps from a live stream, three ways, and write down when each was in hand.

::

    python -m benchmarks.performance.lsl_consumers (raw|ours|mne) NAME SECONDS LOG

Written are [number of the stimulus, time in hand] and the processor time taken.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

BEFORE_S, AFTER_S = 0.5, 0.1
RATE_HZ = 20_000
CHUNK = 40
Told = tuple[int, float]


def raw(name: str, until_s: float) -> Iterator[Told]:
    """By pylsl alone: a blocking pull into a buffer that is there already, a ring of samples."""
    import pylsl

    streams = pylsl.resolve_byprop("name", name, timeout=30.0)
    inlet = pylsl.StreamInlet(streams[0], max_buflen=60)
    n_channels = inlet.info().channel_count()
    n_before, n_after = round(BEFORE_S * RATE_HZ), round(AFTER_S * RATE_HZ)
    held = np.empty((8 * (n_before + n_after), n_channels), dtype=np.float32)
    buffer = np.empty((CHUNK, n_channels), dtype=np.float32)
    n_held, last, onsets = 0, 0.0, list[int]()
    inlet.open_stream()
    while time.monotonic() < until_s:
        _, stamps = inlet.pull_chunk(0.2, max_samples=CHUNK, dest_obj=buffer)
        count = len(stamps)
        if not count:
            continue
        if n_held + count > len(held):
            keep = n_before + n_after + CHUNK
            held[:keep] = held[n_held - keep : n_held]
            onsets = [onset - (n_held - keep) for onset in onsets]
            n_held = keep
        held[n_held : n_held + count] = buffer[:count]
        line = np.concatenate([[last], buffer[:count, 2]])
        last = float(line[-1])
        onsets += (n_held + np.flatnonzero((line[1:] > 0.5) & (line[:-1] <= 0.5))).tolist()
        n_held += count
        while onsets and onsets[0] + n_after <= n_held:
            onset = onsets.pop(0)
            if onset >= n_before:
                sweep = held[onset - n_before : onset + n_after].copy()
                yield round(float(sweep[n_before, 1])), pylsl.local_clock()


def ours(name: str, until_s: float) -> Iterator[Told]:
    """By the source and the cutter of amr-monitor."""
    from amr_monitor.drivers.lsl_network import library
    from amr_monitor.drivers.lsl_opening import LslSourceSettings
    from amr_monitor.drivers.lsl_source import open_lsl
    from amr_monitor.dsp.cutting import SweepCutter
    from amr_monitor.model.signal import SampleBlock
    from amr_monitor.model.stimulation import Stimulus

    source = open_lsl(LslSourceSettings(name=name))
    info = source.info
    cutter = SweepCutter(
        n_channels=len(info.montage.channels),
        rate_hz=info.sampling_rate_hz,
        start_ms=-1000.0 * BEFORE_S,
        end_ms=1000.0 * AFTER_S,
    )
    lsl = library(None)
    while time.monotonic() < until_s:
        for item in source.read(timeout_s=0.05) or ():
            if isinstance(item, Stimulus):
                cutter.push_stimulus(item)
            elif isinstance(item, SampleBlock):
                for sweep in cutter.push(item):
                    near = sweep.samples_uv[1, sweep.onset_sample - 1 : sweep.onset_sample + 2]
                    yield round(float(near.max())), lsl.local_clock()
    source.close()


def mne(name: str, until_s: float) -> Iterator[Told]:
    """By mne-lsl's EpochsStream at its defaults."""
    from mne_lsl.lsl import local_clock
    from mne_lsl.stream import EpochsStream, StreamLSL

    stream = StreamLSL(bufsize=4.0, name=name).connect(timeout=30.0)
    epochs = EpochsStream(
        stream,
        bufsize=10,
        event_id=1,
        event_channels="TRIG",
        tmin=-BEFORE_S,
        tmax=AFTER_S,
        baseline=None,
        picks="all",
    ).connect()
    onset = round(BEFORE_S * RATE_HZ)
    scale = None
    while time.monotonic() < until_s:
        n_new = epochs.n_new_epochs
        if not n_new:
            time.sleep(1e-4)
            continue
        data = epochs.get_data(n_epochs=n_new)
        now_s = local_clock()
        for epoch in data:
            values = epoch[1, onset - 1 : onset + 2]
            scale = scale or (1e6 if np.abs(values).max() < 0.1 else 1.0)
            yield round(float(values.max() * scale)), now_s
    epochs.disconnect()
    stream.disconnect()


def main() -> int:
    """Cut, write; return the exit status."""
    kind, name, seconds, log = sys.argv[1], sys.argv[2], float(sys.argv[3]), Path(sys.argv[4])
    way = {"raw": raw, "ours": ours, "mne": mne}[kind]
    told: list[Told] = []
    began_cpu, began_s = 0.0, time.monotonic()
    for number, in_hand_s in way(name, began_s + seconds):
        if not told:
            began_cpu, began_s = time.process_time(), time.monotonic()
        told.append((number, in_hand_s))
    taken = (time.process_time() - began_cpu) / (time.monotonic() - began_s)
    peak = next(
        int(line.split()[1]) / 1024.0
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        if line.startswith("VmHWM")
    )
    found = {"told": told, "processor": taken, "peak_mib": peak}
    log.write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
