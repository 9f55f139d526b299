"""A recording that goes on until somebody kills it: started by the tests of the recovery."""

import sys
import time
from pathlib import Path

from amr_monitor.model.stimulation import Stimulus
from amr_monitor.storage.recorder import Recorder
from tests.storage.recordings import block, info


def main(folder: Path) -> None:
    """Record, fifty times as fast as it came, and say after each second that it is taken."""
    recorder = Recorder(folder=folder, info=info())
    recorder.take_text(0, "cmd: open_case by=amr-monitor")
    for first in range(0, 10_000_000, 100):
        if first % 1000 == 700:
            recorder.take_stimulus(
                Stimulus(sample_index=first, fraction=0.25, current_ma=8.0 + first / 1000)
            )
        if first % 1000 == 900:
            recorder.take_text(first, f"note {first}")
        recorder.take_block(block(first, 100))
        while recorder.waiting_s > 0.5:
            time.sleep(0.001)
        if first % 1000 == 900:
            print(first, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
