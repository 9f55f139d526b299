"""A simulated surgery as a table of sweeps with its sidecar, and the truth beside them."""

import json
from pathlib import Path

import numpy as np

from amr_monitor.formats.sweep_table import write_sweep_table
from amr_monitor.model.errors import StorageError
from amr_monitor.simulation.files import RecordingLayout
from amr_monitor.simulation.pre_cut import (
    BEFORE_MS,
    LENGTH_MS,
    locked_samples_uv,
    nerve_pulses,
    write_truth,
)
from amr_monitor.simulation.recording import LABELS
from amr_monitor.simulation.surgery import Surgery


def write_table(surgery: Surgery, path: Path, *, rejected: tuple[int, ...] = ()) -> Path:
    """Write the sweeps of a surgery as text.

    Parameters
    ----------
    surgery : Surgery
    path : Path
        Of the table; the sidecar and the truth go beside it.
    rejected : tuple of int
        Numbers of sweeps, from 1, that somebody has discarded.

    Returns
    -------
    Path
        Of the truth.

    Raises
    ------
    StorageError
        The disk does not take it.
    """
    pulses, scenario = surgery.pulses, surgery.scenario
    numbers = nerve_pulses(surgery)
    n_samples = round(LENGTH_MS * surgery.rate_hz / 1000.0)
    sweeps = [
        locked_samples_uv(surgery, float(pulses.time_s[k]) - BEFORE_MS / 1000.0, n_samples)
        for k in numbers
    ]
    labels = [LABELS[muscle] for muscle in scenario.muscles]
    write_sweep_table(
        path,
        start_ms=-BEFORE_MS,
        rate_hz=surgery.rate_hz,
        values=np.stack(sweeps, axis=1).reshape(-1, n_samples),
        headers=[f"{label} {n + 1}" for label in labels for n in range(len(numbers))],
    )
    lines = [
        "# A simulated surgery: no patient.",
        'unit = "uV"',
        f'side = "{scenario.side}"',
        f"start = {RecordingLayout().start:%Y-%m-%dT%H:%M:%S}Z",
        "simulated = true",
        f"stimulus_times_s = {[round(float(pulses.time_s[k]), 6) for k in numbers]}",
        f"current_ma = {[round(float(pulses.current_ma[k]), 2) for k in numbers]}",
        f"rejected = {list(rejected)}",
    ]
    for label in labels:
        lines += [
            "",
            "[[channel]]",
            f"label = {json.dumps(label)}",
            f"header = {json.dumps(label)}",
        ]
    for mark in surgery.marks:
        lines += ["", "[[mark]]", f"time_s = {mark.time_s!r}", f"text = {json.dumps(mark.text)}"]
    sidecar = path.with_suffix(".toml")
    try:
        sidecar.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as fault:
        raise StorageError(f"{sidecar}: cannot be written: {fault.strerror}") from fault
    truth_path = path.with_suffix(".truth.json")
    write_truth(surgery, truth_path, surgery.marks)
    return truth_path
