"""What stands still in the operation of `theatre`: baseline, room, the shape of a wave."""

import numpy as np

from amr_monitor.model.case import Muscle
from amr_monitor.model.context import BaselineConditions, ContextValue
from amr_monitor.model.events import MuscleBaseline
from amr_monitor.model.signal import FloatArray

N_COLUMNS = 600
TIME_MS = -20.0 + 0.2 * np.arange(N_COLUMNS)

LEARNT = MuscleBaseline(
    muscle=Muscle.ORBICULARIS_OCULI,
    elicited=True,
    monitorable=True,
    amplitude_uv=87.0,
    onset_latency_ms=10.2,
    noise_rms_uv=4.1,
    snr=21.2,
    response_rate=0.98,
    longest_silent_run=1,
    expected_sweeps_to_decision=9,
    sweeps_to_sustain=60,
    m_wave_uv=2100.0,
    artifact_uv=800.0,
    proof_of_life="artifact and M wave",
    hints=(),
    onset_latency_sd_ms=0.12,
)

ONE_BURST = BaselineConditions(
    tof_known=False,
    tof="",
    n_bursts=1,
    burst_interval_s=None,
    m_wave_change_percent=None,
    steady=False,
)
ROOM = (
    ContextValue(name="MAC", value="0.4", number=0.4, unit="", time_s=20.0, by="anna"),
    ContextValue(name="TOF_ratio", value="92", number=92.0, unit="%", time_s=62.0, by="anna"),
    ContextValue(
        name="temperature", value="36.1", number=36.1, unit="degC", time_s=30.0, by="stream"
    ),
)
"""Told one after the other."""


def wave(onset_ms: float, length_ms: float, peak_uv: float) -> FloatArray:
    """Return a polyphasic wave that begins at `onset_ms`."""
    phase = (TIME_MS - onset_ms) / length_ms
    shape = np.sin(phase * 3 * np.pi) * np.sin(np.clip(phase, 0, 1) * np.pi)
    return np.where((phase > 0) & (phase < 1), peak_uv * shape, 0.0).astype(np.float32)
