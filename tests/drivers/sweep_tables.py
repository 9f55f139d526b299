"""Tables of sweeps with their sidecars, made anew for each test."""

from pathlib import Path

import numpy as np

from amr_monitor.formats.sweep_table import write_sweep_table
from amr_monitor.model.signal import FloatArray

RATE_HZ = 3000.0
N_SAMPLES = 300
START_MS = -20.0

SIDECAR = """\
unit = "uV"
side = "left"
start = 2026-01-05T08:00:00Z
stimulus_rate_hz = 1.0
first_stimulus_s = 0.5
current_ma = 8.0
rejected = [2]

[[channel]]
label = "OOc"
header = "OOc"

[[channel]]
label = "Mentalis"
header = "Ment"

[[mark]]
time_s = 3.2
text = "dura opened"
"""


def sweeps(n_sweeps: int = 6, seed: int = 1) -> FloatArray:
    """Return sweeps in uV to a tenth, shape (n_sweeps, 2, n_samples)."""
    generator = np.random.default_rng(seed)
    values = generator.normal(0.0, 20.0, (n_sweeps, 2, N_SAMPLES))
    rounded: FloatArray = np.round(values, 1).astype(np.float32)
    return rounded


def write(folder: Path, n_sweeps: int = 6, sidecar: str = SIDECAR) -> tuple[Path, FloatArray]:
    """Write one table of two channels with its sidecar; return its path and the sweeps."""
    values = sweeps(n_sweeps)
    headers = [f"{label} {k + 1}" for label in ("OOc", "Ment") for k in range(n_sweeps)]
    path = folder / "surgery.csv"
    write_sweep_table(
        path,
        start_ms=START_MS,
        rate_hz=RATE_HZ,
        values=values.transpose(1, 0, 2).reshape(-1, N_SAMPLES),
        headers=headers,
    )
    path.with_suffix(".toml").write_text(sidecar, encoding="utf-8")
    return path, values
