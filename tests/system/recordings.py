"""Small recordings with one thing wrong with them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.calibration import Calibration
from amr_monitor.formats.edf_writer import SignalToWrite, write_recording

RATE_HZ = 2000.0
EMG = Calibration(digital_min=-32767, digital_max=32767, physical_min=-3276.7, physical_max=3276.7)

Digital = npt.NDArray[np.int32]


def noise(seconds: float, *, seed: int = 1) -> Digital:
    """Return quiet EMG noise, in steps of 0.1 uV."""
    generator = np.random.default_rng(seed)
    return np.round(30.0 * generator.standard_normal(round(seconds * RATE_HZ))).astype(np.int32)


def zeros(seconds: float) -> Digital:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.int32)


def pulses(seconds: float, *, each_s: float = 1.0) -> Digital:
    """Return a trigger channel with a pulse of 4 ms every `each_s`."""
    level = zeros(seconds)
    for onset_s in np.arange(0.7, seconds, each_s):
        first = round(onset_s * RATE_HZ)
        level[first : first + 8] = 30_000
    return level


def write(
    path: Path,
    channels: Sequence[tuple[str, str, Digital]],
    *,
    annotations: Sequence[tuple[float, str]] = (),
    record_duration_s: float = 1.0,
) -> Path:
    """Write channels of (label, dimension, digital values)."""
    write_recording(
        path,
        is_bdf=False,
        signals=[
            SignalToWrite(label=label, dimension=dimension, rate_hz=RATE_HZ, calibration=EMG)
            for label, dimension, _ in channels
        ],
        digital=[digital for _, _, digital in channels],
        annotations=annotations,
        record_duration_s=record_duration_s,
    )
    return path


def stimuli(seconds: float) -> list[tuple[float, str]]:
    return [(float(onset_s), "Stim 8.0 mA") for onset_s in np.arange(0.7, seconds, 1.0)]
