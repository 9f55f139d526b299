"""Send 8 channels at 20 kHz over LSL in chunks of 2 ms, and write down when each was pushed.

::

    python -m benchmarks.performance.lsl_sender NAME SECONDS LOG [CHANNELS]

Channel 2 (mentalis) carries at each stimulus the number of it, in microvolts: whoever cuts
a sweep can say which one it is. Channel 3 is the trigger.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pylsl

RATE_HZ = 20_000
CHUNK = 40
STIMULI_PER_S = 3
FIRST_S = 1.0
PULSE_SAMPLES = 100
NUMBER_ALONE = 4
START_S = 0.5
LABELS = ("orbicularis oculi", "mentalis", "TRIG")


def main() -> int:
    """Wait for a consumer, send, write; return the exit status."""
    name, seconds, log = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
    n_channels = int(sys.argv[4]) if len(sys.argv) > 4 else 8
    info = pylsl.StreamInfo(name, "EMG", n_channels, RATE_HZ, "float32", name)
    channels = info.desc().append_child("channels")
    for number in range(n_channels):
        channel = channels.append_child("channel")
        label = LABELS[number] if number < len(LABELS) else f"EEG {number}"
        is_trigger = label == "TRIG"
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "none" if is_trigger else "microvolts")
        channel.append_child_value("type", "stim" if is_trigger else "EMG")
    noise = np.random.default_rng(1).normal(0.0, 5.0, (RATE_HZ, n_channels)).astype(np.float32)
    noise[:, 2] = 0.0
    outlet = pylsl.StreamOutlet(info, chunk_size=CHUNK)
    if not outlet.wait_for_consumers(60.0):
        return 1
    time.sleep(START_S)
    n_chunks = round(seconds * RATE_HZ / CHUNK)
    step = RATE_HZ // STIMULI_PER_S
    first = round(FIRST_S * RATE_HZ)
    pushed_s = np.zeros(n_chunks)
    began_s = pylsl.local_clock()
    for number in range(n_chunks):
        at = number * CHUNK
        begin = at % RATE_HZ
        chunk = noise[begin : begin + CHUNK].copy()
        indices = np.arange(at, at + CHUNK) - first
        stimulus = np.maximum(indices // step, 0)
        since = indices - stimulus * step
        chunk[:, 2] = (since >= 0) & (since < PULSE_SAMPLES) & (indices >= 0)
        # No noise beside the number: it could be larger.
        chunk[(np.abs(since) < NUMBER_ALONE) | (since >= step - NUMBER_ALONE), 1] = 0.0
        chunk[since == 0, 1] = stimulus[since == 0] + 1.0
        due_s = began_s + (at + CHUNK) / RATE_HZ
        while (left_s := due_s - pylsl.local_clock()) > 0.0:
            time.sleep(max(left_s - 2e-4, 0.0))
        pushed_s[number] = pylsl.local_clock()
        outlet.push_chunk(chunk, due_s)
    time.sleep(1.0)
    log.write_text(
        json.dumps({"pushed_s": pushed_s.tolist(), "first": first, "step": step}),
        encoding="utf-8",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
