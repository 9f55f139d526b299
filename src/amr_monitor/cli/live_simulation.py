"""`simulate --lsl`: a simulated surgery as live streams, in real time."""

import json
from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.progress import ProgressBar
from amr_monitor.cli.status import DONE
from amr_monitor.model.errors import StorageError
from amr_monitor.simulation import Surgery
from amr_monitor.simulation.files import truth_json
from amr_monitor.simulation.lsl import StreamNames, push_surgery
from amr_monitor.simulation.push_timing import PushTiming
from amr_monitor.simulation.transport import draw_transport
from amr_monitor.simulation.truth import truth_of


def send_live(chosen: Chosen, surgery: Surgery) -> int:
    """Send a surgery over LSL and tell how punctual that was.

    Raises
    ------
    SourceError
        Nobody connected in the time that `--wait-consumer` gives.
    StorageError
        Truth or timing cannot be written.
    """
    timing = PushTiming(surgery=surgery, transport=draw_transport(surgery))
    if chosen.truth is not None:
        truth = truth_of(surgery, holes_s=timing.transport.holes_s)
        _write(chosen.truth, truth_json(surgery, truth, surgery.marks))
    try:
        with ProgressBar(1.0, "sending", shown=True) as bar:
            push_surgery(
                surgery,
                names=StreamNames(emg=chosen.name, source_id=chosen.source_id),
                wait_for_consumer_s=chosen.wait_consumer,
                told_ready=_tell_ready,
                progress=bar.reach,
                timing=timing,
            )
    finally:
        # Also of a surgery that was ended early.
        if chosen.timing is not None:
            _write(chosen.timing, json.dumps(timing.document()) + "\n")
    late = timing.late_ms()
    print(
        f"{surgery.duration_s / 60:.1f} min sent (simulated), {timing.n_pushed} samples in "
        f"{len(timing.late_s)} chunks, late by {late['p50']:.2f} ms (median), "
        f"{late['p99']:.2f} ms (99 %), {late['max']:.1f} ms (most)"
    )
    return DONE


def _tell_ready(names: StreamNames) -> None:
    # Whoever waits for the streams reads this line.
    print(f"ready: {names.emg}, {names.markers} (simulated; Ctrl-C ends them)", flush=True)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise StorageError(
            f"{path}: cannot be written: {fault.strerror}; see whether the folder exists"
        ) from fault
